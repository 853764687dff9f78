/**
 * What there is to know of a room: its people, what is pinned, how I keep it; and of a person who they are. Beside the
 * messages where there is space, else over them. A chunk of its own, loaded when somebody presses the title of a room.
 *
 * @csspart info - The pane about a room or a person.
 * @csspart info-name - The name in it.
 * @csspart info-text - What is said about them.
 * @csspart info-row - Something to press in it.
 * @csspart member - A member of the room.
 * @csspart member-role - That they own it.
 */
import { html, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import { repeat } from 'lit/directives/repeat.js'
import { foldName } from '../../../server/protocol/names.ts'
import type { MemberView, UserView } from '../../../server/protocol/views.ts'
import { userOf } from '../../state/people.ts'
import { activeRoom, type RoomItem, roomItem, roomList } from '../../state/room-list.ts'
import { type Arranging, faultOf, type Load, type Room } from '../../state/state.ts'
import { avatar, roomAvatar } from '../avatar.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { isolated } from '../isolated.ts'
import { isComposing } from '../keyboard/keys.ts'
import { menuStyles } from '../menu/menu.styles.ts'
import { Popup } from '../menu/popup.ts'
import { roomWords } from '../menu/room-words.ts'
import { Announcer } from '../panel/announcer.ts'
import { notLoaded } from '../placeholder.ts'
import { muteItems, refusal, type Said } from '../room-menu/arrange.ts'
import { roomIcons } from '../room-menu/icons.ts'
import { roomInfoStyles } from './room-info.styles.ts'

/** With more members than this there is a search for them. */
const searchFrom = 10
/** Typing rests this long before members are looked up. */
const restMs = 150

type Gestures = {
  readonly close: () => void
  /** Shows the pinned messages of the room. */
  readonly openPins: () => void
  /** I am in the room no more: this is its neighbour. */
  readonly left: (neighbour: string | undefined) => void
}

export class RoomInfo implements ReactiveController {
  static readonly styles = [menuStyles, roomInfoStyles]
  readonly #host: PanelHost
  readonly #gestures: Gestures
  readonly #roomId: string | undefined
  readonly #popup: Popup
  readonly #announcer: Announcer
  readonly #box = createRef<HTMLElement>()
  /** Whose card is shown. */
  #person: string | undefined
  #query = ''
  #why = ''
  /** Of rooms too large to have all of them here. */
  #found: readonly MemberView[] = []
  #users: ReadonlyMap<string, UserView> = new Map()
  #cursor: string | undefined
  #load: Load | undefined
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: PanelHost, gestures: Gestures) {
    this.#host = host
    this.#gestures = gestures
    this.#roomId = host.chat.state.active?.roomId
    this.#popup = new Popup(host)
    const place = () => (host.frame?.matches(':modal') ? host.frame : host.ownerDocument.body)
    this.#announcer = new Announcer(place, () => '')
    host.adopt(RoomInfo.styles)
    host.addController(this)
    host.requestUpdate()
    void host.updateComplete.then(() => this.#focusFirst())
    if (!this.#room?.members) void this.#ask()
  }

  get hasFocus(): boolean {
    return !!this.#box.value?.contains(this.#host.root.activeElement)
  }

  get #room(): Room | undefined {
    return activeRoom(this.#host.chat.state)
  }

  /** It is of one room: with another it closes. */
  hostUpdated(): void {
    const { active } = this.#host.chat.state
    if (active?.roomId !== this.#roomId || active?.fault) this.#gestures.close()
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer)
    this.#popup.close()
  }

  leave(): void {
    this.hostDisconnected()
    this.#host.removeController(this)
  }

  #focusFirst(): void {
    this.#box.value?.querySelector<HTMLElement>('.icon-button')?.focus({ preventScroll: true })
  }

  render(): unknown {
    const { chat, words } = this.#host
    const room = this.#room
    const item = room && roomItem(chat.state, room.id)
    if (!room || !item || room.id !== this.#roomId) return nothing
    const say = roomWords(this.#host)
    const isCard = this.#person !== undefined
    const other = room.members?.find(({ userId }) => userId !== chat.state.me)?.userId
    return html`<section part="info" class="info" aria-label=${isCard ? say.profile : words.roomInfo} @keydown=${this.#onKey} ${ref(this.#box)}>
      <header part="header" class="bar">
        <button part="back-button" class="icon-button" type="button" aria-label=${isCard ? say.closeProfile : say.closeInfo} @click=${this.#back}><slot name="icon-back">${icons.back}</slot></button>
        <h2 part="header-title" class="bar-title">${isCard || room.kind === 'direct' ? say.profile : words.roomInfo}</h2>
      </header>
      <div class="info-scroll" @scroll=${this.#onScroll}>
        ${
          this.#person === undefined
            ? html`${room.kind === 'direct' && other !== undefined ? this.#card(other) : this.#head(room, item)}
              ${this.#settings(item)}${this.#pins(room)}${room.kind === 'group' ? this.#people(room) : nothing}
              ${room.kind === 'group' ? this.#leave(item) : nothing}`
            : html`${this.#card(this.#person)}${this.#message(this.#person)}`
        }
      </div>
    </section>`
  }

  #head(room: Room, item: RoomItem): TemplateResult {
    const { format } = this.#host
    return html`<div class="info-head">${roomAvatar(item)}
      <p part="info-name" class="info-name" dir="auto" translate="no">${isolated((as) => format.title(item.title, as))}</p>
      ${room.description ? html`<p part="info-text" class="info-text" dir="auto" translate="no">${room.description}</p>` : nothing}
    </div>`
  }

  /** Who somebody is. */
  #card(id: string): TemplateResult {
    const { chat, words, format } = this.#host
    const { online, lastSeen } = chat.state
    const user = this.#userOf(id)
    const seen = lastSeen.get(id)
    const here = online.has(id)
      ? words.online
      : seen === undefined
        ? ''
        : roomWords(this.#host).lastSeen(format.ago(seen))
    return html`<div class="info-head">${avatar(user, { online: online.has(id) })}
      <p part="info-name" class="info-name" dir="auto" translate="no">${this.#nameOf(id)}</p>
      ${user.about ? html`<p part="info-text" class="info-text" dir="auto" translate="no">${user.about}</p>` : nothing}
      ${here ? html`<p class="info-seen">${here}</p>` : nothing}
    </div>`
  }

  #userOf(id: string): UserView {
    const { state } = this.#host.chat
    return state.users.get(id) ?? this.#users.get(id) ?? userOf(state, id)
  }

  #nameOf(id: string): string {
    const { chat, words } = this.#host
    const { name } = this.#userOf(id)
    return id === chat.state.me ? words.nameYou(name) : name
  }

  #message(id: string): TemplateResult {
    const { chat, words } = this.#host
    const isMe = id === chat.state.me
    const label = isMe ? words.startNotes : words.startDirect(this.#userOf(id).name)
    return html`<div class="info-part">
      <button part="button" class="button primary info-message" type="button" @click=${() => void this.#openDirect(id)}>${label}</button>${this.#refusal()}
    </div>`
  }

  async #openDirect(id: string): Promise<void> {
    const { chat } = this.#host
    await this.#done(id === chat.state.me ? chat.openNotes() : chat.openDirect(id))
  }

  // ── How I keep it ──────────────────────────────────────────────────────────────────────────────────────────────

  #settings({ id, pinned, muted, archived }: RoomItem): TemplateResult {
    const words = roomWords(this.#host)
    const set = (wish: Arranging, said: Said) =>
      void this.#done(this.#host.chat.arrange(id, wish), words.said[said], wish)
    const mute = ({ currentTarget }: Event) =>
      this.#popup.menu(
        words.mute,
        muteItems(this.#host, set),
        (currentTarget as HTMLElement).getBoundingClientRect(),
      )
    const pin = () => set({ pinned: !pinned }, pinned ? 'unpinned' : 'pinned')
    const archive = () => set({ archived: !archived }, archived ? 'unarchived' : 'archived')
    const unmute = () => set({ mutedUntil: null }, 'unmuted')
    return html`<div class="info-part" role="group" aria-label=${words.settings}>
      <h3 class="info-title">${words.settings}</h3>
      ${this.#row(muted ? roomIcons.unmute : roomIcons.mute, muted ? words.unmute : words.mute, muted ? unmute : mute, { opens: !muted })}
      ${this.#row(pinned ? roomIcons.unpin : roomIcons.pin, pinned ? words.unpin : words.pin, pin)}
      ${this.#row(archived ? roomIcons.unarchive : roomIcons.archive, archived ? words.unarchive : words.archive, archive)}
      ${this.#refusal()}
    </div>`
  }

  #row(
    icon: TemplateResult,
    label: string,
    run: (event: Event) => void,
    { opens = false, kind = '' } = {},
  ): TemplateResult {
    return html`<button part="info-row" class="action-item info-row ${kind}" type="button" aria-haspopup=${opens ? 'menu' : nothing} @click=${run}>${icon}<span>${label}</span></button>`
  }

  #refusal(): unknown {
    return this.#why ? html`<p part="error" class="why" role="alert">${this.#why}</p>` : nothing
  }

  #pins(room: Room): unknown {
    const { words, format } = this.#host
    const count = room.pins?.messages.filter(({ pinned }) => pinned).length ?? 0
    if (count === 0) return nothing
    const open = () => {
      this.#gestures.close()
      this.#gestures.openPins()
    }
    return html`<div class="info-part">${this.#row(roomIcons.pin, words.pinnedCount(count, format.number(count)), open)}</div>`
  }

  // ── Its people ─────────────────────────────────────────────────────────────────────────────────────────────────

  #people(room: Room): TemplateResult {
    const { words, format } = this.#host
    const say = roomWords(this.#host)
    const { memberCount } = room
    const members = this.#shown(room)
    const isNobody = members.length === 0 && !this.#load
    return html`<div class="info-part">
      <h3 class="info-title">${words.members(memberCount, format.number(memberCount))}</h3>
      ${
        memberCount > searchFrom
          ? html`<div part="room-search" class="search">${icons.search}<input part="input" type="search" autocomplete="off" aria-label=${say.searchMembers} placeholder=${say.searchMembers}
            .value=${this.#query} @input=${this.#onQuery} /></div>`
          : nothing
      }
      <ul class="members" role="list" aria-label=${words.people}>${repeat(
        members,
        ({ userId }) => userId,
        (member) => this.#member(member),
      )}</ul>
      ${isNobody ? html`<p class="info-text">${say.noMembers(this.#query)}</p>` : nothing}
      ${this.#load === 'loading' ? html`<div class="spinner late" part="loading" role="status" aria-label=${words.loading}></div>` : nothing}
      ${this.#load && this.#load !== 'loading' ? notLoaded(this.#host, this.#load, () => void this.#ask(this.#cursor)) : nothing}
    </div>`
  }

  /** Owners first, and those who are here before those who are not. */
  #shown(room: Room): readonly MemberView[] {
    const { state } = this.#host.chat
    if (!room.members) return this.#found
    const words = foldName(this.#query).trim().split(/\s+/)
    const isMeant = ({ userId }: MemberView) => {
      const name = foldName(this.#userOf(userId).name)
      return words.every((word) => name.includes(word))
    }
    const rank = ({ userId, role }: MemberView) =>
      (role === 'owner' ? 0 : 2) + (state.online.has(userId) ? 0 : 1)
    return room.members.filter(isMeant).sort((a, b) => rank(a) - rank(b))
  }

  #member({ userId, role }: MemberView): TemplateResult {
    const { state } = this.#host.chat
    const online = state.online.has(userId)
    const user = this.#userOf(userId)
    const open = () => this.#show(userId)
    return html`<li><button part="member" class="action-item member" type="button" data-user=${userId} @click=${open}>${avatar(user, { online })}
      <span class="lines"><bdi>${this.#nameOf(userId)}</bdi>${user.about ? html`<span class="hint" dir="auto">${user.about}</span>` : nothing}${online ? html`<span class="unseen">${this.#host.words.online}</span>` : nothing}</span>
      ${role === 'owner' ? html`<span part="member-role" class="member-role">${roomWords(this.#host).owner}</span>` : nothing}</button></li>`
  }

  #show(person: string | undefined): void {
    const before = this.#person
    this.#person = person
    this.#why = ''
    this.#host.requestUpdate()
    const selector = person === undefined ? `[data-user="${CSS.escape(before ?? '')}"]` : '.icon-button'
    void this.#host.updateComplete.then(() => this.#box.value?.querySelector<HTMLElement>(selector)?.focus())
  }

  readonly #back = (): void => {
    if (this.#person === undefined) this.#gestures.close()
    else this.#show(undefined)
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || isComposing(event)) return
    event.preventDefault()
    event.stopPropagation()
    if (this.#query) this.#look('')
    else this.#back()
  }

  readonly #onQuery = ({ target }: Event): void => {
    if (target instanceof HTMLInputElement) this.#look(target.value)
  }

  #look(query: string): void {
    this.#query = query
    this.#host.requestUpdate()
    if (this.#room?.members) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#ask(), restMs)
  }

  readonly #onScroll = ({ target }: Event): void => {
    if (!(target instanceof Element) || this.#cursor === undefined || this.#load) return
    if (target.scrollHeight - target.scrollTop < 2 * target.clientHeight) void this.#ask(this.#cursor)
  }

  /** A page of the members of a large room; answers that were overtaken are dropped. */
  async #ask(cursor?: string): Promise<void> {
    const { chat } = this.#host
    const roomId = this.#roomId
    if (roomId === undefined) return
    const ask = ++this.#asked
    const query = this.#query.trim()
    this.#load = 'loading'
    this.#host.requestUpdate()
    try {
      const page = await (query
        ? chat.searchMembers(roomId, query, cursor)
        : chat.listMembers(roomId, cursor))
      if (ask !== this.#asked) return
      this.#found = cursor === undefined ? page.members : [...this.#found, ...page.members]
      this.#users = new Map([...this.#users, ...Object.entries(page.users)])
      this.#cursor = page.cursor
      this.#load = undefined
    } catch (error) {
      if (ask !== this.#asked) return
      this.#load = faultOf(error)
    }
    this.#host.requestUpdate()
  }

  // ── What takes something away ──────────────────────────────────────────────────────────────────────────────────

  #leave({ id, title }: RoomItem): TemplateResult {
    const words = roomWords(this.#host)
    const { chat, format } = this.#host
    const name = format.title(title)
    const run = async () => {
      const all = roomList(chat.state)
      const at = all.findIndex((one) => one.id === id)
      const neighbour = all[at + 1] ?? all[at - 1]
      if (await this.#done(chat.leave(id), words.said.left(name))) this.#gestures.left(neighbour?.id)
    }
    const ask = () =>
      this.#popup.ask({ title: words.leaveQuestion(name), hint: words.leaveHint, action: words.leave, run })
    return html`<div class="info-part">${this.#row(roomIcons.leave, words.leave, ask, { kind: 'delete' })}</div>`
  }

  /** Says what came of it. */
  async #done(act: Promise<unknown>, said = '', wish?: Arranging): Promise<boolean> {
    this.#why = ''
    try {
      await act
      if (said) this.#announcer.say(said)
      return true
    } catch (error) {
      this.#why = refusal(this.#host, error, wish)
      return false
    } finally {
      this.#host.requestUpdate()
    }
  }
}
