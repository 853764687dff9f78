import { expect } from '@open-wc/testing'
import type { Format } from '../../widget/elements/format.ts'
import type { MessageRow } from '../../widget/state/timeline.ts'
import { aFilledRoom, anOpenRoom, aServer, frames, type Page } from './a-widget.ts'

describe('the timeline', () => {
  const at = aServer()

  it('S1: shows the newest message at the bottom of a read room, before the first paint', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 60))
    expect(page.below).to.be.lessThan(1)
    expect(page.texts.at(-1)).to.match(/^message 60/)
  })

  it('S2: shows the unread divider a third from the top', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 60, { unread: 30 }))
    const divider = page.one('.unread-separator').getBoundingClientRect()
    const log = page.log.getBoundingClientRect()
    expect(divider.top - log.top).to.be.closeTo(log.height / 3, 2)
    expect(page.one('.unread-separator').nextElementSibling?.textContent).to.contain('message 31')
  })

  it('S3: stays at the end when a message comes and the reader is within 64 px of it', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await anOpenRoom(at.server, room)
    await page.scrollTo(page.log.scrollTop - 50)
    at.server.say(room, 'sam', 'just now')
    await page.says('just now')
    expect(page.below).to.be.lessThan(1)
  })

  it('S3: stays at the end when more messages come at once than may be in the DOM', async () => {
    const room = aFilledRoom(at.server, 60)
    at.server.changesPage = 1_000
    const page = await anOpenRoom(at.server, room)
    at.server.isDown = true
    at.server.cut()
    for (let turn = 1; turn <= 160; turn++) at.server.say(room, 'sam', `meanwhile ${turn}`)
    at.server.isDown = false
    await page.widget.reconnect()
    await page.says('meanwhile 160')
    await frames(2)
    expect(page.below).to.be.lessThan(1)
    expect(page.all('[data-key]').length).to.be.at.most(150)
  })

  it('S4: moves nothing that is read when a message comes', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await anOpenRoom(at.server, room)
    await page.scrollTo(page.log.scrollTop - 900)
    const before = visible(page)
    at.server.say(room, 'sam', 'just now')
    await page.says('just now')
    await frames(2)
    moved(before, page)
  })

  it('S5: moves nothing that is read when a page of history comes before it', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 400))
    const [first] = page.texts
    await page.scrollTo(300)
    const before = visible(page)
    await page.until(() => page.texts[0] !== first, 'older messages are in the DOM')
    await frames(2)
    moved(before, page)
  })

  it('S6: keeps the message at the very top where it is, and loads one page only', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 400))
    const [first = ''] = page.texts
    at.server.requests.length = 0
    await page.scrollTo(0)
    await page.until(() => page.texts[0] !== first, 'older messages are in the DOM')
    await frames(10)
    const top = page.message(first)?.getBoundingClientRect().top ?? 0
    expect(top - page.log.getBoundingClientRect().top).to.be.within(-1, 60)
    expect(at.server.requests.filter((request) => request.includes('before='))).to.have.length(1)
  })

  it('S5: moves nothing that is read however often something above it grows by part of a pixel', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 40), { size: [900, 500] })
    const above = document.createElement('div')
    above.slot = 'thread-start'
    page.widget.append(above)
    await page.scrollTo(500)
    const before = visible(page)
    for (let step = 1; step <= 12; step++) {
      above.style.blockSize = `${step * 7.4}px`
      await frames(2)
    }
    moved(before, page)
    await page.scrollTo(700)
    const further = visible(page)
    above.style.blockSize = '0'
    await frames(2)
    moved(further, page)
  })

  it('S7: shows my own message, from deep in the history too', async () => {
    const room = aFilledRoom(at.server, 400)
    const page = await anOpenRoom(at.server, room)
    for (let turn = 0; turn < 4; turn++) {
      const [first] = page.texts
      await page.scrollTo(0)
      await page.until(() => page.texts[0] !== first, 'older messages')
    }
    await page.send('here I am')
    await page.until(() => page.below < 1, 'the end is in view')
    expect(page.texts.at(-1)).to.equal('here I am')
  })

  it('S8: keeps the end in view when the composer grows and the panel shrinks', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 60))
    page.type('one\ntwo\nthree\nfour\nfive\nsix')
    await frames(3)
    expect(page.below).to.be.lessThan(1)
    page.widget.style.blockSize = '400px'
    await frames(3)
    expect(page.below).to.be.lessThan(1)
  })

  it('S8: moves nothing when the composer grows while the reader is a little above the end', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 60))
    await page.scrollTo(page.log.scrollTop - 14)
    page.type('one\ntwo\nthree')
    await frames(3)
    expect(page.below).to.be.closeTo(14, 1)
    page.type('')
    await frames(3)
    expect(page.below).to.be.closeTo(14, 1)
  })

  it('S8: keeps the end in view when the panel becomes as narrow as a phone, and wide again', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 60), { size: [1280, 700] })
    const box = page.widget.parentElement as HTMLElement
    for (const [width, height] of [
      [375, 700],
      [740, 360],
      [360, 740],
      [1280, 700],
    ]) {
      box.style.inlineSize = `${width}px`
      box.style.blockSize = `${height}px`
      await frames(4)
      expect(page.below, `${width} × ${height}`).to.be.lessThan(1)
    }
  })

  it('S5: moves nothing that is read in a page that is zoomed or scaled', async () => {
    for (const style of ['zoom: 1.5', 'zoom: 0.75', 'transform: scale(0.5)', 'transform: scale(1.6)']) {
      const page = await anOpenRoom(at.server, aFilledRoom(at.server, 400))
      const box = page.widget.parentElement as HTMLElement
      box.style.cssText += `; transform-origin: 0 0; ${style}`
      await frames(2)
      const [first] = page.texts
      await page.scrollTo(300)
      const before = visible(page)
      await page.until(() => page.texts[0] !== first, 'older messages are in the DOM')
      await frames(2)
      moved(before, page, style)
      box.remove()
    }
  })

  it('S1: opens at the newest message where it was made out of sight', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await anOpenRoom(at.server, room, {
      before: (widget) => {
        widget.style.display = 'none'
      },
    })
    page.widget.style.display = ''
    await page.until(() => page.log.clientHeight > 0 && page.below < 1, 'the end is in view')
    await frames(3)
    expect(page.below).to.be.lessThan(1)
  })

  it('lets the wheel scroll the page on at its end, and keeps it in the panel of a launcher', async () => {
    const room = aFilledRoom(at.server, 60)
    const inline = await anOpenRoom(at.server, room)
    expect(getComputedStyle(inline.log).overscrollBehaviorY).to.equal('auto')
    const attributes = { mode: 'launcher', open: '' }
    const launcher = await anOpenRoom(at.server, room, { attributes })
    expect(getComputedStyle(launcher.log).overscrollBehaviorY).to.equal('contain')
  })

  it('S9: offers the way down after one height of the log, and counts what is new', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await anOpenRoom(at.server, room)
    expect(page.find('.jump')).to.equal(null)
    await page.scrollTo(page.log.scrollTop - page.log.clientHeight - 200)
    const button = await page.soon<HTMLButtonElement>('.jump')
    expect(button.getAttribute('aria-label')).to.equal('Jump to the latest message')
    at.server.say(room, 'sam', 'one')
    at.server.say(room, 'sam', 'two')
    await page.until(() => page.find('.jump-badge')?.textContent === '2 new', 'the count')
    expect(page.one('.jump').getAttribute('aria-label')).to.equal('2 new, jump to them')
  })

  it('S10: jumps to the latest message', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 400))
    await page.scrollTo(0)
    const button = await page.soon<HTMLButtonElement>('.jump')
    button.click()
    await page.until(() => page.below < 1 && !page.find('.jump'), 'the end')
    expect(page.texts.at(-1)).to.match(/^message 400/)
  })

  it('S10: jumps first to the unread divider, where it was not seen', async () => {
    const room = aFilledRoom(at.server, 10)
    for (let turn = 1; turn <= 30; turn++) {
      at.server.say(room, 'sam', `to you ${turn}`)
      // From another device: what I say there reads nothing.
      at.server.say(room, 'ana', `to sam ${turn}`)
    }
    const page = await anOpenRoom(at.server, room, { size: [900, 400] })
    expect(page.below).to.be.lessThan(1)
    expect(page.find('.unread-separator')).to.equal(null)
    await page.scrollTo(page.log.clientHeight * 1.4)
    const divider = await page.soon('.unread-separator')
    const above = () => divider.getBoundingClientRect().top - page.log.getBoundingClientRect().top
    expect(above()).to.be.lessThan(0)
    const button = await page.soon<HTMLButtonElement>('.jump')
    button.click()
    await page.until(() => Math.abs(above() - page.log.clientHeight / 3) < 2, 'the divider')
    page.one('.jump').click()
    await page.until(() => page.below < 1, 'the end')
  })

  it('loads older messages again when the reader scrolls up after a failure', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 400))
    const { fetch } = globalThis
    let asked = 0
    let isBroken = true
    globalThis.fetch = (input, init) => {
      if (!String(input).includes('before=')) return fetch(input, init)
      asked++
      return isBroken ? Promise.reject(new TypeError('no')) : fetch(input, init)
    }
    try {
      await page.scrollTo(0)
      await page.soon('.log .error')
      const [first = ''] = page.texts
      for (let turn = 0; turn < 10; turn++) await page.scrollTo(page.log.scrollTop - 1)
      expect(asked).to.be.lessThan(3)
      isBroken = false
      await page.until(async () => {
        await page.scrollTo(5)
        await page.scrollTo(0)
        return page.texts[0] !== first
      }, 'older messages')
      expect(page.all('.log .error').length).to.equal(0)
    } finally {
      globalThis.fetch = fetch
    }
  })

  it('M22: shows the day of what is read while the reader scrolls, where its name is not in view', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 60))
    const seen = () => page.find('.floating-date')?.checkVisibility({ visibilityProperty: true }) ?? false
    expect(seen()).to.equal(false)
    await page.scrollTo(400)
    await page.until(seen, 'it comes')
    expect(page.one('.floating-date').textContent).to.equal(page.one('.day-separator').textContent)
    await page.scrollTo(0)
    await page.until(() => !seen(), 'it goes where the day itself is seen')
    await page.scrollTo(500)
    await page.until(seen, 'it comes again')
    await page.scrollTo(page.log.scrollHeight)
    await page.until(() => !seen(), 'it goes at the end')
    await page.scrollTo(600)
    await page.until(seen, 'it comes once more')
    await page.until(() => !seen(), 'it goes by itself')
  })

  it('S14: never has more than 150 rows in the DOM, and reaches every message', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 500))
    const seen = new Set(page.texts)
    let most = 0
    for (let turn = 0; turn < 40 && !seen.has('message 1\nand more'); turn++) {
      const [first] = page.texts
      await page.scrollTo(0)
      await page.until(() => page.texts[0] !== first, 'older messages')
      for (const text of page.texts) seen.add(text)
      most = Math.max(most, page.all('[data-key]').length)
    }
    expect(seen.size).to.equal(500)
    expect(most).to.be.at.most(150)
    for (let turn = 0; turn < 40 && !page.texts.at(-1)?.startsWith('message 500'); turn++) {
      const last = page.texts.at(-1)
      await page.scrollTo(page.log.scrollHeight)
      await page.until(() => page.texts.at(-1) !== last || last?.startsWith('message 500'), 'newer messages')
      expect(page.all('[data-key]').length).to.be.at.most(150)
    }
    expect(page.texts.at(-1)).to.match(/^message 500/)
  })

  it('U15: leaves the divider where it is while messages come, until I write', async () => {
    const room = aFilledRoom(at.server, 20, { unread: 3 })
    const page = await anOpenRoom(at.server, room)
    at.server.say(room, 'sam', 'another')
    await page.says('another')
    expect(page.one('.unread-separator').nextElementSibling?.textContent).to.contain('message 18')
    await page.send('answer')
    expect(page.find('.unread-separator')).to.equal(null)
  })

  it('U16: reads what is seen with the focus, and nothing without', async () => {
    const room = aFilledRoom(at.server, 60, { unread: 40 })
    const hasFocus = document.hasFocus
    document.hasFocus = () => false
    try {
      const page = await anOpenRoom(at.server, room)
      await frames(5)
      expect(at.server.unread(room, 'ana')).to.equal(40)
      document.hasFocus = () => true
      window.dispatchEvent(new Event('focus'))
      await page.until(() => at.server.unread(room, 'ana') < 40, 'what is seen is read')
      expect(at.server.unread(room, 'ana')).to.be.greaterThan(20)
      await page.scrollTo(page.log.scrollHeight)
      await page.until(() => at.server.unread(room, 'ana') === 0, 'everything is read')
    } finally {
      document.hasFocus = hasFocus
    }
  })

  it('shows no details for the double click that selects a word', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const bubble = page.all('.message')[0]?.querySelector<HTMLElement>('[part~=bubble]')
    const click = (detail: number) =>
      bubble?.dispatchEvent(new MouseEvent('click', { detail, bubbles: true, composed: true }))
    click(1)
    await page.soon('.meta.below')
    click(2)
    await page.until(() => !page.find('.meta.below'), 'they are gone')
    click(3)
    await page.widget.updateComplete
    expect(page.find('.meta.below')).to.equal(null)
  })

  it('folds a long message by its text alone, and moves nothing that is read when it unfolds', async () => {
    const room = aFilledRoom(at.server, 20)
    at.server.say(room, 'sam', Array.from({ length: 61 }, (_, n) => `line ${n}`).join('\n'))
    at.server.say(room, 'sam', 'x'.repeat(61 * 40))
    at.server.say(room, 'sam', Array.from({ length: 60 }, (_, n) => `short ${n}`).join('\n'))
    for (let n = 1; n <= 9; n++) at.server.say(room, 'sam', `later ${n}`)
    const page = await anOpenRoom(at.server, room)
    const folded = page.all('.folded')
    expect(folded.map((bubble) => bubble.textContent?.slice(0, 6))).to.deep.equal(['line 0', 'xxxxxx'])
    const [bubble] = folded
    const button = bubble?.parentElement?.nextElementSibling?.querySelector('button')
    if (!bubble || !button) throw new Error('no button')
    expect(button.textContent).to.equal('Show more')
    bubble.scrollIntoView({ block: 'start' })
    await frames(3)
    const { top, height } = bubble.getBoundingClientRect()
    button.click()
    await frames(3)
    expect(bubble.getBoundingClientRect().top).to.be.closeTo(top, 1)
    expect(bubble.getBoundingClientRect().height).to.be.greaterThan(2 * height)
    expect(button.textContent).to.equal('Show less')
    expect(button.ariaExpanded).to.equal('true')
    button.scrollIntoView({ block: 'end' })
    await frames(3)
    button.click()
    await frames(3)
    expect(bubble.getBoundingClientRect().height).to.equal(height)
    expect(button.textContent).to.equal('Show more')
    const box = page.log.getBoundingClientRect()
    const place = button.getBoundingClientRect()
    expect(place.top).to.be.at.least(box.top - 1)
    expect(place.bottom).to.be.at.most(box.bottom + 1)
  })

  it('shows all of the ring around the last message', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 20))
    const last = page.all('.message').at(-1) as HTMLElement
    page.press(page.log, 'End')
    last.focus()
    const { outlineOffset, outlineWidth } = getComputedStyle(last)
    const ring = Number.parseFloat(outlineOffset) + Number.parseFloat(outlineWidth)
    expect(ring).to.be.above(0)
    const below = page.log.getBoundingClientRect().bottom - last.getBoundingClientRect().bottom
    expect(below).to.be.at.least(ring)
  })

  it('has the time within the bubble where there is one pane, below no letter and at no cost of width', async () => {
    const room = at.server.open(['ana', 'sam', 'mina'])
    const long = 'a longer message of several lines '.repeat(6).trim()
    for (const text of [long, 'ok', 'رسالة من الجهة الأخرى', '😀', '```\ncode\n```'])
      for (const user of ['sam', 'ana']) at.server.say(room, user, text)
    for (const text of ['first of two', 'second of two']) at.server.say(room, 'sam', text)
    const page = await anOpenRoom(at.server, room, { size: [375, 800] })
    const widthOf = (box: Element | null | undefined) => box?.getBoundingClientRect().width ?? Number.NaN
    expect(widthOf(page.message('first of two')?.querySelector('.meta'))).to.equal(0)
    const rows = page.all('.message').filter((row) => row !== page.message('first of two'))
    expect(rows.length).to.equal(11)
    for (const row of rows) expectMetaInside(row)
    for (const row of rows.slice(0, 2))
      expect(widthOf(row.querySelector('[part=bubble]'))).to.be.above(
        widthOf(row.querySelector('.body')) * 0.85,
      )
  })

  it('clips stacked marks to their bubble', async () => {
    const room = aFilledRoom(at.server, 1)
    at.server.say(room, 'sam', `Z${'\u0300\u0316'.repeat(60)}a`)
    const page = await anOpenRoom(at.server, room)
    const bubble = page.all('[part=bubble]').at(-1)
    if (!bubble) throw new Error('no bubble')
    expect(getComputedStyle(bubble).overflow).to.equal('clip')
  })

  it('copies several messages with who said them and when, and of one what is selected', async () => {
    const room = at.server.open(['ana', 'sam'])
    for (const [who, text] of [
      ['sam', 'first'],
      ['ana', 'second\nof mine'],
      ['sam', 'third'],
    ] as const)
      at.server.say(room, who, text)
    const page = await anOpenRoom(at.server, room)
    const textOf = (at: number) => page.all('.message .text')[at] as HTMLElement
    page.log.dispatchEvent(new PointerEvent('pointerdown'))
    await import('../../widget/elements/timeline/copied.ts')
    await frames(1)
    const copy = () => {
      const event = new ClipboardEvent('copy', {
        bubbles: true,
        composed: true,
        cancelable: true,
        clipboardData: new DataTransfer(),
      })
      textOf(0).dispatchEvent(event)
      return event.defaultPrevented ? event.clipboardData?.getData('text/plain') : undefined
    }
    const select = (from: number, to: number, start = 0) => {
      const [first, last] = [firstText(textOf(from)), firstText(textOf(to))]
      getSelection()?.setBaseAndExtent(first, start, last, last.data.length)
    }
    select(0, 2, 2)
    const time = page
      .all('time')
      .map((one) => one.textContent)
      .at(-1)
    expect(copy()).to.equal(`Sam, ${time}: rst\nAna, ${time}: second\nof mine\nSam, ${time}: third`)
    select(1, 1)
    expect(copy()).to.equal(undefined)
    getSelection()?.removeAllRanges()
    expect(copy()).to.equal(undefined)
  })

  it('copies whole messages as they were typed, and the lines of a part of one as lines', async () => {
    const room = at.server.open(['ana', 'sam'])
    const typed = 'a **list**\n- one\n- two\n\n> quoted'
    for (const text of [typed, typed, 'end']) at.server.say(room, 'sam', text)
    const page = await anOpenRoom(at.server, room)
    const textOf = (at: number) => page.all('.message .text')[at] as HTMLElement
    const { copied } = await import('../../widget/elements/timeline/copied.ts')
    const row = { author: { name: 'Sam' }, kind: 'text', text: typed } as MessageRow
    const copy = () =>
      copied(page.log, () => row, { name: () => 'Sam', time: () => 'now' } as unknown as Format)
    const item = textOf(0).querySelector('li')
    if (!item) throw new Error('no list')
    getSelection()?.setBaseAndExtent(firstText(item), 1, firstText(textOf(2)), 1)
    expect(copy()?.split('Sam, now: ')).to.deep.equal(['', 'ne\ntwo\nquoted\n', `${typed}\n`, 'e'])
    getSelection()?.removeAllRanges()
  })

  it('keeps its place when the widget is moved in the document', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 60))
    await page.scrollTo(page.log.scrollTop - 700)
    const before = visible(page)
    const box = document.createElement('div')
    box.style.cssText = 'inline-size: 900px; block-size: 600px'
    page.widget.parentElement?.append(box)
    box.append(page.widget)
    await frames(4)
    moved(before, page)
    expect(at.server.connections).to.equal(1)
  })
})

function firstText(element: HTMLElement): Text {
  const found = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode()
  if (!(found instanceof Text)) throw new Error('no text')
  return found
}

/** Where the rows in view are. */
function visible(page: Page): Map<string, number> {
  const box = page.log.getBoundingClientRect()
  const rows = page
    .all('.message')
    .map((row) => [row.dataset.key ?? '', row.getBoundingClientRect()] as const)
  const inView = rows.filter(([, { top, bottom }]) => bottom > box.top && top < box.bottom)
  return new Map(inView.map(([key, { top }]) => [key, top - box.top]))
}

/** None of the rows moved by more than a pixel. */
function moved(before: Map<string, number>, page: Page, where = ''): void {
  const now = new Map(
    page.all('.message').map((row) => [row.dataset.key ?? '', row.getBoundingClientRect().top]),
  )
  const { top } = page.log.getBoundingClientRect()
  expect(before.size).to.be.greaterThan(3)
  for (const [key, was] of before)
    expect((now.get(key) ?? Number.NaN) - top, `${where} ${key}`).to.be.closeTo(was, 1)
}

/** What is said of a message stands within its bubble, beside or below each line of its text. */
function expectMetaInside(row: HTMLElement): void {
  const [bubble, meta, text] = ['[part=bubble]', '.meta', '.text'].map((one) => row.querySelector(one))
  if (!bubble || !meta || !text) throw new Error('a part is missing')
  const [outer, inner] = [bubble.getBoundingClientRect(), meta.getBoundingClientRect()]
  const said = text.textContent ?? ''
  expect(inner.left, said).to.be.at.least(outer.left)
  expect(inner.right, said).to.be.at.most(outer.right)
  expect(inner.bottom, said).to.be.at.most(outer.bottom)
  const letters = document.createRange()
  letters.selectNodeContents(text)
  for (const line of letters.getClientRects()) {
    const isBeside = line.right <= inner.left + 1 || line.left >= inner.right - 1
    expect(isBeside || line.bottom <= inner.top + line.height / 2, said).to.equal(true)
  }
}
