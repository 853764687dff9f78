import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Scene } from '../scene.ts'

export type Draft = { readonly roomId: string; readonly messageId: string; readonly text: string }

/** Who is in which room, in memory. */
export class Memberships {
  readonly #members: ReadonlyMap<string, ReadonlySet<string>>

  constructor({ rooms }: Scene) {
    this.#members = new Map(rooms.map(({ id, users }) => [id, new Set(users)]))
  }

  roomOf(user: string): string {
    for (const [room, users] of this.#members) if (users.has(user)) return room
    throw new Error(`nobody knows ${user}`)
  }

  require(user: string, room: string): void {
    if (!this.#members.get(room)?.has(user)) throw new Error(`${user} is a stranger in ${room}`)
  }
}

/** A message as Chatter shows it: all servers send the same bytes. */
export function shown(authorId: string, { roomId, messageId: id, text }: Draft, seq: number, now: number) {
  return { id, roomId, seq, rev: seq, authorId, kind: 'text', text, createdAt: new Date(now).toISOString() }
}

/** The least that stores a message: one table, one INSERT, the room's number in memory. */
export class BareLog {
  readonly db: Database.Database
  readonly #insert: Database.Statement
  readonly #heads = new Map<string, number>()
  readonly #memberships: Memberships

  constructor(scene: Scene, name: string, synchronous: 'FULL' | 'NORMAL') {
    this.db = new Database(join(scene.folder, `${name}.db`))
    this.db.pragma('journal_mode = WAL')
    this.db.pragma(`synchronous = ${synchronous}`)
    this.db.pragma('wal_autocheckpoint = 4000')
    this.db.exec(
      `CREATE TABLE IF NOT EXISTS messages (room TEXT, seq INTEGER, id TEXT, author TEXT, text TEXT,
                                            created_at INTEGER, PRIMARY KEY (room, seq)) WITHOUT ROWID`,
    )
    this.#insert = this.db.prepare('INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)')
    this.#memberships = new Memberships(scene)
    const heads = this.db.prepare<[], [string, number]>('SELECT room, max(seq) FROM messages GROUP BY room')
    for (const [room, head] of heads.raw().iterate()) this.#heads.set(room, head)
  }

  roomOf(user: string): string {
    return this.#memberships.roomOf(user)
  }

  /** Numbers a message and writes it. */
  next(author: string, draft: Draft) {
    const { roomId, messageId, text } = draft
    this.#memberships.require(author, roomId)
    const seq = (this.#heads.get(roomId) ?? 0) + 1
    this.#heads.set(roomId, seq)
    const now = Date.now()
    this.#insert.run(roomId, seq, messageId, author, text, now)
    return shown(author, draft, seq, now)
  }

  stored(): number {
    return this.db.prepare<[], number>('SELECT count(*) FROM messages').pluck().get() ?? 0
  }
}
