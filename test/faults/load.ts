/** People who talk, change what they said, read, come and go, while a test lets servers fail beneath them. */
import assert from 'node:assert/strict'
import type { MessageView, Page, RoomAnswer } from '../../server/protocol/views.ts'
import { aGroup, ask, asked } from './api.ts'
import {
  differencesIn,
  differentMarks,
  type FreshRoom,
  faultsIn,
  type Happening,
  type HeldRoom,
} from './history.ts'
import { marker } from './node.ts'
import { Person } from './person.ts'
import type { Chance } from './simulator/chance.ts'
import { until } from './until.ts'

/** In every room, and on no device: the rooms are made and looked at through him. */
const host = 'host'
const atOnce = 4

export type LoadOptions = {
  /** Where the clients go. */
  readonly url: string
  readonly chance: Chance
  readonly people: number
  /** What their ids begin with: nobody is in rooms of another load. */
  readonly crowd?: string
  readonly rooms: number
  /** Members of a room, besides the host. */
  readonly membersEach: number
  /** Whether they only send, and never edit, delete, rename or read. */
  readonly isPlain?: boolean
}

/** A room, and who was in it from the start: the first one owns it. */
export type Group = { readonly id: string; readonly founders: readonly string[] }

export class Load implements Disposable {
  readonly people: Person[] = []
  readonly happenings: Happening[] = []
  groups: readonly Group[] = []
  readonly #options: LoadOptions
  readonly #chance: Chance
  #count = 0
  #changes: Promise<unknown>[] = []

  private constructor(options: LoadOptions) {
    this.#options = options
    this.#chance = options.chance.branch('load')
  }

  /** Everybody is connected and has all rooms open. Every third has two devices. */
  static async start(options: LoadOptions): Promise<Load> {
    const load = new Load(options)
    const users = Array.from({ length: options.people }, (_, index) => `${options.crowd ?? 'u'}${index}`)
    for (let count = 0; count < options.rooms; count++) await load.#open(users)
    for (const [index, user] of users.entries()) {
      load.#arrive(user)
      if (index % 3 === 0) load.#arrive(user, `${user} 2`)
    }
    const isThere = (person: Person) =>
      load.groups.every(({ id, founders }) => !founders.includes(person.user) || person.holds(id))
    await until(() => load.people.every(isThere), 'everybody to open their rooms')
    return load
  }

  get acknowledged(): number {
    return this.happenings.filter(({ t }) => t === 'acknowledged').length
  }

  /**
   * Everybody sends so many messages in all, a few at once. Resolves when the last one was handed over; what is changed,
   * read or renamed meanwhile goes on by itself.
   */
  async talk(messages: number): Promise<void> {
    const talkers = this.people.filter(({ user }) =>
      this.groups.some(({ founders }) => founders.includes(user)),
    )
    for (let sent = 0; sent < messages; sent++) {
      const person = this.#chance.pick(talkers)
      if (!person) return
      await until(() => person.waiting < atOnce, `${person.device} to send`)
      this.say(person)
      if (!this.#options.isPlain && this.#chance.happens(0.2)) this.#changes.push(this.#change())
    }
  }

  /** One message somewhere. */
  say(person: Person): string {
    const rooms = this.groups.filter(({ founders }) => founders.includes(person.user))
    const group = this.#chance.pick(rooms)
    assert.ok(group)
    const length = this.#chance.happens(0.05) ? 3_000 : this.#chance.between(0, 80)
    return person.send(group.id, `${marker}${++this.#count} ${'x'.repeat(length)}`)
  }

  /**
   * Waits until everything was acknowledged and everybody shows what all of these servers have. Answers what is wrong
   * then, but for how far one device knows to have read on another: that comes with the heads, every 25 s.
   */
  async agree(urls: readonly string[]): Promise<string[]> {
    const fresh = await this.#agreed(urls)
    return faultsIn({ happenings: this.happenings, fresh, held: this.#held() }).filter(
      (fault) => !differentMarks({ fresh, held: this.#held() }).includes(fault),
    )
  }

  /** The same with these marks: every promise is kept. */
  async settle(urls: readonly string[]): Promise<string[]> {
    const fresh = await this.#agreed(urls)
    const marks = () => differentMarks({ fresh, held: this.#held() })
    await until(
      () => marks().length === 0,
      () => marks().join('\n'),
    )
    return faultsIn({ happenings: this.happenings, fresh, held: this.#held() })
  }

  async #agreed(urls: readonly string[]): Promise<FreshRoom[]> {
    const waiting = () => this.people.filter(({ waiting }) => waiting > 0).map(({ device }) => device)
    await until(
      () => waiting().length === 0,
      () => `acknowledgements to ${waiting()}`,
    )
    await Promise.all(this.#changes)
    this.#changes = []
    const [fresh = [], ...others] = await Promise.all(urls.map((url) => this.fresh(url)))
    for (const other of others) assert.deepEqual(other, fresh)
    const differences = () => differencesIn({ fresh, held: this.#held() })
    await until(
      () => differences().length === 0,
      () => differences().slice(0, 5).join('\n'),
    )
    return fresh
  }

  /** Every room as a newcomer finds it there. */
  fresh(url: string): Promise<FreshRoom[]> {
    return Promise.all(this.groups.map((group) => freshRoom(url, group)))
  }

  [Symbol.dispose](): void {
    for (const person of this.people) person[Symbol.dispose]()
  }

  #held(): HeldRoom[] {
    return this.people.flatMap((person) => person.held())
  }

  async #open(users: readonly string[]): Promise<void> {
    const { url, membersEach } = this.#options
    const members = users.toSorted(() => this.#chance.next() - 0.5).slice(0, membersEach)
    const founders = [host, ...members]
    this.groups = [...this.groups, { id: await aGroup(url, founders), founders }]
  }

  #arrive(user: string, device?: string): void {
    const { url } = this.#options
    const { happenings } = this
    this.people.push(new Person({ url, user, happenings, ...(device !== undefined && { device }) }))
  }

  /** Reads, or changes something that was said, or the room's name. */
  async #change(): Promise<void> {
    const person = this.#chance.pick(this.people)
    const room = person && this.#chance.pick([...person.chat.state.rooms.values()])
    const mine = room?.log?.messages.filter(
      ({ authorId, kind, deletedAt }) => authorId === person?.user && kind === 'text' && !deletedAt,
    )
    const message = this.#chance.pick(mine ?? [])
    if (!room || !person) return
    const kind = this.#chance.next()
    if (kind < 0.5) return person.read(room.id, room.lastMessage?.seq ?? 0)
    const path = `rooms/${room.id}`
    const text = `${marker}changed ${++this.#count}`
    if (kind < 0.6)
      await this.#persist(person.user, path, { method: 'PATCH', body: { name: text.slice(marker.length) } })
    else if (message && kind < 0.8)
      await this.#persist(person.user, `${path}/messages/${message.id}`, { method: 'PATCH', body: { text } })
    else if (message) await this.#persist(person.user, `${path}/messages/${message.id}`, { method: 'DELETE' })
  }

  /** Until there is an answer that stays. */
  async #persist(user: string, path: string, request: { method: string; body?: object }): Promise<void> {
    let answer: Awaited<ReturnType<typeof ask>> | undefined
    await until(async () => {
      answer = await ask(this.#options.url, user, path, request).catch(() => undefined)
      return answer !== undefined && answer.status < 500
    }, `an answer to ${request.method} ${path}`)
    // Two devices may change one message: then the second finds it deleted.
    if (answer?.status === 409) return
    assert.equal(answer?.status, 200, JSON.stringify(answer))
    if (path.includes('/messages/'))
      this.happenings.push({ t: 'acknowledged', message: answer?.body as MessageView })
  }
}

/** A room as a newcomer finds it at that server. */
export async function freshRoom(url: string, { id, founders }: Group): Promise<FreshRoom> {
  const [owner = ''] = founders
  const { users: _, me: __, ...view } = await asked<RoomAnswer>(url, owner, `rooms/${id}`)
  // Builds before 2026-12 say in it when members read, and this one does not: each shows it otherwise.
  const members = view.members?.map(({ readAt: _at, ...member }) => member)
  const room = { ...view, ...(members && { members }) }
  const messages: MessageView[] = []
  for (let newer = true; newer; ) {
    const after = messages.at(-1)?.seq ?? 0
    const page = await asked<Page>(url, owner, `rooms/${id}/messages?after=${after}&limit=200`)
    messages.push(...page.messages)
    newer = page.newer
  }
  const unread: Record<string, number> = {}
  const mentions: Record<string, number> = {}
  const unreadFrom: Record<string, number> = {}
  for (const { userId } of room.members ?? []) {
    const mine = await asked<RoomAnswer>(url, userId, `rooms/${id}`)
    unread[userId] = mine.me?.unread ?? 0
    mentions[userId] = mine.me?.mentions ?? 0
    const from = mine.me?.arranged?.unreadFrom
    if (from !== undefined) unreadFrom[userId] = from
  }
  return { room, founders, messages, unread, mentions, unreadFrom }
}
