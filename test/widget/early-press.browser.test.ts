/** A menu that is asked for before what opens it is loaded. */
import { expect } from '@open-wc/testing'
import { anOpenRoom, aServer, frames, type Page } from './a-widget.ts'

describe('a menu that is asked for before it is loaded', () => {
  const at = aServer()
  const names = ['requestIdleCallback', 'cancelIdleCallback'] as const
  const own = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name))
  // The page is never idle: nothing is loaded by itself. Safari has neither of them.
  beforeEach(() => {
    for (const name of names) Object.defineProperty(globalThis, name, { value: () => 0, configurable: true })
  })
  afterEach(() => {
    for (const [at, name] of names.entries()) {
      const given = own[at]
      if (given) Object.defineProperty(globalThis, name, given)
    }
    // What waits for the page to be idle is cancelled after this.
    if (!own[0]) Reflect.deleteProperty(globalThis, 'requestIdleCallback')
  })

  async function aRoom(): Promise<Page> {
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', 'hello')
    at.server.read(room, 'ana', 1)
    return anOpenRoom(at.server, room)
  }
  const press = (target: Element, more: MouseEventInit = {}) => {
    const { left, top } = target.getBoundingClientRect()
    const event = new MouseEvent('contextmenu', {
      ...{ bubbles: true, composed: true, cancelable: true, button: 2, clientX: left + 9, clientY: top + 9 },
      ...more,
    })
    target.dispatchEvent(event)
    return event.defaultPrevented
  }
  const finger = { bubbles: true, composed: true, pointerType: 'touch', isPrimary: true }
  const items = (page: Page) => page.all('[part=menu-item]').map(({ textContent }) => textContent?.trim())

  it('opens where it was asked for, and the browser’s does not: of a room, by mouse and by the menu key', async () => {
    const page = await aRoom()
    const row = page.one('.room')
    expect(press(row, { shiftKey: true })).to.equal(false)
    expect(press(row)).to.equal(true)
    const menu = await page.soon('[part=menu]')
    expect(items(page)).to.contain('Archive')
    const { left, top } = row.getBoundingClientRect()
    expect(menu.getBoundingClientRect().left).to.be.closeTo(left + 9, 2)
    expect(menu.getBoundingClientRect().top).to.be.closeTo(top + 9, 2)
    page.press(menu, 'Escape')
    await page.until(() => page.root.activeElement === row, 'the focus is on the row')
  })

  it('opens no more for whoever has gone on to something else until it is loaded', async () => {
    const page = await aRoom()
    press(page.one('.room'))
    page.composer.focus()
    page.press(page.composer, 'h')
    const point = () =>
      page
        .one('.room')
        .dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }))
    await page.until(() => point() && page.find('.room-more'), 'what opens it is loaded')
    await frames(5)
    expect(page.find('[part=menu]')).to.equal(null)
    expect(page.root.activeElement === page.composer).to.equal(true)
  })

  it('opens by the menu key, with the focus on the room', async () => {
    const page = await aRoom()
    page.one('.room').focus()
    expect(press(page.one('.room'), { button: 0 })).to.equal(true)
    await page.soon('[part=menu]')
  })

  it('opens of a message, but for links and selected text', async () => {
    const page = await aRoom()
    const bubble = (await page.says('hello')).querySelector('[part=bubble]') as HTMLElement
    const text = bubble.querySelector('.text') as HTMLElement
    getSelection()?.selectAllChildren(document.body)
    text.dispatchEvent(
      new PointerEvent('pointerdown', { bubbles: true, composed: true, pointerType: 'mouse' }),
    )
    expect(press(text)).to.equal(false)
    getSelection()?.removeAllRanges()
    text.dispatchEvent(
      new PointerEvent('pointerdown', { bubbles: true, composed: true, pointerType: 'mouse' }),
    )
    expect(press(text)).to.equal(true)
    await page.soon('[part=menu]')
    expect(items(page).join()).to.contain('Reply')
  })

  it('opens as a sheet under a finger that stays, of a room and of a message', async () => {
    const page = await aRoom()
    for (const target of [page.one('.room'), page.one('[part=bubble]')]) {
      target.dispatchEvent(new PointerEvent('pointerdown', finger))
      const sheet = await page.soon('[part=action-sheet]')
      window.dispatchEvent(new PointerEvent('pointerup', finger))
      page.press(sheet, 'Escape')
      await page.until(() => !page.find('[part=action-sheet]'), 'closed')
    }
  })
})
