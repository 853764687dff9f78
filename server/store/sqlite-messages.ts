import type Database from 'better-sqlite3'
import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import type { GroupCommit } from './group-commit.ts'
import { amended } from './message-rules.ts'
import { pageOf, windowOf } from './page.ts'
import type { MessageStore } from './parts.ts'
import { retriedMessage } from './retries.ts'
import { type AlteredRow, firstRow, type MessageRow, messageView } from './rows.ts'
import type { MessageChange, MessageDraft } from './store.ts'

type HeadRow = { head: number; rev: number; roster: number }
type EndRow = AlteredRow & { is_member: number }

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
  // A scalar subquery: a statement with a join is planned anew at each call.
  const end = db.prepare<[string, string, string], EndRow>(
    `SELECT head, last_at, roster, ${hasMember('r.tenant', 'r.id')} AS is_member
     FROM rooms r WHERE tenant = ? AND id = ?`,
  )
  const moveEnd = db.prepare(
    'UPDATE rooms SET head = ?, last_seq = ?, last_at = ? WHERE tenant = ? AND id = ?',
  )
  const insert = db.prepare<(string | number)[]>(
    `INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
     VALUES (?, ?, ?, ?, ?, ?, 'text', ?, '', ?) ON CONFLICT (tenant, id, room) DO NOTHING`,
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
    `UPDATE messages SET rev = @rev, text = @text, hash = @hash, edited_at = @edited_at, deleted_at = @deleted_at
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

  function append(tenant: string, draft: MessageDraft) {
    const { room, id, author, text } = draft
    const before = end.get(author, tenant, room)
    if (!before?.is_member) return replayed(tenant, draft)
    const { head, last_at, roster } = before
    const seq = head + 1
    // Never goes back, whatever the clock does.
    const created_at = Math.max(last_at, now())
    const { changes } = insert.run(tenant, room, seq, seq, id, author, text, created_at)
    if (changes === 0) return replayed(tenant, draft)
    moveEnd.run(seq, seq, created_at, tenant, room)
    return { message: messageView(firstRow(draft, { seq, created_at })), created: true, roster }
  }

  /** What is known already, also to who was a member when they sent it first. */
  function replayed(tenant: string, draft: MessageDraft) {
    const known = byId.get(tenant, draft.room, draft.id)
    if (!known) throw new Problem('not_found', 'no such room')
    return { ...retriedMessage(known, draft), roster: rosterOf(tenant, draft.room) }
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
    append: (draft) => commit.run(() => append(tenant, draft)),

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
