/**
 * What can be done with a room in the list: a menu by right click, the menu key and a button on its row, a sheet under a
 * finger that stays; and above the list what of it is shown. A chunk of its own, loaded when the page is idle.
 *
 * @csspart room-filters - Above the list of rooms: what of it is shown.
 * @csspart room-filter - One of the choices.
 * @csspart chosen - With `room-filter`: it is the one.
 * @csspart room-more - On a row that is pointed at: opens its menu.
 * @csspart presence-button - In the head of the list: who sees whether the reader is here.
 * @csspart room-sign - On a row: the room is pinned, or muted.
 */
import { html, nothing, type ReactiveController, render, type TemplateResult } from 'lit'
import type { PresenceView } from '../../../server/protocol/views.ts'
import { empty } from '../../frame.ts'
import { hasFilters, type RoomFilter, type RoomItem } from '../../state/room-list.ts'
import { type Arranging, faultOf, type Load, usualPresence } from '../../state/state.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { isolated } from '../isolated.ts'
import { LongPress } from '../menu/long-press.ts'
import { menuStyles } from '../menu/menu.styles.ts'
import { type MenuItem, Popup } from '../menu/popup.ts'
import { roomWords } from '../menu/room-words.ts'
import { onceBack } from '../once-back.ts'
import { notLoaded } from '../placeholder.ts'
import { type Arrange, muteItems, refusal, type Said, unreadPlace } from './arrange.ts'
import { roomIcons } from './icons.ts'
import { Outcome } from './outcome.ts'
import { roomMenuStyles } from './room-menu.styles.ts'

const filters: readonly RoomFilter[] = ['all', 'unread', 'mentions', 'archived']

/** The list that it is about. */
export type List = {
  /** What scrolls. */
  readonly box: () => HTMLElement | undefined
  readonly itemOf: (room: string | undefined) => RoomItem | undefined
  /** The room that has the focus when this one is gone: its neighbour. */
  readonly neighbourOf: (room: string) => string | undefined
  readonly focus: (room: string | undefined) => void
  readonly show: (filter: RoomFilter) => void
}

export class RoomMenu implements ReactiveController {
  static readonly styles = [menuStyles, roomMenuStyles]
  readonly #host: PanelHost
  readonly #list: List
  readonly #popup: Popup
  readonly #press: LongPress
  readonly #outcome: Outcome
  readonly #more: HTMLElement
  #box: HTMLElement | undefined
  #listening = new AbortController()
  /** The room that the button is on. */
  #room: string | undefined
  #filter: RoomFilter = 'all'
  #load: Load | undefined
  #cursor: string | undefined

  constructor(host: PanelHost, list: List) {
    this.#host = host
    this.#list = list
    this.#popup = new Popup(host, () => this.#settle())
    this.#press = new LongPress((room) => this.#openSheet(room), { keyOf: roomOf, except: '.room-more' })
    this.#outcome = new Outcome(host)
    this.#more = host.ownerDocument.createElement('div')
    this.#more.className = 'room-more-place'
    host.adopt(RoomMenu.styles)
    host.addController(this)
    this.#listen()
    host.requestUpdate()
  }

  hostDisconnected(): void {
    this.#unlisten()
  }

  hostUpdated(): void {
    this.#listen()
    if (!this.#host.isShown) this.#popup.close()
  }

  #listen(): void {
    const box = this.#list.box()
    if (box === this.#box) return
    this.#unlisten()
    this.#box = box
    this.#listening = new AbortController()
    const { signal } = this.#listening
    const on = <N extends keyof HTMLElementEventMap>(
      name: N,
      act: (event: HTMLElementEventMap[N]) => void,
      more: AddEventListenerOptions = {},
    ) => box?.addEventListener(name, act, { signal, ...more })
    on('pointerover', ({ target, pointerType }) => pointerType !== 'touch' && this.#showMore(roomOf(target)))
    on('pointerleave', () => this.#settle())
    on('focusin', ({ target }) => this.#onFocus(target))
    on('focusout', ({ relatedTarget }) => this.#onFocus(relatedTarget))
    on('contextmenu', (event) => this.#onContextMenu(event))
    on('click', (event) => this.#onClick(event), { capture: true })
    on('scroll', () => this.#onScroll())
    if (box) this.#press.listen(box, signal)
  }

  #unlisten(): void {
    this.#listening.abort()
    this.#box = undefined
    this.#popup.close()
    this.#showMore(undefined)
  }

  // ── Above the list ─────────────────────────────────────────────────────────────────────────────────────────────

  /** What of the list is shown, and why something was not done. */
  filters(): unknown {
    const words = roomWords(this.#host)
    const { state } = this.#host.chat
    const offered = filters.filter((filter) => filter !== 'mentions' || state.features.mentions)
    const chip = (filter: RoomFilter) => {
      const isChosen = filter === this.#filter
      return html`<button part="room-filter ${isChosen ? 'chosen' : ''}" class="room-filter" type="button" aria-pressed=${isChosen}
        @click=${() => this.#show(filter)}>${words[filter]}</button>`
    }
    return html`${
      hasFilters(state) || this.#filter !== 'all'
        ? html`<div part="room-filters" class="room-filters" role="group" tabindex="-1" aria-label=${words.show}>${offered.map(chip)}</div>`
        : nothing
    }${this.#outcome.render('list', 'room-why')}`
  }

  /** In the place of rooms, where what is shown has none; below them, what is on its way. */
  under(isEmpty: boolean): unknown {
    const words = roomWords(this.#host)
    if (this.#filter === 'all') return undefined
    if (this.#load === 'loading')
      return html`<div class="spinner late" part="loading" role="status" aria-label=${this.#host.words.loading}></div>`
    if (this.#load) return notLoaded(this.#host, this.#load, () => void this.#loadPage(this.#cursor))
    if (!isEmpty) return nothing
    if (this.#filter !== 'archived')
      return empty({
        icon: icons.check,
        title: this.#filter === 'unread' ? words.noUnread : words.noMentions,
      })
    return empty({ icon: roomIcons.archive, title: words.noArchived, hint: words.noArchivedHint })
  }

  /** Beside the preview of a room. */
  signs({ pinned, muted, marked, unread }: RoomItem): TemplateResult {
    const words = roomWords(this.#host)
    const sign = (icon: TemplateResult, word: string) =>
      html`<span part="room-sign" class="room-sign">${icon}<span class="unseen">${word}</span></span>`
    return html`${muted ? sign(roomIcons.mute, words.isMuted) : nothing}${pinned ? sign(roomIcons.pin, words.isPinned) : nothing}${
      marked && unread === 0 ? html`<span class="unseen">${words.isMarked}</span>` : nothing
    }`
  }

  #show(filter: RoomFilter): void {
    this.#filter = filter
    this.#cursor = undefined
    this.#load = undefined
    this.#outcome.clear()
    this.#list.show(filter)
    if (filter !== 'all') void this.#loadPage()
  }

  /** Most of what is meant is not held here. */
  async #loadPage(cursor?: string): Promise<void> {
    const filter = this.#filter
    if (filter === 'all' || this.#load === 'loading') return
    this.#load = 'loading'
    this.#host.requestUpdate()
    let load: Load | undefined
    let next = cursor
    try {
      next = (await this.#host.chat.listRooms(filter, cursor)).cursor
    } catch (error) {
      // A server of before does not know of mentions here: what is held shows them.
      const fault = faultOf(error)
      if (filter !== 'mentions' || fault.code !== 'bad_request') load = fault
    }
    if (filter !== this.#filter) return
    this.#load = load
    if (load) onceBack(this.#host, () => load === this.#load && void this.#loadPage(cursor))
    this.#cursor = next
    this.#host.requestUpdate()
  }

  #onScroll(): void {
    const box = this.#box
    if (!box || this.#cursor === undefined || this.#load) return
    if (box.scrollHeight - box.scrollTop < 2 * box.clientHeight) void this.#loadPage(this.#cursor)
  }

  // ── How others see me ──────────────────────────────────────────────────────────────────────────────────────────

  /** In the head of the list, where the site shows who is here. */
  presence(): unknown {
    const { chat, words } = this.#host
    const { features, presence = usualPresence } = chat.state
    if (!features.presence) return nothing
    const say = roomWords(this.#host)
    const { show, doNotDisturb } = presence
    // Beside what is not as usual, what is needs no word.
    const isShown = !doNotDisturb || show !== usualPresence.show
    const states = [doNotDisturb && words.doNotDisturb, isShown && say.showTo[show]].filter(Boolean)
    const label = `${say.presence}: ${states.join(' · ')}`
    const icon = doNotDisturb ? roomIcons.busy : show === 'off' ? roomIcons.hidden : roomIcons.here
    return html`<button part="presence-button" class="icon-button ${doNotDisturb ? 'busy' : ''}" type="button" aria-label=${label} title=${label} aria-haspopup="menu"
      @click=${this.#onPresence}>${icon}</button>`
  }

  readonly #onPresence = ({ currentTarget }: Event): void => {
    const { chat, words } = this.#host
    const { presence = usualPresence } = chat.state
    const say = roomWords(this.#host)
    const item = (label: string, wish: Partial<PresenceView>, isChosen: boolean): MenuItem => ({
      icon: isChosen ? roomIcons.chosen : roomIcons.notChosen,
      label,
      role: wish.show ? 'menuitemradio' : 'menuitemcheckbox',
      isChosen,
      run: () => void this.#done(chat.setPresence(wish), say.said.presence),
    })
    const items = [
      ...(['everybody', 'contacts', 'off'] as const).map((show) =>
        item(say.showTo[show], { show }, presence.show === show),
      ),
      item(words.doNotDisturb, { doNotDisturb: !presence.doNotDisturb }, presence.doNotDisturb),
    ]
    this.#popup.menu(say.presence, items, (currentTarget as HTMLElement).getBoundingClientRect())
  }

  // ── The button on a row ────────────────────────────────────────────────────────────────────────────────────────

  #onFocus(target: EventTarget | null): void {
    const room = roomOf(target)
    const isKeyboard = target instanceof Element && target.matches(':focus-visible')
    if (room === undefined) this.#settle()
    // The button itself, while it is pressed, is on the row that it is of.
    else if (room !== this.#room && isKeyboard) this.#showMore(room)
  }

  #settle(): void {
    if (this.#popup.isOpen) return
    const { activeElement } = this.#host.root
    const focused = activeElement?.matches(':focus-visible') ? roomOf(activeElement) : undefined
    const isHover = matchMedia('(hover: hover)').matches
    this.#showMore((isHover ? roomOf(this.#box?.querySelector('li:hover') ?? null) : undefined) ?? focused)
  }

  #showMore(room: string | undefined): void {
    if (this.#popup.isOpen) return
    const row = room === undefined ? undefined : this.#rowOf(room)?.parentElement
    this.#room = row ? room : undefined
    // What has the focus must not be taken away: leaving it would come here again, and the focus would be nowhere.
    const held = this.#more.parentElement
    if (held && held !== row && this.#more.contains(this.#host.root.activeElement))
      held.querySelector<HTMLElement>('[data-room]')?.focus({ preventScroll: true })
    if (!row) {
      this.#more.remove()
      return
    }
    const { actions } = roomWords(this.#host)
    render(
      html`<button part="room-more" class="room-more" type="button" tabindex="-1" aria-label=${actions} title=${actions} aria-haspopup="menu"
        @click=${this.#onMore}>${roomIcons.more}</button>`,
      this.#more,
    )
    if (this.#more.parentElement !== row) row.append(this.#more)
  }

  readonly #onMore = ({ currentTarget }: Event): void => {
    const item = this.#list.itemOf(this.#room)
    if (!item || !(currentTarget instanceof HTMLElement)) return
    // What is drawn anew meanwhile keeps the focus where it can come back to.
    this.#rowOf(item.id)?.focus({ preventScroll: true })
    this.#openMenu(item, currentTarget.getBoundingClientRect())
  }

  #rowOf(room: string): HTMLElement | undefined {
    return this.#box?.querySelector<HTMLElement>(`[data-room="${CSS.escape(room)}"]`) ?? undefined
  }

  // ── The ways to the menu ───────────────────────────────────────────────────────────────────────────────────────

  #onClick(event: MouseEvent): void {
    if (!this.#press.takesClick()) return
    event.preventDefault()
    event.stopPropagation()
  }

  /** By the mouse, by the menu key and Shift+F10, and on Android by a finger that stays. */
  #onContextMenu(event: MouseEvent): void {
    const room = roomOf(event.target)
    const item = this.#list.itemOf(room)
    if (!item || event.shiftKey) return
    event.preventDefault()
    if ((event as PointerEvent).pointerType === 'touch') {
      this.#press.fire(item.id)
      return
    }
    const row = this.#rowOf(item.id)
    row?.focus({ preventScroll: true })
    const isMouse = event.button === 2 || event.ctrlKey
    const at = isMouse ? new DOMRect(event.clientX, event.clientY) : row?.getBoundingClientRect()
    if (at) this.#openMenu(item, at)
  }

  #openMenu(item: RoomItem, at: DOMRect): void {
    const { actions, mute } = roomWords(this.#host)
    const more = () => this.#popup.menu(mute, muteItems(this.#host, this.#arranging(item)), at)
    this.#popup.menu(actions, this.#items(item, more), at)
  }

  #openSheet(room: string): void {
    const item = this.#list.itemOf(room)
    if (!item) return
    const { actions, mute } = roomWords(this.#host)
    const more = () => this.#popup.sheet(mute, muteItems(this.#host, this.#arranging(item)))
    this.#popup.sheet(actions, this.#items(item, more))
  }

  #items(item: RoomItem, mute: () => void): readonly MenuItem[] {
    const words = roomWords(this.#host)
    const { pinned, muted, marked, unread, archived, kind } = item
    const arrange = this.#arranging(item)
    const isUnread = unread > 0 || marked
    const all: (MenuItem | false)[] = [
      pinned
        ? { icon: roomIcons.unpin, label: words.unpin, run: () => arrange({ pinned: false }, 'unpinned') }
        : { icon: roomIcons.pin, label: words.pin, run: () => arrange({ pinned: true }, 'pinned') },
      muted
        ? { icon: roomIcons.unmute, label: words.unmute, run: () => arrange({ mutedUntil: null }, 'unmuted') }
        : { icon: roomIcons.mute, label: words.mute, opens: true, run: mute },
      isUnread
        ? { icon: roomIcons.markRead, label: words.markRead, run: () => this.#markRead(item) }
        : unreadPlace(this.#host.chat, item) > 0 && {
            icon: roomIcons.markUnread,
            label: words.markUnread,
            run: () => arrange({ unreadFrom: unreadPlace(this.#host.chat, item) }, 'markedUnread'),
          },
      archived
        ? {
            icon: roomIcons.unarchive,
            label: words.unarchive,
            run: () => arrange({ archived: false }, 'unarchived'),
          }
        : {
            icon: roomIcons.archive,
            label: words.archive,
            run: () => arrange({ archived: true }, 'archived'),
          },
      kind === 'group' && {
        icon: roomIcons.leave,
        label: words.leave,
        isDangerous: true,
        run: () => this.#leave(item),
      },
    ]
    return all.filter((one) => one !== false)
  }

  #arranging(item: RoomItem): Arrange {
    return (wish, said) => void this.#arrange(item, wish, said)
  }

  /** What moves takes the focus along; what leaves the list gives it to its neighbour (rule K55). */
  async #arrange({ id }: RoomItem, wish: Arranging, said: Said): Promise<void> {
    const neighbour = this.#list.neighbourOf(id)
    const had = this.#hasFocus(id)
    const arranged = this.#host.chat.arrange(id, wish)
    if (had) this.#list.focus(this.#list.itemOf(id) ? id : neighbour)
    await this.#done(arranged, roomWords(this.#host).said[said], wish)
  }

  #markRead({ id, marked }: RoomItem): void {
    const { chat } = this.#host
    chat.markRead(id, chat.state.rooms.get(id)?.lastMessage?.seq ?? 0)
    const said = roomWords(this.#host).said.markedRead
    if (marked) void this.#done(chat.arrange(id, { unreadFrom: null }), said)
    else this.#outcome.say(said)
  }

  #leave({ id, title }: RoomItem): void {
    const words = roomWords(this.#host)
    const { chat, format } = this.#host
    const name = format.title(title)
    this.#popup.ask({
      title: isolated((as) => words.leaveQuestion(as(name))),
      hint: words.leaveHint,
      action: words.leave,
      run: async () => {
        const neighbour = this.#list.neighbourOf(id)
        const had = this.#hasFocus(id)
        const isShown = chat.state.active?.roomId === id
        if (!(await this.#done(chat.leave(id), words.said.left(name)))) return
        if (isShown && neighbour !== undefined) void chat.openRoom(neighbour)
        if (had) this.#list.focus(neighbour)
      },
    })
  }

  #hasFocus(room: string): boolean {
    const { activeElement } = this.#host.root
    return activeElement === null || roomOf(activeElement) === room
  }

  #done(act: Promise<unknown>, said: string, wish?: Arranging): Promise<boolean> {
    return this.#outcome.of('list', act, said, (error) => refusal(this.#host, error, wish))
  }
}

function roomOf(target: EventTarget | null): string | undefined {
  const row = target instanceof Element ? target.closest('li') : null
  return row?.querySelector<HTMLElement>('[data-room]')?.dataset.room
}
