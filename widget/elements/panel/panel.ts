/**
 * Everything inside the frame: a pane with the rooms or what stands in for them, and the room that is read. A chunk of
 * its own, loaded when somebody wants to see it.
 */
import { html, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { closeButton } from '../../frame.ts'
import { loadChunk } from '../../load-chunk.ts'
import { isLinked } from '../../message-link.ts'
import { placeName } from '../../place-name.ts'
import { activeRoom, nextUnread, roomList } from '../../state/room-list.ts'
import { agingMs, makeFormat } from '../format.ts'
import type { PanelHost } from '../host.ts'
import { isComposing } from '../keyboard/keys.ts'
import { loadMenu, RoomList } from '../room-list/room-list.ts'
import { loadActions } from '../timeline/actions.ts'
import { Announcements } from './announcements.ts'
import { Banner } from './banner.ts'
import { DrawPace } from './draw-pace.ts'
import { loadEmojiPicker } from './emoji-place.ts'
import { showGivenRoom } from './given-room.ts'
import { KeyboardTrap } from './keyboard-trap.ts'
import { Layer } from './layer.ts'
import { MessageLinks } from './message-links.ts'
import { panelStyles } from './panel.styles.ts'
import { type PaneName, Panes } from './panes.ts'
import { SetUp } from './set-up.ts'
import { loadInfo, Thread } from './thread.ts'
import { unavailable } from './unavailable.ts'

export class Panel implements ReactiveController {
  static readonly styles = panelStyles
  static readonly format = makeFormat
  readonly #host: PanelHost
  readonly #announcements: Announcements
  readonly #roomList: RoomList
  readonly #banner: Banner
  readonly #panes: Panes
  readonly #thread: Thread
  readonly #pace = new DrawPace()
  #hasLanded = false
  /** Of the link that is followed. */
  #code: string | undefined
  #isBackAsked = false
  #wasShown = false
  readonly #reported = new Set<string>()
  /** Of what the place was kept last. */
  #kept = ''
  /** The last that I sent from here. */
  #sent: string | undefined
  /** What had the focus when the panel was opened, where there was no room yet. */
  #focusedBefore: Element | undefined | null
  #aging: ReturnType<typeof setInterval> | undefined

  constructor(host: PanelHost) {
    this.#host = host
    this.#announcements = new Announcements(host)
    this.#banner = new Banner(host, this.#announcements)
    this.#roomList = new RoomList(host, {
      open: (room) => this.#open(room),
      startNew: () => void this.#pick('people'),
      intendNew: () => void loadPicker().catch(() => {}),
      notLoaded: this.#notLoaded,
      barEnd: () => (host.isLauncher && host.isNarrow ? closeButton(host) : nothing),
    })
    this.#panes = new Panes(host, this.#roomList, {
      people: async () => {
        const { PeoplePicker } = await loadPicker()
        host.adopt([PeoplePicker.styles])
        const findOpen = host.chat.state.features.openRooms ? () => void this.offerJoin() : undefined
        return new PeoplePicker(host, (room) => void this.#picked(room), undefined, findOpen)
      },
      directory: async () => {
        const { Directory } = await loadDirectory()
        host.adopt([Directory.styles])
        const done = (room?: string) => (room === undefined ? this.#over.at(-1)?.() : void this.#picked(room))
        return new Directory(host, done, this.#code)
      },
    })
    this.#thread = new Thread(host, {
      back: () => this.#back(),
      left: (room) => (room === undefined || host.isNarrow ? this.#back() : this.#open(room)),
      notLoaded: this.#notLoaded,
      notice: (text) => this.#banner.notice(text),
    })
    new Layer(
      host,
      () => this.#announcements.enterDialog(),
      () => this.#stepBack(),
    )
    new KeyboardTrap(host)
    new SetUp(host)
    this.showGivenRoom()
    new MessageLinks(host, (code) => void this.offerJoin(code))
    host.addController(this)
  }

  hostConnected(): void {
    addEventListener('pagehide', this.#keepPlace)
    document.addEventListener('visibilitychange', this.#keepPlace)
    for (const name of ['dragover', 'drop', 'paste'] as const)
      this.#host.root.addEventListener(name, this.#refuseFiles)
    this.#aging = setInterval(() => this.#host.isShown && this.#host.draw(), agingMs)
  }

  hostDisconnected(): void {
    removeEventListener('pagehide', this.#keepPlace)
    document.removeEventListener('visibilitychange', this.#keepPlace)
    this.#keepPlace()
    for (const name of ['dragover', 'drop', 'paste'] as const)
      this.#host.root.removeEventListener(name, this.#refuseFiles)
    clearInterval(this.#aging)
  }

  hostUpdate(): void {
    const sent = this.#host.chat.state.outbox.at(-1)?.id
    if (sent !== undefined && sent !== this.#sent) this.#pace.paintFirst()
    this.#sent = sent
  }

  hostUpdated(): void {
    this.#land()
    this.#followHistory()
    const { isShown, chat } = this.#host
    if (this.#kept !== `${isShown} ${chat.state.active?.roomId}`) this.#keepPlace()
    this.#focusRoom()
  }

  /** The room that the page asks for, or another one by now. */
  showGivenRoom(): void {
    void showGivenRoom(this.#host)
  }

  /** The panel came into view. */
  shown(): void {
    const { chat } = this.#host
    const room = activeRoom(chat.state)
    const isBack = !this.#wasShown && chat.state.active?.sought?.top !== undefined
    this.#wasShown = true
    // Where the reader was before a reload they stay.
    if (isBack) return
    // Opened anew, so that the divider stands before what came meanwhile.
    if (room && (room.me.unread > 0 || room.me.arranged?.unreadFrom)) {
      chat.leaveRoom()
      void chat.openRoom(room.id)
    }
    this.#thread.enter()
  }

  /** What comes now should wait a little before it is drawn. */
  get isBusy(): boolean {
    return this.#host.isShown && this.#pace.isBusy
  }

  /** Before what came is drawn: what is read as it comes is drawn once, as read. */
  read(): void {
    this.#pace.begin()
    this.#thread.read()
  }

  /** Where a keyboard user wants to be (rule K52). */
  focus(): void {
    const isReading = this.#panes.name === 'rooms' && activeRoom(this.#host.chat.state)
    if (isReading) this.#thread.focus()
    else this.#panes.shown.focus()
    this.#focusedBefore = isReading ? undefined : this.#focused
  }

  get #focused(): Element | null {
    const { root, ownerDocument } = this.#host
    return root.activeElement ?? ownerDocument.activeElement
  }

  /** The focus goes to the room once that is there, unless somebody took it elsewhere meanwhile. */
  #focusRoom(): void {
    const before = this.#focusedBefore
    if (!before) return
    // What had it may be hidden by the panel: then nothing has it.
    const isWaiting = this.#focused === before || this.#focused === this.#host.ownerDocument.body
    if (!isWaiting) this.#focusedBefore = undefined
    else if (activeRoom(this.#host.chat.state)) this.focus()
  }

  focusComposer(): void {
    this.#thread.focusComposer()
  }

  render(): TemplateResult {
    const { chat, isLauncher, isNarrow, singleRoom } = this.#host
    const without = unavailable(this.#host, () => (isLauncher ? this.#thread.headerAlone() : nothing))
    if (without) return html`${this.#banner.render({ isSaid: true })}${without}`
    const { active, unopened } = chat.state
    const isReading = active !== undefined || unopened !== undefined || singleRoom
    const hasPane = !singleRoom && (!isNarrow || !isReading || this.#panes.name !== 'rooms')
    const hasThread = !isNarrow || !hasPane
    return html`${this.#banner.render()}<div class="panes" @keydown=${this.#onKey}>
      ${hasPane ? html`<aside part="sidebar" class="sidebar">${this.#panes.shown.render()}</aside>` : nothing}
      ${hasThread ? html`<section part="thread" class="thread">${this.#thread.render()}</section>` : nothing}
    </div>`
  }

  /** The first time there is something to show: my notes where there are no rooms, the newest room where there is space. */
  #land(): void {
    const { chat, isShown, isNarrow, roomIsGiven } = this.#host
    const { list, rooms, active, session } = chat.state
    if (this.#hasLanded || !isShown || !list.loaded || session.status !== 'signed-in') return
    this.#hasLanded = true
    const place = chat.placeOf(placeName(this.#host))
    // The page says in which room the reader is, and not where in it.
    if (roomIsGiven && place?.at && place.roomId === active?.roomId && !isLinked(this.#host))
      void chat.returnTo(place)
    // Somebody may have asked for a room that is being made.
    if (active || roomIsGiven || chat.latest.hasAny) return
    const [newest] = roomList(chat.state)
    if (place?.roomId !== undefined) void chat.returnTo(place)
    else if (rooms.size === 0 && !list.more && !chat.isGuest) void chat.openNotes().catch(() => undefined)
    // A guest came for the one there is.
    else if (newest && (!isNarrow || chat.isGuest)) void chat.openRoom(newest.id)
  }

  /** Where the page wants it, Back closes what is open. */
  #followHistory(): void {
    if (!this.#host.history || !this.#hasLanded || this.#isBackAsked) return
    this.#isBackAsked = true
    import('../way-back/way-back.ts').then(
      ({ WayBack }) => {
        new WayBack(this.#host, () => (this.#host.history ? this.#layers : []))
        this.#host.requestUpdate()
      },
      // Back does then what it always does.
      () => {},
    )
  }

  /** What is open over something else, outermost first, and how it is closed. */
  get #layers(): readonly (() => void)[] {
    const { chat, isLauncher, isShown, isNarrow, singleRoom } = this.#host
    if (!isShown) return []
    const isReading = !!chat.state.active
    return [
      ...(isLauncher ? [() => void this.#host.close()] : []),
      ...(isNarrow && !singleRoom && isReading ? [() => this.#back()] : []),
      ...this.#over,
    ]
  }

  /** What lies over the list, or over the messages. */
  get #over(): readonly (() => void)[] {
    const { name } = this.#panes
    const popup = this.#popup
    return [
      ...(this.#host.chat.state.active ? this.#thread.over : []),
      ...(name === 'rooms' ? [] : [() => void this.#picked(undefined)]),
      // Behind the list of groups is the pane it was opened from; behind what a link opened is none.
      ...(name === 'directory' && this.#code === undefined ? [() => void this.#pick('people')] : []),
      ...(popup ? [() => (popup.popover ? popup.hidePopover() : popup.close())] : []),
    ]
  }

  /** A menu, a sheet or a question. */
  get #popup(): HTMLDialogElement | null | undefined {
    return this.#host.frame?.querySelector('dialog[open], :popover-open')
  }

  /** As Escape does, and at last from the room to the list. */
  #stepBack(): void {
    if (this.#popup || this.#panes.name !== 'rooms' || !this.#thread.stepBack()) this.#layers.at(-1)?.()
  }

  /** For when this page, or another one of the site, is loaded in this tab. */
  readonly #keepPlace = (): void => {
    const { chat, isShown } = this.#host
    const { active } = chat.state
    if (!this.#hasLanded) return
    this.#kept = `${isShown} ${active?.roomId}`
    const roomId = active?.fault ? undefined : active?.roomId
    const at = isShown ? this.#thread.place : undefined
    chat.keepPlace(placeName(this.#host), { v: 1, isOpen: isShown, roomId, at })
  }

  #open(room: string): void {
    void this.#host.chat.openRoom(room)
    this.#thread.enter()
    void this.#host.updateComplete.then(() => this.focus())
  }

  #back(): void {
    const room = this.#host.chat.state.active?.roomId
    this.#host.chat.leaveRoom()
    this.#host.requestUpdate()
    void this.#host.updateComplete.then(() => this.#roomList.focus(room))
  }

  /** Shows the groups that may be joined; with the `code` of a link, whether to join the one behind it. */
  offerJoin(code?: string): Promise<void> {
    this.#code = code
    return this.#pick('directory')
  }

  async #pick(pane: PaneName): Promise<void> {
    try {
      await this.#panes.show(pane)
      this.#panes.shown.focus()
    } catch (error) {
      this.#notLoaded(error)
    }
  }

  /** A chunk that somebody asked for. */
  readonly #notLoaded = (error: unknown): void => {
    const { notLoaded, notLoadedBecause, faults } = this.#host.words
    this.#banner.notice(navigator.onLine ? notLoaded : notLoadedBecause(faults.offline))
    // Whoever presses again has read it: the page's owner is told of each cause once.
    if (this.#reported.has(`${error}`)) return
    this.#reported.add(`${error}`)
    reportError(error)
  }

  async #picked(room: string | undefined): Promise<void> {
    await this.#panes.show('rooms')
    if (room === undefined) this.#roomList.focusNew()
    // Another one may have been opened while it was made.
    else if (room === this.#host.chat.state.active?.roomId) this.focus()
  }

  /** A file that is dropped here must not take the place of the page; and a picture must not vanish without a word. */
  readonly #refuseFiles = (event: Event): void => {
    const data = event instanceof DragEvent ? event.dataTransfer : (event as ClipboardEvent).clipboardData
    // Office programs copy text with a picture of it.
    if (!data?.types.includes('Files') || (event.type === 'paste' && data.types.includes('text/plain')))
      return
    event.preventDefault()
    if (event.type !== 'dragover') this.#banner.notice(this.#host.words.noFiles)
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const { key, altKey } = event
    // Out of a room only a panel that is the screen leads to its list: any other one is closed (rule K52).
    const isStep = this.#over.length > 0 || this.#host.frame?.matches(':modal')
    if (key === 'Escape' && isStep && !isComposing(event)) {
      event.preventDefault()
      event.stopPropagation()
      this.#stepBack()
    }
    if (!altKey || (key !== 'ArrowUp' && key !== 'ArrowDown')) return
    event.preventDefault()
    const next = nextUnread(this.#host.chat.state, key === 'ArrowUp' ? -1 : 1)
    if (next) this.#open(next.id)
  }
}

/** What it loads later, by the names under which panels of earlier builds ask for it too. */
export const own = {
  people: (): Promise<typeof import('../people-picker/people-picker.ts')> =>
    import('../people-picker/people-picker.ts'),
  directory: (): Promise<typeof import('../directory/directory.ts')> => import('../directory/directory.ts'),
  emoji: loadEmojiPicker,
  actions: loadActions,
  info: loadInfo,
  rooms: loadMenu,
}

const loadPicker = () => loadChunk('people', own.people)
const loadDirectory = () => loadChunk('directory', own.directory)
