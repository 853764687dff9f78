import { Problem } from '../../protocol/problems.ts'
import { toProfile } from '../../rules/profiles.ts'
import { oldestKept } from '../../rules/retention.ts'
import { roomKey } from '../../rules/room-key.ts'
import { DatabaseProblem } from '../database-problem.ts'
import type { ImportedMessage, Profile, RoomDraft, Store } from '../store.ts'
import type { DjangoDatabase } from './database.ts'
import {
  type DjangoHistory,
  type DjangoMessage,
  type DjangoRoom,
  type DjangoUsers,
  openHistory,
} from './history.ts'
import { type Oddity, oddities } from './oddities.ts'
import { textsOf, timeOf, uuidOf } from './values.ts'

/** Where a django-chatter is: a file of SQLite, or Postgres and which schema of it. */
export type DjangoPlace =
  | { readonly sqlite: string }
  | { readonly postgres: string; readonly schema?: string }

export type ImportOptions = {
  readonly from: DjangoPlace
  readonly users: DjangoUsers
  /** Whose history that becomes. */
  readonly into: Store
  readonly tenant: string
  /** So long it keeps messages; `null`: always. What is older does not come, and what went does not come back. */
  readonly keepDays: number | null
  /** Nothing is written. */
  readonly isDry: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** How far it is. */
  readonly onStep?: (step: { readonly messages: number; readonly of: number }) => void
}

type Count = { created: number; known: number }

export type Imported = {
  readonly users: Count
  readonly rooms: Count & { readonly self: number; readonly direct: number; readonly group: number }
  /** Of those that are too long each part counts. */
  readonly messages: Count
  /** What is not as one would expect, and how often. */
  readonly odd: readonly { readonly what: Oddity; readonly count: number; readonly means: string }[]
  readonly seconds: number
}

/**
 * Takes over what a django-chatter kept. What was imported before stays as it has become; only what is new comes. Each room is
 * counted again once it is there.
 * @throws DatabaseProblem when that cannot be read, is none of django-chatter, or a room did not become what it was
 */
export async function importDjango(options: ImportOptions): Promise<Imported> {
  const db = await openDatabase(options.from)
  try {
    const start = options.now()
    const history = await openHistory(db, options.users)
    const imported = await new DjangoImport(history, options).run()
    return { ...imported, seconds: Math.round((options.now() - start) / 100) / 10 }
  } finally {
    await db.close()
  }
}

/** Only the driver that is needed is loaded. */
async function openDatabase(from: DjangoPlace): Promise<DjangoDatabase> {
  if ('sqlite' in from) return (await import('./sqlite.ts')).openDjangoSqlite(from.sqlite)
  return (await import('./postgres.ts')).openDjangoPostgres(from.postgres, from.schema)
}

/** Where a room's messages go. */
type Target = {
  readonly room: string
  /** Absent where it is not there yet, in a dry run. */
  readonly isThere: boolean
  /** The place of the last message that it had before. */
  readonly lastSeq: number
  /** Older messages it does not keep. Of one moment, or those that were taken would not be those that are counted. */
  readonly keptFrom: number
}

class DjangoImport {
  readonly #history: DjangoHistory
  readonly #options: ImportOptions
  readonly #store: Store
  readonly #users: Count = { created: 0, known: 0 }
  readonly #rooms = { created: 0, known: 0, self: 0, direct: 0, group: 0 }
  readonly #messages: Count = { created: 0, known: 0 }
  readonly #odd = new Map<Oddity, number>()
  readonly #erased = new Set<string>()
  /** Of rooms that a dry run would have made. */
  readonly #keys = new Set<string>()
  #read = 0
  #of = 0

  constructor(history: DjangoHistory, options: ImportOptions) {
    this.#history = history
    this.#options = options
    this.#store = options.into
  }

  async run(): Promise<Omit<Imported, 'seconds'>> {
    if (!this.#history.hasRecipients) this.#note('noRecipients')
    if (!this.#history.hasProfiles) this.#note('noProfiles')
    await this.#takeUsers()
    this.#of = await this.#history.countMessages()
    let ofRooms = 0
    for await (const rooms of this.#history.rooms()) {
      for (const room of rooms) {
        await this.#takeRoom(room)
        ofRooms += room.messages
      }
    }
    this.#note('messagesOfNoRoom', this.#of - ofRooms)
    const odd = [...this.#odd].map(([what, count]) => ({ what, count, means: oddities[what] }))
    return { users: this.#users, rooms: this.#rooms, messages: this.#messages, odd }
  }

  #note(what: Oddity, count = 1): void {
    if (count > 0) this.#odd.set(what, (this.#odd.get(what) ?? 0) + count)
  }

  #step(messages: number): void {
    this.#read += messages
    this.#options.onStep?.({ messages: this.#read, of: this.#of })
  }

  /** Those whom Chatter knows have the name that their token says. */
  async #takeUsers(): Promise<void> {
    const { isDry, now } = this.#options
    for await (const page of this.#history.users()) {
      const usable = page.flatMap(({ id, name, lastVisit }) => {
        const profile = profileOf(id, name)
        if (!profile) this.#note('usersWithoutId')
        return profile ? [{ profile, seenAt: timeOf(lastVisit) }] : []
      })
      const known = await this.#store.findUsers(usable.map(({ profile }) => profile.id))
      const created = usable.filter(({ profile }) => !Object.hasOwn(known, profile.id))
      this.#users.known += usable.length - created.length
      this.#users.created += created.length
      if (isDry) continue
      await Promise.all(created.map(({ profile }) => this.#saveUser(profile)))
      await Promise.all(
        usable.map(async ({ profile, seenAt }) => {
          if (seenAt !== undefined) await this.#store.markSeen([profile.id], Math.min(seenAt, now()))
        }),
      )
    }
  }

  /** But for who was erased here lately: neither they nor what they wrote comes back. */
  async #saveUser(profile: Profile): Promise<void> {
    try {
      await this.#store.saveUser(profile)
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'forbidden') throw error
      this.#users.created -= 1
      this.#erased.add(profile.id)
      this.#note('usersErased')
    }
  }

  async #takeRoom(room: DjangoRoom): Promise<void> {
    const isSomebody = (id: string) => profileOf(id) !== undefined && !this.#erased.has(id)
    const members = [...new Set(room.members.flatMap((id) => (id !== null && isSomebody(id) ? [id] : [])))]
    this.#note('usersGone', room.members.length - members.length)
    if (members.length === 0) return this.#leaveOut(room, 'roomsOfNobody')
    if (room.messages === 0 && room.members.some((id) => id !== null && this.#erased.has(id)))
      return this.#leaveOut(room, 'roomsOfErased')
    const target = await this.#targetOf(room, members)
    if (!target) return
    const written = await this.#takeMessages(room, members, target)
    if (!this.#options.isDry) await this.#verify(room, target, written)
  }

  #leaveOut(room: DjangoRoom, why: Oddity): undefined {
    this.#note(why)
    this.#note('messagesLeft', room.messages)
  }

  /** The room that it became before, or becomes now. None where it is left out. */
  async #targetOf(room: DjangoRoom, members: readonly string[]): Promise<Target | undefined> {
    const id = uuidOf(this.#options.tenant, 'room', room.id)
    const known = (await this.#store.findRoom(id)) ?? (await this.#roomOfItsPeople(room, members))
    if (known === 'left out') return undefined
    if (known === undefined || known === 'as a group')
      return this.#open(id, room, members, known === 'as a group')
    this.#rooms.known++
    const among = await this.#store.filterMembers(known.id, members)
    this.#note('membersElsewhere', members.length - (among?.members.size ?? 0))
    return {
      room: known.id,
      isThere: true,
      lastSeq: known.lastMessage?.seq ?? 0,
      keptFrom: this.#keptFrom(known.keepDays),
    }
  }

  /** Of one set of people one room is theirs: that which Chatter has already, else the one with the most messages. */
  async #roomOfItsPeople(room: DjangoRoom, members: readonly string[]) {
    const key = roomKey(members)
    const exact = await this.#store.findRoomByKey(key)
    if (exact === undefined && !this.#keys.has(key)) return undefined
    if (room.messages === 0) return this.#leaveOut(room, 'roomsTwice') ?? 'left out'
    const there = exact === undefined ? undefined : await this.#store.findRoom(exact)
    if (there && exact !== undefined && (there.head === 0 || (await this.#isOf(room, exact)))) return there
    this.#note('roomsAsGroups')
    return 'as a group'
  }

  /** Whether its messages came into that room before. */
  async #isOf(room: DjangoRoom, id: string): Promise<boolean> {
    for await (const page of this.#history.messages(room)) {
      const ids = page.map((message) => this.#idOf(message))
      // The first of them may be gone, because they were too old.
      if ((await this.#store.filterMessages(id, ids)).size > 0) return true
    }
    return false
  }

  async #open(
    id: string,
    room: DjangoRoom,
    members: readonly string[],
    isAnother: boolean,
  ): Promise<Target | undefined> {
    // Without somebody who was in it, it is not the room of those who are left.
    const isWhole = members.length === new Set(room.members).size
    const isOfPeople = isWhole && !isAnother
    const kind =
      isOfPeople && members.length === 1 ? 'self' : isOfPeople && members.length === 2 ? 'direct' : 'group'
    const key = isOfPeople ? { key: roomKey(members) } : {}
    const openedAt = Math.min(timeOf(room.at) ?? 0, this.#options.now())
    const draft: RoomDraft = { id, kind, members, openedAt, ...key }
    if (this.#options.isDry) this.#keys.add(key.key ?? '')
    else if (!(await this.#isOpened(draft))) return this.#leaveOut(room, 'roomsDeleted')
    this.#rooms.created++
    this.#rooms[kind]++
    return { room: id, isThere: !this.#options.isDry, lastSeq: 0, keptFrom: this.#keptFrom() }
  }

  async #isOpened(draft: RoomDraft): Promise<boolean> {
    try {
      await this.#store.openRoom(draft)
      return true
    } catch (error) {
      if (error instanceof Problem && error.code === 'conflict') return false
      throw error
    }
  }

  /** @returns how many messages the room has of it from now on */
  async #takeMessages(room: DjangoRoom, members: readonly string[], target: Target): Promise<number> {
    const marks = new ReadMarks(members)
    let [count, known, at] = [0, 0, timeOf(room.at) ?? 0]
    for await (const page of this.#history.messages(room)) {
      const messages = page.flatMap((message) => {
        at = this.#timeOf(message, at)
        this.#noteTime(message)
        if (at < target.keptFrom) {
          this.#note('messagesOld')
          return []
        }
        const parts = this.#partsOf(message, at, marks.members)
        marks.note(parts.at(-1)?.id, [message.author, ...message.readers])
        return parts
      })
      count += messages.length
      known += await this.#write(target, messages)
      this.#step(page.length)
    }
    if (!this.#history.hasRecipients) marks.note(undefined, members)
    // The places before it are not only theirs: beyond what happened here nobody is taken by what they read elsewhere.
    if (target.lastSeq > known) this.#note('marksKept')
    else if (!this.#options.isDry)
      await this.#store.importMessages({ room: target.room, messages: [], reads: marks.list() })
    return count
  }

  #timeOf({ at }: DjangoMessage, before: number): number {
    return Math.min(timeOf(at) ?? before, this.#options.now())
  }

  #noteTime({ at }: DjangoMessage): void {
    const time = timeOf(at)
    if (time === undefined) this.#note('timesMissing')
    else if (time > this.#options.now()) this.#note('timesAhead')
  }

  #keptFrom(ofRoom: number | null = null): number {
    return oldestKept({ now: this.#options.now(), keepDays: this.#options.keepDays }, ofRoom)
  }

  #idOf({ id }: DjangoMessage): string {
    return uuidOf(this.#options.tenant, 'message', id)
  }

  #isErased({ author }: DjangoMessage): boolean {
    return author !== undefined && this.#erased.has(author)
  }

  #partsOf(message: DjangoMessage, at: number, isMember: ReadonlySet<string>): ImportedMessage[] {
    if (this.#isErased(message)) {
      this.#note('messagesErased')
      return []
    }
    const author = message.author !== undefined && profileOf(message.author) ? message.author : undefined
    const texts = textsOf(message.text)
    if (texts.length === 0) this.#note('messagesEmpty')
    else if (author === undefined) this.#note('sendersGone')
    else if (!isMember.has(author)) this.#note('sendersElsewhere')
    if (texts.length > 1) this.#note('messagesSplit')
    const by = author ?? deletedUser(message.sender)
    return this.#idsOf(message, texts.length).map((id, nth) => ({
      id,
      author: by,
      text: texts[nth] ?? '',
      at,
    }))
  }

  #idsOf(message: DjangoMessage, count: number): string[] {
    return Array.from({ length: count }, (_, nth) =>
      nth === 0 ? this.#idOf(message) : uuidOf(this.#options.tenant, 'message', `${message.id}/${nth + 1}`),
    )
  }

  /** @returns how many were there before */
  async #write({ room, isThere }: Target, messages: readonly ImportedMessage[]): Promise<number> {
    const created = this.#options.isDry
      ? messages.length - (isThere ? (await this.#known(room, messages)).size : 0)
      : await this.#store.importMessages({ room, messages, reads: [] })
    this.#messages.created += created
    this.#messages.known += messages.length - created
    return messages.length - created
  }

  #known(room: string, messages: readonly ImportedMessage[]) {
    return this.#store.filterMessages(
      room,
      messages.map(({ id }) => id),
    )
  }

  /** Both sides are read once more: whatever got lost between them shows here. */
  async #verify(room: DjangoRoom, { room: id, keptFrom }: Target, written: number): Promise<void> {
    let [messages, parts, found, at] = [0, 0, 0, timeOf(room.at) ?? 0]
    for await (const page of this.#history.messages(room)) {
      const ids = page.flatMap((message) => {
        at = this.#timeOf(message, at)
        if (at < keptFrom || this.#isErased(message)) return []
        return this.#idsOf(message, textsOf(message.text).length)
      })
      messages += page.length
      parts += ids.length
      found += (await this.#store.filterMessages(id, ids)).size
    }
    if (messages === room.messages && parts === written && found === written) return
    throw new DatabaseProblem(
      `room ${room.id} of ${this.#history.place} has ${room.messages} messages, which are ${parts} here, and ${found} of them are in room ${id}: report this`,
    )
  }
}

/** How far each member of a room had read: up to the last message that lists them, or that they wrote. */
class ReadMarks {
  readonly members: ReadonlySet<string>
  readonly #marks = new Map<string, string>()
  #last: string | undefined

  constructor(members: readonly string[]) {
    this.members = new Set(members)
  }

  /** In the order of the messages. One that did not come stands for the one before it. */
  note(id: string | undefined, readers: readonly (string | null | undefined)[]): void {
    this.#last = id ?? this.#last
    if (this.#last === undefined) return
    for (const user of readers) if (user != null && this.members.has(user)) this.#marks.set(user, this.#last)
  }

  list(): { user: string; id: string }[] {
    return [...this.#marks].map(([user, id]) => ({ user, id }))
  }
}

/** Cleaned as that of a token; none for an id that no token could have. */
function profileOf(id: string, name?: string) {
  try {
    return toProfile({ id, name })
  } catch {
    return undefined
  }
}

/** An id that no token has, since it is the key of nobody any more. Readers are shown it: who has no profile is named by the id. */
const deletedUser = (sender: string) => `Deleted user ${sender}`
