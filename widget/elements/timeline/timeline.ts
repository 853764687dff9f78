/**
 * The log of a room: which rows are in the DOM, where the reader stands, when more is loaded. What the rows are,
 * state/timeline.ts says; what holds them in place is the scroll anchor.
 *
 * @csspart log - The box that scrolls.
 * @csspart day-separator - The name of a day.
 * @csspart floating-date - The day of what is read, over the log while the reader scrolls.
 * @csspart history-start - Above the first message, where the reader sees nothing from before they joined.
 * @csspart unread-separator - Before the first unread message.
 * @csspart jump-button - Down to the newest message.
 * @csspart jump-badge - How much is new there.
 */
import { html, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { guard } from 'lit/directives/guard.js'
import { createRef, ref } from 'lit/directives/ref.js'
import { repeat } from 'lit/directives/repeat.js'
import { ChatterLinkClickEvent } from '../../events.ts'
import type { Seen } from '../../state/people.ts'
import type { PlaceInLog } from '../../state/place.ts'
import type { Active, Load, Room, State } from '../../state/state.ts'
import { type MessageRow, type Row, timeline, type Timeline as View } from '../../state/timeline.ts'
import type { Host } from '../host.ts'
import { icons } from '../icons.ts'
import { nothingYet, notLoaded, skeletonRows } from '../placeholder.ts'
import type { copied } from './copied.ts'
import type { DrawnByPage } from './drawn-by-page.ts'
import type { FloatingDate } from './floating-date.ts'
import { keyOf, LogFocus } from './log-focus.ts'
import { message } from './message.ts'
import { MessageDetails } from './message-details.ts'
import { ReadTracker } from './read-tracker.ts'
import { around, cut, earlier, later, newest, type RowWindow } from './row-window.ts'
import { belowOf, rowOf, ScrollAnchor } from './scroll-anchor.ts'

/** How far from an edge the next rows are asked for, in heights of the log. */
const ahead = 1.5
/** After a page that failed, scrolling asks again, but not at every pixel. */
const retryMs = 1_000
/** So long a message that was sought stands out. */
const soughtMs = 2_000
/** A jump further than this, in heights of the log, is not animated (rule S10). */
const animated = 3

export class Timeline implements ReactiveController {
  readonly #host: Host
  readonly #edit: (key: string) => void
  readonly #anchor: ScrollAnchor
  readonly #focus: LogFocus
  readonly #details: MessageDetails
  readonly #readTracker: ReadTracker
  readonly #box = createRef<HTMLElement>()
  readonly #button = createRef<HTMLElement>()
  #copied: typeof copied | undefined
  #drawnByPage: DrawnByPage | undefined
  #room: string | undefined
  #state: State | undefined
  #view: View | undefined
  #window: RowWindow = {}
  /** Under which row it stands who has seen mine, and who has: nobody yet, perhaps. */
  #seen: { readonly key: string | undefined; readonly by: readonly Seen[] } | undefined
  #cut = { from: 0, to: 0 }
  #isEntering = true
  #hasSeenDivider = false
  #lastSent: string | undefined
  #sought: Active['sought']
  #isSeeking = false
  /** From which message the reader went to what it answers. */
  #back: number | undefined
  #floatingDate: FloatingDate | undefined
  #scrollTop = 0
  #askedAt = 0
  /** More than a height of the log away from its end. */
  #isAway = false
  /** What the page draws was asked for. */
  #isDrawing = false

  /** `edit` is called with the key of a message that was refused, whose text is to become another. */
  constructor(host: Host, edit: (key: string) => void) {
    this.#host = host
    this.#edit = edit
    this.#anchor = new ScrollAnchor(host, { log: () => this.#log, isLive: () => this.#isLive })
    this.#readTracker = new ReadTracker(host, () => this.#read())
    this.#details = new MessageDetails(host)
    this.#focus = new LogFocus(host, {
      box: () => this.#log,
      rows: () => this.#rows,
      reveal: (at) => this.#reveal(at),
      enter: (key) => this.#toggle(key),
    })
    host.addController(this)
  }

  /** What is read, for what acts on messages. */
  readonly log = {
    box: (): HTMLElement | undefined => this.#log,
    rowOf: (key: string): MessageRow | undefined => this.#messageAt(key),
    focus: (key: string): Promise<void> => this.#focus.focus(key),
  }

  /** The room is opened anew: at its divider or its end. */
  enter(): void {
    this.#room = undefined
    this.#state = undefined
    this.#host.requestUpdate()
  }

  /** Where the reader stands in it; nothing at its end. */
  get place(): PlaceInLog | undefined {
    const held = this.#isEntering ? undefined : this.#anchor.place
    const seq = held && this.#messageAt(held.key)?.message?.seq
    return held && seq !== undefined ? { messageId: held.key, seq, top: held.top } : undefined
  }

  /** Whoever is at the end reads what will stand there. */
  readEnd(): void {
    if (!this.#log || this.#isEntering || !this.#anchor.isPinned) return
    const { log, known = 0 } = this.#host.chat.state.rooms.get(this.#room ?? '') ?? {}
    const newest = log?.messages.findLast(({ seq }) => seq <= known)
    if (newest && !log?.newer) this.#readTracker.markTo(newest)
  }

  hostUpdate(): void {
    const { chat, isShown } = this.#host
    const { state } = chat
    this.#loadDrawn()
    if (state === this.#state || !isShown) return
    this.#state = state
    const room = state.active?.roomId
    // Asked before there are other rows: the end that was in view is then no longer the last row.
    const { isPinned } = this.#anchor
    this.#view = room === undefined ? undefined : timeline(state, room, this.#view)
    this.#seen = seenIn(this.#rows, state.rooms.get(room ?? ''))
    if (room !== this.#room) this.#reset(room)
    if (this.#isEntering) this.#window = startOf(this.#rows)
    this.#seek(state.active?.sought)
    const sent = state.outbox.findLast((pending) => pending.roomId === room)?.id
    if (sent !== undefined && sent !== this.#lastSent && !this.#isEntering) this.#follow()
    this.#lastSent = sent
    this.#recut(isPinned)
  }

  hostUpdated(): void {
    const log = this.#log
    if (!log || !this.#host.isShown || !this.#view?.loaded) return
    if (this.#isEntering) this.#land()
    this.#showSought(log)
    this.#fill(log)
    this.#look(log)
    this.#scrollTop = log.scrollTop
  }

  render(room: Room | undefined, title: string): TemplateResult {
    const { words } = this.#host
    const view = this.#view
    const shown = this.#shown
    const current = this.#focus.current
    const isStart = view?.loaded && !view.older && this.#cut.from === 0
    return html`<div class="log-frame">
      <div part="log" class="log" role="region" tabindex=${shown.length > 0 ? -1 : 0} aria-label=${words.messagesIn(title)}
        aria-busy=${!view?.loaded} @scroll=${this.#onScroll} @click=${this.#onClick} @pointerdown=${this.#intendCopy} @copy=${this.#onCopy} @keydown=${this.#focus.onKey} @focusin=${this.#focus.onFocus} ${ref(this.#box)}>
        <div class="rows ${room?.kind === 'group' ? '' : 'duo'}">
          ${isStart ? html`<slot name="thread-start"></slot>` : nothing}
          ${isStart && room?.me.visibleFrom ? html`<p part="history-start" class="day-separator">${words.sinceJoined}</p>` : nothing}
          ${view?.loaded ? nothing : this.#unloaded(view?.load)}
          ${room && view?.loaded && shown.length === 0 ? nothingYet(this.#host, room, title) : nothing}
          ${this.#edge(view?.loadOlder, () => this.#older())}
          ${repeat(
            shown,
            ({ key }) => key,
            (row) => this.#row(row, room, current),
          )}
          ${this.#edge(view?.loadNewer, () => this.#newer())}
        </div>
      </div>
      ${this.#jumpButton(room)}
    </div>`
  }

  #unloaded(load: Load | undefined): TemplateResult {
    if (!load || load === 'loading') return skeletonRows(this.#host.words)
    return notLoaded(this.#host, load, () => void this.#host.chat.openRoom(this.#room ?? ''))
  }

  /** Drawn again only when what it shows has changed, or grew older. */
  #row(row: Row, room: Room | undefined, current: string | undefined): unknown {
    const { words, format, chat } = this.#host
    if (row.type === 'message') {
      const look = {
        format,
        isGroup: room?.kind === 'group',
        isCurrent: row.key === current,
        isEntered: this.#focus.isEntered(row.key),
        isDetailed: this.#details.isOf(row.key),
        readers: this.#details.readersOf(row),
        seenBy: row.key === this.#seen?.key ? this.#seen.by : undefined,
        isConnected: row.status === 'queued' && chat.state.connection.status === 'open',
        renderers: this.#host.messageRenderers,
        drawnByPage: this.#drawnByPage,
      }
      const names = row.mentions?.map(({ userId }) => chat.state.users.get(userId)?.name) ?? []
      const looks = [...Object.values(look), look.isDetailed && format.age, ...names]
      const draw = () =>
        message(row, {
          ...look,
          chat,
          leave: () => this.#focus.leave(row.key),
          edit: () => this.#edit(row.change ?? row.key),
          react: (emoji, on) => this.#react(row.key, emoji, on),
          toAnswered: () => void this.#toAnswered(row),
        })
      // Most rows are the ones from before. One that was made anew may say the same.
      return guard([row, ...looks], () => guard([...valuesOf(row), ...looks], draw))
    }
    const [part, label] =
      row.type === 'day' ? ['day-separator', format.day(row.at)] : ['unread-separator', words.newMessages]
    return html`<div part=${part} class=${part} role="separator" aria-label=${label} data-key=${row.key}><span>${label}</span></div>`
  }

  #edge(load: Load | undefined, retry: () => void): unknown {
    if (!load) return nothing
    if (load !== 'loading') return notLoaded(this.#host, load, retry)
    return html`<div part="loading" class="spinner" role="status" aria-label=${this.#host.words.loadingOlder}></div>`
  }

  #jumpButton(room: Room | undefined): unknown {
    const { words, format } = this.#host
    const unread = room?.me.unread ?? 0
    if (this.#view?.loaded && this.#back !== undefined)
      return html`<button part="jump-button" class="jump" type="button" @click=${this.#goBack} ${ref(this.#button)}>
        ${icons.down}<span class="jump-badge">${words.jumpBack}</span>
      </button>`
    if (!this.#view?.loaded || this.#anchor.isPinned || !(this.#isAway || unread > 0)) return nothing
    const shown = format.badge(unread)
    return html`<button part="jump-button" class="jump" type="button" @click=${this.#jump}
      aria-label=${unread > 0 ? words.jumpToNew(unread, shown) : words.jumpToLatest} ${ref(this.#button)}>
      ${icons.down}${unread > 0 ? html`<span part="jump-badge" class="jump-badge" translate="no">${words.countNew(unread, shown)}</span>` : nothing}
    </button>`
  }

  get #log(): HTMLElement | undefined {
    return this.#box.value
  }

  get #rows(): readonly Row[] {
    return this.#view?.rows ?? []
  }

  /** Those that are in the DOM. */
  get #shown(): readonly Row[] {
    return this.#rows.slice(this.#cut.from, this.#cut.to)
  }

  get #isLive(): boolean {
    return this.#cut.to === this.#rows.length && !this.#view?.newer
  }

  #reset(room: string | undefined): void {
    this.#room = room
    this.#isEntering = true
    this.#hasSeenDivider = false
    this.#isAway = false
    this.#back = undefined
    this.#focus.reset()
    this.#details.reset()
  }

  /** Before the first paint of a room: at its divider, or at its end (rules S1, S2). */
  #land(): void {
    this.#isEntering = false
    this.#anchor.pin()
    this.#anchor.show('unread', 1 / 3)
    this.#host.requestUpdate()
  }

  /** Somebody asked for a message: it comes into the DOM now, and into the middle once it is there (rule S11). */
  #seek(sought: Active['sought']): void {
    const at = sought === this.#sought ? -1 : this.#rows.findIndex(({ key }) => key === sought?.messageId)
    if (at < 0) return
    this.#sought = sought
    this.#isSeeking = true
    this.#window = around(this.#rows, at)
  }

  /** The way back is kept until somebody was there again. */
  async #toAnswered({ message, replyTo }: MessageRow): Promise<void> {
    const room = this.#room
    if (room === undefined || !message || !replyTo) return
    const { chat } = this.#host
    await chat.seek(room, replyTo.seq)
    // What could not be loaded led nowhere.
    const isThere = chat.state.active?.sought?.messageId === replyTo.id
    if (room === this.#room && isThere) this.#back = message.seq
  }

  #react(key: string, emoji: string, on: boolean): void {
    const { chat, root, updateComplete } = this.#host
    // What is refused a banner says.
    if (this.#room !== undefined) chat.react(this.#room, key, emoji, on).catch(() => {})
    const { activeElement } = root
    this.#host.requestUpdate()
    // The last one takes its button with it.
    void updateComplete.then(() => {
      if (activeElement && !activeElement.isConnected) void this.#focus.focus(key)
    })
  }

  /** What could not be loaded leaves the way there. */
  readonly #goBack = async (): Promise<void> => {
    const [room, seq] = [this.#room, this.#back]
    if (room === undefined || seq === undefined) return
    const { chat } = this.#host
    await chat.seek(room, seq)
    const isThere = chat.state.rooms.get(room)?.log?.messages.some((message) => message.seq === seq)
    if (isThere && room === this.#room && seq === this.#back) this.#back = undefined
    this.#host.requestUpdate()
  }

  #showSought(log: HTMLElement): void {
    const { messageId: key, top } = this.#sought ?? {}
    const row = this.#isSeeking && key ? rowOf(log, key) : undefined
    this.#isSeeking = false
    if (!row || !key) return
    if (top !== undefined) {
      this.#anchor.show(key, 0, top)
      return
    }
    const part = (1 - row.offsetHeight / log.clientHeight) / 2
    this.#anchor.show(key, Math.max(part, 0))
    row.part.add('sought')
    setTimeout(() => row.part.remove('sought'), soughtMs)
    this.#endBack(log)
    if (log.contains(this.#host.root.activeElement)) void this.#focus.focus(key)
  }

  /** What is shorter than the log cannot be scrolled to ask for more. */
  #fill(log: HTMLElement): void {
    if (!log.clientHeight || log.scrollHeight > log.clientHeight || this.#view?.loadOlder) return
    this.#reachUp()
  }

  #recut(isPinned = this.#anchor.isPinned): void {
    this.#cut = cut(this.#rows, this.#window, { keep: isPinned ? 'end' : 'start', near: this.#cut })
  }

  #move(window: RowWindow): void {
    this.#window = window
    this.#recut()
    this.#host.requestUpdate()
  }

  /** More rows before: into the DOM, and when those run out, from the server. */
  #reachUp(): void {
    if (this.#cut.from > 0) this.#move(earlier(this.#rows, this.#cut))
    if (this.#cut.from === 0 && this.#view?.older && this.#mayAsk(this.#view.loadOlder)) this.#older()
  }

  #reachDown(): void {
    if (this.#cut.to < this.#rows.length) this.#move(later(this.#rows, this.#cut))
    if (this.#cut.to === this.#rows.length && this.#view?.newer && this.#mayAsk(this.#view.loadNewer))
      this.#newer()
  }

  #mayAsk(load: Load | undefined): boolean {
    return !load || (load !== 'loading' && performance.now() - this.#askedAt > retryMs)
  }

  readonly #onScroll = (): void => {
    const log = this.#log
    if (!log) return
    this.#anchor.capture()
    const { scrollTop, clientHeight } = log
    const below = belowOf(log)
    const by = scrollTop - this.#scrollTop
    this.#scrollTop = scrollTop
    if (by <= 0 && scrollTop < ahead * clientHeight) this.#reachUp()
    else if (by >= 0 && below < ahead * clientHeight) this.#reachDown()
    this.#look(log)
    this.#showDate(log)
    const hasButton = this.#button.value !== undefined
    this.#isAway = below > clientHeight
    this.#endBack(log)
    if (hasButton === this.#anchor.isPinned || hasButton !== this.#isAway) this.#host.requestUpdate()
  }

  #showDate(log: HTMLElement): void {
    if (this.#anchor.isPinned) this.#floatingDate?.hide()
    else if (this.#floatingDate) this.#floatingDate.show(log, this.#rows, this.#anchor.inView)
    else
      import('./floating-date.ts').then(
        ({ FloatingDate }) => {
          this.#floatingDate ??= new FloatingDate(this.#host)
          this.#showDate(log)
        },
        () => {},
      )
  }

  #older(): void {
    void this.#load((room) => this.#host.chat.loadOlder(room), earlier)
  }

  #newer(): void {
    void this.#load((room) => this.#host.chat.loadNewer(room), later)
  }

  /** Loads a page and takes its near end into the DOM: no more until somebody scrolls (rule S6). */
  async #load(page: (room: string) => Promise<void>, grow: typeof earlier): Promise<void> {
    const room = this.#room
    if (room === undefined) return
    this.#askedAt = performance.now()
    await page(room)
    if (room !== this.#room || this.#isEntering) return
    this.#view = timeline(this.#host.chat.state, room, this.#view)
    this.#recut()
    this.#move(grow(this.#rows, this.#cut))
  }

  /** Sending brings my own message into view, from wherever I was reading (rule S7). */
  #follow(): void {
    this.#back = undefined
    if (this.#view?.newer) void this.#toLatest()
    this.#window = newest(this.#rows)
    this.#recut()
    this.#anchor.pin()
  }

  /** First to the divider, if it is above and was not seen; then to the end (rule S10). */
  readonly #jump = (): void => {
    const divider = this.#rows.findIndex(({ type }) => type === 'unread')
    if (divider >= 0 && !this.#hasSeenDivider) void this.#toDivider(divider)
    else if (this.#isNear && !matchMedia('(prefers-reduced-motion: reduce)').matches)
      this.#log?.scrollTo({ top: this.#log.scrollHeight, behavior: 'smooth' })
    else void this.#toLatest()
  }

  /** Where the reader went away from is in view. */
  #endBack(log: HTMLElement): void {
    const seq = this.#back
    if (seq === undefined) return
    const row = this.#shown.find((one) => one.type === 'message' && one.message?.seq === seq)
    const box = row && rowOf(log, row.key)?.getBoundingClientRect()
    const { top, bottom } = log.getBoundingClientRect()
    if (!box || box.top >= bottom || box.bottom <= top) return
    this.#back = undefined
    this.#host.requestUpdate()
  }

  get #isNear(): boolean {
    const log = this.#log
    return !!log && this.#isLive && belowOf(log) <= animated * log.clientHeight
  }

  async #toDivider(at: number): Promise<void> {
    this.#hasSeenDivider = true
    this.#move(around(this.#rows, at))
    await this.#host.updateComplete
    this.#anchor.show('unread', 1 / 3)
  }

  async #toLatest(): Promise<void> {
    const room = this.#room
    if (room === undefined) return
    await this.#host.chat.jumpToLatest(room)
    if (room !== this.#room) return
    this.#view = timeline(this.#host.chat.state, room, this.#view)
    this.#move(newest(this.#rows))
    await this.#host.updateComplete
    this.#anchor.pin()
    this.#isAway = false
    this.#host.requestUpdate()
  }

  #look(log: HTMLElement): void {
    const isDivided = !this.#hasSeenDivider && this.#shown.some(({ type }) => type === 'unread')
    const divider = isDivided ? rowOf(log, 'unread')?.getBoundingClientRect() : undefined
    const box = divider && log.getBoundingClientRect()
    if (divider && box && divider.bottom > box.top && divider.top < box.bottom) this.#hasSeenDivider = true
    this.#read()
  }

  #read(): void {
    const log = this.#log
    if (!log || this.#room === undefined || this.#isEntering) return
    this.#readTracker.mark(this.#room, log, this.#shown)
  }

  #reveal(at: number): void {
    if (at < this.#cut.from || at >= this.#cut.to) this.#move(around(this.#rows, at))
  }

  #toggle(key: string): void {
    const row = this.#messageAt(key)
    if (row) this.#details.toggle(row)
  }

  readonly #onClick = (event: MouseEvent): void => {
    const { target } = event
    if (!(target instanceof Element)) return
    const link = target.closest('a')
    if (link && !this.#host.emit(new ChatterLinkClickEvent(link.href))) event.preventDefault()
    const key = keyOf(target.closest('[part~="bubble"], .meta, .seen-by, .system'))
    // Nor is what is pressed in what the page drew.
    if (target.closest('[part~="message-content"] :is(button, summary, input, select, label)')) return
    // Selecting text to copy it is no request for the time. Of a double click, which selects a word, the first one was.
    if (!key || link) return
    const isUndone = event.detail === 2 && this.#details.isOf(key)
    if (isUndone || (event.detail < 2 && getSelection()?.type !== 'Range')) this.#toggle(key)
  }

  /** Few copy anything; a copy cannot wait. Until it is loaded, or where it is gone, a copy is the browser's. */
  readonly #intendCopy = (): void => {
    import('./copied.ts').then(
      (loaded) => {
        this.#copied = loaded.copied
      },
      () => {},
    )
  }

  readonly #onCopy = (event: ClipboardEvent): void => {
    const text = this.#log && this.#copied?.(this.#log, (key) => this.#messageAt(key), this.#host.format)
    if (text === undefined) return
    event.preventDefault()
    event.clipboardData?.setData('text/plain', text)
  }

  /** Until then, and where it is gone, the widget draws as it draws any. */
  #loadDrawn(): void {
    if (this.#isDrawing || !this.#host.messageRenderers) return
    this.#isDrawing = true
    import('./drawn-by-page.ts').then(
      (loaded) => {
        this.#drawnByPage = new loaded.DrawnByPage()
        this.#host.requestUpdate()
      },
      () => {},
    )
  }

  #messageAt(key: string): MessageRow | undefined {
    const row = this.#rows.find((row) => row.key === key)
    return row?.type === 'message' ? row : undefined
  }
}

function valuesOf({ seenBy, system, ...own }: MessageRow): unknown[] {
  return [own, system ?? {}, ...(seenBy ?? [])].flatMap((one) => Object.values(one))
}

/** The same each time, so that no row is drawn again for it. */
const nobody: readonly Seen[] = []

/**
 * Who has seen my newest message stands under it, and under what is left of those after it that I deleted. In groups whose members
 * are known the place for it is kept, so that nothing moves when somebody has.
 */
function seenIn(rows: readonly Row[], room: Room | undefined) {
  if (room?.kind !== 'group' || !room.members) return undefined
  const isMine = (row: Row | undefined): row is MessageRow =>
    row?.type === 'message' && row.mine && row.kind === 'text'
  let at = rows.findLastIndex((row) => isMine(row) && !row.deleted && row.status !== 'failed')
  const newest = rows[at]
  if (!isMine(newest)) return undefined
  for (let next = rows[at + 1]; isMine(next) && next.deleted; next = rows[at + 1]) at++
  return { key: rows[at]?.key, by: newest.seenBy ?? nobody }
}

function startOf(rows: readonly Row[]): RowWindow {
  const divider = rows.findIndex(({ type }) => type === 'unread')
  return divider < 0 ? newest(rows) : around(rows, divider)
}
