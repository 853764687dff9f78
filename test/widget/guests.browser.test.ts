/** Visitors whom the site does not know: a name is all that it takes, and who signs in later takes along what they had. */
import { expect } from '@open-wc/testing'
import { guestId } from '../../server/protocol/guests.ts'
import { aToken } from './a-chat.ts'
import { aFilledRoom, anOpenRoom, aPage, aServer, type Page } from './a-widget.ts'
import type { LiveServer } from './live-server.ts'

const zoe = guestId('zoe')
const fresh = aToken(zoe, { iat: Math.floor(Date.now() / 1_000) })
const key = 'chatter-guest https://chat.example/'

type Asked = {
  readonly path: string
  readonly token: string | undefined
  readonly body: Record<string, string>
}
type Site = {
  readonly asked: Asked[]
  allowed: boolean
  /** What the next who gives a name is answered. */
  refuse: { status: number; code: string; retryAfter?: number } | undefined
}

/** What a real server answers about guests: `LiveServer` knows none. */
function withGuests(server: LiveServer, roomId = server.open([zoe, 'sam'])): Site {
  const site: Site = { asked: [], allowed: true, refuse: undefined }
  const inner = globalThis.fetch
  const json = (body: object, status = 200, more = {}) => Response.json(body, { status, headers: more })
  globalThis.fetch = async (input, init) => {
    const { pathname } = new URL(String(input), location.href)
    const path = pathname.replace('/v1/', '')
    if (path !== 'guests' && path !== 'me/guest') return inner(input, init)
    if (init?.method !== 'POST') return json({ allowed: site.allowed })
    const token = new Headers(init.headers).get('authorization')?.replace('Bearer ', '')
    site.asked.push({ path, token, body: JSON.parse(String(init.body)) })
    if (path === 'me/guest') return json({ guestId: zoe })
    const { refuse } = site
    if (refuse)
      return json({ code: refuse.code, detail: '' }, refuse.status, {
        'retry-after': `${refuse.retryAfter ?? 1}`,
      })
    return json({ token: fresh, user: { id: zoe, name: 'Zoe', guest: true }, roomId }, 201)
  }
  return site
}

const asNobody = (server: LiveServer) =>
  aPage(server, {
    size: [375, 600],
    before(widget) {
      widget.token = undefined
      widget.tokenProvider = () => null
    },
  })

async function enter(page: Page, name: string): Promise<void> {
  const field = await page.soon<HTMLInputElement>('.guest-name')
  field.value = name
  field.dispatchEvent(new InputEvent('input', { bubbles: true }))
  page.one<HTMLFormElement>('form.guest').requestSubmit()
  await page.widget.updateComplete
}

describe('a visitor whom the site does not know', () => {
  const at = aServer()

  it('gives a name, and writes to those who answer', async () => {
    const site = withGuests(at.server)
    const page = await asNobody(at.server)
    await page.soon('form.guest')
    await page.isAccessible()
    expect(page.one<HTMLLabelElement>('form.guest label').htmlFor).to.equal(page.one('.guest-name').id)
    await enter(page, 'Zoe')
    await page.until(
      () => page.find('textarea') && page.root.activeElement === page.find('textarea'),
      'the text field has the focus',
    )
    expect(site.asked).to.deep.equal([{ path: 'guests', token: undefined, body: { name: 'Zoe' } }])
    expect(localStorage.getItem(key)).to.equal(fresh)
    await page.send('Hello?')
    await page.until(() => at.server.heard.some((frame) => frame.t === 'send'), 'it is sent')
    expect(page.find('[part=new-room-button]')?.checkVisibility() ?? false).to.equal(false)
  })

  it('is told that nobody is signed in, where the site has no guests', async () => {
    withGuests(at.server).allowed = false
    const page = await asNobody(at.server)
    await page.until(() => page.find('.empty'), 'the pane')
    expect(page.one('.empty').textContent).to.contain('You are signed out')
    expect(page.find('form.guest')).to.equal(null)
  })

  it('is the same guest on the next page, without a word', async () => {
    const site = withGuests(at.server)
    localStorage.setItem(key, fresh)
    const page = await asNobody(at.server)
    await page.soon('.room, .log')
    expect([page.find('form.guest'), site.asked.length]).to.deep.equal([null, 0])
  })

  it('is the guest that they became in another tab meanwhile', async () => {
    const site = withGuests(at.server)
    const page = await asNobody(at.server)
    await page.soon('form.guest')
    localStorage.setItem(key, fresh)
    await enter(page, 'Zoe again')
    await page.soon('.room, .log')
    expect([page.find('form.guest'), site.asked.length]).to.deep.equal([null, 0])
  })

  it('is not told to start what only users start', async () => {
    withGuests(at.server, '')
    localStorage.setItem(key, fresh)
    const page = await asNobody(at.server)
    const list = await page.soon('.empty')
    expect([list.textContent?.trim(), list.querySelector('button')]).to.deep.equal([
      'No conversations yet',
      null,
    ])
  })

  it('gets a newer token where the kept one is older than a day', async () => {
    const site = withGuests(at.server)
    const old = aToken(zoe, { iat: Math.floor(Date.now() / 1_000) - 90_000 })
    localStorage.setItem(key, old)
    const page = await asNobody(at.server)
    await page.soon('.room, .log')
    expect(site.asked).to.deep.equal([{ path: 'guests', token: old, body: {} }])
    expect(localStorage.getItem(key)).to.equal(fresh)
  })

  it('is asked for a name again where the site knows the guest no more', async () => {
    const site = withGuests(at.server)
    site.refuse = { status: 401, code: 'unauthorized' }
    localStorage.setItem(key, aToken(zoe, { iat: 1 }))
    const page = await asNobody(at.server)
    await page.soon('form.guest')
    expect(localStorage.getItem(key)).to.equal(null)
  })

  it('is a guest no more in this browser once the page signs them out', async () => {
    withGuests(at.server)
    localStorage.setItem(key, fresh)
    const page = await asNobody(at.server)
    await page.soon('.room, .log')
    await page.widget.logout()
    expect(localStorage.getItem(key)).to.equal(null)
    await page.soon('form.guest')
  })

  it('chats in this page where it may keep nothing', async () => {
    withGuests(at.server)
    const { setItem } = Storage.prototype
    Storage.prototype.setItem = () => {
      throw new DOMException('no', 'SecurityError')
    }
    try {
      const page = await asNobody(at.server)
      await enter(page, 'Zoe')
      await page.soon('textarea')
      await page.send('Hello?')
    } finally {
      Storage.prototype.setItem = setItem
    }
  })

  const refused = {
    'a name that is too long': [{ status: 413, code: 'too_large' }, 'This name is too long.'],
    'one of which nothing is seen': [
      { status: 400, code: 'bad_request' },
      'Nothing can be seen of this name.',
    ],
    'too many at once': [{ status: 429, code: 'rate_limited', retryAfter: 240 }, 'Try again in 4 minutes.'],
  } as const
  for (const [what, [refuse, said]] of Object.entries(refused))
    it(`is told why, of ${what}, and keeps what they wrote`, async () => {
      const site = withGuests(at.server)
      const page = await asNobody(at.server)
      site.refuse = refuse
      await enter(page, 'Zoe')
      await page.until(() => page.one('.guest-why').textContent?.includes(said), said)
      const field = page.one<HTMLInputElement>('.guest-name')
      expect([field.value, field.getAttribute('aria-invalid')]).to.deep.equal(['Zoe', 'true'])
      expect(page.root.activeElement).to.equal(field)
    })

  it('is asked for a name before anybody else is', async () => {
    const site = withGuests(at.server)
    const page = await asNobody(at.server)
    await enter(page, '  ')
    await page.until(() => page.one('.guest-why').textContent === 'Write your name first.', 'why')
    expect(site.asked.length).to.equal(0)
  })

  it('learns that the site takes guests no more', async () => {
    const site = withGuests(at.server)
    const page = await asNobody(at.server)
    site.refuse = { status: 403, code: 'forbidden' }
    await enter(page, 'Zoe')
    await page.until(() => page.find('.empty'), 'the pane')
    expect(page.one('[role=alert].unseen').textContent).to.equal('This site takes no guests any more.')
  })
})

describe('who was a guest and has signed in', () => {
  const at = aServer()

  it('says so to the server, and sends what the guest could not', async () => {
    const room = at.server.open(['ana', 'sam'])
    const site = withGuests(at.server, room)
    const token = aToken(zoe)
    localStorage.setItem(key, token)
    const id = '01900000-0000-7000-8000-000000000001'
    const waiting = { id, roomId: room, text: 'written before', at: 1, status: 'waiting' }
    localStorage.setItem(
      `chatter https://chat.example/ ${encodeURIComponent(zoe)} send ${id}`,
      JSON.stringify(waiting),
    )
    const page = await anOpenRoom(at.server, room)
    await page.until(() => site.asked.length > 0, 'it is said')
    expect(site.asked).to.deep.equal([
      { path: 'me/guest', token: aToken('ana'), body: { guestToken: token } },
    ])
    await page.says('written before')
    await page.until(
      () => at.server.heard.some((frame) => frame.t === 'send' && frame.messageId === id),
      'it is sent',
    )
    expect(localStorage.getItem(key)).to.equal(null)
  })
})

describe('a guest among others', () => {
  const at = aServer()

  it('is called one, wherever the name stands', async () => {
    const room = aFilledRoom(at.server, 1, { members: ['ana', 'sam', zoe] })
    const direct = at.server.open(['ana', zoe])
    at.server.say(room, zoe, 'I am the host')
    at.server.say(direct, zoe, 'hi')
    const page = await anOpenRoom(at.server, room)
    const said = await page.says('I am the host')
    expect(said.querySelector('[part=author]')?.textContent).to.match(/\(guest\)$/)
    expect(
      said.getAttribute('aria-label') ?? said.closest('[aria-label]')?.getAttribute('aria-label'),
    ).to.contain('(guest)')
    const item = page.one(`[data-room="${direct}"]`)
    expect(item.querySelector('.room-name')?.textContent).to.contain('(guest)')
  })
})
