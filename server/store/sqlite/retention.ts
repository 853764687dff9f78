import type Database from 'better-sqlite3'
import {
  type OldSlice,
  type OldWish,
  oldAmong,
  oldestKept,
  oldOfSlice,
  roomsOfSlice,
} from '../../rules/retention.ts'
import type { RetentionStore } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'
import { firstKey, keyAt, lastKey, roomNumber } from './keys.ts'

/** How old messages go on SQLite. */
export function sqliteRetention(db: Database.Database, commit: GroupCommit) {
  const lookIn = (those: string) =>
    db.prepare<object, { id: string; keepDays: number | null; first: number | null }>(
      `SELECT id, keep_days AS "keepDays", (
         SELECT created_at FROM messages WHERE key >= ${firstKey('no')} AND key <= ${lastKey('no')} ORDER BY key LIMIT 1
       ) AS first
       FROM rooms ${those} ORDER BY id LIMIT ${roomsOfSlice}`,
    )
  const there = 'WHERE tenant = @tenant AND id > @after AND deleted_at IS NULL'
  const look = lookIn(there)
  const lookAtKeeping = lookIn(`INDEXED BY rooms_keeping ${there} AND keep_days IS NOT NULL`)
  const lastOld = db
    .prepare<object, number | null>(
      `SELECT max(seq) FROM (SELECT seq, created_at FROM messages
         WHERE key >= ${firstKey(roomNumber)} AND key <= ${lastKey(roomNumber)} ORDER BY key LIMIT ${oldOfSlice})
       WHERE created_at < @before`,
    )
    .pluck()
  const remove = db.prepare(
    `DELETE FROM messages
     WHERE key >= ${firstKey(roomNumber)} AND key <= ${keyAt(roomNumber, '@last')} AND created_at < @before`,
  )
  const withMessages = ['reactions', 'mentions'].map((name) =>
    db.prepare(
      `DELETE FROM ${name} WHERE tenant = @tenant AND room = @room AND seq <= @last
         AND NOT EXISTS (SELECT 1 FROM messages WHERE key = ${keyAt(roomNumber, `${name}.seq`)})`,
    ),
  )
  const cut = db.prepare(
    'UPDATE rooms SET cut_at = max(coalesce(cut_at, 0), @last) WHERE tenant = @tenant AND id = @room',
  )

  function removeOld(tenant: string, wish: OldWish): OldSlice {
    const looked = (wish.keepDays === null ? lookAtKeeping : look).all({ tenant, after: wish.after })
    const { room: found, ...next } = oldAmong(looked, wish)
    if (!found) return { ...next, removed: 0 }
    const room = found.id
    const before = oldestKept(wish, found.keepDays)
    const last = lastOld.get({ tenant, room, before }) ?? null
    if (last === null) return { ...next, removed: 0 }
    const removed = remove.run({ tenant, room, before, last }).changes
    for (const rows of withMessages) rows.run({ tenant, room, last })
    cut.run({ tenant, room, last })
    return { ...next, removed }
  }

  return (tenant: string): RetentionStore => ({
    removeOld: (wish) => commit.run(() => removeOld(tenant, wish)),
  })
}
