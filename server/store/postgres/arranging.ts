import { Problem } from '../../protocol/problems.ts'
import { type ArrangedIn, arrangedBy, type Pinned } from '../../rules/arranging.ts'
import { type MeRow, meView } from '../../rules/rows.ts'
import type { ArrangingStore, RoomArranging } from '../store.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import { isMemberRow } from './lookups.ts'
import { type Sql, sql } from './sql.ts'

/** Whether a member's mute holds at that time. */
const isMuted = (now: number): Sql => sql`(m.muted AND coalesce(m.muted_until > ${now}::bigint, true))`

/** The first place that the member `m` of the room `r` sees. */
export const visibleFrom: Sql = sql`CASE WHEN r.history IS NULL THEN 0 ELSE m.joined_seq END`

/** Of a member `m` of the room `r` what their own list needs: a mute that has ended is none. */
export const arrangedColumns = (now: number): Sql => sql`
  m.role, m.read_seq, m.joined_seq, ${visibleFrom} AS visible_from, ${isMuted(now)}::int AS muted,
  CASE WHEN ${isMuted(now)} THEN m.muted_until END AS muted_until, m.mute_mentions::int AS mute_mentions, m.pinned_at,
  m.archived_seq, m.unread_from, m.arranged_rev`

/** Whether the room `r` is in the archive of the member `m`. The same is `isArchived` of rules/arranging.ts. */
export const isArchived = (now: number): Sql =>
  sql`(m.archived_seq IS NOT NULL AND (
    coalesce(CASE WHEN r.quiet_to = r.last_seq THEN r.quiet_from END, r.last_seq) <= m.archived_seq OR ${isMuted(now)}))`

/** Whether what is unread counts to the sum over all rooms. */
export const counts = (now: number): Sql => sql`NOT ${isMuted(now)} AND NOT ${isArchived(now)}`

/** Whether what mentions a member counts to the sum: also in a muted room, unless they said no. */
export const mentionsCount = (now: number): Sql =>
  sql`NOT (m.mute_mentions AND ${isMuted(now)}) AND NOT ${isArchived(now)}`

/** The place up to which nothing counts as unread for a member. */
export const readTo: Sql = sql`greatest(least(m.read_seq, m.unread_from - 1), m.joined_seq)`

const mine = (tenant: string, user: string) =>
  sql`m.tenant = ${tenant} AND m."user" = ${user} AND m.left_seq IS NULL`

type Tools = {
  readonly now: () => number
  readonly markOf: (ask: Ask, tenant: string, room: string, user: string) => Promise<MeRow | undefined>
}

/** How members keep rooms in their lists, on Postgres. */
export function postgresArranging({ ask, transaction }: Link, { now, markOf }: Tools) {
  const arrange = (tenant: string, change: RoomArranging) =>
    transaction(async (askIn) => {
      const { room, user } = change
      // Of two that pin at once the later one counts the other's.
      if (change.pinned)
        await askIn`SELECT 1 FROM users WHERE tenant = ${tenant} AND id = ${user} FOR NO KEY UPDATE`
      const [before] = await askIn<ArrangedIn[]>`
        SELECT ${arrangedColumns(now())}, r.head, r.last_seq, r.quiet_from, r.quiet_to FROM members m
        JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
        WHERE ${isMemberRow(tenant, room, user)} AND m.left_seq IS NULL FOR UPDATE OF m`
      if (!before) throw new Problem('not_found', 'no such room')
      const pinned = change.pinned ? await pinsOf(askIn, tenant, user) : { count: 0, newest: null }
      const after = arrangedBy(change, before, { pinned, now: now() })
      if (after)
        await askIn`
          UPDATE members m SET pinned_at = ${after.pinned_at}::bigint, muted = ${after.muted !== 0}::bool,
            muted_until = ${after.muted_until}::bigint, mute_mentions = ${after.mute_mentions !== 0}::bool,
            archived_seq = ${after.archived_seq}::bigint, unread_from = ${after.unread_from}::bigint,
            arranged_rev = arranged_rev + 1
          WHERE ${isMemberRow(tenant, room, user)}`
      const me = await markOf(askIn, tenant, room, user)
      if (!me) throw new Problem('not_found', 'no such room')
      return { me: meView(me), changed: !!after }
    })

  return (tenant: string): ArrangingStore => ({
    arrange: (change) => retryOnConflict(() => arrange(tenant, change)),

    async readArranged(user) {
      const [row] = await ask<[{ pinned: string[]; archived: number }]>`
        SELECT ARRAY(
          SELECT m.room FROM members m WHERE ${mine(tenant, user)} AND m.pinned_at IS NOT NULL
          ORDER BY m.pinned_at DESC) AS pinned,
        (SELECT count(*) FROM members m JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
         WHERE ${mine(tenant, user)} AND ${isArchived(now())}) AS archived`
      return row
    },
  })
}

async function pinsOf(ask: Ask, tenant: string, user: string): Promise<Pinned> {
  const [row] = await ask<[Pinned]>`
    SELECT count(*) AS count, max(m.pinned_at) AS newest FROM members m
    WHERE ${mine(tenant, user)} AND m.pinned_at IS NOT NULL`
  return row
}
