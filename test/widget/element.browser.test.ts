import { expect } from '@open-wc/testing'
import { setViewport } from '@web/test-runner-commands'
import { Problem } from '../../server/protocol/problems.ts'
import type { MessageView } from '../../server/protocol/views.ts'
import { aToken } from './a-chat.ts'
import { aFilledRoom, anOpenRoom, aPage, aServer, aSystemMessage, frames } from './a-widget.ts'
import { setMotion } from './browser.ts'

describe('the element', () => {
  const at = aServer()

  it('takes properties that were set before it was defined', async () => {
    const early = document.createElement('chatter-early') as HTMLElement & Record<string, unknown>
    Object.assign(early, { mode: 'launcher', open: true, token: aToken('ana'), server: at.server.url })
    document.body.append(early)
    const { ChatterWidget } = await import('../../widget/index.ts')
    customElements.define('chatter-early', class extends ChatterWidget {})
    await early.updateComplete
    expect(early).to.include({ mode: 'launcher', isOpen: true, token: aToken('ana') })
    expect(typeof early.open).to.equal('function')
    early.remove()
  })

  it('keeps one connection and its state when it is moved, and closes when it is removed', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page.type('half a thought')
    const box = document.createElement('div')
    document.body.append(box)
    box.append(page.widget)
    await frames(3)
    expect(at.server.connections).to.equal(1)
    expect(page.composer.value).to.equal('half a thought')
    box.remove()
    await page.until(() => at.server.connections === 0, 'disconnected')
    document.body.append(page.widget)
    await page.until(() => at.server.connections === 1, 'connected again')
    await page.send('I am back')
    page.widget.remove()
  })

  it('keeps its connection, and announces, in a new body that it is put into a moment later', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await anOpenRoom(at.server, room)
    const { body } = document
    page.widget.remove()
    await frames(5)
    const next = document.createElement('body')
    document.documentElement.replaceChild(next, body)
    try {
      next.append(page.widget)
      await frames(3)
      at.server.say(room, 'sam', 'in the next page')
      await page.says('in the next page')
      const spoken = () => document.querySelector('[data-chatter-announcer="polite"]')?.textContent
      await page.until(() => spoken()?.includes('in the next page'), 'it is announced')
      expect(at.server.heard.filter(({ t }) => t === 'hello')).to.have.length(1)
    } finally {
      page.widget.remove()
      document.documentElement.replaceChild(body, next)
    }
  })

  it('shows what is so in a page that a translator went over', async () => {
    const [room, other] = [aFilledRoom(at.server, 3), at.server.open(['ana', 'mina'])]
    at.server.say(other, 'mina', 'first')
    const page = await anOpenRoom(at.server, room)
    await page.soon('.badge')
    // As those of browsers do: texts are taken out, and others put beside the places of the old ones.
    const texts = document.createTreeWalker(page.root, NodeFilter.SHOW_TEXT)
    const found: Text[] = []
    while (texts.nextNode()) found.push(texts.currentNode as Text)
    for (const text of found) {
      const isKept = text.parentElement?.closest('[translate]')?.getAttribute('translate') === 'no'
      if (isKept || !text.data.trim()) continue
      const font = document.createElement('font')
      font.textContent = `übersetzt: ${text.data}`
      text.replaceWith(font)
    }
    expect(page.message('message 1')).to.equal(undefined)
    at.server.edit(room, 3, 'edited since')
    at.server.say(other, 'mina', 'second')
    at.server.send('ana', { t: 'presence', userId: 'sam', online: true })
    await page.says('edited since')
    await page.until(() => page.one('.badge').textContent?.startsWith('2'), 'the count')
    expect(page.one(`[data-room="${other}"] .room-preview`).textContent).to.equal('second')
    await page.until(() => page.find('.header-subtitle')?.textContent === 'Online', 'the state')
  })

  it('looks the same in another document', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const look = () => {
      const { display, backgroundColor } = getComputedStyle(page.one('.panel'))
      return [display, backgroundColor, getComputedStyle(page.one('.send')).borderRadius]
    }
    const before = look()
    const frame = document.createElement('iframe')
    document.body.append(frame)
    frame.contentDocument?.body.append(page.widget)
    await page.widget.updateComplete
    expect(look()).to.deep.equal(before)
    document.body.append(page.widget)
    await page.widget.updateComplete
    expect(look()).to.deep.equal(before)
    page.widget.remove()
    frame.remove()
  })

  it('opens the room it is given before its panel is there', async () => {
    const room = aFilledRoom(at.server, 3)
    let sheets = 0
    const page = await aPage(at.server, {
      attributes: { 'room-id': room },
      before: (widget) =>
        widget.addEventListener('chatter-room-change', () => {
          sheets = widget.root.adoptedStyleSheets.length
        }),
    })
    await page.soon('.message')
    expect(sheets).to.be.within(1, 2)
    expect(page.root.adoptedStyleSheets.length).to.be.greaterThan(5)
  })

  it('takes methods before it is ready, in order', async () => {
    const roomId = aFilledRoom(at.server, 3)
    const page = await aPage(at.server, { attributes: { mode: 'launcher', load: 'interaction' } })
    expect(at.server.connections).to.equal(0)
    const opened = page.widget.openRoom(roomId)
    const sent = page.widget.send('hello', { roomId })
    await opened
    expect(await sent).to.include({ text: 'hello', authorId: 'ana' })
    await page.says('hello')
    expect(await page.widget.openDirect('mina')).to.be.a('string')
    await page.until(() => page.one('.header-title').textContent === 'Mina', 'Mina')
    await page.widget.createGroup({ memberIds: ['sam', 'zoe'], name: 'Us' })
    await page.until(() => page.one('.header-title').textContent === 'Us', 'the group')
    await page.widget.compose('a start')
    await page.until(() => page.composer.value === 'a start', 'composed')
    expect(page.widget.currentUser?.name).to.equal('Ana')
  })

  it('keeps the room that was opened while another was being made', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await aPage(at.server)
    await page.until(() => page.widget.currentUser, 'signed in')
    at.server.delayMs = (path) => (path === '/v1/rooms' ? 300 : 0)
    const late = page.widget.openDirect('mina')
    await page.widget.openRoom(room)
    await page.until(() => page.one('.header-title').textContent === 'Sam', 'Sam')
    page.type('half a thought')
    await late
    await frames(3)
    expect(page.one('.header-title').textContent).to.equal('Sam')
    expect(page.composer.value).to.equal('half a thought')
  })

  it('opens what the page asked for before it was signed in, and not my notes', async () => {
    at.server.delayMs = (path) => (path === '/v1/rooms' ? 100 : 0)
    let opened: Promise<string> | undefined
    const page = await aPage(at.server, {
      before: (widget) => {
        opened = widget.openDirect('mina')
      },
    })
    await opened
    await page.until(() => page.one('.header-title').textContent === 'Mina', 'Mina')
    expect(at.server.rooms.size).to.equal(1)
  })

  it('says that somebody cannot be reached, with a way back, and tells the page', async () => {
    aFilledRoom(at.server, 3)
    const faults: string[] = []
    const page = await aPage(at.server, {
      attributes: { 'direct-user-id': 'nobody' },
      size: [400, 600],
      before: (widget) => widget.addEventListener('chatter-error', ({ fault }) => faults.push(fault.code)),
    })
    await page.until(() => page.find('.empty .title')?.textContent?.includes('cannot be reached'), 'why')
    expect(faults).to.deep.equal(['not_found'])
    page.one('.empty .button').click()
    await page.until(() => page.find('.room'), 'the list')
  })

  it('takes null, undefined and no attribute as no room', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await anOpenRoom(at.server, room)
    page.widget.removeAttribute('room-id')
    await page.widget.updateComplete
    page.widget.roomId = null
    page.widget.directUserId = null
    await page.widget.updateComplete
    page.widget.roomId = undefined
    await page.widget.updateComplete
    expect(page.one('.header-title').textContent).to.equal('Sam')
    expect(at.server.requests.filter((path) => /null|undefined/.test(path))).to.deep.equal([])
  })

  it('takes "false" as false, as frameworks write it', async () => {
    aFilledRoom(at.server, 3)
    const page = await aPage(at.server, { attributes: { 'single-room': 'false', 'keep-events': 'false' } })
    expect([page.widget.singleRoom, page.widget.keepEvents]).to.deep.equal([false, false])
    await page.soon('.room')
  })

  it('rejects what needs a room where none is open', async () => {
    const page = await aPage(at.server, { size: [400, 600], attributes: { 'direct-user-id': 'nobody' } })
    await page.until(() => page.find('.empty .button'), 'nobody')
    const calls = [page.widget.send('hello'), page.widget.compose('hello'), page.widget.focusComposer()]
    for (const called of await Promise.allSettled(calls))
      expect(called).to.have.nested.property('reason.code', 'not_found')
  })

  it('rejects what is no text, as an undefined id of a room, and stays as it was', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const nothing = undefined as unknown as string
    const calls = [page.widget.openRoom(nothing), page.widget.send(nothing), page.widget.compose(nothing)]
    for (const called of await Promise.allSettled(calls)) {
      expect(called).to.have.nested.property('reason.code', 'bad_request')
      expect(called).to.have.nested.property('reason.message').that.includes('got undefined')
    }
    expect(page.composer.value).to.equal('')
    expect(page.all('.message')).to.have.length(3)
  })

  it('dispatches an event for what happens', async () => {
    const room = aFilledRoom(at.server, 3)
    const heard: string[] = []
    const names = ['ready', 'room-change', 'send', 'message', 'connection-change'] as const
    const page = await aPage(at.server, {
      attributes: { 'room-id': room },
      before: (widget) => {
        for (const name of names) widget.addEventListener(`chatter-${name}`, () => void heard.push(name))
      },
    })
    await page.says('message 2\nand more\nand more')
    await page.send('hello')
    await page.until(() => heard.includes('send'), 'sent')
    at.server.say(room, 'sam', 'hi')
    await page.until(() => heard.includes('message'), 'heard')
    expect([...new Set(heard)].sort()).to.deep.equal([...names].sort())
  })

  it('has states for the page to style', async () => {
    const room = aFilledRoom(at.server, 3)
    aFilledRoom(at.server, 3, { unread: 2, members: ['ana', 'sam', 'zoe'] })
    const page = await anOpenRoom(at.server, room, { size: [400, 600] })
    await page.until(() => page.widget.matches(':state(unread)'), 'unread')
    expect(page.widget.matches(':state(open):state(narrow)')).to.equal(true)
    page.widget.dir = 'rtl'
    await page.until(() => page.widget.matches(':state(rtl)'), 'rtl')
    at.server.isDown = true
    at.server.cut()
    await page.until(() => page.widget.matches(':state(offline)'), 'offline')
  })

  it('signs another user in, and forgets the first', async () => {
    const room = aFilledRoom(at.server, 3)
    at.server.open(['sam'])
    const page = await anOpenRoom(at.server, room)
    page.widget.removeAttribute('room-id')
    page.widget.token = aToken('sam')
    await page.until(() => page.widget.currentUser?.id === 'sam', 'sam')
    await page.widget.logout()
    await page.until(() => page.one('.panel').textContent?.includes('You are signed out'), 'signed out')
    expect(localStorage.length).to.equal(0)
  })

  it('has what the page says to those who are signed out, and where nothing is, in the middle of its pane', async () => {
    const page = await aPage(at.server, { attributes: { 'room-id': at.server.open(['ana', 'sam']) } })
    await page.soon('.log .empty')
    const middleOf = (element: Element) => {
      const { left, top, width, height } = element.getBoundingClientRect()
      return [left + width / 2, top + height / 2] as const
    }
    for (const [slot, pane] of [
      ['room-empty', '.log'],
      ['signed-out', '.panel'],
    ] as const) {
      const own = document.createElement('a')
      own.slot = slot
      own.textContent = 'Sign in to chat'
      page.widget.append(own)
      if (slot === 'signed-out') await page.widget.logout()
      await page.until(() => own.assignedSlot, slot)
      const [x, y] = middleOf(own)
      const [paneX, paneY] = middleOf(page.one(pane))
      expect(x).to.be.closeTo(paneX, 1)
      expect(y).to.be.closeTo(paneY, 40)
    }
  })

  it('keeps the buttons over the list at its end, whatever the page puts for the title', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const end = () => page.one('[part~=new-room-button]').getBoundingClientRect().right
    const before = end()
    const own = document.createElement('p')
    own.slot = 'sidebar-header'
    own.textContent = 'Team'
    page.widget.append(own)
    await frames(2)
    expect(end()).to.equal(before)
  })

  it('uses the page’s words', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page.widget.strings = { message: 'Schreib was', rooms: 'Gespräche' }
    await page.until(() => page.composer.placeholder === 'Schreib was', 'its words')
    expect(page.one('.bar-title').textContent).to.equal('Gespräche')
  })

  it('takes its width from the page, and none from the names in it', async () => {
    const name = 'The very long name of a room that nobody ever shortened. '.repeat(20)
    const room = at.server.open(['ana', 'sam', 'zoe'], { name })
    const page = await anOpenRoom(at.server, room, { size: [500, 600] })
    const box = page.widget.parentElement as HTMLElement
    const widthIn = (layout: string) => {
      box.style.cssText = `inline-size: 500px; block-size: 600px; ${layout}`
      return page.widget.getBoundingClientRect().width
    }
    expect(widthIn('display: grid; grid-template-columns: 1fr')).to.equal(500)
    expect(widthIn('display: grid; grid-template-columns: auto 1fr')).to.equal(400)
    expect(widthIn('display: flex')).to.equal(400)
    expect(widthIn('display: flex; inline-size: 300px')).to.equal(300)
  })

  it('works twice on one page', async () => {
    const room = aFilledRoom(at.server, 3)
    const one = await anOpenRoom(at.server, room)
    const two = await anOpenRoom(at.server, room)
    await one.send('hello')
    await two.says('hello')
    two.type('mine alone')
    expect(one.composer.value).to.equal('')
    expect(document.querySelectorAll('[data-chatter-announcer]')).to.have.length(2)
  })
})

describe('the launcher', () => {
  const at = aServer()

  it('K52: moves the focus to the composer, and Escape closes and brings it back', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await aPage(at.server, { attributes: { mode: 'launcher', 'room-id': room } })
    const button = page.one<HTMLButtonElement>('.launcher')
    expect(button.getAttribute('aria-expanded')).to.equal('false')
    button.focus()
    button.click()
    await page.says('message 2\nand more\nand more')
    await page.widget.open()
    await page.widget.focusComposer()
    await page.until(() => page.root.activeElement === page.composer, 'the composer has the focus')
    expect(button.getAttribute('aria-expanded')).to.equal('true')
    page.press(page.composer, 'Escape')
    // At once: a Tab that follows must not start at the top of the page.
    expect(page.root.activeElement === button).to.equal(true)
    await page.until(() => !page.find('.panel'), 'closed')
    expect(page.root.activeElement === button).to.equal(true)
  })

  it('K52: Escape closes what lies over the messages before the panel', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), {
      attributes: { mode: 'launcher', open: '' },
    })
    ;(await page.soon('[part=emoji-button]')).click()
    await page.soon('.emoji-picker')
    page.press(page.composer, 'Escape')
    await page.until(() => !page.find('.emoji-picker'), 'no emoji')
    page.press(page.composer, 'Escape')
    await page.until(() => !page.find('.panel'), 'closed')
  })

  it('K52: brings the focus back to the button of the page that opened it', async () => {
    const page = await aPage(at.server, {
      attributes: { mode: 'launcher', 'room-id': aFilledRoom(at.server, 3) },
    })
    const button = document.createElement('button')
    page.widget.before(button)
    button.focus()
    await page.widget.open()
    await page.soon('.message')
    await page.widget.focusComposer()
    void page.widget.close()
    expect(document.activeElement === button).to.equal(true)
    button.blur()
    await page.widget.open()
    void page.widget.close()
    expect(page.root.activeElement?.classList.contains('launcher')).to.equal(true)
  })

  it('keeps the avatars beside the text that they belong to, where it wraps', async () => {
    const members = ['ana', 'a person with quite a name', 'somebody else with a long one', 'and a third']
    const room = at.server.open(members)
    at.server.say(room, 'ana', 'hello')
    for (const member of members) at.server.read(room, member, 9)
    const page = await anOpenRoom(at.server, room, { size: [330, 500] })
    const faces = (await page.soon('.seen-by')).querySelector('.faces') as Element
    const words = document.createRange()
    words.selectNodeContents(page.one('.seen-by > span:last-child'))
    const [line] = words.getClientRects()
    expect(page.one('.seen-by').getBoundingClientRect().height).to.be.greaterThan(25)
    expect((line?.left ?? 0) - faces.getBoundingClientRect().right).to.be.within(0, 12)
  })

  it('shows how much is unread before it is opened', async () => {
    aFilledRoom(at.server, 12, { unread: 7 })
    const page = await aPage(at.server, { attributes: { mode: 'launcher' } })
    const badge = await page.soon('.launcher-badge')
    expect(badge.textContent).to.equal('7')
    expect(page.one('.launcher').getAttribute('aria-label')).to.equal('Open chat, 7 unread')
  })

  it('lets the page keep it closed, or open', async () => {
    at.server.open(['ana'])
    const page = await aPage(at.server, { attributes: { mode: 'launcher' } })
    const refuse = (event: Event) => event.preventDefault()
    page.widget.addEventListener('chatter-open', refuse)
    await page.widget.open()
    expect(page.widget.isOpen).to.equal(false)
    page.widget.removeEventListener('chatter-open', refuse)
    await page.widget.toggle()
    expect(page.widget.isOpen).to.equal(true)
    page.widget.addEventListener('chatter-close', refuse)
    await page.widget.close()
    expect(page.widget.isOpen).to.equal(true)
  })

  it('E69: takes no space', async () => {
    const page = await aPage(at.server, { attributes: { mode: 'launcher', open: '' } })
    expect(page.widget.getBoundingClientRect().height).to.equal(0)
  })

  it('has no way back where nobody is signed in', async () => {
    at.server.signIn = () => {
      throw new Problem('unauthorized', 'no')
    }
    const page = await aPage(at.server, { attributes: { mode: 'launcher', open: '' } })
    await page.soon('.empty button')
    expect(page.find('[part~=close-button]')).not.to.equal(null)
    expect(page.find('[part~=back-button]')).to.equal(null)
  })

  it('shows one pane at a time, with a way back', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await aPage(at.server, { attributes: { mode: 'launcher', open: '' } })
    ;(await page.soon('.room')).click()
    await page.soon('.message')
    expect(page.find('.sidebar')).to.equal(null)
    page.one('[part~=back-button]').click()
    await page.soon('.sidebar')
    await page.until(
      () => (page.root.activeElement as HTMLElement)?.dataset.room === room,
      'the focus is on the room',
    )
  })
})

describe('on a phone', () => {
  const at = aServer()
  before(() => setViewport({ width: 375, height: 667 }))
  after(() => setViewport({ width: 800, height: 600 }))

  it('E65: the page under the sheet does not scroll, and is where it was afterwards', async () => {
    const tall = document.createElement('div')
    tall.style.blockSize = '3000px'
    document.body.append(tall)
    const { style } = document.documentElement
    style.overflow = 'scroll'
    try {
      const page = await aPage(at.server, {
        attributes: { mode: 'launcher', 'room-id': aFilledRoom(at.server, 3) },
      })
      window.scrollTo(0, 400)
      await page.widget.open()
      await page.soon('.message')
      await page.until(() => style.overflow === 'hidden', 'the page cannot be scrolled')
      const { offsetWidth, offsetHeight } = page.one('.panel')
      expect([offsetWidth, offsetHeight]).to.deep.equal([innerWidth, innerHeight])
      await page.widget.close()
      expect(style.overflow).to.equal('scroll')
      await page.until(() => window.scrollY === 400, 'the page is where it was')
      await page.widget.open()
      page.widget.remove()
      expect(style.overflow).to.equal('scroll')
      // What is drawn after that concerns nobody.
      await page.until(() => page.widget.connectionState === 'idle', 'the connection is closed')
      await page.widget.updateComplete
      expect(style.overflow).to.equal('scroll')
    } finally {
      style.overflow = ''
      tall.remove()
    }
  })

  it('K53: Tab stays inside the sheet, in both directions', async () => {
    const page = await aPage(at.server, {
      attributes: { mode: 'launcher', 'room-id': aFilledRoom(at.server, 3) },
    })
    await page.widget.open()
    await page.soon('.message')
    const first = page.one('[part~=back-button]')
    page.type('something to send')
    await page.widget.updateComplete
    const last = page.one('.send')
    last.focus()
    expect(page.press(last, 'Tab').defaultPrevented).to.equal(true)
    expect(page.root.activeElement === first).to.equal(true)
    expect(page.press(first, 'Tab', { shiftKey: true }).defaultPrevented).to.equal(true)
    expect(page.root.activeElement === last).to.equal(true)
    page.composer.focus()
    expect(page.press(page.composer, 'Tab').defaultPrevented).to.equal(false)
    await setViewport({ width: 800, height: 600 })
    await page.until(() => !page.one('.panel').matches(':modal') && innerWidth === 800, 'a desktop')
    last.focus()
    expect(page.press(last, 'Tab').defaultPrevented).to.equal(false)
    await setViewport({ width: 375, height: 667 })
  })

  it('the panel is the screen when the phone is turned, and there is room to read and write', async () => {
    const attributes = { mode: 'launcher', open: '' }
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 30), { attributes })
    try {
      for (const [width, height] of [
        [740, 360],
        [667, 320],
        [740, 200],
      ] as const) {
        await setViewport({ width, height })
        await page.until(() => innerHeight === height && page.one('.panel').matches(':modal'), 'a sheet')
        await frames(3)
        const { offsetWidth, offsetHeight } = page.one('.panel')
        expect([offsetWidth, offsetHeight]).to.deep.equal([width, height])
        const { top, bottom } = page.composer.getBoundingClientRect()
        expect(top > 0 && bottom <= height, `the composer at ${width} × ${height}`).to.equal(true)
        expect(page.log.clientHeight, `the log at ${width} × ${height}`).to.be.greaterThan(40)
        expect(page.below).to.be.lessThan(1)
        page.type('a line\n'.repeat(9))
        await frames(3)
        expect(page.composer.offsetHeight, `nine lines at ${width} × ${height}`).to.be.at.most(0.4 * height)
        page.type('')
        await frames(3)
      }
    } finally {
      await setViewport({ width: 375, height: 667 })
    }
  })

  it('nothing stays highlighted after a tap', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), {
      attributes: { mode: 'launcher', open: '' },
    })
    const stuck: string[] = []
    const look = (rules: CSSRuleList, conditions = '') => {
      for (const rule of rules) {
        if (rule instanceof CSSMediaRule) look(rule.cssRules, `${conditions} ${rule.conditionText}`)
        else if (rule.cssText.includes(':hover') && !conditions.includes('(hover: hover)'))
          stuck.push(rule.cssText)
      }
    }
    const { PeoplePicker } = await import('../../widget/elements/people-picker/people-picker.ts')
    for (const sheet of [...page.root.adoptedStyleSheets, PeoplePicker.styles.styleSheet])
      look((sheet as CSSStyleSheet).cssRules)
    expect(page.root.adoptedStyleSheets.length).to.be.greaterThan(5)
    expect(stuck).to.deep.equal([])
  })
})

describe('from right to left, in English', () => {
  const at = aServer()

  /** A group with a name that runs the other way, in a page of that direction. */
  async function aMixedPage() {
    at.server.say(at.server.open(['ana', 'sam', 'ليلى']), 'sam', 'hi')
    const room = at.server.open(['ana', 'sam', 'ليلى'], {
      name: 'Observatory, the very long name of a room'.repeat(3),
    })
    at.server.say(room, 'ليلى', 'مرحبا')
    at.server.say(room, 'ana', 'hello')
    at.server.read(room, 'ليلى', 99)
    at.server.read(room, 'sam', 99)
    const page = await anOpenRoom(at.server, room, { attributes: { dir: 'rtl', lang: 'en' } })
    await page.soon('.seen-by')
    return { page, room }
  }
  const direction = (box: Element) => getComputedStyle(box).direction
  /** What stands furthest to the left of these words. */
  const leftmost = (box: Element, words: string[]) => {
    const left = (word: string) => {
      const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT)
      while (walker.nextNode()) {
        const at = walker.currentNode.nodeValue?.indexOf(word) ?? -1
        if (at < 0) continue
        const range = document.createRange()
        range.setStart(walker.currentNode, at)
        range.setEnd(walker.currentNode, at + word.length)
        return range.getBoundingClientRect().left
      }
      throw new Error(`no ${word} in ${box.textContent}`)
    }
    return words.toSorted((one, other) => left(one) - left(other))[0]
  }

  it('A63: times and counts read in their own direction', async () => {
    const { page } = await aMixedPage()
    page.widget.hourCycle = 'h12'
    await page.until(() => page.one('.meta time').textContent?.includes('M'), 'twelve hours')
    for (const time of page.all('.meta time')) expect(leftmost(time, [':', 'M'])).to.equal(':')
    expect(leftmost(page.one('.header-subtitle'), ['3', 'people'])).to.equal('3')
    expect(direction(page.one('.panel'))).to.equal('rtl')
  })

  it('A63: names are cut where they end', async () => {
    const { page } = await aMixedPage()
    const names = page.all('.room-name, .header-title').filter((name) => !name.querySelector('bdi'))
    for (const name of [...names, ...page.all('.room-name bdi')]) {
      expect(getComputedStyle(name).textOverflow).to.equal('ellipsis')
      expect(direction(name), name.textContent ?? '').to.equal(name.textContent === 'ليلى' ? 'rtl' : 'ltr')
    }
    page.one('[part~="new-room-button"]').click()
    await page.soon('[role=option]')
    for (const name of page.all('.person bdi')) {
      expect(getComputedStyle(name).textOverflow).to.equal('ellipsis')
      expect(direction(name), name.textContent ?? '').to.equal('ltr')
    }
  })

  it('A63: a list of names runs as the page does, each name in its own direction, and is cut between names', async () => {
    const people = [
      'ana',
      'さくら',
      'ليلى',
      'a person with quite a name',
      'another one with a long one',
      'kim',
    ]
    const room = at.server.open(people)
    for (const [lang, dir] of [
      ['ar', 'rtl'],
      ['en', 'ltr'],
    ] as const) {
      const page = await anOpenRoom(at.server, room, { attributes: { lang, dir } })
      const titles = () => [page.one('.header-title'), page.one('.room-name')]
      await page.until(() => lang === 'en' || titles()[1]?.textContent?.includes(' و'), 'the words are there')
      for (const title of titles()) {
        expect(direction(title), title.textContent ?? '').to.equal(dir)
        const [first, second] = [...title.querySelectorAll('bdi')].map((name) => name.getBoundingClientRect())
        const [left, right] = dir === 'rtl' ? [second, first] : [first, second]
        expect(left?.right, title.textContent ?? '').to.be.at.most((right?.left ?? 0) + 5)
      }
      page.widget.remove()
    }
  })

  it('A63: what somebody said stands after who did, in a direction of its own, and is cut where it ends', async () => {
    const said = 'The dome stays closed until the rain has gone, and then we shall see what is left'
    const arabic = 'تبقى القبة مغلقة حتى يتوقف المطر، ثم نرى ما بقي من الليل لنا جميعا'
    const one = at.server.open(['ana', 'ليلى', 'sam'], { name: 'One' })
    at.server.say(one, 'ليلى', said)
    const two = at.server.open(['ana', 'ليلى', 'sam'], { name: 'Two' })
    at.server.say(two, 'sam', arabic)
    const three = at.server.open(['ana', 'ليلى', 'sam'], { name: 'Three' })
    at.server.say(three, 'ana', arabic)
    const page = await anOpenRoom(at.server, one)
    const preview = (room: string) => page.one(`[data-room="${room}"] .room-preview`)
    const box = (of: Element | null | undefined) => of?.getBoundingClientRect() as DOMRect
    /** Where the first and the last letter of a text stand. */
    const ends = (of: Element) => {
      const text = document.createTreeWalker(of, NodeFilter.SHOW_TEXT)
      let node = text.nextNode()
      while (node && !node.nodeValue?.trim()) node = text.nextNode()
      const length = node?.nodeValue?.length ?? 0
      return [0, length - 1].map((start) => {
        const range = document.createRange()
        range.setStart(node as Node, start)
        range.setEnd(node as Node, start + 1)
        return range.getBoundingClientRect()
      }) as [DOMRect, DOMRect]
    }
    const isLtr = direction(page.one('.panel')) === 'ltr'
    for (const dir of ['ltr', 'rtl']) {
      page.widget.setAttribute('dir', dir)
      await frames(2)
      for (const [room, text] of [
        [one, `ليلى: ${said}`],
        [two, `Sam: ${arabic}`],
        [three, `You: ${arabic}`],
      ] as const) {
        const by = box(preview(room).querySelector('.by'))
        const what = preview(room).querySelector('.what') as Element
        expect(preview(room).textContent).to.equal(text)
        if (dir === 'ltr') expect(by.right).to.be.at.most(box(what).left + 4)
        else expect(by.left).to.be.at.least(box(what).right - 4)
        const [first, last] = ends(what)
        expect(first.left, text).to.be.at.least(box(what).left - 1)
        expect(first.right, text).to.be.at.most(box(what).right + 1)
        const isCut = last.right > box(what).right || last.left < box(what).left
        expect(isCut, text).to.equal(true)
      }
    }
    expect(isLtr).to.equal(true)
  })

  it('A63: a sentence keeps its order whatever names are in it', async () => {
    const { page, room } = await aMixedPage()
    expect(leftmost(page.one('.seen-by'), ['Seen', 'ليلى', 'Sam'])).to.equal('Seen')
    at.server.type(room, 'ليلى')
    const typing = await page.soon('.typing.on span')
    expect(typing.textContent).to.equal('ليلى is typing…')
    expect(leftmost(typing, ['ليلى', 'is', 'typing'])).to.equal('ليلى')
    aSystemMessage(at.server, room, {
      authorId: 'ليلى',
      text: '?',
      system: { event: 'removed', userId: 'sam' },
    })
    const message = await page.says('ليلى removed Sam')
    expect(leftmost(message, ['ليلى', 'removed', 'Sam'])).to.equal('ليلى')
    const unnamed = page.all('.room-name').find(({ textContent }) => textContent === 'Sam and ليلى')
    expect(leftmost(unnamed as Element, ['Sam', 'and', 'ليلى'])).to.equal('ليلى')
  })
})

describe('messages', () => {
  const at = aServer()

  it('of the system stand in the middle, in the words of the reader, and end a group', async () => {
    const room = at.server.open(['ana', 'sam', 'mina'])
    at.server.say(room, 'sam', 'one')
    const page = await anOpenRoom(at.server, room)
    const cases: [Partial<MessageView>, string][] = [
      [{ authorId: 'sam', system: { event: 'renamed', name: 'Us' } }, 'Sam named the group “Us”'],
      [{ authorId: 'ana', system: { event: 'renamed' } }, 'You took the group’s name away'],
      [{ authorId: 'ana', system: { event: 'added', userId: 'mina' } }, 'You added Mina'],
      [{ authorId: 'sam', system: { event: 'added', userId: 'ana' } }, 'Sam added you'],
      [{ authorId: 'sam', system: { event: 'removed', userId: 'mina' } }, 'Sam removed Mina'],
      [{ authorId: 'mina', system: { event: 'left' } }, 'Mina left'],
      [{ authorId: 'sam', system: { event: 'promoted', userId: 'ana' } }, 'Sam made you an owner'],
      [{ authorId: 'sam', system: { event: 'demoted', userId: 'mina' } }, 'Sam made Mina a member'],
      [{ authorId: 'sam', system: { event: 'demoted', userId: 'sam' } }, 'Sam stopped being an owner'],
      [{ authorId: 'ana', system: { event: 'demoted', userId: 'ana' } }, 'You stopped being an owner'],
      [{ authorId: 'sam', system: { event: 'added', userId: 'unheard of' } }, 'in English'],
      [{ authorId: 'sam', system: { event: 'painted' as 'left' } }, 'in English'],
      [{ authorId: 'sam' }, 'in English'],
    ]
    for (const [more, text] of cases) {
      aSystemMessage(at.server, room, { text: 'in English', ...more })
      await page.until(() => page.texts.at(-1) === text, text)
    }
    at.server.say(room, 'sam', 'two')
    await page.says('two')
    const kinds = page.all('.message').map(({ part }) => part.value)
    expect(kinds[0]).to.equal('message other first last')
    expect(kinds.at(-1)).to.equal('message other first last')
    const message = page.all('.message.system')[0] as HTMLElement
    expect(message.getAttribute('aria-label')).to.match(/^Sam named the group “Us”, /)
    const text = message.querySelector('.text')?.getBoundingClientRect() as DOMRect
    const log = page.log.getBoundingClientRect()
    expect((text.left + text.right) / 2).to.be.closeTo(log.left + page.log.clientWidth / 2, 2)
    page.widget.strings = { system: { left: (who) => `${who ?? 'Du'} ist weg` } }
    await page.until(() => page.message('Mina ist weg'), 'the words of the page')
    await page.isAccessible()
  })

  it('M26: that others edit say when; deleted ones leave a tombstone; neither moves what is read', async () => {
    const room = aFilledRoom(at.server, 40, { members: ['ana', 'sam', 'mina'] })
    at.server.say(room, 'ana', 'mine')
    at.server.read(room, 'sam', 99)
    const page = await anOpenRoom(at.server, room)
    await page.soon('.seen-by')
    await page.scrollTo(page.log.scrollTop - 120)
    const read = page.all('.message').at(-6) as HTMLElement
    const top = () => read.getBoundingClientRect().top
    const before = top()
    at.server.edit(room, 38, 'better')
    const edited = await page.says('better')
    const label = edited.querySelector('[part=edited]')
    expect(label?.textContent).to.equal('edited')
    expect(label?.getAttribute('title')).to.contain(String(new Date().getFullYear()))
    expect(edited.getAttribute('aria-label')).to.contain(', edited')
    at.server.remove(room, 38)
    await page.until(() => edited.matches('[part~=deleted]'), 'a tombstone')
    expect(edited.textContent).to.contain('This message was deleted')
    expect(edited.querySelectorAll('[part=edited]').length).to.equal(0)
    at.server.remove(room, 41)
    await page.until(() => !page.find('.seen-by'), 'nobody has seen what is gone')
    expect(page.one('.message.own.deleted').getAttribute('aria-label')).to.match(
      /^You, This message was deleted, [^,]+$/,
    )
    expect(top()).to.be.closeTo(before, 1)
    expect(page.one('.room-preview').textContent).to.equal('You: This message was deleted')
    await page.isAccessible()
  })

  it('shows formatting as elements, and says it without marks in labels, previews and the announcement', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await anOpenRoom(at.server, room)
    const code = 'x'.repeat(300)
    at.server.say(
      room,
      'sam',
      `**bold**, *it*, ~~no~~ \`a<b\`\n> quoted **https://a.org/x**\n- one\n- two\n4. four\n\`\`\`\n  ${code}\n\`\`\``,
    )
    const quote = await page.soon('[part=quote-block]')
    const message = quote.closest('.message') as HTMLElement
    const shown = (selector: string) => message.querySelector<HTMLElement>(selector)
    expect(shown('strong')?.textContent).to.equal('bold')
    expect(shown('em')?.textContent).to.equal('it')
    expect(shown('s')?.textContent).to.equal('no')
    expect(shown('[part=code]')?.textContent).to.equal('a<b')
    expect(shown('blockquote strong a')?.getAttribute('href')).to.equal('https://a.org/x')
    expect([...message.querySelectorAll('ul > li')].map((item) => item.textContent)).to.deep.equal([
      'one',
      'two',
    ])
    expect(shown('ol > li')?.getAttribute('value')).to.equal('4')
    const block = shown('[part=code-block]') as HTMLElement
    expect(block.textContent).to.equal(`  ${code}`)
    expect(block.scrollWidth).to.be.greaterThan(block.clientWidth)
    expect(page.log.scrollWidth).to.equal(page.log.clientWidth)
    const plain = `bold, it, no a<b quoted https://a.org/x one two four   ${code}`
    expect(message.getAttribute('aria-label')).to.contain(`Sam, ${plain}, `)
    expect(page.one('.room-preview').textContent).to.equal(plain)
    const spoken = document.querySelector('[data-chatter-announcer="polite"]')
    await page.until(() => spoken?.textContent?.includes(plain), 'it is announced')
    // As with links: the log is one stop, and Enter leads into a message.
    expect(block.tabIndex).to.equal(-1)
    message.focus()
    page.press(message, 'Enter')
    await page.until(() => block.tabIndex === 0, 'code can be scrolled by keys')
    await page.isAccessible()
  })

  it('shows all of what is quoted in a text, over as many lines as it takes', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await anOpenRoom(at.server, room, { size: [360, 600] })
    at.server.say(
      room,
      'sam',
      '> one **two** https://example.org/three four five six seven eight nine ten eleven',
    )
    const quote = await page.soon('blockquote')
    expect(getComputedStyle(quote).display).to.equal('block')
    for (const part of [quote, ...quote.querySelectorAll('*')]) {
      expect(getComputedStyle(part).whiteSpace).to.equal('pre-wrap')
      expect(part.scrollWidth).to.be.at.most(part.clientWidth || quote.clientWidth)
    }
  })

  it('M21: groups one author within five minutes, with one name and one picture', async () => {
    const room = at.server.open(['ana', 'sam', 'mina'])
    const { messages } = at.server.room(room)
    for (const [author, minute] of [
      ['sam', 0],
      ['sam', 1],
      ['sam', 9],
      ['mina', 10],
    ] as const) {
      const said = at.server.say(room, author, `${author} ${minute}`)
      messages[messages.length - 1] = {
        ...said,
        createdAt: new Date(Date.now() - 3_600_000 + minute * 60_000).toISOString(),
      }
    }
    const page = await anOpenRoom(at.server, room)
    const kinds = page
      .all('.message')
      .map((message) => [...message.part].filter((part) => /first|last/.test(part)).join(' '))
    expect(kinds).to.deep.equal(['first', 'last', 'first last', 'first last'])
    expect(page.all('[part=author]').map(({ textContent }) => textContent)).to.deep.equal([
      'Sam',
      'Sam',
      'Mina',
    ])
    expect(page.all('.message > .avatar')).to.have.length(3)
  })

  it('M22: separates days: a date, a weekday, Yesterday, Today', async () => {
    const room = at.server.open(['ana', 'sam'])
    const { messages } = at.server.room(room)
    const noonOf = (daysAgo: number) =>
      new Date(new Date(Date.now() - daysAgo * 86_400_000).setHours(0, 0, 1))
    for (const days of [20, 3, 1, 0]) {
      const said = at.server.say(room, 'sam', `${days}`)
      messages[messages.length - 1] = { ...said, createdAt: noonOf(days).toISOString() }
    }
    const page = await anOpenRoom(at.server, room, { attributes: { lang: 'en-GB' } })
    const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' }).format(noonOf(20))
    const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long' }).format(noonOf(3))
    const days = page.all('.day-separator').map(({ textContent }) => textContent)
    expect(days).to.deep.equal([date, weekday, 'Yesterday', 'Today'])
  })

  it('M23: writes times in the language of the page and the hours it asks for', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 1), {
      attributes: { lang: 'de', 'hour-cycle': 'h23' },
    })
    expect(page.one('.message time').textContent).to.match(/^\d\d:\d\d$/)
    page.widget.lang = 'ar-EG'
    await page.until(() => /[٠-٩]/.test(page.one('.message time').textContent ?? ''), 'Arabic digits')
  })

  it('M24: shows the full time of a message on click and on Enter', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const [first] = page.all('.message')
    const time = first?.querySelector('time')
    expect(time?.dateTime).to.match(/^\d{4}-\d\d-\d\dT/)
    const short = time?.textContent
    first?.querySelector<HTMLElement>('[part=bubble]')?.click()
    await page.widget.updateComplete
    expect(time?.textContent).to.contain(String(new Date().getFullYear()))
    first?.focus()
    page.press(first as Element, 'Enter')
    await page.widget.updateComplete
    expect(time?.textContent).to.equal(short)
  })

  it('M25: shows a few emoji large, and wraps words of 8,000 letters', async () => {
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', '👩🏽‍🚀🏳️‍🌈 😍')
    at.server.say(room, 'sam', 'x'.repeat(8000))
    const page = await anOpenRoom(at.server, room, { size: [375, 600] })
    expect(page.all('.text.emoji')).to.have.length(1)
    expect(page.log.scrollWidth).to.equal(page.log.clientWidth)
  })

  it('renders what users write as text, and links only what is one', async () => {
    const room = at.server.open(['ana', 'sam'])
    const text =
      '<img src=x onerror=alert(1)> javascript:alert(1) see (https://example.org/a_(b)). www.example.com, me@example.org'
    at.server.say(room, 'sam', text)
    const page = await anOpenRoom(at.server, room)
    expect(page.texts).to.deep.equal([text])
    expect(page.find('.text img')).to.equal(null)
    const links = page.all<HTMLAnchorElement>('.text a')
    expect(links.map(({ href }) => href)).to.deep.equal([
      'https://example.org/a_(b)',
      'https://www.example.com/',
      'mailto:me@example.org',
    ])
    for (const link of links)
      expect([link.target, link.rel]).to.deep.equal(['_blank', 'noopener noreferrer nofollow ugc'])
  })

  it('keeps tricks with the direction of text inside their message, and out of links', async () => {
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', 'https://example.org/\u202egpj.exe')
    const page = await anOpenRoom(at.server, room)
    expect(page.one<HTMLAnchorElement>('.text a').href).to.equal('https://example.org/')
    expect(getComputedStyle(page.one('.text')).unicodeBidi).to.equal('isolate')
    expect(page.one('.text').dir).to.equal('auto')
  })

  it('K48, K49: are one tab stop; arrows, Home and End move, Enter goes in, Escape comes out', async () => {
    const room = aFilledRoom(at.server, 80)
    at.server.say(room, 'sam', 'see https://example.org')
    at.server.read(room, 'ana', 99)
    const page = await anOpenRoom(at.server, room)
    const stops = () => page.all('.log [tabindex="0"]')
    expect(stops()).to.have.length(1)
    const newest = page.all('.message').at(-1) as HTMLElement
    expect(stops()[0]).to.equal(newest)
    newest.focus()
    const press = async (key: string) => {
      page.press(page.root.activeElement as Element, key)
      await page.widget.updateComplete
      await frames(2)
    }
    const focused = () =>
      page.root.activeElement?.querySelector('.text')?.textContent ?? page.root.activeElement?.localName
    await press('ArrowUp')
    expect(focused()).to.match(/^message 80/)
    await press('ArrowDown')
    await press('Enter')
    expect(page.root.activeElement?.localName).to.equal('a')
    await press('Escape')
    expect(page.root.activeElement).to.equal(newest)
    await press('Home')
    expect(focused()).to.match(/^message 3[0-9]/)
    await press('End')
    expect(focused()).to.match(/^see/)
    expect(page.below).to.be.lessThan(10)
  })

  it('A57: announces messages of others, batched, and not mine', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await anOpenRoom(at.server, room)
    const region = document.querySelector('[data-chatter-announcer="polite"]')
    if (region) region.textContent = ''
    await page.send('mine')
    at.server.say(room, 'sam', 'first')
    await page.until(() => region?.textContent?.trim() === 'Sam: first', 'one is read out')
    at.server.say(room, 'sam', 'second')
    at.server.say(room, 'sam', 'third')
    await page.until(() => region?.textContent?.trim() === '2 new messages in Sam', 'two are counted')
  })

  it('A59: announces at once a message that was refused', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('forbidden', 'no') : undefined)
    await page.send('refused')
    const region = document.querySelector('[data-chatter-announcer="assertive"]')
    await page.until(() => region?.textContent?.trim() === 'Not sent: refused', 'announced')
  })
})

for (const theme of ['light', 'dark'] as const) {
  describe(`is accessible, ${theme}`, () => {
    const at = aServer()

    const states: Record<string, () => Promise<unknown>> = {
      'with a room full of messages': async () => {
        const room = aFilledRoom(at.server, 30, { unread: 20, members: ['ana', 'sam', 'mina'] })
        at.server.say(room, 'sam', 'see https://example.org')
        aFilledRoom(at.server, 3, { unread: 2 })
        for (let more = 0; more < 6; more++) at.server.open(['ana', `u${more}`])
        const page = await anOpenRoom(at.server, room, { attributes: { theme } })
        await page.send('hello')
        at.server.read(room, 'sam', 99)
        await page.soon('.seen-by')
        page.message('hello')?.querySelector<HTMLElement>('[part=bubble]')?.click()
        await page.soon('.seen-by ul')
        await page.isAccessible()
      },
      'with a message that failed, offline': async () => {
        const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: { theme } })
        at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('forbidden', 'no') : undefined)
        await page.send('hello')
        await page.soon('.message.failed')
        at.server.isDown = true
        at.server.cut()
        await page.send('pending')
        await page.soon('.banner')
        await page.isAccessible()
      },
      'with nothing yet': async () => {
        const page = await aPage(at.server, { attributes: { theme } })
        await page.soon('.log .empty')
        await page.isAccessible()
      },
      'as a launcher, closed and open': async () => {
        aFilledRoom(at.server, 5, { unread: 2 })
        const page = await aPage(at.server, { attributes: { theme, mode: 'launcher' } })
        await page.soon('.launcher-badge')
        await page.isAccessible()
        await page.widget.open()
        await page.soon('.room')
        await page.isAccessible()
      },
      'signed out': async () => {
        at.server.signIn = () => {
          throw new Problem('unauthorized', 'no')
        }
        const page = await aPage(at.server, { attributes: { theme } })
        await page.soon('.empty button')
        await page.isAccessible()
      },
      'with the picker, from right to left': async () => {
        aFilledRoom(at.server, 3)
        const page = await aPage(at.server, { attributes: { theme, dir: 'rtl' } })
        page.one('[part~="new-room-button"]').click()
        ;(await page.soon('[role=option]')).click()
        await page.soon('.chip')
        await page.isAccessible()
      },
    }
    for (const [state, test] of Object.entries(states)) it(state, test)

    it('without motion for those who asked', async () => {
      await setMotion('reduce')
      try {
        const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: { theme } })
        expect(getComputedStyle(page.one('.send')).transitionDuration).to.equal('0s')
      } finally {
        await setMotion('no-preference')
      }
    })
  })
}
