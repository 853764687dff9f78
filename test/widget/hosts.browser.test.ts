/** Pages that do what they should not, and pages that only do it elsewhere. */
import { expect } from '@open-wc/testing'
import { aFilledRoom, anOpenRoom, aPage, aServer, frames } from './a-widget.ts'

const kinds = ['keydown', 'keypress', 'keyup'] as const

/** What a page's own handlers hear while something is done. */
async function heard(act: () => unknown, target: EventTarget = document): Promise<string[]> {
  const keys: string[] = []
  const listen = (event: Event) => void keys.push(`${event.type} ${(event as KeyboardEvent).key}`)
  for (const kind of kinds) target.addEventListener(kind, listen)
  try {
    await act()
  } finally {
    for (const kind of kinds) target.removeEventListener(kind, listen)
  }
  return keys
}

/** A key goes down on something and up on what has the focus by then. */
function stroke(target: Element, key: string, more: KeyboardEventInit = {}): void {
  const init = { key, bubbles: true, composed: true, cancelable: true, ...more }
  target.dispatchEvent(new KeyboardEvent('keydown', init))
  let focused = document.activeElement
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement
  const last = target.isConnected ? target : focused
  last?.dispatchEvent(new KeyboardEvent('keyup', init))
}

describe('the hotkeys of a page', () => {
  const at = aServer()
  const used = ['k', '?', ' ', 'ArrowDown', 'Home', 'PageUp', 'Enter', 'Delete']

  it('K54: do not fire by keys pressed in lists and on buttons; those with Ctrl or Cmd, Escape and Tab do', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    for (const place of ['.message', '.room', '[part~=new-room-button]']) {
      const press = (keys: readonly string[], more?: KeyboardEventInit) => () => {
        for (const key of keys) stroke(page.one(place), key, more)
      }
      expect(await heard(press(used)), place).to.deep.equal([])
      expect(await heard(press(['k'], { ctrlKey: true })), place).to.have.length(2)
      expect(await heard(press(['k'], { metaKey: true })), place).to.have.length(2)
      expect(await heard(press(['Escape', 'Tab', 'F1'])), place).to.have.length(6)
    }
    const message = page.one('.message')
    // As docs/embedding.md says.
    const early: string[] = []
    const listen = (event: KeyboardEvent) => void early.push(event.key)
    addEventListener('keydown', listen, { capture: true })
    stroke(message, 'k')
    removeEventListener('keydown', listen, { capture: true })
    expect(early).to.deep.equal(['k'])
    page.widget.keepEvents = true
    await page.widget.updateComplete
    expect(await heard(() => stroke(message, 'k'))).to.deep.equal(['keydown k', 'keyup k'])
  })

  it('K54: fire by keys pressed in what the page put into a slot', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const button = document.createElement('button')
    button.slot = 'header-actions'
    page.widget.append(button)
    expect(await heard(() => stroke(button, 'k'))).to.deep.equal(['keydown k', 'keyup k'])
  })

  it('K54: do not fire by an Escape that closes the panel, held or let go; the next one is theirs', async () => {
    const attributes = { mode: 'launcher', 'room-id': aFilledRoom(at.server, 3) }
    const page = await aPage(at.server, { attributes })
    const opener = document.createElement('button')
    document.body.append(opener)
    try {
      opener.focus()
      await page.widget.open()
      await page.soon('.message')
      page.composer.focus()
      const stop = { key: 'Escape', bubbles: true, composed: true, cancelable: true }
      const close = () => {
        page.composer.dispatchEvent(new KeyboardEvent('keydown', stop))
        expect(document.activeElement === opener).to.equal(true)
        opener.dispatchEvent(new KeyboardEvent('keydown', { ...stop, repeat: true }))
        opener.dispatchEvent(new KeyboardEvent('keyup', stop))
      }
      expect(await heard(close)).to.deep.equal([])
      expect(await heard(() => stroke(opener, 'Escape'))).to.deep.equal(['keydown Escape', 'keyup Escape'])
      // A page that was left while the key was down hears the next one whole.
      await page.widget.open()
      await page.until(() => page.find('textarea'), 'open')
      page.composer.dispatchEvent(new KeyboardEvent('keydown', stop))
      expect(await heard(() => stroke(opener, 'Escape'))).to.deep.equal(['keydown Escape', 'keyup Escape'])
    } finally {
      opener.remove()
    }
  })
})

describe('a page', () => {
  const at = aServer()
  const { style } = document.body
  afterEach(() => style.removeProperty('zoom'))

  it('that lets nothing be selected still lets a message be', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), {
      before: (widget) => {
        // Safari knows no other name of it.
        widget.style.webkitUserSelect = 'none'
      },
    })
    expect(getComputedStyle(page.widget).webkitUserSelect).to.equal('none')
    expect(getComputedStyle(page.one('.panel')).webkitUserSelect).to.equal('text')
    const select = (box: Element) => getSelection()?.selectAllChildren(box)
    select(page.one('.message .text'))
    expect(String(getSelection())).to.contain('message')
  })

  for (const zoom of ['0.75', '1.25', '1.5'])
    it(`that is zoomed by ${zoom} shows all of the panel, and a room at its end`, async () => {
      style.setProperty('zoom', zoom)
      const attributes = { mode: 'launcher', open: '' }
      const page = await anOpenRoom(at.server, aFilledRoom(at.server, 40), { attributes })
      await page.until(() => page.one('.panel').matches(':popover-open'), 'shown above')
      await frames(3)
      const box = page.one('.panel').getBoundingClientRect()
      expect(box.top >= 0 && box.left >= 0, `${box.left}, ${box.top}`).to.equal(true)
      // In WebKit a zoomed page measures its boxes as if it were not, and the window so much larger.
      const unit = box.width / page.one('.panel').offsetWidth / Number(zoom)
      expect(box.right <= innerWidth * unit && box.bottom <= innerHeight * unit).to.equal(true)
      expect(page.below).to.be.lessThan(2)
      await page.send('zoomed')
      await frames(3)
      expect(page.below).to.be.lessThan(2)
    })

  it('that has put its own functions into Array still has a chat', async () => {
    const { from } = Array
    // As Prototype.js does it: whatever has no length is nothing, and nothing is mapped.
    const patched = (list: ArrayLike<unknown>) => {
      const length = list.length || 0
      return Object.assign(Array(length), length ? list : {})
    }
    Object.assign(Array, { from: patched })
    Object.assign(Array.prototype, { each() {}, first: () => undefined, last: () => undefined })
    try {
      const room = aFilledRoom(at.server, 3)
      at.server.say(room, 'sam', 'see https://example.com/a, and www.example.org')
      const page = await anOpenRoom(at.server, room)
      await page.send('hello https://example.net')
      await page.until(() => page.all('.message a').length === 3, 'links')
      ;(await page.soon('[part~=new-room-button]')).click()
      await page.soon('[part~=menu-item]')
    } finally {
      Object.assign(Array, { from })
      for (const name of ['each', 'first', 'last']) Reflect.deleteProperty(Array.prototype, name)
    }
  })
})
