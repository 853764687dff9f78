import type Database from 'better-sqlite3'
import { Problem } from '../../protocol/problems.ts'
import { type Arranged, type ArrangedIn, arrangedBy, type Pinned } from '../../rules/arranging.ts'
import { type MeRow, meView } from '../../rules/rows.ts'
import type { ArrangingStore } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'

/** Whether a member's mute holds at @now. */
const isMuted = '(m.muted AND coalesce(m.muted_until > +@now, 1))'

/** The first place that the member `m` of the room `r` sees. */
export const visibleFrom = 'iif(r.history IS NULL, 0, m.joined_seq)'

/** Of a member `m` of the room `r` what their own list needs: a mute that has ended is none. */
export const arrangedColumns = `m.role, m.read_seq, m.joined_seq, ${visibleFrom} AS visible_from, ${isMuted} AS muted,
  iif(${isMuted}, m.muted_until, NULL) AS muted_until, m.mute_mentions, m.pinned_at, m.archived_seq, m.unread_from,
  m.arranged_rev`

/** Whether the room `r` is in the archive of the member `m`. The same is `isArchived` of rules/arranging.ts. */
export const isArchived = `(m.archived_seq IS NOT NULL AND (
  coalesce(iif(r.quiet_to = r.last_seq, r.quiet_from, NULL), r.last_seq) <= m.archived_seq OR ${isMuted}))`

/** Whether what is unread counts to the sum over all rooms. */
export const counts = `NOT ${isMuted} AND NOT ${isArchived}`

/** Whether what mentions a member counts to the sum: also in a muted room, unless they said no. */
export const mentionsCount = `NOT (m.mute_mentions AND ${isMuted}) AND NOT ${isArchived}`

/** The place up to which nothing counts as unread for a member. */
export const readTo = (of: string): string =>
  `max(min(${of}.read_seq, coalesce(${of}.unread_from - 1, ${of}.read_seq)), ${of}.joined_seq)`

type Row = MeRow & ArrangedIn

type Tools = {
  readonly now: () => number
  /** Within a transaction, too. */
  readonly markOf: (tenant: string, room: string, user: string) => Row | undefined
}

/** How members keep rooms in their lists, on SQLite. */
export function sqliteArranging(db: Database.Database, commit: GroupCommit, { now, markOf }: Tools) {
  const pins = db.prepare<object, Pinned>(
    `SELECT count(*) AS count, max(pinned_at) AS newest FROM members INDEXED BY members_pinned
     WHERE tenant = @tenant AND user = @user AND pinned_at IS NOT NULL AND left_seq IS NULL`,
  )
  const write = db.prepare<Arranged & { tenant: string; room: string; user: string }>(
    `UPDATE members SET pinned_at = @pinned_at, muted = @muted, muted_until = @muted_until,
       mute_mentions = @mute_mentions, archived_seq = @archived_seq, unread_from = @unread_from,
       arranged_rev = arranged_rev + 1
     WHERE tenant = @tenant AND room = @room AND user = @user`,
  )
  const pinned = db
    .prepare<object, string>(
      `SELECT room FROM members INDEXED BY members_pinned
       WHERE tenant = @tenant AND user = @user AND pinned_at IS NOT NULL AND left_seq IS NULL ORDER BY pinned_at DESC`,
    )
    .pluck()
  const countArchived = db
    .prepare<object, number>(
      `SELECT count(*) FROM members m INDEXED BY members_archived JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
       WHERE m.tenant = +@tenant AND m.user = +@user AND m.left_seq IS NULL AND ${isArchived}`,
    )
    .pluck()

  return (tenant: string): ArrangingStore => ({
    arrange: (change) =>
      commit.run(() => {
        const { room, user } = change
        const before = markOf(tenant, room, user)
        if (!before) throw new Problem('not_found', 'no such room')
        const others = pins.get({ tenant, user }) ?? { count: 0, newest: null }
        const after = arrangedBy(change, before, { pinned: others, now: now() })
        if (after) write.run({ ...after, tenant, room, user })
        return { me: meView(after ? (markOf(tenant, room, user) ?? before) : before), changed: !!after }
      }),

    async readArranged(user) {
      const archived = countArchived.get({ tenant, user, now: now() }) ?? 0
      return { pinned: pinned.all({ tenant, user }), archived }
    },
  })
}
