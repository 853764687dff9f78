import { join } from 'node:path'
import Database from 'better-sqlite3'
import { uuidv7 } from 'uuidv7'
import { bodyHash } from '../../server/rules/retries.ts'
import type { TestServer } from './server.ts'

export type TestDatabase = {
  /** Changes a message as an edit does: under the room's next number, which it answers. */
  edit(room: string, seq: number, text: string): number
  /** Changes the room itself, as a new name does; answers its new number. */
  touch(room: string): number
  /** Writes messages without the server, the next `count` numbers of the room. */
  fill(room: string, count: number, message?: { author?: string; kind?: string; deletedAt?: number }): void
  /** Makes groups of one member, oldest first. */
  fillRooms(user: string, count: number): string[]
  mute(room: string, user: string): void
  [Symbol.dispose](): void
}

/** The server's database, written to directly by a second connection: what features to come will do. */
export function databaseOf({ folder }: TestServer): TestDatabase {
  const db = new Database(join(folder, 'chatter.db'))
  const step = db
    .prepare<[string], number>(`UPDATE rooms SET head = head + 1 WHERE id = ? RETURNING head`)
    .pluck()
  const next = (room: string) => step.get(room) ?? 0
  db.function('body_hash', (text) => bodyHash(String(text)))
  const change = db.prepare(
    `UPDATE messages SET hash = iif(hash = '', body_hash(text), hash), text = ?, rev = ?, edited_at = ?
     WHERE key = (SELECT no FROM rooms WHERE id = ?) << 32 | ?`,
  )
  const mark = db.prepare('UPDATE rooms SET rev = ? WHERE id = ?')
  const place = db.prepare('UPDATE rooms SET last_seq = ? WHERE id = ?')
  const insert = db.prepare(
    `INSERT INTO messages (key, rev, id, author, kind, text, hash, created_at, deleted_at)
     SELECT no << 32 | ?, ?, ?, ?, ?, 'filled', '', ?, ? FROM rooms WHERE id = ?`,
  )
  const insertRoom = db.prepare(
    `INSERT INTO rooms (tenant, id, kind, name, key, head, rev, last_seq, last_at, member_count, created_at)
     VALUES ('default', ?, 'group', 'filled', NULL, ?, 0, 0, ?, 1, ?)`,
  )
  const insertMember = db.prepare(
    `INSERT INTO members (tenant, room, user, role, read_seq, joined_seq, muted)
     VALUES ('default', ?, ?, 'owner', 0, 0, 0)`,
  )
  const mute = db.prepare('UPDATE members SET muted = 1 WHERE room = ? AND user = ?')

  return {
    edit: db.transaction((room: string, seq: number, text: string) => {
      const rev = next(room)
      change.run(text, rev, Date.now(), room, seq)
      return rev
    }),
    touch: db.transaction((room: string) => {
      const rev = next(room)
      mark.run(rev, room)
      return rev
    }),
    fill: db.transaction((room, count, { author = 'filler', kind = 'text', deletedAt } = {}) => {
      for (let left = count; left > 0; left--) {
        const seq = next(room)
        insert.run(seq, seq, uuidv7(), author, kind, Date.now(), deletedAt ?? null, room)
        place.run(seq, room)
      }
    }),
    fillRooms: db.transaction((user: string, count: number) =>
      Array.from({ length: count }, (_, index) => {
        const id = uuidv7()
        insertRoom.run(id, index, index, index)
        insertMember.run(id, user)
        return id
      }),
    ),
    mute: (room, user) => void mute.run(room, user),
    [Symbol.dispose]: () => void db.close(),
  }
}
