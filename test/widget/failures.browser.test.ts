/** Every failure has a face and an exit. */
import { expect } from '@open-wc/testing'
import { setViewport } from '@web/test-runner-commands'
import { Problem } from '../../server/protocol/problems.ts'
import { ChatterWidget } from '../../widget/index.ts'
import { script } from '../../widget/load-chunk.ts'
import { aToken } from './a-chat.ts'
import { aFilledRoom, anOpenRoom, aPage, aServer, frames } from './a-widget.ts'
import { exceptIn } from './browser.ts'

const phone: [number, number] = [375, 600]

describe('a first connection that fails', () => {
  const at = aServer()

  for (const [where, size] of [
    ['on a phone', phone],
    ['beside a room', [900, 600]],
  ] as const)
    it(`says why after two seconds, ${where}, and tries again when asked`, async () => {
      aFilledRoom(at.server, 3)
      let asked = 0
      let isOut = true
      const began = Date.now()
      const page = await aPage(at.server, {
        size: [...size],
        before(widget) {
          widget.token = undefined
          widget.tokenProvider = () => {
            asked++
            if (isOut) throw new Error('no token: 503')
            return aToken('ana')
          }
        },
      })
      expect(Date.now() - began).to.be.greaterThan(1_900)
      const banner = page.one('.banner')
      const { top, width } = banner.getBoundingClientRect()
      expect(banner.textContent).to.contain(
        'Chat is not available right now. Your sign-in could not be checked.',
      )
      // Over all panes, from edge to edge.
      expect(width).to.be.closeTo(size[0], 2)
      expect(top).to.be.lessThan(page.one('.sidebar').getBoundingClientRect().top)
      const before = asked
      isOut = false
      page.one('.banner button').click()
      await page.soon('.room')
      expect(asked).to.equal(before + 1)
      await page.until(() => !page.find('.banner'), 'the banner goes')
    })

  it('says that there is no connection where the server is away', async () => {
    at.server.isDown = true
    const page = await aPage(at.server, { size: phone })
    expect(page.one('.banner').textContent).to.contain('There is no connection.')
    page.one('.banner button').focus()
    page.one('.banner button').click()
    await frames(3)
    // The button stays, and the focus on it.
    expect(page.root.activeElement).to.equal(page.one('.banner button'))
  })

  it('that the server refused for good has a pane that says so, and no banner', async () => {
    at.server.signIn = () => {
      throw new Problem('unauthorized', 'token: the signature is not of this tenant')
    }
    const page = await aPage(at.server)
    const pane = await page.soon('.empty')
    expect(pane.textContent).to.contain('Chat is not available right now')
    expect(pane.textContent).to.contain('It is not set up correctly on this site.')
    expect(page.find('.banner')).to.equal(null)
    await page.isAccessible()
  })

  it('says that chat is paused where the site is disabled, and comes back by itself', async () => {
    aFilledRoom(at.server, 3)
    const { signIn } = at.server
    let isDisabled = true
    at.server.signIn = (token) => {
      if (isDisabled) throw new Problem('site_disabled', 'this site is disabled', { retryAfter: 1 })
      return signIn(token)
    }
    const page = await aPage(at.server)
    const pane = await page.soon('.empty')
    expect(pane.textContent).to.contain('Chat is not available right now')
    expect(pane.textContent).to.contain('It is paused on this site.')
    await page.isAccessible()
    isDisabled = false
    await page.soon('.room')
    expect(page.find('.banner')).to.equal(null)
  })

  it('says that the page must be loaded anew where a token that was given once has expired', async () => {
    at.server.signIn = () => {
      throw new Problem('token_expired', 'token: expired')
    }
    const page = await aPage(at.server)
    const pane = await page.soon('.empty')
    expect(pane.textContent).to.contain('Your sign-in has expired.')
    expect(pane.querySelector('button')?.textContent).to.equal('Reload the page')
  })
})

describe('a connection that is lost', () => {
  const at = aServer()

  it('is said in the list of a phone and over the people to choose from, too', async () => {
    aFilledRoom(at.server, 3)
    const page = await aPage(at.server, { size: phone })
    await page.soon('.room')
    page.one('[part~="new-room-button"]').click()
    await page.soon('[role=option]')
    at.server.isDown = true
    at.server.cut()
    const banner = await page.soon('.banner')
    expect(banner.textContent).to.contain('No connection. Messages are sent when it is back.')
    page.one('[part~="back-button"]').click()
    await page.soon('.room')
    expect(page.one('.banner').checkVisibility()).to.equal(true)
  })

  it('and then refused for good keeps what is here, and says why no more comes', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    at.server.cut(4510)
    const banner = await page.soon('.banner')
    expect(banner.textContent).to.contain('Chat is not available right now. This server cannot do that.')
    expect(page.texts).to.have.length(3)
    page.one('.banner button').click()
    await page.until(() => !page.find('.banner'), 'connected again')
  })
})

describe('a panel that cannot be loaded', () => {
  const at = aServer()
  const { origin } = script
  const chunks = ChatterWidget.chunks as { -readonly [N in keyof typeof ChatterWidget.chunks]: unknown }
  const { panel } = chunks
  const missing = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'))
  const newest = globalThis as { newest?: object }

  before(() => setViewport({ width: 375, height: 667 }))
  beforeEach(() => {
    chunks.panel = missing
    newest.newest = { fit: ChatterWidget.chunks.fit, chat: chunks.chat, panel: missing }
    // What the entry of the newest build says.
    script.origin =
      'data:text/javascript,export const ChatterWidget={get chunks(){return globalThis.newest}}//'
  })
  afterEach(() => {
    chunks.panel = panel
    script.origin = origin
  })
  after(() => setViewport({ width: 800, height: 600 }))

  it('leaves a frame that can be closed, by its button and by Escape, and says why', async () => {
    const page = await aPage(at.server, { attributes: { mode: 'launcher' } })
    const launcher = page.one('.launcher')
    for (const close of ['button', 'Escape']) {
      launcher.focus()
      launcher.click()
      const button = await page.soon('.panel [part=close-button]')
      expect(button.getBoundingClientRect().top).to.be.within(0, 40)
      await page.until(() => page.find('.panel .empty'), 'why')
      expect(page.one('.panel').textContent).to.contain('It could not be loaded.')
      expect(page.root.activeElement).to.equal(page.one('.panel'))
      await page.isAccessible()
      if (close === 'button') button.click()
      else page.press(page.root.activeElement as Element, close)
      await page.until(() => !page.find('.panel'), 'closed')
      expect(page.root.activeElement).to.equal(launcher)
    }
  })

  it('is said in the page, too, where the chat stands in it', async () => {
    const page = await aPage(at.server, { size: phone })
    expect(page.one('.panel .empty').textContent).to.contain('Chat is not available right now')
    expect(page.find('[part=close-button]')).to.equal(null)
  })

  it('is asked for anew when somebody tries again, from the newest build; then the page can be loaded anew', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await aPage(at.server, { attributes: { mode: 'launcher', 'room-id': room } })
    void page.widget.open()
    await page.soon('.panel .empty')
    const labels = () => page.all('.panel .button').map(({ textContent }) => textContent)
    expect(labels()).to.deep.equal(['Try again'])
    page.one('.panel .button').click()
    await page.until(() => labels().includes('Reload the page'), 'the page can be loaded anew')
    newest.newest = { fit: ChatterWidget.chunks.fit, chat: chunks.chat, panel }
    page.one('.panel .button').click()
    await page.soon('.message')
    await page.until(() => page.root.activeElement?.closest('.panel'), 'the focus is in the panel')
  })
})

describe('what cannot be sent', () => {
  const at = aServer()

  it('because it came too fast says so, and goes by itself', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    let isFull = true
    at.server.refuse = (frame) =>
      frame.t === 'send' && isFull ? new Problem('rate_limited', 'too many', { retryAfter: 1 }) : undefined
    const first = await page.send('first')
    const second = await page.send('second')
    const state = (message: HTMLElement) => message.querySelector('.status')?.getAttribute('aria-label')
    await page.until(() => state(first) === 'Waiting its turn', 'why it waits')
    expect(first.querySelector('.status')?.textContent).to.equal('Waiting its turn')
    expect(first.getAttribute('aria-label')).to.contain('Waiting its turn')
    expect(state(second)).to.equal('Sending')
    isFull = false
    await page.until(() => state(second) === 'Sent', 'sent')
    expect(at.server.heard.filter(({ t }) => t === 'send').length).to.equal(3)
  })

  it('because of what it says can be changed, or deleted, not tried again', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('bad_request', 'no') : undefined)
    const refused = await page.send('refused')
    const buttons = () => [...refused.querySelectorAll<HTMLElement>('.actions button')]
    await page.until(() => buttons().length, 'what can be done')
    expect(buttons().map(({ textContent }) => textContent)).to.deep.equal(['Edit', 'Delete'])
    page.type('and more')
    buttons()[0]?.click()
    await page.until(() => page.composer.value === 'refused\nand more', 'it is written again')
    expect(page.message('refused')).to.equal(undefined)
    expect(page.root.activeElement).to.equal(page.composer)
  })

  it('because no server takes it is not accepted: nothing to read, NUL, half a surrogate pair', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    for (const text of ['\u200b', '\u2800', '\u3164', '\0']) {
      page.type(text)
      await page.widget.updateComplete
      expect(page.one('.send').getAttribute('aria-disabled')).to.equal('true')
      page.press(page.composer, 'Enter')
    }
    expect(at.server.heard.filter(({ t }) => t === 'send')).to.deep.equal([])
    page.type('a\0b\ud83d')
    page.press(page.composer, 'Enter')
    // What was accepted is what is stored.
    await page.says('ab\ufffd')
    await page.until(
      () => at.server.heard.some((frame) => frame.t === 'send' && frame.text === 'ab\ufffd'),
      'sent',
    )
  })

  it('because it is a file is said, and the page stays', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const files = aFile()
    const drag = (type: string, target: Element, dataTransfer: DataTransfer) => {
      const event = new DragEvent(type, { bubbles: true, composed: true, cancelable: true, dataTransfer })
      target.dispatchEvent(event)
      return event.defaultPrevented
    }
    expect(drag('dragover', page.log, files)).to.equal(true)
    expect(page.find('.banner')).to.equal(null)
    expect(drag('drop', page.log, files)).to.equal(true)
    expect((await page.soon('.banner')).textContent).to.equal('Files cannot be sent here.')
    const assertive = document.querySelector('[data-chatter-announcer="assertive"]')
    expect(assertive?.textContent?.trim()).to.equal('Files cannot be sent here.')
    const text = new DataTransfer()
    text.setData('text/plain', 'words')
    expect(drag('drop', page.composer, text)).to.equal(false)
    await page.until(() => !page.find('.banner'), 'it goes')
  })

  exceptIn({ Firefox: 'it gives an event that a script made an empty clipboard' })(
    'because it is a picture that was pasted is said',
    async () => {
      const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
      const paste = (clipboardData: DataTransfer) =>
        page.composer.dispatchEvent(
          new ClipboardEvent('paste', { bubbles: true, composed: true, cancelable: true, clipboardData }),
        )
      const table = aFile()
      table.setData('text/plain', 'a table, with a picture of it')
      expect(paste(table)).to.equal(true)
      expect(page.find('.banner')).to.equal(null)
      expect(paste(aFile())).to.equal(false)
      await page.soon('.banner')
    },
  )
})

function aFile(): DataTransfer {
  const files = new DataTransfer()
  files.items.add(new File(['x'], 'photo.png', { type: 'image/png' }))
  return files
}
