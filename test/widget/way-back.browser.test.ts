import { expect } from '@open-wc/testing'
import { setViewport } from '@web/test-runner-commands'
import { aToken } from './a-chat.ts'
import { aFilledRoom, anOpenRoom, aPage, aServer, frames, type Given, type Page } from './a-widget.ts'
import type { LiveServer } from './live-server.ts'

const title = (page: Page) => page.find('.header-title')?.textContent
const open = (page: Page, room: string) => page.one(`[data-room="${room}"]`).click()

/** How far below the top of the log a message stands. */
const topOf = (page: Page, text: string) =>
  (page.message(text)?.getBoundingClientRect().top ?? Number.NaN) - page.log.getBoundingClientRect().top

/** The page goes away, and comes again in the same tab. */
async function reload(page: Page, given: Given = {}): Promise<Page> {
  page.widget.remove()
  return aPage(page.server, given)
}

/** A room of sam with much in it, read to its end, and a newer one of mina. */
async function twoRooms(server: LiveServer, given: Given = {}) {
  const sam = aFilledRoom(server, 300)
  const mina = server.open(['ana', 'mina'])
  server.say(mina, 'mina', 'newer')
  server.read(mina, 'ana', 1)
  const page = await aPage(server, given)
  return { page, sam, mina }
}

describe('after a reload', () => {
  const at = aServer()

  it('the reader is in the same room, and in another one where they went on', async () => {
    const { page, sam, mina } = await twoRooms(at.server)
    await page.until(() => title(page) === 'Mina', 'the newest')
    open(page, sam)
    await page.until(() => title(page) === 'Sam', 'another one')
    const second = await reload(page)
    await second.until(() => title(second) === 'Sam' && second.texts.length > 0, 'the same')
    open(second, mina)
    await second.until(() => title(second) === 'Mina', 'on they went')
    const third = await reload(second)
    await third.until(() => title(third) === 'Mina', 'the same')
  })

  it('what was read stands where it stood, near the end and far from it, and nothing stands out', async () => {
    const { page, sam } = await twoRooms(at.server)
    open(page, sam)
    await page.says('message 300')
    await page.scrollTo(page.log.scrollTop - 700)
    for (const far of [false, true]) {
      const before = far ? await aPage(at.server) : page
      if (far) {
        const message = at.server.room(sam).messages[49]
        await before.widget.openRoom(sam, { messageId: message?.id ?? '' })
        await before.until(() => before.texts.some((text) => text.startsWith('message 50')), 'far above')
        await frames(3)
        await before.scrollTo(before.log.scrollTop + 333)
      }
      const text = before.texts.find((one) => topOf(before, one) > 20) ?? ''
      const top = topOf(before, text)
      const after = await reload(before)
      await after.says(text)
      await frames(3)
      expect(topOf(after, text)).to.be.closeTo(top, 2)
      expect(after.find('[part~=sought]')).to.equal(null)
      after.widget.remove()
    }
  })

  it('a reader who was at the end is at the end, or at what came meanwhile', async () => {
    const { page, sam } = await twoRooms(at.server)
    open(page, sam)
    await page.says('message 300')
    await page.until(() => page.below < 2, 'at the end')
    page.widget.remove()
    for (let nth = 0; nth < 30; nth++) at.server.say(sam, 'sam', `meanwhile ${nth}`)
    const after = await aPage(at.server)
    await after.says('meanwhile 0')
    expect(after.find('.unread-separator')?.nextElementSibling?.textContent).to.contain('meanwhile 0')
    expect(after.below).to.be.greaterThan(100)
  })

  it('the panel is open where it was open, without the focus, and closed where it was closed', async () => {
    const given = { attributes: { mode: 'launcher' } }
    const { page, sam } = await twoRooms(at.server, given)
    await page.widget.openRoom(sam)
    await page.until(() => title(page) === 'Sam', 'open')
    const second = await reload(page, given)
    await second.until(() => title(second) === 'Sam', 'open again')
    await frames(3)
    expect(document.activeElement).to.equal(document.body)
    await second.widget.close()
    const third = await reload(second, given)
    await third.widget.ready
    await frames(3)
    expect([third.widget.isOpen, third.find('.panel')]).to.deep.equal([false, null])
    await third.widget.open()
    await third.until(() => title(third) === 'Sam', 'opened by the reader it is the same room')
  })

  it('the page may keep the panel closed', async () => {
    const given = { attributes: { mode: 'launcher' } }
    const { page } = await twoRooms(at.server, given)
    await page.widget.open()
    page.widget.remove()
    const asked: string[] = []
    const no = (event: Event) => {
      asked.push(event.type)
      event.preventDefault()
    }
    document.addEventListener('chatter-open', no)
    try {
      const after = await aPage(at.server, given)
      await after.until(() => asked.length > 0, 'it is asked')
      await frames(2)
      expect(after.widget.isOpen).to.equal(false)
    } finally {
      document.removeEventListener('chatter-open', no)
    }
    const closed = await aPage(at.server, { attributes: { mode: 'launcher', open: 'false' } })
    await closed.widget.ready
    await frames(3)
    expect(closed.widget.isOpen).to.equal(false)
  })

  it('what the page asks for counts more', async () => {
    const { page, sam, mina } = await twoRooms(at.server)
    open(page, sam)
    await page.until(() => title(page) === 'Sam', 'where the reader was')
    const given = await reload(page, { attributes: { 'room-id': mina } })
    await given.until(() => title(given) === 'Mina', 'by its attribute')
    open(given, sam)
    await given.until(() => title(given) === 'Sam', 'where the reader was')
    const asked = await reload(given, { before: (widget) => void widget.openRoom(mina) })
    await asked.until(() => title(asked) === 'Mina', 'by a method')
    await frames(3)
    expect(title(asked)).to.equal('Mina')
  })

  it('a room that is given by the page is where it was scrolled to', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await anOpenRoom(at.server, room)
    await page.scrollTo(page.log.scrollTop - 500)
    const text = page.texts.find((one) => topOf(page, one) > 20) ?? ''
    const top = topOf(page, text)
    const after = await reload(page, { attributes: { 'room-id': room } })
    await after.until(() => Math.abs(topOf(after, text) - top) < 2, 'it stands where it stood')
  })

  it('a room that is gone gives way to the list', async () => {
    const given = { size: [360, 600] as [number, number] }
    const group = at.server.open(['ana', 'sam', 'mina'], { name: 'Plans' })
    at.server.say(group, 'sam', 'hello')
    const page = await aPage(at.server, given)
    await page.soon('.room')
    open(page, group)
    await page.until(() => title(page) === 'Plans', 'open')
    page.widget.remove()
    at.server.leave(group, 'ana')
    at.server.say(at.server.open(['ana', 'bo']), 'bo', 'hello')
    const after = await aPage(at.server, given)
    await after.soon('.room')
    await frames(3)
    expect([after.find('.log'), after.all('.room').length]).to.deep.equal([null, 1])
  })

  it('nothing is brought back for another user, nor for one who has logged out', async () => {
    const { page, sam } = await twoRooms(at.server)
    at.server.say(at.server.open(['sam', 'bo']), 'bo', 'of sam')
    open(page, sam)
    await page.until(() => title(page) === 'Sam', 'of ana')
    page.widget.remove()
    const asSam = (widget: Page['widget']) => {
      widget.token = aToken('sam')
    }
    const other = await aPage(at.server, { before: asSam })
    await other.until(() => title(other) === 'Bo', 'the newest of sam')
    other.widget.remove()
    const again = await aPage(at.server)
    await again.until(() => title(again) === 'Sam', 'of ana, still')
    await again.widget.logout()
    again.widget.remove()
    const fresh = await aPage(at.server)
    await fresh.until(() => title(fresh) === 'Mina', 'the newest')
  })

  it('two elements are told apart by their ids', async () => {
    const { page, sam } = await twoRooms(at.server)
    open(page, sam)
    await page.until(() => title(page) === 'Sam', 'in one')
    const other = await reload(page, { attributes: { id: 'other' } })
    await other.until(() => title(other) === 'Mina', 'not in the other')
  })

  it('all works without storage, or with one that is full', async () => {
    const { setItem } = Storage.prototype
    const own = Object.getOwnPropertyDescriptor(window, 'sessionStorage') ?? {}
    const errors: unknown[] = []
    const onError = (event: ErrorEvent) => errors.push(event.message)
    addEventListener('error', onError)
    try {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
      const { page, sam } = await twoRooms(at.server)
      open(page, sam)
      await page.until(() => title(page) === 'Sam', 'open')
      Object.defineProperty(window, 'sessionStorage', {
        configurable: true,
        get() {
          throw new DOMException('forbidden', 'SecurityError')
        },
      })
      const after = await reload(page)
      await after.until(() => title(after) === 'Mina', 'the newest')
    } finally {
      Storage.prototype.setItem = setItem
      Object.defineProperty(window, 'sessionStorage', own)
      removeEventListener('error', onError)
    }
    expect(errors).to.deep.equal([])
  })
})

describe('the address of the page', () => {
  const at = aServer()
  afterEach(() => history.replaceState(null, '', location.pathname + location.search))
  const linked = { 'deep-links': '' }
  const goTo = (hash: string) => {
    location.hash = hash
  }

  it('opens a room, at load and when it changes', async () => {
    const { page, sam, mina } = await twoRooms(at.server)
    page.widget.remove()
    goTo(`#chatter:${sam}`)
    const given = await aPage(at.server, { attributes: linked })
    await given.until(() => title(given) === 'Sam', 'at load')
    goTo(`#chatter:${mina}`)
    await given.until(() => title(given) === 'Mina', 'when it changes')
    goTo('#else')
    await frames(3)
    expect(title(given)).to.equal('Mina')
  })

  it('opens a launcher that nobody has opened yet', async () => {
    const { page, sam } = await twoRooms(at.server, { attributes: { mode: 'launcher', ...linked } })
    await page.widget.ready
    expect(page.widget.isOpen).to.equal(false)
    goTo(`#chatter:${sam}`)
    await page.until(() => title(page) === 'Sam', 'it is open there')
  })

  it('leads nowhere without the attribute', async () => {
    const { page, sam } = await twoRooms(at.server)
    page.widget.remove()
    goTo(`#chatter:${sam}`)
    const after = await aPage(at.server)
    await after.until(() => title(after) === 'Mina', 'the newest')
    const closed = await aPage(at.server, { attributes: { mode: 'launcher', 'deep-links': 'false' } })
    await closed.widget.ready
    await frames(3)
    expect([title(after), closed.widget.isOpen]).to.deep.equal(['Mina', false])
  })

  it('asks whether to join the group behind an invitation, in a panel that was closed too', async () => {
    const { page } = await twoRooms(at.server, { attributes: { mode: 'launcher', ...linked } })
    await page.widget.ready
    goTo('#chatter:join/abc_DEF-123')
    await page.until(() => page.widget.isOpen, 'the panel is open')
    await page.until(
      () => at.server.requests.some((one) => one.includes('links/abc_DEF-123')),
      'it is asked for',
    )
  })

  it('counts more than where the reader was', async () => {
    const { page, sam, mina } = await twoRooms(at.server, { attributes: linked })
    open(page, sam)
    await page.until(() => title(page) === 'Sam', 'where the reader was')
    page.widget.remove()
    goTo(`#chatter:${mina}/${at.server.room(mina).messages[0]?.id}`)
    const after = await aPage(at.server, { attributes: linked })
    const found = await after.says('newer')
    await after.until(() => found.part.contains('sought'), 'at its message')
  })
})

describe('the way back of the browser', () => {
  const at = aServer()
  const { userActivation } = navigator
  const activate = (hasBeenActive: boolean) =>
    Object.defineProperty(navigator, 'userActivation', { configurable: true, value: { hasBeenActive } })
  /** What the page's router shows: it knows its own states and no others. It listens before the chat is there. */
  let shown: string[] = []
  const route = ({ state }: PopStateEvent) => {
    const isOwn = state !== null && Object.keys(state).join() === 'route'
    const next = isOwn ? state.route : `unknown: ${JSON.stringify(state)}`
    // Chromium tells it of steps to what it shows already, whoever else listens.
    if (next !== (shown.at(-1) ?? here)) shown.push(next)
  }
  /** What somebody hears who listens after the chat has come. */
  let heard: string[] = []
  const hear = ({ state }: PopStateEvent) => heard.push(state.route)
  const start = location.href
  let here = 'start'

  beforeEach(() => {
    activate(true)
    history.pushState({ route: 'start' }, '', start)
    here = 'start'
    shown = []
    heard = []
    addEventListener('popstate', route)
  })
  afterEach(() => {
    removeEventListener('popstate', route)
    removeEventListener('popstate', hear)
    Object.defineProperty(navigator, 'userActivation', { configurable: true, value: userActivation })
    history.replaceState(null, '', start)
  })

  const given: Given = { attributes: { mode: 'launcher', history: '' } }
  const stateOf = (): Record<string, number> =>
    Object(globalThis.navigation ? navigation.currentEntry?.getState() : history.state)
  const own = () => stateOf()['chatter-depth'] ?? 0
  const entries = (page: Page, count: number) => page.until(() => own() === count, `${count} entries of ours`)

  /** A narrow panel, with what there is to know of sam's room. */
  async function aDeepPanel(more: Given = given): Promise<Page> {
    const { page, sam } = await twoRooms(at.server, more)
    await page.widget.open()
    await page.soon('.room')
    await entries(page, 1)
    open(page, sam)
    await page.until(() => title(page) === 'Sam', 'the room is open')
    await entries(page, 2)
    page.one('[part=info-button]').click()
    await page.soon('[part=info]')
    await entries(page, 3)
    addEventListener('popstate', hear)
    return page
  }

  it('closes what is known of a room, the room, the panel, and the page hears nothing of it', async () => {
    const page = await aDeepPanel()
    // Where the browser keeps no state but the page's, ours is beside it.
    if (globalThis.navigation)
      expect([location.href, history.state]).to.deep.equal([start, { route: 'start' }])
    history.back()
    await page.until(() => !page.find('[part=info]'), 'the room is there')
    expect(title(page)).to.equal('Sam')
    history.back()
    await page.until(() => !page.find('.log'), 'the list is there')
    history.back()
    await page.until(() => !page.widget.isOpen, 'closed')
    expect([own(), history.state]).to.deep.equal([0, { route: 'start' }])
    expect({ shown, heard }).to.deep.equal({ shown: [], heard: [] })
  })

  it('does so in a browser without the Navigation API', async () => {
    const own = Object.getOwnPropertyDescriptor(globalThis, 'navigation') ?? {}
    Object.defineProperty(globalThis, 'navigation', { configurable: true, value: undefined })
    try {
      const page = await aDeepPanel()
      expect([location.href, history.state]).to.deep.equal([start, { route: 'start', 'chatter-depth': 3 }])
      history.back()
      await page.until(() => !page.find('[part=info]'), 'the room is there')
      await page.widget.close()
      await entries(page, 0)
      expect(history.state).to.deep.equal({ route: 'start' })
      expect(heard).to.deep.equal([])
    } finally {
      Object.defineProperty(globalThis, 'navigation', own)
    }
  })

  it('works on a page whose state is no JSON', async () => {
    const state: { route: string; itself?: unknown } = { route: 'start' }
    state.itself = state
    history.replaceState(state, '')
    removeEventListener('popstate', route)
    const page = await aDeepPanel()
    history.back()
    await page.until(() => !page.find('[part=info]'), 'the room is there')
    await page.widget.close()
    await entries(page, 0)
    expect(history.state.itself).to.equal(history.state)
  })

  it('takes its entries back where something is closed here, and leaves none that leads nowhere', async () => {
    const page = await aDeepPanel()
    page.one('[part=info] [part=back-button]').click()
    await entries(page, 2)
    await page.widget.close()
    await entries(page, 0)
    expect(history.state).to.deep.equal({ route: 'start' })
    // Forward there is nothing.
    history.forward()
    await frames(10)
    await entries(page, 0)
    expect(page.widget.isOpen).to.equal(false)
    // There the page is already.
    expect([...shown, ...heard].filter((one) => one !== 'start')).to.deep.equal([])
    await page.widget.open()
    await page.until(() => own() > 0, 'opened again it has an entry again')
  })

  it('goes through the pages of a router, which hears of its own states only', async () => {
    const page = await aDeepPanel()
    history.pushState({ route: 'second' }, '', '?second')
    history.pushState({ route: 'third' }, '', '?third')
    here = 'third'
    history.back()
    await page.until(() => heard.length === 1, 'one back')
    history.back()
    await page.until(() => heard.length === 2, 'two back')
    await frames(5)
    expect({ shown, heard }).to.deep.equal({ shown: ['second', 'start'], heard: ['second', 'start'] })
    expect([location.href, history.state]).to.deep.equal([start, { route: 'start' }])
    expect([page.widget.isOpen, !!page.find('[part=info]')]).to.deep.equal([true, true])
    // What is opened from here on has an entry again.
    page.one('[part=info] [part=back-button]').click()
    await page.until(() => !page.find('[part=info]'), 'closed')
    page.one('[part=info-button]').click()
    await entries(page, 1)
    history.back()
    await page.until(() => !page.find('[part=info]'), 'closed by Back')
    expect([shown.length, heard.length]).to.deep.equal([2, 2])
  })

  it('leaves open what the page keeps open, and asks again', async () => {
    const { page } = await twoRooms(at.server, { attributes: { ...given.attributes, 'single-room': '' } })
    await page.widget.open()
    await entries(page, 1)
    const asked: string[] = []
    page.widget.addEventListener('chatter-close', (event) => {
      asked.push(event.type)
      if (asked.length < 3) event.preventDefault()
    })
    for (const turn of [1, 2]) {
      history.back()
      await page.until(() => asked.length === turn, 'it is asked')
      await entries(page, 1)
      expect(page.widget.isOpen).to.equal(true)
    }
    history.back()
    await page.until(() => !page.widget.isOpen, 'closed')
  })

  it('has no entry for what nobody opened here, and none without the attribute', async () => {
    activate(false)
    const { page, sam } = await twoRooms(at.server, { attributes: { history: '' }, size: [400, 600] })
    await page.widget.openRoom(sam)
    await page.until(() => title(page) === 'Sam', 'by the page')
    await frames(5)
    expect(own()).to.equal(0)
    activate(true)
    page.one('[part=info-button]').click()
    await entries(page, 1)
    history.back()
    await page.until(() => !page.find('[part=info]'), 'closed')
    page.widget.remove()
    const plain = await aPage(at.server, { attributes: { mode: 'launcher' } })
    await plain.widget.openRoom(sam)
    await plain.until(() => title(plain) === 'Sam', 'open')
    await frames(5)
    expect(own()).to.equal(0)
  })

  it('leads from the groups to join to where they were opened, and from there to the list', async () => {
    at.server.features = { ...at.server.features, openRooms: true }
    const { page } = await twoRooms(at.server, given)
    await page.widget.open()
    await page.soon('.room')
    page.one('[part=new-room-button]').click()
    ;(await page.soon('[part=open-rooms-button]')).click()
    await page.soon('.directory')
    await entries(page, 3)
    history.back()
    await page.soon('.picker')
    await entries(page, 2)
    history.back()
    await page.soon('.room-list')
    await entries(page, 1)
    expect(page.widget.isOpen).to.equal(true)
  })

  it('leaves a room with what is answered or edited, and loses nothing that was typed', async () => {
    const { page, sam } = await twoRooms(at.server, given)
    await page.widget.open()
    at.server.say(sam, 'ana', 'mine')
    for (const [said, key, text] of [
      ['message 300', 'r', 'an answer'],
      ['mine', 'e', 'it is more'],
    ] as const) {
      await page.soon('.room')
      open(page, sam)
      const row = await page.says(said)
      await page.until(() => {
        row.focus()
        page.press(row, key)
        return page.find('[part~=composer-context-text]')?.textContent === said
      }, said)
      page.type(text)
      history.back()
      await page.until(() => !page.find('.log'), 'the list is there')
      open(page, sam)
      await page.until(() => page.find<HTMLTextAreaElement>('textarea')?.value === text, text)
      expect(page.one('[part~=composer-context-text]').textContent).to.equal(said)
      history.back()
      await page.until(() => !page.find('.log'), 'the list is there')
    }
  })

  it('closes the emoji and a menu before what they lie over', async () => {
    const page = await aDeepPanel()
    history.back()
    await page.until(() => !page.find('[part=info]'), 'the room is there')
    await entries(page, 2)
    page.composer.focus()
    page.one('[part=emoji-button]').click()
    await page.soon('.emoji-picker')
    await page.until(() => page.one('.emoji-picker').contains(page.root.activeElement), 'the focus is in it')
    await entries(page, 3)
    history.back()
    await page.until(() => !page.find('.emoji-picker'), 'no emoji')
    await page.until(() => page.root.activeElement === page.composer, 'the focus is where it was')
    await entries(page, 2)
    const row = page.all('.message').at(-1) as HTMLElement
    await page.until(() => {
      row.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, composed: true }))
      return page.find('[part=menu]')
    }, 'a menu')
    await entries(page, 3)
    history.back()
    await page.until(() => !page.find('[part=menu]'), 'no menu')
    expect(title(page)).to.equal('Sam')
    await entries(page, 2)
  })

  it('of a device closes one thing after the other in a panel over the screen', async () => {
    const watchers: { onclose?: () => void }[] = []
    const before = Object.getOwnPropertyDescriptor(globalThis, 'CloseWatcher')
    class Watcher {
      onclose?: () => void
      constructor() {
        watchers.push(this)
      }
      destroy(): void {
        watchers.splice(watchers.indexOf(this), 1)
      }
    }
    Object.defineProperty(globalThis, 'CloseWatcher', { configurable: true, value: Watcher })
    const goBack = () => watchers.pop()?.onclose?.()
    await setViewport({ width: 375, height: 640 })
    try {
      const page = await aDeepPanel()
      await page.until(() => watchers.length === 1, 'it is watched')
      goBack()
      await page.until(() => !page.find('[part=info]'), 'the room is there')
      await entries(page, 2)
      goBack()
      await page.until(() => !page.find('.log'), 'the list is there')
      await entries(page, 1)
      goBack()
      await page.until(() => !page.widget.isOpen, 'closed')
      await entries(page, 0)
      expect([watchers.length, shown.length, heard.length]).to.deep.equal([0, 0, 0])
    } finally {
      if (before) Object.defineProperty(globalThis, 'CloseWatcher', before)
      else Reflect.deleteProperty(globalThis, 'CloseWatcher')
      await setViewport({ width: 800, height: 600 })
    }
  })
})
