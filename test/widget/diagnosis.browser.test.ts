/** What is set up wrong is told to the owner of the page, once for each cause, with the remedy. */
import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { aFilledRoom, aPage, aServer, type Given } from './a-widget.ts'

const small: [number, number] = [375, 600]

/** What the console was told while `during` ran. Each cause is told once on a page: none is tested twice here. */
async function toldDuring(during: (told: readonly string[]) => Promise<unknown>): Promise<string[]> {
  const { error } = console
  const told: string[] = []
  console.error = (...what: unknown[]) => void told.push(what.join(' '))
  try {
    await during(told)
  } finally {
    console.error = error
  }
  return told
}

describe('a wrong set-up', () => {
  const at = aServer()

  const refused: readonly (readonly [what: string, detail: string, remedy: RegExp])[] = [
    ['another secret', 'token: the signature is not of this tenant', /same secret|CHATTER_SECRET/],
    ['another audience', 'token: the claim aud is missing or wrong', /hostname of the Chatter server/],
    ['an end too far', 'token: expected to expire within an hour (exp)', /within an hour/],
  ]
  for (const [what, detail, remedy] of refused)
    it(`of tokens is told with its remedy: ${what}`, async () => {
      at.server.signIn = () => {
        throw new Problem('unauthorized', detail)
      }
      const told = await toldDuring(async (lines) => {
        const page = await aPage(at.server, { size: small })
        await page.until(() => lines.length > 0, 'it is told')
        expect(page.one('.empty').textContent).to.contain('Chat is not available right now')
        page.one('.empty .button').click()
        await page.until(() => page.widget.connectionState === 'failed', 'refused again')
      })
      expect(told).to.have.length(1)
      expect(told[0])
        .to.contain(detail)
        .and.to.match(remedy)
        .and.to.match(/See docs\/embedding\.md#who-is-signed-in$/)
    })

  const answers: readonly (readonly [what: string, answer: () => Response, said: RegExp])[] = [
    ['a login page', () => new Response('<!doctype html><form>'), /expected a JWT, got <!doctype html>/],
    ['broken JSON', () => new Response('{"tok'), /JSON/],
  ]
  for (const [what, answer, said] of answers)
    it(`is told where ${what} comes in the place of a token`, async () => {
      const { fetch } = globalThis
      globalThis.fetch = (input, init) =>
        String(input) === '/chatter-token' ? Promise.resolve(answer()) : fetch(input, init)
      const told = await toldDuring(async (lines) => {
        const page = await aPage(at.server, {
          size: small,
          before(widget) {
            widget.token = undefined
            widget.tokenUrl = '/chatter-token'
          },
        })
        await page.until(() => lines.length > 0, 'it is told')
        expect(page.one('.banner').textContent).to.contain('Your sign-in could not be checked.')
        page.one('.banner button').click()
        await page.until(() => page.widget.connectionState === 'waiting', 'asked again')
      }).finally(() => {
        globalThis.fetch = fetch
      })
      expect(told).to.have.length(1)
      expect(told[0]).to.match(said).and.to.contain('token-url')
    })

  it('is told where the element has no token at all, and nobody is said to be signed out', async () => {
    at.server.signIn = () => {
      throw new Problem('unauthorized', 'expected a token')
    }
    const told = await toldDuring(async (lines) => {
      const page = await aPage(at.server, {
        size: small,
        before(widget) {
          widget.token = undefined
        },
      })
      await page.until(() => lines.length > 0, 'it is told')
      expect(page.one('.empty').textContent).to.contain('Chat is not available right now')
    })
    expect(told).to.have.length(1)
    expect(told[0]).to.contain('`token-url`, `tokenProvider` or `token`')
  })

  it('tells nothing where nobody is signed in: an empty token, or null', async () => {
    const nobody: NonNullable<Given['before']>[] = [
      (widget) => widget.setAttribute('token', ''),
      (widget) => {
        widget.token = undefined
        widget.tokenProvider = () => null
      },
    ]
    for (const before of nobody) {
      const told = await toldDuring(async () => {
        const page = await aPage(at.server, { size: small, before })
        expect(page.one('.empty').textContent).to.contain('You are signed out')
      })
      expect(told).to.deep.equal([])
    }
  })

  const codes: readonly (readonly [code: string, said: RegExp])[] = [
    ['origin', /lets in no pages of http.*CHATTER_ORIGINS.*docs\/troubleshooting\.md/],
    ['host', /no tenant of the server is called chat\.example.*docs\/operations\.md#tenants/],
  ]
  for (const [code, said] of codes)
    it(`is asked for after a refused socket, and told: ${code}`, async () => {
      aFilledRoom(at.server, 3)
      at.server.refusesSockets = code
      const told = await toldDuring(async (lines) => {
        const page = await aPage(at.server, { size: small })
        await page.until(() => page.find('.empty'), 'the pane')
        expect(page.one('.empty').textContent).to.contain('Chat is not available right now')
        const asked = at.server.requests.filter((request) => request.includes('/v1/check'))
        expect(asked[0]).to.equal(`GET /v1/check?origin=${encodeURIComponent(location.origin)}`)
        await page.until(() => lines.length > 0, 'it is told')
        // Nothing comes and goes between the attempts, and what was mended is noticed.
        page.one('.empty .button').click()
        await page.until(() => page.widget.connectionState === 'waiting', 'refused again')
        expect(page.find('.banner')).to.equal(null)
        at.server.refusesSockets = undefined
        await page.soon('.room')
      })
      expect(told).to.have.length(1)
      expect(told[0]).to.match(said)
    })

  it('of something between that passes no sockets on is told once it is sure', async () => {
    at.server.refusesSockets = 'ok'
    const told = await toldDuring(async (lines) => {
      const page = await aPage(at.server, { size: small })
      expect(page.one('.banner').textContent).to.contain('There is no connection.')
      await page.until(() => lines.length > 0, 'it is told')
    })
    expect(told).to.have.length(1)
    expect(told[0]).to.match(/its socket does not open.*docs\/operations\.md#behind-a-proxy/)
    expect(at.server.requests.filter((request) => request.includes('/v1/check')).length).to.be.greaterThan(2)
  })

  it('of attributes is told: those that are misspelt, and values that mean nothing', async () => {
    const attributes = { tokenurl: '/t', roomid: 'x', thme: 'dark', mode: 'popup', density: 'compact' }
    const more = { 'data-v-1': '', _ngcontent: '', 'v-cloak': '', placeholder: 'x', 'aria-label': 'x' }
    const told = await toldDuring(async (lines) => {
      aFilledRoom(at.server, 3)
      const page = await aPage(at.server, { attributes: { ...attributes, ...more }, size: small })
      await page.until(() => lines.length > 3, 'it is told')
      await aPage(at.server, { attributes, size: small })
    })
    expect(told.sort()).to.deep.equal(
      [
        'chatter-widget: mode="popup" means nothing: expected inline, launcher. See docs/reference.md#attributes',
        'chatter-widget: there is no attribute roomid: it is room-id. See docs/reference.md#attributes',
        'chatter-widget: there is no attribute thme: it is theme. See docs/reference.md#attributes',
        'chatter-widget: there is no attribute tokenurl: it is token-url. See docs/reference.md#attributes',
      ].sort(),
    )
  })
})
