/**
 * The list of rooms: newest activity first, one tab stop, filtered by name.
 *
 * @csspart room-list - The list of rooms.
 * @csspart room - One of them.
 * @csspart active - With `room`: the one that is shown.
 * @csspart unread - With `room`: there is something unread.
 * @csspart muted - With `room`: it is muted.
 * @csspart pinned - With `room`: it is pinned to the top.
 * @csspart room-avatar - Its picture.
 * @csspart room-name - Its name.
 * @csspart room-preview - Its last message.
 * @csspart room-time - When that was.
 * @csspart room-badge - How much is unread.
 * @csspart room-mention - Some of that mentions the reader.
 */
import { html, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { guard } from 'lit/directives/guard.js'
import { createRef, ref } from 'lit/directives/ref.js'
import { repeat } from 'lit/directives/repeat.js'
import { empty } from '../../frame.ts'
import { loadChunk } from '../../load-chunk.ts'
import { whenIdle } from '../../page.ts'
import { hasFilters, type RoomFilter, type RoomItem, roomList } from '../../state/room-list.ts'
import type { State } from '../../state/state.ts'
import { roomAvatar } from '../avatar.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { dirOf, isolated, listed, said, saying } from '../isolated.ts'
import { EarlyPress } from '../panel/early-press.ts'
import type { Pane } from '../panel/panes.ts'
import { notLoaded, skeletonRooms } from '../placeholder.ts'
import type { RoomMenu } from '../room-menu/room-menu.ts'
import { plainText } from '../timeline/rich-text.ts'
import { systemText } from '../timeline/system-text.ts'

/** Letters typed within this time are one word to look for. */
const typeAheadMs = 700
/** Below this many rooms nobody needs to search. */
const searchFrom = 6
/** Milliseconds until what could not be loaded is tried again: twice as many, each time. Browsers write each miss into the console. */
const againMs = 15_000

export const loadMenu = (): Promise<typeof import('../room-menu/room-menu.ts')> =>
  import('../room-menu/room-menu.ts')

type Gestures = {
  readonly open: (room: string) => void
  readonly startNew: () => void
  /** Somebody is near the button for it. */
  readonly intendNew: () => void
  /** Says that what somebody asked for could not be loaded. */
  readonly notLoaded: (error: unknown) => void
  /** What stands at the end of its bar. */
  readonly barEnd: () => unknown
}

export class RoomList implements Pane, ReactiveController {
  readonly #host: PanelHost
  readonly #gestures: Gestures
  #state: State | undefined
  #items: readonly RoomItem[] = []
  #query = ''
  #filter: RoomFilter = 'all'
  /** What can be done with rooms, once it is there. */
  #menu: RoomMenu | undefined
  #isMenuAsked = false
  #againMs = againMs
  #menuLoading: Promise<void> | undefined
  readonly #early = new EarlyPress({
    on: '[data-room]',
    isThere: () => !!this.#menu,
    load: () => this.#loadMenu().catch(this.#gestures.notLoaded),
  })
  #current: string | undefined
  #typed = ''
  #typedTimer: ReturnType<typeof setTimeout> | undefined
  /** More rooms come as the end of the list comes near. */
  readonly #end = new IntersectionObserver((entries) => this.#onEnd(entries), { rootMargin: '400px' })
  readonly #box = createRef<HTMLElement>()
  readonly #scroll = createRef<HTMLElement>()
  readonly #newButton = createRef<HTMLElement>()
  #sentinel: Element | undefined

  constructor(host: PanelHost, gestures: Gestures) {
    this.#host = host
    this.#gestures = gestures
    host.addController(this)
  }

  hostDisconnected(): void {
    clearTimeout(this.#typedTimer)
  }

  hostUpdate(): void {
    const { state } = this.#host.chat
    if (state === this.#state) return
    this.#state = state
    this.#items = this.#list
  }

  hostUpdated(): void {
    this.#early.listen(this.#scroll.value)
    if (this.#isMenuAsked || !this.#scroll.value) return
    this.#isMenuAsked = true
    whenIdle(() => {
      // The list can be read all the same.
      this.#loadMenu().catch(() => {
        this.#againMs *= 2
        setTimeout(() => (this.#isMenuAsked = false), this.#againMs)
      })
    })
  }

  get #list(): readonly RoomItem[] {
    return roomList(this.#host.chat.state, this.#query, this.#filter)
  }

  #loadMenu(): Promise<void> {
    this.#menuLoading ??= this.#makeMenu().finally(() => (this.#menuLoading = undefined))
    return this.#menuLoading
  }

  async #makeMenu(): Promise<void> {
    const { RoomMenu } = await loadChunk('rooms', loadMenu)
    this.#menu ??= new RoomMenu(this.#host, {
      box: () => this.#scroll.value,
      itemOf: (room) => this.#list.find(({ id }) => id === room),
      neighbourOf: (room) => {
        const at = this.#items.findIndex(({ id }) => id === room)
        return (this.#items[at + 1] ?? this.#items[at - 1])?.id
      },
      focus: (room) => (room === undefined ? this.focusNew() : this.focus(room)),
      show: (filter) => {
        this.#filter = filter
        this.#filterBy(this.#query)
      },
    })
  }

  /** The row of a room, or the first one. */
  focus(room?: string): void {
    this.#current = room ?? this.#current ?? this.#items[0]?.id
    this.#host.requestUpdate()
    void this.#host.updateComplete.then(() => this.#button(this.#current)?.focus())
  }

  /** It keeps its place for when it is shown again. */
  leave(): void {}

  /** The button that starts a conversation. */
  focusNew(): void {
    this.#newButton.value?.focus()
  }

  render(): TemplateResult {
    const { words, chat } = this.#host
    const { rooms, features } = chat.state
    return html`
      <header part="header" class="bar">
        <slot name="sidebar-header"><h2 part="header-title" class="bar-title">${words.rooms}</h2></slot>
        ${this.#menu ? this.#menu.presence() : features.presence ? html`<span class="icon-button"></span>` : nothing}
        <button ?hidden=${chat.isGuest} part="new-room-button" class="icon-button" type="button" aria-label=${words.newRoom} title=${words.newRoom}
          @click=${this.#gestures.startNew} @pointerenter=${this.#gestures.intendNew} @focus=${this.#gestures.intendNew} ${ref(this.#newButton)}>${icons.compose}</button>${this.#gestures.barEnd()}
      </header>
      ${rooms.size >= searchFrom || this.#query ? this.#search() : nothing}${this.#menu ? this.#menu.filters() : hasFilters(chat.state) ? html`<div class="filters-place"></div>` : nothing}
      ${this.#body()}
      <slot name="sidebar-footer"></slot>`
  }

  /** The rooms, or why there are none; and more of them as the end comes near. */
  #body(): TemplateResult {
    const { words, chat } = this.#host
    const { list } = chat.state
    const { load } = list
    const isEmpty = this.#items.length === 0
    // Where something else than the list is shown.
    const under = this.#menu?.under(isEmpty && !this.#query)
    const fault = load && load !== 'loading' ? load : undefined
    return html`<div class="room-scroll" tabindex="-1" ${ref(this.#scroll)}>
        ${isEmpty ? nothing : this.#rows()}
        ${list.loaded && isEmpty && (this.#query || under === undefined) ? this.#nothing() : nothing}${under ?? nothing}
        ${!list.loaded && !fault ? skeletonRooms(words) : nothing}
        ${fault ? notLoaded(this.#host, fault, () => void chat.loadMoreRooms()) : nothing}
        ${list.more && list.loaded && under === undefined ? html`<div class="rooms-end" ${ref(this.#onSentinel)}>${load === 'loading' ? html`<div class="spinner" part="loading" role="status" aria-label=${words.loading}></div>` : nothing}</div>` : nothing}
      </div>`
  }

  #search(): TemplateResult {
    const { words } = this.#host
    return html`<div part="room-search" class="search">
      ${icons.search}
      <input part="input" type="search" autocomplete="off" aria-label=${words.filterRooms} placeholder=${words.filterRooms}
        .value=${this.#query} @input=${this.#onQuery} @keydown=${this.#onSearchKey} />
    </div>`
  }

  #rows(): TemplateResult {
    const current = this.#items.some(({ id }) => id === this.#current)
      ? this.#current
      : (this.#items.find(({ active }) => active) ?? this.#items[0])?.id
    return html`<ul part="room-list" class="room-list" role="list" aria-label=${this.#host.words.rooms} @keydown=${this.#onKey} ${ref(this.#box)}>
      ${repeat(
        this.#items,
        ({ id }) => id,
        (item) =>
          html`<li>${guard(this.#shownOf(item, current), () => this.#row(item, item.id === current))}</li>`,
      )}
    </ul>`
  }

  /** What the row of a room is made of: it is drawn again only when some of it has changed, or grew older. */
  #shownOf({ id, online, busy, active, preview }: RoomItem, current: string | undefined): unknown[] {
    const { chat, format } = this.#host
    const { rooms, users, drafts, typing } = chat.state
    const { text, status } = preview ?? {}
    const own = [
      this.#menu,
      rooms.get(id),
      drafts.get(id),
      typing.get(id),
      text,
      status,
      online,
      busy,
      active,
      id === current,
    ]
    return [...own, users, format, format.age]
  }

  #row(item: RoomItem, isCurrent: boolean): TemplateResult {
    const { words, format } = this.#host
    const kinds = (['active', 'unread', 'muted', 'pinned'] as const).filter((kind) => item[kind]).join(' ')
    return html`<button part="room ${kinds}" class="room ${kinds}" type="button" tabindex=${isCurrent ? 0 : -1} data-room=${item.id}
      aria-current=${item.active ? 'true' : nothing} @click=${() => this.#gestures.open(item.id)} @focus=${() => this.#focused(item.id)}>
      ${roomAvatar(item)}
      <span class="lines">
        <span class="line"><span part="room-name" class="room-name" dir=${dirOf(item.title)} translate="no">${listed((as) => format.title(item.title, as))}</span>
          <time part="room-time" class="room-time" translate="no" datetime=${item.at}>${format.ago(item.at)}</time></span>
        <span class="line"><span part="room-preview" class="room-preview" translate="no">${this.#preview(item)}</span>${this.#menu?.signs(item) ?? nothing}
          ${item.mentions > 0 ? html`<span part="room-mention" class="badge" translate="no"><span aria-hidden="true">@</span><span class="unseen">${words.mentioned}</span></span>` : nothing}
          ${item.unread > 0 || item.marked ? this.#badge(item) : nothing}</span>
      </span>
    </button>`
  }

  #badge({ unread, muted }: RoomItem): TemplateResult {
    const { words, format } = this.#host
    const shown = format.badge(unread)
    return html`<span part="room-badge" class="badge ${muted ? 'quiet' : unread === 0 ? 'marked' : ''}" translate="no"><span aria-hidden="true">${muted || unread === 0 ? '' : shown}</span>${unread > 0 ? html`<span class="unseen">${words.unread(unread, shown)}</span>` : nothing}</span>`
  }

  #preview({ kind, draft, typing, preview }: RoomItem): unknown {
    const { words, format } = this.#host
    const [typist] = typing
    if (typist)
      return said(
        html`<span class="is-typing">${isolated((as) => words.typing(as(format.name(typist))))}</span>`,
      )
    if (draft?.trim()) return saying((_as, text) => `${words.draft} ${text}`, draft, 'is-draft')
    if (!preview) return said(words.noMessagesYet)
    if (preview.kind === 'system') return said(isolated((as) => systemText(preview, words, as)))
    const text = preview.deleted ? words.deleted : plainText(preview.text)
    const failed =
      preview.status === 'failed'
        ? html`<span class="is-failed">${icons.alert}<span class="unseen">${words.failed}</span></span>`
        : nothing
    if (kind === 'self') return [failed, said(text)]
    if (preview.mine) return [failed, saying((_as, what) => words.youSaid(what), text)]
    const { author } = preview
    // Between two people the site is neither of them.
    return kind === 'direct' && author.id !== ''
      ? said(text)
      : saying((as, what) => words.someoneSaid(as(format.name(author)), what), text)
  }

  #nothing(): TemplateResult {
    const { words, chat } = this.#host
    if (chat.isGuest) return empty({ icon: icons.chat, title: words.noRooms })
    const action = { label: words.newRoom, run: this.#gestures.startNew }
    if (this.#query)
      return empty({
        icon: icons.search,
        title: words.noRoomFound(this.#query),
        hint: words.noRoomFoundHint,
        action,
      })
    return html`<slot name="rooms-empty">${empty({ icon: icons.chat, title: words.noRooms, hint: words.noRoomsHint, action })}</slot>`
  }

  #button(room: string | undefined): HTMLElement | null | undefined {
    return room === undefined
      ? null
      : this.#box.value?.querySelector<HTMLElement>(`[data-room="${CSS.escape(room)}"]`)
  }

  #focused(room: string): void {
    if (room === this.#current) return
    this.#current = room
    this.#host.requestUpdate()
  }

  readonly #onSentinel = (sentinel: Element | undefined): void => {
    this.#end.disconnect()
    this.#sentinel = sentinel
    if (sentinel) this.#end.observe(sentinel)
  }

  #onEnd(entries: readonly IntersectionObserverEntry[]): void {
    if (entries.some(({ isIntersecting }) => isIntersecting)) void this.#loadMore()
  }

  /** Page after page while the end is in sight: an observer only reports when that changes. */
  async #loadMore(): Promise<void> {
    const { chat } = this.#host
    if (!chat.state.list.more || chat.state.list.load) return
    await chat.loadMoreRooms()
    await this.#host.updateComplete
    if (!this.#sentinel || chat.state.list.load) return
    this.#end.unobserve(this.#sentinel)
    this.#end.observe(this.#sentinel)
  }

  #filterBy(query: string): void {
    this.#query = query
    this.#items = this.#list
    this.#host.requestUpdate()
  }

  readonly #onQuery = ({ target }: Event): void => {
    if (target instanceof HTMLInputElement) this.#filterBy(target.value)
  }

  readonly #onSearchKey = (event: KeyboardEvent): void => {
    const [first] = this.#items
    if (event.key === 'ArrowDown' && first) this.focus(first.id)
    else if (event.key === 'Escape' && this.#query) this.#filterBy('')
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const at = this.#items.findIndex(({ id }) => id === this.#current)
    const steps: Record<string, number> = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      Home: 0,
      End: this.#items.length - 1,
    }
    const to = steps[event.key] ?? this.#typeAhead(event.key, at)
    const item = this.#items[to ?? -1]
    if (to === undefined) return
    event.preventDefault()
    if (item) this.focus(item.id)
  }

  /** The next room whose name begins with what was typed; the same letter again goes on (rule K50). */
  #typeAhead(key: string, at: number): number | undefined {
    if (key.length !== 1 || key === ' ') return undefined
    clearTimeout(this.#typedTimer)
    this.#typedTimer = setTimeout(() => {
      this.#typed = ''
    }, typeAheadMs)
    this.#typed = this.#typed === key ? key : this.#typed + key
    const { format } = this.#host
    const start = this.#typed.length === 1 ? at + 1 : at
    const turned = [...this.#items.slice(start), ...this.#items.slice(0, start)]
    const found = turned.find(({ title }) => isStartOf(this.#typed, format.title(title)))
    return found ? this.#items.indexOf(found) : at
  }
}

function isStartOf(typed: string, name: string): boolean {
  return name.toLocaleLowerCase().startsWith(typed.toLocaleLowerCase())
}
