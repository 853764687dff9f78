import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { Problem, type ProblemCode } from '../../../server/protocol/problems.ts'
import type { MessageView } from '../../../server/protocol/views.ts'
import { roomKey } from '../../../server/rules/room-key.ts'
import type { RoomChange, RoomDraft, Store, Stores } from '../../../server/store/store.ts'

/** What is done to the rows behind the port's back. */
export type Later = {
  /** What a server of the build before mentions does: another text, or with null a deletion. */
  amendAsBefore(tenant: string, room: string, id: string, text: string | null): Promise<void>
  /** Users in thousands, whose ids are their names. */
  addUsers(tenant: string, names: readonly string[]): Promise<void>
}

export type OpenedStores = { stores: Stores; later: Later; close(): Promise<void> }
export type OpenStores = (options: { now: () => number }) => Promise<OpenedStores>

/** One database for all tests of a contract: each has a tenant of its own there. */
export type World = {
  readonly stores: Stores
  /** What the store believes the time to be. It stands still unless a test moves it. */
  readonly clock: { now: number }
  /** A new tenant, empty. */
  site(): Site
}

type Wanted<Change> = Change extends unknown ? Omit<Change, 'room' | 'systemMessage'> : never
/** What is to change in a group, without its system message. */
export type GroupChange = Wanted<RoomChange>

let sites = 0

/** Opens the database before the tests of the describe block around it, and closes it after them. */
export function aWorld(open: OpenStores): World {
  const clock = { now: Date.UTC(2026, 0, 1) }
  let opened: OpenedStores | undefined
  const current = () => opened ?? assert.fail('the database is open while tests run')
  before(async () => {
    opened = await open({ now: () => clock.now })
  })
  after(() => current().close())
  return {
    clock,
    get stores() {
      return current().stores
    },
    site: () => new Site(current(), `site-${++sites}`),
  }
}

/** A tenant with short words for what tests do all the time. */
export class Site {
  readonly tenant: string
  readonly store: Store
  readonly #later: Later

  constructor({ stores, later }: OpenedStores, tenant: string) {
    this.tenant = tenant
    this.store = stores.forTenant(tenant)
    this.#later = later
  }

  async users(...ids: string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.store.saveUser({ id })))
  }

  /** The room for exactly these users, who are made where they are missing. */
  async room(...members: string[]): Promise<string> {
    await this.users(...members)
    const { room } = await this.store.openRoom(aRoom(members))
    return room
  }

  /** A group of its own for these users. */
  async group(name: string, ...members: string[]): Promise<string> {
    await this.users(...members)
    const { room } = await this.store.openRoom(aGroup(name, members))
    return room
  }

  async say(room: string, author: string, text = 'hello', id = uuidv7()): Promise<MessageView> {
    const { message } = await this.store.append({ room, id, author, text })
    return message
  }

  /** By its author. */
  async edit({ roomId, id, authorId: by }: MessageView, text: string): Promise<MessageView> {
    return (await this.store.amend({ kind: 'edit', room: roomId, id, by, text })).message
  }

  async delete({ roomId, id, authorId: by }: MessageView): Promise<MessageView> {
    return (await this.store.amend({ kind: 'delete', room: roomId, id, by })).message
  }

  /** Changes a group, and answers its system message: undefined when nothing changed. */
  async alter(room: string, change: GroupChange, by = 'mina'): Promise<MessageView | undefined> {
    return (await this.store.alterRoom({ room, systemMessage: aSystemMessage(by), ...change }))?.message
  }

  leave = (room: string, user: string) => this.alter(room, { kind: 'remove', user: user }, user)
  mute = (room: string, user: string) => this.store.arrange({ room, user, mutedUntil: 'forever' })
  amendAsBefore = (room: string, id: string, text: string | null) =>
    this.#later.amendAsBefore(this.tenant, room, id, text)
  addUsers = (names: readonly string[]) => this.#later.addUsers(this.tenant, names)

  /** The whole history, page by page. */
  async history(room: string): Promise<MessageView[]> {
    const all: MessageView[] = []
    for (let after = 0; ; ) {
      const { messages, newer } = await this.store.readPage(room, { after }, 100)
      all.push(...messages)
      after = messages.at(-1)?.seq ?? after
      if (!newer) return all
    }
  }
}

/** The draft of the room for exactly these users. */
export function aRoom(members: readonly string[], id = uuidv7()): RoomDraft {
  const kind = members.length === 1 ? 'self' : members.length === 2 ? 'direct' : 'group'
  return { id, kind, members, key: roomKey(members) }
}

export function aGroup(name: string, members: readonly string[], id = uuidv7()): RoomDraft {
  return { id, kind: 'group', name, members }
}

/** The system message of a change, as a command makes it. To a store all of them are the same. */
export function aSystemMessage(authorId: string, id = uuidv7()): RoomChange['systemMessage'] {
  return { id, authorId, text: 'something changed', system: { event: 'renamed', name: 'something' } }
}

/** For `assert.rejects`: a Problem of that code. */
export const problem = (code: ProblemCode) => (error: unknown) => {
  assert.ok(error instanceof Problem, `expected the Problem ${code}, got ${error}`)
  assert.equal(error.code, code)
  return true
}

/** Every entry of a list that comes in pages, and how many pages that took. */
export async function allPages<T>(
  read: (cursor: string | undefined) => Promise<{ entries: readonly T[]; cursor?: string }>,
): Promise<T[][]> {
  const pages: T[][] = []
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor)
    pages.push([...page.entries])
    cursor = page.cursor
    if (cursor === undefined) return pages
    assert.ok(pages.length < 1_000, 'a list that never ends')
  }
}
