import type Database from 'better-sqlite3'
import { Problem } from '../../protocol/problems.ts'
import { placeImported } from '../../rules/importing.ts'
import type { Import, ImportStore } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'
import { keyAt } from './keys.ts'

type EndRow = { no: number; head: number; last_at: number }

/** What comes from another chat, on SQLite. */
export function sqliteImporting(db: Database.Database, commit: GroupCommit) {
  const end = db.prepare<[string, string], EndRow>(
    'SELECT no, head, last_at FROM rooms WHERE tenant = ? AND id = ? AND deleted_at IS NULL',
  )
  const known = db
    .prepare<object, string>(
      `SELECT wanted.value FROM json_each(@ids) wanted
       CROSS JOIN messages x ON x.id = wanted.value AND x.room = +@no`,
    )
    .pluck()
  const insert = db.prepare<(string | number)[]>(
    `INSERT INTO messages (key, rev, id, author, kind, text, hash, created_at)
     VALUES (${keyAt('?', '?')}, ?, ?, ?, 'text', ?, '', ?)`,
  )
  const moveEnd = db.prepare('UPDATE rooms SET head = ?, last_seq = ?, last_at = ? WHERE no = ?')
  const placeOf = db
    .prepare<[string, number], number>('SELECT seq FROM messages WHERE id = ? AND room = ?')
    .pluck()
  const moveMark = db.prepare(
    `UPDATE members SET read_seq = @seq
     WHERE tenant = @tenant AND room = @room AND user = @user AND left_seq IS NULL AND read_seq < @seq`,
  )

  const knownIn = (no: number, ids: readonly string[]) => new Set(known.all({ no, ids: JSON.stringify(ids) }))

  function write(tenant: string, { room, messages, reads }: Import): number {
    const row = end.get(tenant, room)
    if (!row) throw new Problem('not_found', 'no such room')
    const { no } = row
    const ids = messages.map(({ id }) => id)
    const placed = placeImported(messages, knownIn(no, ids), row)
    for (const { seq, id, author, text, at } of placed) insert.run(no, seq, seq, id, author, text, at)
    const last = placed.at(-1)
    if (last) moveEnd.run(last.seq, last.seq, last.at, no)
    for (const { user, id } of reads) {
      const seq = placeOf.get(id, no)
      if (seq !== undefined) moveMark.run({ tenant, room, user, seq })
    }
    return placed.length
  }

  return (tenant: string): ImportStore => ({
    importMessages: (wish) => commit.run(() => write(tenant, wish)),

    async filterMessages(room, ids) {
      const row = end.get(tenant, room)
      return row ? knownIn(row.no, ids) : new Set()
    },
  })
}
