/** Rules of docs/rules.md that the tests of single parts do not hold. */
import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { tabStops } from '../../widget/elements/keyboard/keys.ts'
import { aFilledRoom, anOpenRoom, aPage, aServer, frames, type Page } from './a-widget.ts'

const spoken = () => document.querySelector('[data-chatter-announcer="polite"]')?.textContent?.trim() ?? ''

/** As if the reader's device answered so to media queries with these words. */
async function where(words: string, matches: boolean, run: () => Promise<void>): Promise<void> {
  const { matchMedia } = window
  window.matchMedia = (query) => {
    const list = matchMedia.call(window, query)
    return query.includes(words) ? ({ ...list, matches } as MediaQueryList) : list
  }
  try {
    await run()
  } finally {
    window.matchMedia = matchMedia
  }
}

describe('the place in the log', () => {
  const at = aServer()

  it('S1: no frame shows a room anywhere but at its end', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await aPage(at.server, { attributes: { 'room-id': at.server.open(['ana', 'mina']) } })
    const places: number[] = []
    let isOver = false
    const look = () => {
      if (page.find('.message')) places.push(page.below)
      if (!isOver) requestAnimationFrame(look)
    }
    look()
    await page.widget.openRoom(room)
    await page.soon('.message')
    await frames(5)
    isOver = true
    expect(places.length).to.be.greaterThan(2)
    expect(Math.max(...places)).to.be.lessThan(1)
  })

  it('S9: offers the way down at one new message, however near the end is', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await anOpenRoom(at.server, room)
    await page.scrollTo(page.log.scrollTop - 200)
    expect(page.all('.jump')).to.have.length(0)
    at.server.say(room, 'sam', 'below what is seen')
    await page.until(() => page.find('.jump-badge')?.textContent === '1 new', 'the count')
  })

  it('S10: goes smoothly to what is near, at once where it is far or motion is not wanted', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 60))
    const moves: unknown[] = []
    const { scrollTo } = page.log
    page.log.scrollTo = (...asked: unknown[]) => {
      moves.push((asked[0] as ScrollToOptions).behavior)
      Reflect.apply(scrollTo, page.log, [{ ...(asked[0] as ScrollToOptions), behavior: 'instant' }])
    }
    const jumpFrom = async (heights: number) => {
      await page.scrollTo(page.log.scrollHeight - page.log.clientHeight * (heights + 1))
      ;(await page.soon('.jump')).click()
      await page.until(() => page.below < 1 && !page.find('.jump'), 'the end')
    }
    await where('prefers-reduced-motion', false, async () => {
      await jumpFrom(2)
      expect(moves).to.deep.equal(['smooth'])
      await jumpFrom(3.5)
    })
    await where('prefers-reduced-motion', true, () => jumpFrom(2))
    expect(moves).to.deep.equal(['smooth'])
  })

  it('U16: reads nothing while the panel is closed, and what is seen when it opens', async () => {
    const { hasFocus } = document
    document.hasFocus = () => true
    try {
      const room = aFilledRoom(at.server, 60)
      const page = await anOpenRoom(at.server, room, { attributes: { mode: 'launcher', open: '' } })
      await page.widget.close()
      at.server.say(room, 'sam', 'unseen')
      await page.soon('.launcher-badge')
      await frames(5)
      expect(at.server.unread(room, 'ana')).to.equal(1)
      await page.widget.open()
      await page.until(() => at.server.unread(room, 'ana') === 0, 'it is read')
    } finally {
      document.hasFocus = hasFocus
    }
  })

  it('U20: tells of a message of mine who has seen it, and when', async () => {
    const room = at.server.open(['ana', 'sam', 'mina'])
    const page = await anOpenRoom(at.server, room)
    const message = await page.send('hello')
    at.server.read(room, 'sam', 99)
    await page.soon('.seen-by')
    message.querySelector<HTMLElement>('[part=bubble]')?.click()
    const seen = await page.soon('.seen-by.list li')
    expect(page.all('.seen-by.list li')).to.have.length(1)
    expect(seen.querySelector('bdi')?.textContent).to.equal('Sam')
    expect(seen.querySelector('time')?.dateTime).to.match(/^\d{4}-\d\d-\d\dT/)
  })
})

describe('words and states', () => {
  const at = aServer()

  it('M22, M23: days and times grow older without a reload', async () => {
    const { now } = Date
    const { setInterval } = window
    let later = 0
    const ticks: (() => void)[] = []
    Date.now = () => now() + later
    Object.assign(window, { setInterval: (run: () => void) => ticks.push(run) })
    try {
      const page = await anOpenRoom(at.server, aFilledRoom(at.server, 1), { attributes: { lang: 'en' } })
      const shown = () => [page.one('.day-separator').textContent, page.one('.room-time').textContent]
      expect(shown()).to.deep.equal(['Today', 'now'])
      later = 24 * 60 * 60_000
      for (const tick of ticks) tick()
      await frames(2)
      await page.widget.updateComplete
      expect(shown()).to.deep.equal(['Yesterday', 'Yesterday'])
    } finally {
      Date.now = now
      window.setInterval = setInterval
    }
  })

  it('M24: shows the full time to a mouse that rests on a message', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 1))
    expect(page.one('.message [part=bubble]').title).to.contain(String(new Date().getFullYear()))
  })

  it('C37: leaves spelling and correction on', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 1))
    expect(page.composer.spellcheck).to.equal(true)
    expect(page.composer.getAttribute('autocorrect')).to.equal(null)
  })

  it('D39: has words for each state of a message, and a sign beside them', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const states = () =>
      page.all('.message.own').map((message) => message.getAttribute('aria-label')?.split(', ').at(-1))
    at.server.toServer = (frame) => (frame.t === 'send' ? 'drop' : 'pass')
    await page.send('one')
    await page.until(() => states()[0] === 'Sending', 'sending')
    at.server.isDown = true
    at.server.cut()
    await page.until(() => states()[0] === 'Not confirmed yet', 'unconfirmed')
    await page.send('two')
    await page.until(() => states()[1] === 'Waiting for the connection', 'waiting')
    at.server.toServer = () => 'pass'
    at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('forbidden', 'no') : undefined)
    at.server.isDown = false
    await page.widget.reconnect()
    await page.until(() => states().every((state) => state === 'Not sent'), 'failed')
    expect(page.all('.message.own .status svg')).to.have.length(2)
  })

  it('D45: shows nothing for 200 ms, and then the shapes of what comes', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const other = aFilledRoom(at.server, 3, { members: ['ana', 'mina'] })
    at.server.delayMs = (path) => (path.includes('messages') ? 1_000 : 0)
    ;(await page.soon(`[data-room="${other}"]`)).click()
    const shapes = await page.soon('.log .skeletons')
    const [appears] = shapes.getAnimations()
    expect(appears?.effect?.getTiming()).to.include({ delay: 200, fill: 'backwards' })
  })

  it('D47, A59: names two who type, says that several do, moves nothing and announces nothing', async () => {
    const room = at.server.open(['ana', 'sam', 'mina', 'zoe'])
    const page = await anOpenRoom(at.server, room)
    const { clientHeight } = page.log
    const said = spoken()
    const typing: string[] = []
    for (const user of ['sam', 'mina', 'zoe']) {
      at.server.type(room, user)
      await page.until(() => page.one('.typing').textContent?.trim() !== (typing.at(-1) ?? ''), user)
      typing.push(page.one('.typing').textContent?.trim() ?? '')
    }
    expect(typing).to.deep.equal(['Sam is typing…', 'Sam and Mina are typing…', 'Several people are typing…'])
    expect(page.log.clientHeight).to.equal(clientHeight)
    expect(page.one('.typing').getAttribute('aria-hidden')).to.equal('true')
    expect(spoken()).to.equal(said)
  })
})

describe('the keyboard and screen readers', () => {
  const at = aServer()

  it('K48: Tab goes through the list of rooms, the log and the composer, and stops once in each list', async () => {
    for (const other of ['mina', 'zoe']) at.server.open(['ana', other])
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 10))
    page.type('something to send')
    await page.widget.updateComplete
    const names = tabStops(page.one('.panes')).map((stop) => [...stop.part][0])
    expect(names).to.deep.equal([
      'new-room-button',
      'room',
      'info-button',
      'message',
      'composer-input',
      'emoji-button',
      'send-button',
    ])
  })

  it('K48: no box that scrolls is a stop, as Firefox would have it', async () => {
    at.server.features = { ...at.server.features, joinLinks: true, openRooms: true }
    const room = at.server.open(['ana', 'sam', 'mina'], { name: 'Plans' })
    at.server.say(room, 'sam', 'hello')
    const page = await anOpenRoom(at.server, room)
    const stops = () =>
      page
        .all('*')
        .filter((box) => /auto|scroll/.test(getComputedStyle(box).overflow) && box.checkVisibility())
        .filter((box) => !box.matches('input, textarea, [tabindex="-1"]'))
        .map(({ className }) => className)
    const seen: string[] = []
    seen.push(...stops())
    for (const [press, shows] of [
      ['[part=emoji-button]', '[part=emoji]'],
      ['[part=info-button]', '[part=member]'],
      ['.info-links', '.links'],
      ['[part=new-room-button]', '[part=open-rooms-button]'],
      ['[part=open-rooms-button]', '.directory .empty'],
    ] as const) {
      page.one(press).click()
      await page.soon(shows)
      seen.push(...stops())
    }
    expect([...new Set(seen)]).to.deep.equal([])
  })

  it('K52: opening moves the focus to where one writes, under a finger to the heading', async () => {
    const room = aFilledRoom(at.server, 3)
    for (const [isFinger, part] of [
      [false, 'composer-input'],
      [true, 'header-title'],
    ] as const)
      await where('pointer: coarse', isFinger, async () => {
        const page = await aPage(at.server, { attributes: { mode: 'launcher', 'room-id': room } })
        await page.until(() => page.widget.currentUser, 'signed in')
        page.one('.launcher').focus()
        page.one('.launcher').click()
        await page.until(() => page.root.activeElement?.part.contains(part), part)
        page.widget.remove()
        // As in another tab: in this one the panel would be open again.
        sessionStorage.clear()
      })
  })

  it('K52: the focus waits for a room that comes late, and stays where somebody took it meanwhile', async () => {
    const room = aFilledRoom(at.server, 3)
    const other = document.createElement('input')
    document.body.append(other)
    for (const taken of ['never', 'before the panel is there', 'before the room is there'] as const) {
      at.server.delayMs = () => 400
      const page = await aPage(at.server, { attributes: { mode: 'launcher', 'room-id': room } })
      page.one('.launcher').focus()
      page.one('.launcher').click()
      if (taken === 'before the panel is there') other.focus()
      await page.soon('.panes')
      if (taken === 'before the room is there') other.focus()
      await page.soon('.message')
      await frames(3)
      if (taken !== 'never') expect(document.activeElement === other).to.equal(true)
      else await page.until(() => page.root.activeElement === page.composer, 'the composer')
      page.widget.remove()
    }
    other.remove()
  })

  it('A56, A57: the log is a named region that stays silent while pages and rooms come', async () => {
    const room = aFilledRoom(at.server, 400)
    const other = aFilledRoom(at.server, 30, { members: ['ana', 'mina'] })
    const page = await anOpenRoom(at.server, room)
    expect(page.log.getAttribute('role')).to.equal('region')
    expect(page.log.getAttribute('aria-label')).to.equal('Messages in Sam')
    const isLive = !!page.log.closest('[aria-live]') || !!page.log.querySelector('[aria-live]')
    expect(isLive).to.equal(false)
    expect(page.all('.log .message').every(({ localName }) => localName === 'article')).to.equal(true)
    const region = document.querySelector('[data-chatter-announcer="polite"]')
    expect(region?.getRootNode() === document).to.equal(true)
    if (region) region.textContent = ''
    const [first] = page.texts
    await page.scrollTo(0)
    await page.until(() => page.texts[0] !== first, 'older messages')
    page.one(`[data-room="${other}"]`).click()
    await page.until(() => page.one('.header-title').textContent === 'Mina' && page.find('.message'), 'Mina')
    await frames(5)
    expect(spoken()).to.equal('')
  })

  it('A60: all of it can be used at 320 px', async () => {
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', `https://example.org/${'long'.repeat(60)}`)
    const page = await anOpenRoom(at.server, room, { size: [320, 480] })
    await page.send('and an answer')
    const isInside = (selector: string, page: Page) => {
      const box = page.widget.getBoundingClientRect()
      for (const one of page.all(selector)) {
        const { left, right, top, bottom } = one.getBoundingClientRect()
        expect(left >= box.left && right <= box.right, `${selector} in width`).to.equal(true)
        expect(top >= box.top && bottom <= box.bottom, `${selector} in height`).to.equal(true)
      }
    }
    expect(page.log.scrollWidth).to.equal(page.log.clientWidth)
    for (const selector of ['[part~=back-button]', '.header-title', 'textarea', '.send'])
      isInside(selector, page)
    page.one('[part~=back-button]').click()
    await page.soon('.room')
    for (const selector of ['.room', '[part~="new-room-button"]']) isInside(selector, page)
  })

  it('A61: what is pressed is 44 px high under a finger, and 24 px under a mouse', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 60))
    at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('forbidden', 'no') : undefined)
    await page.send('refused')
    await page.soon('.message.failed button')
    page.one('[part~="new-room-button"]').click()
    await page.soon('[role=option]')
    // docs/rules.md says so: the button down to the newest message is smaller.
    const pressed = () => page.all('button, [role=option], .room')
    const small = (least: number) =>
      pressed()
        .filter((one) => one.checkVisibility() && one.offsetHeight < least)
        .map(({ part, offsetHeight }) => `${part} ${offsetHeight}`)
    expect(small(24)).to.deep.equal([])
    const fingers = page.root.adoptedStyleSheets
      .flatMap((sheet) => [...sheet.cssRules])
      .flatMap((rule) => (rule instanceof CSSMediaRule ? [rule.media] : []))
      .filter(({ mediaText }) => mediaText.includes('pointer: coarse'))
    const before = fingers.map(({ mediaText }) => mediaText)
    for (const media of fingers) media.mediaText = 'all'
    try {
      expect(fingers.length).to.be.greaterThan(0)
      expect(small(44)).to.deep.equal([])
      page.one('[part~=back-button]').click()
      await page.soon('.room')
      expect(small(44)).to.deep.equal([])
      expect(Number.parseFloat(getComputedStyle(page.composer).fontSize)).to.be.at.least(16)
      page.type('hello')
      await page.until(() => page.one('.send').ariaDisabled === 'false', 'it can be sent')
      // No second ring around the button: its edge is where its colour ends.
      const { backgroundClip, borderTopColor, boxShadow } = getComputedStyle(page.one('.send'))
      expect([backgroundClip, borderTopColor]).to.deep.equal(['padding-box', 'rgba(0, 0, 0, 0)'])
      expect(boxShadow).to.contain('inset')
    } finally {
      for (const [at, media] of fingers.entries()) media.mediaText = before[at] ?? ''
    }
  })
})
