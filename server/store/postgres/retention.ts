import {
  type OldSlice,
  type OldWish,
  oldAmong,
  oldestKept,
  oldOfSlice,
  roomsOfSlice,
} from '../../rules/retention.ts'
import type { RetentionStore } from '../store.ts'
import { type Link, retryOnConflict } from './link.ts'
import { sql } from './sql.ts'

/** How old messages go on Postgres. */
export function postgresRetention({ transaction }: Pick<Link, 'transaction'>) {
  const removeOld = (tenant: string, wish: OldWish): Promise<OldSlice> =>
    transaction(async (askIn) => {
      const those = wish.keepDays === null ? sql`AND r.keep_days IS NOT NULL` : sql``
      const rooms = await askIn<{ id: string; keepDays: number | null; first: number | null }[]>`
        SELECT r.id, r.keep_days AS "keepDays", (
          SELECT created_at FROM messages m WHERE m.tenant = ${tenant} AND m.room = r.id
          ORDER BY m.tenant, m.room, m.seq LIMIT 1) AS first
        FROM rooms r WHERE r.tenant = ${tenant} AND r.id > ${wish.after} AND r.deleted_at IS NULL ${those}
        ORDER BY r.id LIMIT ${roomsOfSlice}`
      const { room: found, ...next } = oldAmong(rooms, wish)
      if (!found) return { ...next, removed: 0 }
      const room = found.id
      // The room first, as every change does: of several servers one is at it. And it may keep them longer by now.
      const [locked] = await askIn<{ keepDays: number | null }[]>`
        SELECT keep_days AS "keepDays" FROM rooms WHERE tenant = ${tenant} AND id = ${room} FOR UPDATE`
      if (!locked) return { ...next, removed: 0 }
      const before = oldestKept(wish, locked.keepDays)
      // Up to a place: of a list of them Postgres, without statistics, may read the whole table.
      const [{ last }] = await askIn<[{ last: number | null }]>`
        SELECT max(seq) AS last FROM (
          SELECT seq, created_at FROM messages WHERE (tenant, room, seq) >= (${tenant}, ${room}, 0)
            AND tenant = ${tenant} AND room = ${room}
          ORDER BY tenant, room, seq LIMIT ${oldOfSlice}) first
        WHERE created_at < ${before}::bigint`
      if (last === null) return { ...next, removed: 0 }
      const gone = await askIn<{ seq: number }[]>`
        DELETE FROM messages
        WHERE tenant = ${tenant} AND room = ${room} AND seq BETWEEN 0 AND ${last}::bigint AND created_at < ${before}::bigint
        RETURNING seq`
      const seqs = gone.map(({ seq }) => `${seq}`)
      await askIn`DELETE FROM reactions WHERE tenant = ${tenant} AND room = ${room} AND seq = ANY(${seqs}::bigint[])`
      await askIn`DELETE FROM mentions WHERE tenant = ${tenant} AND room = ${room} AND seq = ANY(${seqs}::bigint[])`
      await askIn`
        UPDATE rooms SET cut_at = greatest(coalesce(cut_at, 0), ${last}::bigint) WHERE tenant = ${tenant} AND id = ${room}`
      return { ...next, removed: gone.length }
    })

  return (tenant: string): RetentionStore => ({
    removeOld: (wish) => retryOnConflict(() => removeOld(tenant, wish)),
  })
}
