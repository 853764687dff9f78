import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Scene } from '../scene.ts'

type Draft = { readonly room: string; readonly message: string; readonly text: string }

/** The least that stores a message: one table, one INSERT, the room's number in memory. */
export class BareLog {
  readonly db: Database.Database
  readonly #insert: Database.Statement
  readonly #heads = new Map<string, number>()
  readonly #members: ReadonlyMap<string, ReadonlySet<string>>

  constructor(scene: Scene, name: string, synchronous: 'FULL' | 'NORMAL') {
    this.db = new Database(join(scene.folder, `${name}.db`))
    this.db.pragma('journal_mode = WAL')
    this.db.pragma(`synchronous = ${synchronous}`)
    this.db.pragma('wal_autocheckpoint = 4000')
    this.db.exec(
      `CREATE TABLE messages (room TEXT, seq INTEGER, id TEXT, author TEXT, text TEXT, created_at INTEGER,
                              PRIMARY KEY (room, seq)) WITHOUT ROWID`,
    )
    this.#insert = this.db.prepare('INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)')
    this.#members = new Map(scene.rooms.map(({ id, users }) => [id, new Set(users)]))
  }

  roomOf(user: string): string {
    for (const [room, users] of this.#members) if (users.has(user)) return room
    throw new Error(`nobody knows ${user}`)
  }

  /** Numbers a message and writes it. Answers it as Chatter shows it: all servers send the same bytes. */
  next(author: string, { room, message: id, text }: Draft) {
    if (!this.#members.get(room)?.has(author)) throw new Error(`${author} is a stranger in ${room}`)
    const seq = (this.#heads.get(room) ?? 0) + 1
    this.#heads.set(room, seq)
    const now = Date.now()
    this.#insert.run(room, seq, id, author, text, now)
    return { id, room, seq, rev: seq, author, kind: 'text', text, createdAt: new Date(now).toISOString() }
  }

  stored(): number {
    return this.db.prepare<[], number>('SELECT count(*) FROM messages').pluck().get() ?? 0
  }
}

/** Who a token says it is from. Chatter checks it; a sign-in is not what these servers are compared by. */
export function userOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub
}
