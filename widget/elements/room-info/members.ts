/** The members of a room: all of a small one, of a large one what the server finds; and what I am among them. */
import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { foldName } from '../../../server/protocol/names.ts'
import type { MembersPage, MemberView, UserView } from '../../../server/protocol/views.ts'
import { userOf } from '../../state/people.ts'
import { faultOf, type Load, type Room } from '../../state/state.ts'
import { avatar } from '../avatar.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { myRole } from '../menu/my-role.ts'
import { roomWords } from '../menu/room-words.ts'
import { onceBack } from '../once-back.ts'
import { notLoaded } from '../placeholder.ts'

/** With more members than this there is a search for them. */
const searchFrom = 10
/** Typing rests this long before members are looked up. */
const restMs = 150

export class Members {
  readonly #host: PanelHost
  readonly #roomId: string
  readonly #open: (userId: string) => void
  #query = ''
  /** Of a room too large to have all of them here. */
  #found: readonly MemberView[] = []
  #users: ReadonlyMap<string, UserView> = new Map()
  /** Of people whom the list does not show: whether they are members, and what. */
  #known: ReadonlyMap<string, MemberView> = new Map()
  /** What I am in a room of which not all are here. */
  #mine: MemberView['role'] | undefined
  #cursor: string | undefined
  #load: Load | undefined
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `open`: somebody chose one of them. */
  constructor(host: PanelHost, roomId: string, open: (userId: string) => void) {
    this.#host = host
    this.#roomId = roomId
    this.#open = open
    if (!this.#room?.members) void this.#ask()
  }

  get #room(): Room | undefined {
    return this.#host.chat.state.rooms.get(this.#roomId)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** There may be others. */
  refresh(): void {
    if (!this.#room?.members) void this.#ask()
  }

  /** What somebody is here: undefined where they are no member, or nobody knows yet. */
  roleOf(userId: string | undefined): MemberView['role'] | undefined {
    const room = this.#room
    const { me } = this.#host.chat.state
    if (room && !room.members && userId === me) {
      // While it is asked for anew, it is as it was.
      this.#mine = myRole(this.#host, room) ?? this.#mine
      return this.#mine
    }
    const held = room?.members?.find((member) => member.userId === userId)
    return (held ?? (room?.members ? undefined : this.#known.get(userId ?? '')))?.role
  }

  userOf(id: string): UserView {
    const { state } = this.#host.chat
    return state.users.get(id) ?? this.#users.get(id) ?? userOf(state, id)
  }

  nameOf(id: string): string {
    const { chat, words, format } = this.#host
    const name = format.name(this.userOf(id))
    return id === chat.state.me ? words.nameYou(name) : name
  }

  /** Knows after it of those with such a name what they are here. Rejects like `searchMembers`. */
  async look(query: string): Promise<void> {
    const { chat } = this.#host
    if (this.#room?.members) return
    this.#learn(await (query ? chat.searchMembers(this.#roomId, query) : chat.listMembers(this.#roomId)))
    this.#host.requestUpdate()
  }

  /** Of a large room nobody says what becomes of its members: whoever changed something tells it here. */
  changed(userId: string, role: MemberView['role'] | undefined): void {
    const apply = (members: readonly MemberView[]) =>
      members.flatMap((member) =>
        member.userId !== userId ? [member] : role === undefined ? [] : [{ ...member, role }],
      )
    this.#found = apply(this.#found)
    const known = this.#known.get(userId) ?? { userId, role: 'member', readSeq: 0 }
    const others = new Map(this.#known)
    others.delete(userId)
    this.#known = role === undefined ? others : others.set(userId, { ...known, role })
    this.#host.requestUpdate()
  }

  #learn({ members, users }: MembersPage): void {
    this.#known = new Map([...this.#known, ...members.map((member) => [member.userId, member] as const)])
    this.#users = new Map([...this.#users, ...Object.entries(users)])
  }

  /** `more`: what stands above them. */
  render(room: Room, more: unknown): TemplateResult {
    const { words, format } = this.#host
    const say = roomWords(this.#host)
    const { memberCount } = room
    const members = this.#shown(room)
    const isNobody = members.length === 0 && !this.#load
    return html`<div class="info-part">
      <h3 class="info-title">${words.members(memberCount, format.number(memberCount))}</h3>
      ${more}
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
      const name = foldName(this.userOf(userId).name)
      return words.every((word) => name.includes(word))
    }
    const rank = ({ userId, role }: MemberView) =>
      (role === 'owner' ? 0 : 2) + (state.online.has(userId) ? 0 : 1)
    return room.members.filter(isMeant).sort((a, b) => rank(a) - rank(b))
  }

  #member({ userId, role }: MemberView): TemplateResult {
    const { state } = this.#host.chat
    const online = state.online.has(userId)
    const user = this.userOf(userId)
    const open = () => this.#open(userId)
    return html`<li><button part="member" class="action-item member" type="button" data-user=${userId} @click=${open}>${avatar(user, { online })}
      <span class="lines"><bdi>${this.nameOf(userId)}</bdi>${user.about ? html`<span class="hint" dir="auto">${user.about}</span>` : nothing}${online ? html`<span class="unseen">${this.#host.words.online}</span>` : nothing}</span>
      ${role === 'owner' ? html`<span part="member-role" class="member-role">${roomWords(this.#host).owner}</span>` : nothing}</button></li>`
  }

  /** Escape empties the search: whether there was one. */
  clearSearch(): boolean {
    if (!this.#query) return false
    this.#look('')
    return true
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

  readonly onScroll = ({ target }: Event): void => {
    if (!(target instanceof Element) || this.#cursor === undefined || this.#load) return
    if (target.scrollHeight - target.scrollTop < 2 * target.clientHeight) void this.#ask(this.#cursor)
  }

  /** A page of the members of a large room; answers that were overtaken are dropped. */
  async #ask(cursor?: string): Promise<void> {
    const { chat } = this.#host
    const ask = ++this.#asked
    const query = this.#query.trim()
    this.#load = 'loading'
    this.#host.requestUpdate()
    try {
      const page = await (query
        ? chat.searchMembers(this.#roomId, query, cursor)
        : chat.listMembers(this.#roomId, cursor))
      if (ask !== this.#asked) return
      this.#found = cursor === undefined ? page.members : [...this.#found, ...page.members]
      this.#learn(page)
      this.#cursor = page.cursor
      this.#load = undefined
    } catch (error) {
      if (ask !== this.#asked) return
      this.#load = faultOf(error)
      onceBack(this.#host, () => ask === this.#asked && void this.#ask(cursor))
    }
    this.#host.requestUpdate()
  }
}
