import type { TopicName } from '../../fanout/topics.ts'
import { encodePeople, type People, type Person, type Rooms } from './announcements.ts'

/** Seconds until what was asked for in vain is asked for again. */
const askAgainS = 3
/** More than are said to one node in a second. */
const numbersInASecond = 1_000_000

/** Another node: which rooms it holds, whom it said to hold, and whom it was told of. */
export class RemoteNode {
  heardAt: number
  /** The rooms it holds listeners of. */
  rooms = new Set<number>()
  /** Everything is said to it with the next announcement. */
  isAllDue = true
  /** The users it holds, those that this node may need. */
  readonly #people = new Map<string, Set<string>>()
  /** Users of this node that it was told of, or will be … */
  readonly #told = new Map<TopicName, Person>()
  /** … since the last announcement, and those it is still to be told have left. */
  readonly #news = new Map<TopicName, Person>()
  readonly #left = new Map<TopicName, Person>()
  /**
   * Numbers begin where no earlier ones are: a node that is forgotten and met again, and still knows the last number, would
   * otherwise take the first of the new ones for it.
   */
  #no: number
  /** The number of the last thing that it said, of either kind; undefined before its first. */
  readonly #heard: { rooms: number | undefined; people: number | undefined } = {
    rooms: undefined,
    people: undefined,
  }
  readonly #missing = new Set<'rooms' | 'people'>()
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(second: number) {
    this.heardAt = second
    this.#no = second * numbersInASecond
  }

  get size(): number {
    const held = [...this.#people.values()].reduce((sum, { size }) => sum + size, 0)
    return held + this.#told.size + this.#news.size + this.#left.size + this.rooms.size
  }

  holds({ tenant, user }: Person): boolean {
    return this.#people.get(tenant)?.has(user) ?? false
  }

  *people(): Iterable<Person> {
    for (const [tenant, users] of this.#people) for (const user of users) yield { tenant, user }
  }

  /** @returns the rooms that it has opened */
  hearRooms(announcement: Rooms): readonly number[] {
    const { isAll, opened, closed } = announcement
    this.#count('rooms', announcement, opened.length + closed.length)
    if (isAll) this.rooms = new Set()
    for (const room of closed) this.rooms.delete(room)
    for (const room of opened) this.rooms.add(room)
    return opened
  }

  /** @returns the users who may have come or gone by it */
  hearPeople(announcement: People): Person[] {
    const { isAll, here, left, asks } = announcement
    this.#count('people', announcement, here.length + left.length)
    if (asks.includes('people')) this.isAllDue = true
    const before = isAll ? [...this.people()] : []
    if (isAll) this.#people.clear()
    const came = here.filter((person) => this.#add(person))
    const went = left.filter((person) => this.#remove(person))
    // Who is here as before is named too: whoever hears that looks whether it is news.
    return [...came, ...went, ...before]
  }

  /** It may need this user of ours. */
  tell(topic: TopicName, person: Person): void {
    if (this.#told.has(topic)) return
    this.#told.set(topic, person)
    if (!this.#left.delete(topic)) this.#news.set(topic, person)
  }

  /** The user is here no longer. */
  untell(topic: TopicName): void {
    const person = this.#told.get(topic)
    if (!person) return
    this.#told.delete(topic)
    if (!this.#news.delete(topic)) this.#left.set(topic, person)
  }

  /** What to send it now; without news only where it is `due` to be told which was the last. */
  announcements(node: string, second: number, isDue: boolean): Buffer[] {
    const asks = this.#asks(second)
    const isAll = this.isAllDue
    const here = [...(isAll ? this.#told : this.#news).values()]
    const left = isAll ? [] : [...this.#left.values()]
    const hasNews = isAll || here.length + left.length > 0
    if (!hasNews && !isDue && asks.length === 0) return []
    if (hasNews) this.#no += 1
    const frames = encodePeople({ node, no: this.#no, isAll }, { here, left, asks })
    this.#no += frames.length - 1
    this.isAllDue = false
    this.#news.clear()
    this.#left.clear()
    return frames
  }

  #asks(second: number): ('rooms' | 'people')[] {
    if (this.#missing.size === 0 || second - this.#askedAt < askAgainS) return []
    this.#askedAt = second
    return [...this.#missing]
  }

  #count(what: 'rooms' | 'people', { no, isAll }: Rooms | People, changes: number): void {
    const expected = (this.#heard[what] ?? Number.NaN) + (changes > 0 ? 1 : 0)
    if (isAll) this.#missing.delete(what)
    else if (no !== expected) this.#missing.add(what)
    this.#heard[what] = no
  }

  #add({ tenant, user }: Person): boolean {
    const users = this.#people.get(tenant) ?? new Set()
    this.#people.set(tenant, users)
    if (users.has(user)) return false
    users.add(user)
    return true
  }

  #remove({ tenant, user }: Person): boolean {
    const users = this.#people.get(tenant)
    if (!users?.delete(user)) return false
    if (users.size === 0) this.#people.delete(tenant)
    return true
  }
}
