/** How much is done, counted and not timed: these hold on any machine. */
import { expect, fixture, html } from '@open-wc/testing'
import { loadActions } from '../../widget/elements/timeline/actions.ts'
import { whenIdle } from '../../widget/page.ts'
import { aToken } from './a-chat.ts'
import { aFilledRoom, anOpenRoom, aServer, frames, type Page } from './a-widget.ts'
import type { LiveServer } from './live-server.ts'

describe('the work of drawing', () => {
  const at = aServer()
  const { hasFocus } = document
  // Nobody reads, but where a test says so.
  before(() => {
    document.hasFocus = () => false
  })
  after(() => {
    document.hasFocus = hasFocus
  })

  it('is one draw for a hundred messages that arrive between two frames', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await opened(await anOpenRoom(at.server, room))
    const draws = drawsOf(page)
    await between(at.server, () => say(at.server, room, 100))
    expect(draws()).to.equal(0)
    await settled(page)
    expect(draws()).to.equal(1)
    expect(page.texts.at(-1)).to.equal('now 100')
    expect(page.below).to.be.lessThan(1)
  })

  it('is one draw for a message that is read as it comes', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await opened(await anOpenRoom(at.server, room))
    const isUnread = () => page.widget.chat.state.rooms.get(room)?.me.unread
    document.hasFocus = () => true
    try {
      await settled(page)
      const draws = drawsOf(page)
      await between(at.server, () => say(at.server, room, 1))
      await settled(page)
      expect(page.texts.at(-1)).to.equal('now 1')
      expect(isUnread()).to.equal(0)
      expect(draws()).to.equal(1)
      await page.scrollTo(page.log.scrollTop - 300)
      await between(at.server, () => say(at.server, room, 1))
      await settled(page)
      expect(isUnread()).to.equal(1)
    } finally {
      document.hasFocus = () => false
    }
  })

  it('is less often where a draw takes longer than a frame has, and ends with the newest', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await opened(await anOpenRoom(at.server, room))
    // As on a slow device.
    page.widget.addController({
      hostUpdated() {
        const start = performance.now()
        while (performance.now() - start < 50);
      },
    })
    const draws = drawsOf(page)
    for (let n = 0; n < 20; n++) {
      await between(at.server, () => at.server.say(room, 'sam', `slow ${n}`))
      await frames(1)
    }
    expect(draws()).to.be.within(1, 10)
    await page.says('slow 19')
    expect(page.texts.slice(-20)).to.deep.equal(Array.from({ length: 20 }, (_, n) => `slow ${n}`))
  })

  it('waits until the page has frames again, and the state does not', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await opened(await anOpenRoom(at.server, room))
    const draws = drawsOf(page)
    const { requestAnimationFrame } = window
    const waiting: FrameRequestCallback[] = []
    // As in a page that is hidden.
    window.requestAnimationFrame = (run) => waiting.push(run)
    try {
      await between(at.server, () => say(at.server, room, 3))
      await page.until(() => page.widget.unread === 3, 'the number is right')
      const spoken = document.querySelector('[data-chatter-announcer="polite"]')
      await page.until(() => spoken?.textContent?.includes('3 new messages'), 'it is announced')
      expect(draws()).to.equal(0)
    } finally {
      window.requestAnimationFrame = requestAnimationFrame
    }
    expect(waiting).to.have.length(1)
    for (const run of waiting) run(performance.now())
    await page.widget.updateComplete
    expect(page.texts.at(-1)).to.equal('now 3')
  })

  it('is two rows for a message that arrives: the new one, and the one before it', async () => {
    const room = aFilledRoom(at.server, 120)
    at.server.say(room, 'ana', 'mine, which sam has seen')
    at.server.read(room, 'sam', 999)
    const page = await opened(await anOpenRoom(at.server, room))
    const rows = rowsOf(page)
    await page.scrollTo(page.log.scrollTop - 10)
    expect(rows()).to.equal(0)
    await between(at.server, () => say(at.server, room, 1))
    await settled(page)
    expect(page.texts.at(-1)).to.equal('now 1')
    expect(rows()).to.equal(2)
    await between(at.server, () => say(at.server, room, 30))
    await settled(page)
    expect(rows()).to.equal(2 + 31)
    at.server.type(room, 'sam')
    at.server.say(at.server.open(['ana', 'mina']), 'mina', 'elsewhere')
    await page.until(() => page.one('.sidebar').textContent?.includes('elsewhere'), 'another room')
    expect(rows()).to.equal(2 + 31)
  })

  it('is a look at the rows in view when the reader scrolls, not at all that are in the DOM', async () => {
    const page = await opened(await anOpenRoom(at.server, aFilledRoom(at.server, 300)))
    await page.until(async () => {
      await page.scrollTo(0)
      return page.all('.message').length > 140
    }, 'many rows')
    await page.scrollTo(page.log.scrollHeight / 2)
    const { getBoundingClientRect } = Element.prototype
    let looks = 0
    Element.prototype.getBoundingClientRect = function (this: Element) {
      if (this instanceof HTMLElement && this.dataset.key) looks++
      return getBoundingClientRect.call(this)
    }
    try {
      await page.scrollTo(page.log.scrollTop - 20)
    } finally {
      Element.prototype.getBoundingClientRect = getBoundingClientRect
    }
    expect(looks).to.be.within(1, 40)
  })

  it('is 25 rows in a frame for what is loaded when the reader comes near the first one', async () => {
    const room = aFilledRoom(at.server, 300)
    const page = await opened(await anOpenRoom(at.server, room))
    for (let pages = 0; pages < 2; pages++) await page.widget.chat.loadOlder(room)
    await settled(page)
    const rows = rowsOf(page)
    page.log.scrollTop = 0
    await painted()
    expect(rows()).to.be.within(20, 26)
    await settled(page)
    expect(page.log.scrollTop).to.be.greaterThan(1.5 * page.log.clientHeight)
  })

  it('is the number on the launcher while the panel is closed, and no row', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await anOpenRoom(at.server, room, { attributes: { mode: 'launcher', open: '' } })
    await page.widget.close()
    await settled(page)
    const draws = drawsOf(page)
    await between(at.server, () => say(at.server, room, 7))
    await settled(page)
    expect(draws()).to.equal(1)
    expect(page.one('.launcher-badge').textContent).to.equal('7')
    at.server.type(room, 'sam')
    await settled(page)
    expect(draws()).to.equal(1)
    await page.widget.open()
    await page.says('now 7')
  })

  it('is none for the keys of a text, the first one included, and for its draft one, later', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await opened(await anOpenRoom(at.server, room))
    const [draws, rows] = [drawsOf(page), rowsOf(page)]
    page.type('a')
    expect(page.one('.send').getAttribute('aria-disabled')).to.equal('false')
    for (let length = 2; length <= 50; length++) page.type('a'.repeat(length))
    await page.widget.updateComplete
    expect(draws()).to.equal(0)
    await page.until(() => page.widget.chat.state.drafts.has(room), 'it is in the state')
    await settled(page)
    expect(draws()).to.equal(1)
    expect(rows()).to.equal(0)
  })

  it('is no fade that a key begins, since each of its frames would hold up the next key', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const send = page.one('.send')
    const colour = () => getComputedStyle(send).backgroundColor
    const before = colour()
    page.composer.focus()
    page.type('a')
    expect(colour()).not.to.equal(before)
    expect(page.root.getAnimations()).to.deep.equal([])
  })

  it('has a first time formatted while its scripts are on their way', async () => {
    const { toLocaleString: original } = Date.prototype
    let isFormatted = false
    Date.prototype.toLocaleString = function (...given: []) {
      isFormatted = true
      return original.apply(this, given)
    }
    try {
      const widget = document.createElement('chatter-widget')
      widget.token = aToken('ana')
      widget.server = at.server.url
      const box = await fixture<HTMLElement>(html`<div></div>`)
      box.append(widget)
      await widget.updateComplete
      expect(isFormatted).to.equal(true)
      expect(widget.root.querySelector('.log')).to.equal(null)
    } finally {
      Date.prototype.toLocaleString = original
    }
  })

  it('is done at once for what I send', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 60))
    page.type('mine')
    const { requestAnimationFrame } = window
    window.requestAnimationFrame = () => 0
    try {
      page.press(page.composer, 'Enter')
      await page.widget.updateComplete
    } finally {
      window.requestAnimationFrame = requestAnimationFrame
    }
    expect(page.texts.at(-1)).to.equal('mine')
    expect(page.composer.value).to.equal('')
  })

  it('is one draw in a frame for what I send, however soon the server has it', async () => {
    const page = await opened(await anOpenRoom(at.server, aFilledRoom(at.server, 60)))
    page.type('mine')
    await settled(page)
    const draws = drawsOf(page)
    const { clock } = at.server
    const { after } = clock
    clock.after = (_ms, run) => {
      queueMicrotask(run)
      return () => {}
    }
    try {
      page.press(page.composer, 'Enter')
      for (let turn = 0; turn < 100; turn++) await null
    } finally {
      clock.after = after
    }
    expect(page.widget.chat.state.outbox).to.have.length(0)
    await painted()
    expect(page.texts.at(-1)).to.equal('mine')
    expect(draws()).to.equal(1)
    await page.until(() => !page.find('[part~=pending]'), 'it is shown as sent')
    expect(draws()).to.be.greaterThan(1)
  })
})

/** The next frame, with its layout and paint. */
function painted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
}

/** What is loaded when the page is idle is there, and has been drawn. */
async function opened(page: Page): Promise<Page> {
  await loadActions()
  await new Promise<void>((resolve) => whenIdle(resolve))
  return settled(page)
}

/** The page, once nothing waits to be drawn: after a costly draw that may be some frames. */
async function settled(page: Page): Promise<Page> {
  const draws = drawsOf(page)
  for (let before = -1; draws() !== before; await frames(10)) before = draws()
  return page
}

/** How often the widget was drawn since. */
function drawsOf({ widget }: Page): () => number {
  let count = 0
  const { updated } = widget
  widget.updated = (changed) => {
    count++
    updated.call(widget, changed)
  }
  return () => count
}

/** How many messages were drawn since: each of them asks for its full time, once. */
function rowsOf({ widget }: Page): () => number {
  let count = 0
  const { format } = widget
  const full = format.full.bind(format)
  Object.assign(format, {
    full: (at: string) => {
      count++
      return full(at)
    },
  })
  return () => count
}

function say(server: LiveServer, room: string, count: number): void {
  for (let turn = 1; turn <= count; turn++) server.say(room, 'sam', `now ${turn}`)
}

/** All that the server sends meanwhile arrives frame by frame, each with what follows from it, and no frame is drawn between. */
async function between(server: LiveServer, act: () => void): Promise<void> {
  const { clock } = server
  const { after } = clock
  const waiting: (() => void)[] = []
  clock.after = (_ms, run) => {
    waiting.push(run)
    return () => {}
  }
  try {
    act()
  } finally {
    clock.after = after
  }
  for (const arrive of waiting) {
    arrive()
    for (let turn = 0; turn < 20; turn++) await null
  }
}
