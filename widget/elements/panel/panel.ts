/**
 * Everything inside the frame: the list of rooms, the room that is read, and what stands between. A chunk of its own,
 * loaded when somebody wants to see it.
 */
import { html, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { createRef } from 'lit/directives/ref.js'
import type { Notices } from '../../chat.ts'
import { activeRoom, type RoomItem, roomItem, roomList, typingIn } from '../../state/room-list.ts'
import { systemMessageIn } from '../../state/system-message.ts'
import { Composer } from '../composer/composer.ts'
import { makeFormat } from '../format.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { isolated } from '../isolated.ts'
import type { PeoplePicker } from '../people-picker/people-picker.ts'
import { empty, notLoaded, skeletonRows } from '../placeholder.ts'
import { RoomList } from '../room-list/room-list.ts'
import { systemText } from '../timeline/system-text.ts'
import { Timeline } from '../timeline/timeline.ts'
import { Announcer } from './announcer.ts'
import { Banner } from './banner.ts'
import { closeButton } from './close-button.ts'
import { header } from './header.ts'
import { KeyboardTrap } from './keyboard-trap.ts'
import { panelStyles } from './panel.styles.ts'

/** Times in the room list and the names of days grow older (rules M22, M23). */
const agingMs = 30_000

export class Panel implements ReactiveController {
  static readonly styles = panelStyles
  static readonly format = makeFormat
  readonly #host: PanelHost
  readonly #announcer: Announcer
  readonly #banner: Banner
  readonly #roomList: RoomList
  readonly #timeline: Timeline
  readonly #composer: Composer
  readonly #title = createRef<HTMLElement>()
  #isPicking = false
  #picker: PeoplePicker | undefined
  #loadingPicker: Promise<PeoplePicker> | undefined
  #hasLanded = false
  #stops: (() => void)[] = []

  constructor(host: PanelHost) {
    this.#host = host
    this.#announcer = new Announcer(host.ownerDocument, (count, room) =>
      host.words.announce.messages(count, room),
    )
    this.#banner = new Banner(host, (text) => this.#announcer.say(text))
    this.#roomList = new RoomList(host, {
      open: (room) => this.#open(room),
      startNew: () => void this.#pick(),
      intendNew: () => void this.#loadPicker().catch(() => {}),
      barEnd: () => (host.isLauncher && host.isNarrow ? closeButton(host) : nothing),
    })
    this.#timeline = new Timeline(host)
    this.#composer = new Composer(host)
    new KeyboardTrap(host)
    host.addController(this)
  }

  hostConnected(): void {
    const { chat } = this.#host
    const aging = setInterval(() => this.#host.requestUpdate(), agingMs)
    this.#stops = [
      chat.subscribe(() => this.#host.requestUpdate()),
      chat.on('message', (notice) => this.#onMessage(notice)),
      chat.on('send-error', ({ id }) => this.#onSendError(id)),
      () => clearInterval(aging),
      () => this.#announcer.stop(),
    ]
  }

  hostDisconnected(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** The panel came into view. */
  shown(): void {
    const { chat } = this.#host
    const room = activeRoom(chat.state)
    // Opened anew, so that the divider stands before what came meanwhile.
    if (room && room.me.unread > 0) {
      chat.leaveRoom()
      void chat.openRoom(room.id)
    }
    this.#timeline.enter()
  }

  hostUpdated(): void {
    this.#land()
  }

  /** Where a keyboard user wants to be: writing; on touch, not behind a keyboard that just came up (rule K52). */
  focus(): void {
    const isTouch = matchMedia('(pointer: coarse)').matches
    if (this.#isPicking) this.#picker?.focus()
    else if (!activeRoom(this.#host.chat.state)) this.#roomList.focus()
    else if (isTouch) this.#title.value?.focus()
    else this.#composer.focus()
  }

  focusComposer(): void {
    this.#composer.focus()
  }

  render(): TemplateResult {
    const { state } = this.#host.chat
    if (state.session.status === 'signed-out') return this.#signedOut()
    if (state.connection.status === 'failed' && !state.list.loaded) return this.#failed()
    const { isNarrow, singleRoom } = this.#host
    const isReading = state.active !== undefined || singleRoom
    const hasSidebar = !singleRoom && (!isNarrow || !isReading || this.#isPicking)
    const hasThread = !isNarrow || !hasSidebar
    return html`<div class="panes" @keydown=${this.#onKey}>
      ${hasSidebar ? html`<aside part="sidebar" class="sidebar">${this.#isPicking ? this.#picker?.render() : this.#roomList.render()}</aside>` : nothing}
      ${hasThread ? html`<section part="thread" class="thread">${this.#thread()}</section>` : nothing}
    </div>`
  }

  #thread(): TemplateResult {
    const { state } = this.#host.chat
    const { words, format } = this.#host
    const { active } = state
    const room = activeRoom(state)
    const item = room && roomItem(state, room.id)
    const title = item ? format.title(item.title) : ''
    return html`${this.#header(item)}
      ${this.#banner.render()}
      ${
        active?.fault
          ? active.fault.code === 'not_found' || active.fault.code === 'forbidden'
            ? empty({
                icon: icons.alert,
                title: words.noAccess,
                hint: words.noAccessHint,
                action: { label: words.allRooms, run: () => this.#back() },
              })
            : notLoaded(this.#host, active.fault, () => void this.#host.chat.openRoom(active.room))
          : active
            ? html`${this.#timeline.render(room, title)} ${this.#typing(item)} ${room ? this.#composer.render(room, title) : nothing}`
            : state.list.loaded
              ? html`<slot name="thread-empty">${empty({ icon: icons.chat, title: words.pickRoom, hint: words.pickRoomHint })}</slot>`
              : skeletonRows(words)
      }`
  }

  #header(item?: RoomItem): TemplateResult {
    return header(this.#host, item, { back: () => this.#back(), title: this.#title })
  }

  /** A line that is always there, so that nothing moves when somebody starts typing. */
  #typing(item: RoomItem | undefined): TemplateResult {
    const { words, format, chat } = this.#host
    const typists = item ? typingIn(chat.state, item.id) : []
    const names = typists.map(({ name }) => name)
    const [first = '', second] = names
    const said =
      names.length > 2
        ? words.typingMany
        : isolated((as) =>
            second === undefined
              ? words.typing(as(first))
              : words.typingBoth(format.names([as(first), as(second)])),
          )
    return html`<div part="typing" class="typing ${names.length > 0 ? 'on' : ''}" aria-hidden="true">${
      names.length > 0 ? html`<i></i><i></i><i></i><span dir="auto">${said}</span>` : nothing
    }</div>`
  }

  #signedOut(): TemplateResult {
    const { words, chat, isAuthHandled } = this.#host
    if (isAuthHandled) return skeletonRows(words)
    return html`<div class="alone">${this.#frame()}<slot name="signed-out">${empty({
      icon: icons.chat,
      title: words.signedOut,
      hint: words.signedOutHint,
      action: { label: words.retry, run: () => chat.connect() },
    })}</slot></div>`
  }

  #failed(): TemplateResult {
    const { words, chat } = this.#host
    const { fault } = chat.state.connection
    return html`<div class="alone">${this.#frame()}${empty({
      icon: icons.cloud,
      title: words.connectionFailed,
      hint: fault ? words.faults[fault.code] : words.connectionFailedHint,
      action: { label: words.retry, run: () => chat.connect() },
    })}</div>`
  }

  #frame(): unknown {
    return this.#host.isLauncher ? this.#header() : nothing
  }

  /** The first time there is something to show: my notes where there are no rooms, the newest room where there is space. */
  #land(): void {
    const { chat, isShown, isNarrow, roomIsGiven } = this.#host
    const { list, rooms, active, session } = chat.state
    if (this.#hasLanded || !isShown || !list.loaded || session.status !== 'signed-in') return
    this.#hasLanded = true
    if (active || roomIsGiven) return
    const [newest] = roomList(chat.state)
    if (rooms.size === 0 && !list.more) void chat.openNotes().catch(() => undefined)
    else if (newest && !isNarrow) void chat.openRoom(newest.id)
  }

  #open(room: string): void {
    void this.#host.chat.openRoom(room)
    this.#timeline.enter()
    this.#focusThread()
  }

  #focusThread(): void {
    void this.#host.updateComplete.then(() => this.focus())
  }

  #back(): void {
    const room = this.#host.chat.state.active?.room
    this.#host.chat.leaveRoom()
    void this.#host.updateComplete.then(() => this.#roomList.focus(room))
  }

  async #pick(): Promise<void> {
    const { words } = this.#host
    try {
      this.#picker = await this.#loadPicker()
      this.#isPicking = true
      this.#host.requestUpdate()
      this.#picker.start()
    } catch (error) {
      this.#announcer.say(words.notLoaded, 'assertive')
      reportError(error)
    }
  }

  #loadPicker(): Promise<PeoplePicker> {
    this.#loadingPicker ??= import('../people-picker/people-picker.ts').then(
      ({ PeoplePicker }) => {
        this.#host.adopt([PeoplePicker.styles])
        return new PeoplePicker(this.#host, (room) => this.#picked(room))
      },
      (error) => {
        // The network may be back when it is wanted again.
        this.#loadingPicker = undefined
        throw error
      },
    )
    return this.#loadingPicker
  }

  #picked(room: string | undefined): void {
    this.#isPicking = false
    this.#host.requestUpdate()
    if (room !== undefined) this.#focusThread()
    else void this.#host.updateComplete.then(() => this.#roomList.focusNew())
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const { key, altKey } = event
    if (altKey && (key === 'ArrowUp' || key === 'ArrowDown')) this.#stepUnread(key === 'ArrowUp' ? -1 : 1)
    else return
    event.preventDefault()
  }

  /** The next unread room up or down the list (rule K51). */
  #stepUnread(by: 1 | -1): void {
    const { state } = this.#host.chat
    const items = roomList(state)
    const at = items.findIndex(({ active }) => active)
    const turned =
      by > 0
        ? [...items.slice(at + 1), ...items.slice(0, Math.max(at, 0))]
        : [...items.slice(0, Math.max(at, 0)).reverse(), ...items.slice(at + 1).reverse()]
    const next = turned.find(({ unread }) => unread > 0)
    if (next) this.#open(next.id)
  }

  #onMessage({ message, mine }: Notices['message']): void {
    const { chat, words, format, isShown } = this.#host
    const item = roomItem(chat.state, message.room)
    if (mine || !isShown || !item || item.muted || message.deletedAt) return
    const room = format.title(item.title)
    const name = chat.state.users.get(message.author)?.name ?? message.author
    const text =
      message.kind === 'system'
        ? systemText({ text: message.text, system: systemMessageIn(chat.state, message) }, words)
        : words.announce.message(name, message.text)
    this.#announcer.message(item.active ? text : words.announce.messages(1, room), room)
  }

  #onSendError(id: string): void {
    const { chat, words } = this.#host
    const text = chat.state.outbox.find((pending) => pending.id === id)?.text
    if (text !== undefined) this.#announcer.say(words.announce.failed(text), 'assertive')
  }
}
