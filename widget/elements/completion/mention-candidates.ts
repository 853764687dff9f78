/** Who may be mentioned in a room by what is typed: members, everybody, and those who could be made members. */
import { foldName, wordsIn, wordsOf } from '../../../server/protocol/names.ts'
import type { UserView } from '../../../server/protocol/views.ts'
import { userOf } from '../../state/people.ts'
import type { Room } from '../../state/state.ts'
import type { Host } from '../host.ts'

/** `stranger`: could be added to the group. */
export type Candidate =
  | { readonly kind: 'member' | 'stranger'; readonly user: UserView }
  | { readonly kind: 'everybody' }

/** With so many members found, nobody is looking for somebody else. */
const enough = 5
/** What one letter finds among all people is nobody in particular. */
const fewestLetters = 2

export class MentionCandidates {
  readonly #host: Host
  #roomId: string | undefined
  /** Whom the server named, in its order: members of a large room, and others. */
  readonly #members = new Map<string, UserView>()
  readonly #strangers = new Map<string, UserView>()
  /** Whether I am an owner of a room whose members are not all here. */
  #isOwner: boolean | undefined

  constructor(host: Host) {
    this.#host = host
  }

  /** Those that are known here, at once. */
  now(room: Room, query: string): readonly Candidate[] {
    this.#enter(room)
    const { words } = this.#host
    const members = this.#membersOf(room).filter(({ name }) => isMeant(name, query))
    const isEverybody =
      this.#mayNameAll(room) &&
      ['room', words.everybody, words.everybodyHint].some((name) => isMeant(name, query))
    const others = this.#mayAdd(room, query, members.length) ? [...this.#strangers.values()] : []
    const held = new Set(this.#membersOf(room).map(({ id }) => id))
    const strangers = others.filter(({ id, name }) => !held.has(id) && isMeant(name, query))
    return [
      ...members.map((user) => ({ kind: 'member', user }) as const),
      ...(isEverybody ? [{ kind: 'everybody' } as const] : []),
      ...strangers.map((user) => ({ kind: 'stranger', user }) as const),
    ]
  }

  /** Asks the server for others; afterwards `now` knows them. Rejects like `searchUsers`. */
  async ask(room: Room, query: string): Promise<void> {
    this.#enter(room)
    if (!room.members) await this.#askMembers(room, query)
    const members = this.#membersOf(room).filter(({ name }) => isMeant(name, query))
    if (room.id !== this.#roomId || !this.#mayAdd(room, query, members.length)) return
    const { chat } = this.#host
    const { users } = await chat.searchUsers(query)
    if (room.id === this.#roomId) this.#keep(this.#strangers, users)
  }

  async #askMembers({ id, kind, me }: Room, query: string): Promise<void> {
    const { chat } = this.#host
    const { state } = chat
    const isAsked = this.#isOwner !== undefined || me.role || kind !== 'group'
    const [found, mine] = await Promise.all([
      chat.searchMembers(id, query),
      isAsked ? undefined : chat.searchMembers(id, userOf(state, state.me ?? '').name),
    ])
    if (id !== this.#roomId) return
    if (mine) this.#isOwner = mine.members.some(({ userId, role }) => userId === state.me && role === 'owner')
    this.#keep(
      this.#members,
      found.members.flatMap(({ userId }) => found.users[userId] ?? []),
    )
  }

  /** All but me. */
  #keep(known: Map<string, UserView>, users: readonly UserView[]): void {
    const { me } = this.#host.chat.state
    for (const user of users) if (user.id !== me) known.set(user.id, user)
  }

  #enter({ id }: Room): void {
    if (id === this.#roomId) return
    this.#roomId = id
    this.#members.clear()
    this.#strangers.clear()
    this.#isOwner = undefined
  }

  /** Without me, by name where all of them are here. */
  #membersOf({ members }: Room): readonly UserView[] {
    const { state } = this.#host.chat
    if (!members) return [...this.#members.values()]
    const others = members.filter(({ userId }) => userId !== state.me)
    return others
      .map(({ userId }) => userOf(state, userId))
      .sort((a, b) => a.name.localeCompare(b.name, this.#host.words.language))
  }

  #mayNameAll({ kind, members, me }: Room): boolean {
    const { me: id } = this.#host.chat.state
    const known = me.role ? me.role === 'owner' : this.#isOwner
    const isOwner = members?.some(({ userId, role }) => userId === id && role === 'owner') ?? known
    return kind === 'group' && !!isOwner
  }

  /** In a group every member may, but for those whom an owner removed: that only the server knows. */
  #mayAdd({ kind }: Room, query: string, found: number): boolean {
    return kind === 'group' && found < enough && query.trim().length >= fewestLetters
  }
}

/** Whether one of the words of a name starts with each word of what is typed, as the server finds people. */
function isMeant(name: string, query: string): boolean {
  const starts = wordsIn(foldName(query))
  const isIt = starts.every((start) => wordsOf(name).some((word) => word.startsWith(start)))
  return isIt && (starts.length > 0 || query === '')
}
