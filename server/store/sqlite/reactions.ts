import type Database from 'better-sqlite3'
import { limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import { changesReactions, type Reactor, withoutReaction, withReaction } from '../../rules/reactions.ts'
import { messageView } from '../../rules/rows.ts'
import type { Reaction, ReactionChange, ReactionStore } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'
import { hasReader, type KeyedRow, keyAt, keyedColumns, roomNumber, rowIn } from './keys.ts'
import type { SqliteOutbox } from './webhook-log.ts'

type RoomRow = { no: number; head: number; membershipRev: number }

/** The reactions to messages on SQLite. */
export function sqliteReactions(
  db: Database.Database,
  commit: GroupCommit,
  { now, outbox }: { now: () => number; outbox: SqliteOutbox },
) {
  const byReader = db.prepare<object, KeyedRow>(
    `SELECT ${keyedColumns} FROM messages
     WHERE id = @id AND room = ${roomNumber} AND ${hasReader('@tenant', '@room', '@by', 'messages.seq')}`,
  )
  const isThere = db
    .prepare<[string, string, number, string, string], number>(
      'SELECT 1 FROM reactions WHERE tenant = ? AND room = ? AND seq = ? AND emoji = ? AND user = ?',
    )
    .pluck()
  // All at once: a page may ask for hundreds.
  const made = db.prepare<object, Reaction>(
    `SELECT r.seq, r.emoji FROM json_each(@asked) wanted
     CROSS JOIN reactions r ON r.tenant = +@tenant AND r.room = +@room AND r.seq = wanted.value ->> 'seq'
       AND r.emoji = wanted.value ->> 'emoji' AND r.user = +@user`,
  )
  const room = db.prepare<[string, string], RoomRow>(
    'SELECT no, head, roster AS "membershipRev" FROM rooms WHERE tenant = ? AND id = ?',
  )
  const insert = db.prepare(
    'INSERT INTO reactions (tenant, room, seq, emoji, user, rev, at) VALUES (@tenant, @room, @seq, @emoji, @by, @rev, @at)',
  )
  const remove = db.prepare(
    'DELETE FROM reactions WHERE tenant = @tenant AND room = @room AND seq = @seq AND emoji = @emoji AND user = @by',
  )
  const first = db.prepare<object, Reactor>(
    `SELECT user, rev FROM reactions WHERE tenant = @tenant AND room = @room AND seq = @seq AND emoji = @emoji
     ORDER BY rev LIMIT ${limits.reactors}`,
  )
  const moveHead = db.prepare('UPDATE rooms SET head = ? WHERE no = ?')
  const summarize = db.prepare(`UPDATE messages SET rev = ?, reactions = ? WHERE key = ${keyAt('?', '?')}`)

  function react(tenant: string, wish: ReactionChange) {
    const { emoji, on, by } = wish
    const found = byReader.get({ tenant, room: wish.room, id: wish.id, by })
    const place = room.get(tenant, wish.room)
    if (!found || !place) throw new Problem('not_found', 'no such message')
    const row = rowIn(wish.room, found)
    const { no, membershipRev } = place
    const isThereNow = isThere.get(tenant, wish.room, row.seq, emoji, by) === 1
    if (!changesReactions(row, wish, isThereNow))
      return { message: messageView(row), changed: false, membershipRev }
    const rev = place.head + 1
    const one = { tenant, room: wish.room, seq: row.seq, emoji, by }
    if (on) insert.run({ ...one, rev, at: now() })
    else remove.run(one)
    const reactions = on
      ? withReaction(row.reactions, emoji, { user: by, rev })
      : withoutReaction(row.reactions, emoji, first.all(one))
    moveHead.run(rev, no)
    summarize.run(rev, reactions, no, row.seq)
    outbox(tenant, { room: wish.room, rev, event: 'message.reacted', seq: row.seq, at: now() })
    return { message: messageView({ ...row, rev, reactions }), changed: true, membershipRev }
  }

  return (tenant: string): ReactionStore => ({
    react: (wish) => commit.run(() => react(tenant, wish)),

    async filterReactions(room, user, asked) {
      return made.all({ tenant, room, user, asked: JSON.stringify(asked) })
    },
  })
}
