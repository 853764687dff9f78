import type Database from 'better-sqlite3'
import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import type { GroupCommit } from './group-commit.ts'
import { amended } from './message-rules.ts'
import { pageOf, windowOf } from './page.ts'
import type { MessageStore } from './parts.ts'
import { bodyHash, retriedMessage } from './retries.ts'
import { type AlteredRow, firstRow, type MessageRow, messageView } from './rows.ts'
import type { MessageChange, MessageDraft } from './store.ts'

type HeadRow = { head: number; rev: number; roster: number }

const inRoom = 'tenant = ? AND room = ?'
const hasMember = (tenant: string, room: string) =>
  `EXISTS (SELECT 1 FROM members m
           WHERE m.tenant = ${tenant} AND m.room = ${room} AND m.user = ? AND m.left_seq IS NULL)`

/** The messages on SQLite. */
export function sqliteMessages(db: Database.Database, commit: GroupCommit, now: () => number) {
  const byId = db.prepare<[string, string, string], MessageRow>(
    `SELECT * FROM messages WHERE ${inRoom} AND id = ?`,
  )
  const byMember = db.prepare<[string, string, string, string], MessageRow>(
    `SELECT * FROM messages WHERE ${inRoom} AND id = ? AND ${hasMember('messages.tenant', 'messages.room')}`,
  )
  // `last_at` never goes back, whatever the clock does.
  const number = db.prepare<[number, string, string, string], AlteredRow>(
    `UPDATE rooms SET head = head + 1, last_seq = head + 1, last_at = max(last_at, ?)
     WHERE tenant = ? AND id = ? AND ${hasMember('rooms.tenant', 'rooms.id')}
     RETURNING head, last_at, roster`,
  )
  const insert = db.prepare<(string | number)[]>(
    `INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
     VALUES (?, ?, ?, ?, ?, ?, 'text', ?, ?, ?)`,
  )
  const head = db.prepare<[string, string], HeadRow>(
    'SELECT head, rev, roster FROM rooms WHERE tenant = ? AND id = ?',
  )
  const nextRev = db
    .prepare<[string, string], number>(
      'UPDATE rooms SET head = head + 1 WHERE tenant = ? AND id = ? RETURNING head',
    )
    .pluck()
  const change = db.prepare(
    `UPDATE messages SET rev = @rev, text = @text, edited_at = @edited_at, deleted_at = @deleted_at
     WHERE tenant = @tenant AND room = @room AND seq = @seq`,
  )
  const before = db.prepare<[string, string, number, number], MessageRow>(
    `SELECT * FROM messages WHERE ${inRoom} AND seq < ? ORDER BY seq DESC LIMIT ?`,
  )
  const from = db.prepare<[string, string, number, number], MessageRow>(
    `SELECT * FROM messages WHERE ${inRoom} AND seq >= ? ORDER BY seq LIMIT ?`,
  )
  // Unchanged messages by their key, changed ones by the index that holds only them.
  const changed = db.prepare<object, MessageRow>(
    `SELECT * FROM (SELECT * FROM messages WHERE tenant = @tenant AND room = @room AND seq > @since AND rev = seq
                    ORDER BY seq LIMIT @limit)
     UNION ALL
     SELECT * FROM (SELECT * FROM messages WHERE tenant = @tenant AND room = @room AND rev > @since AND rev > seq
                    ORDER BY rev LIMIT @limit)
     ORDER BY rev LIMIT @limit`,
  )

  const rosterOf = (tenant: string, room: string) => head.get(tenant, room)?.roster ?? 0

  function append(tenant: string, draft: MessageDraft, hash: string) {
    const { room, id, author, text } = draft
    const known = byId.get(tenant, room, id)
    if (known) return { ...retriedMessage(known, draft), roster: rosterOf(tenant, room) }
    const place = number.get(now(), tenant, room, author)
    if (!place) throw new Problem('not_found', 'no such room')
    const { head: seq, last_at: created_at, roster } = place
    insert.run(tenant, room, seq, seq, id, author, text, hash, created_at)
    return { message: messageView(firstRow(draft, hash, { seq, created_at })), created: true, roster }
  }

  function amend(tenant: string, wish: MessageChange) {
    const row = byMember.get(tenant, wish.room, wish.id, wish.by)
    const next = amended(row, wish, now())
    const roster = rosterOf(tenant, wish.room)
    if (next === row) return { message: messageView(next), changed: false, roster }
    const rev = nextRev.get(tenant, wish.room) ?? 0
    change.run({ ...next, tenant, rev })
    return { message: messageView({ ...next, rev }), changed: true, roster }
  }

  return (tenant: string): MessageStore => ({
    append(draft) {
      const hash = bodyHash(draft.text)
      return commit.run(() => append(tenant, draft, hash))
    },

    amend: (wish) => commit.run(() => amend(tenant, wish)),

    async message(room, id) {
      const row = byId.get(tenant, room, id)
      return row && messageView(row)
    },

    async page(room, position, limit) {
      const window = windowOf(position, limit)
      return pageOf(window, limit, {
        head: head.get(tenant, room)?.head ?? 0,
        older: before.all(tenant, room, window.at, window.older + 1),
        newer: from.all(tenant, room, window.at, window.newer + 1),
      })
    },

    async changes(room, since, limit) {
      const { head: number = 0, rev = 0, roster = 0 } = head.get(tenant, room) ?? {}
      if (since > number || number - since > limits.changes) {
        return { messages: [], head: number, roster, more: false, reset: true, roomChanged: true }
      }
      const rows = changed.all({ tenant, room, since, limit: limit + 1 })
      const messages = rows.slice(0, limit).map(messageView)
      return { messages, head: number, roster, more: rows.length > limit, roomChanged: rev > since }
    },
  })
}
