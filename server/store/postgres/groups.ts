import { Problem } from '../../protocol/problems.ts'
import type { MemberView, RoomView } from '../../protocol/views.ts'
import {
  type Alteration,
  additionOf,
  alterationOf,
  changedColumns,
  codeOf,
  type RoomBefore,
  requireSetUp,
  subjectOf,
  systemMessageRow,
} from '../../rules/groups.ts'
import { type AlteredRow, messageView, type RoomRow } from '../../rules/rows.ts'
import { eventOfChange } from '../../rules/webhook-rows.ts'
import type { AlteredRoom, GroupStore, RoomChange, RoomSetup } from '../store.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import { opens } from './links.ts'
import { isMemberRow, memberByKey, membersByRole } from './lookups.ts'
import { sql } from './sql.ts'
import type { PostgresUsage } from './usage.ts'
import { noteEvents } from './webhooks.ts'

type Role = MemberView['role']
const columns = sql([changedColumns.join(', ')])

type RoomIn = (ask: Ask, tenant: string, room: string) => Promise<RoomView | undefined>

/** Changes of groups on Postgres. */
export function postgresGroups(
  { transaction }: Link,
  { now, roomIn, usage }: { now: () => number; roomIn: RoomIn; usage: PostgresUsage },
) {
  function alter(tenant: string, change: RoomChange): Promise<AlteredRoom | undefined> {
    return transaction(async (askIn) => {
      // Locked up to the commit: what the rules depend on stays as it is.
      const [row] = await askIn<RoomRow[]>`
        SELECT kind, rev, member_count, joining, ${columns} FROM rooms WHERE tenant = ${tenant} AND id = ${change.room} AND deleted_at IS NULL FOR UPDATE`
      if (!row) throw new Problem('not_found', 'no such room')
      const situation = await situationOf(askIn, tenant, change)
      const alteration = alterationOf(change, { room: row, ...situation })
      if (!alteration) return undefined
      const added = additionOf(change, alteration)
      if (added) await usage.take(askIn, { tenant, user: added.user, what: 'add', amount: 1 }, added.most)
      const written = await write(askIn, { tenant, change, alteration })
      const code = codeOf(change)
      if (code !== undefined)
        await askIn`UPDATE links SET used = used + 1 WHERE tenant = ${tenant} AND code = ${code}`
      const room = await roomIn(askIn, tenant, change.room)
      return room && { room, ...written }
    })
  }

  async function situationOf(
    askIn: Ask,
    tenant: string,
    change: RoomChange,
  ): Promise<Omit<RoomBefore, 'room'>> {
    const user = subjectOf(change) ?? ''
    const by = change.by ?? ''
    type Row = {
      is_user: boolean
      was_removed: boolean
      has_link: boolean
      by_role: Role | null
      by_joined: number | null
      role: Role | null
      owners: number
      eldest: string | null
    }
    const [row] = await askIn<[Row]>`
      SELECT EXISTS (SELECT 1 FROM users WHERE tenant = ${tenant} AND id = ${user}) AS is_user,
        EXISTS (SELECT 1 FROM (${memberByKey(tenant, change.room, user)}) m WHERE m.removed_seq = m.left_seq) AS was_removed,
        EXISTS (SELECT 1 FROM links l WHERE l.tenant = ${tenant} AND l.code = ${codeOf(change) ?? null}::text
          AND l.room = ${change.room} AND ${opens(now())}) AS has_link,
        (SELECT role FROM (${memberByKey(tenant, change.room, by)}) m WHERE m.left_seq IS NULL) AS by_role,
        (SELECT joined_seq FROM (${memberByKey(tenant, change.room, by)}) m WHERE m.left_seq IS NULL) AS by_joined,
        (SELECT role FROM (${memberByKey(tenant, change.room, user)}) m WHERE m.left_seq IS NULL) AS role,
        (SELECT count(*) FROM (${membersByRole(tenant, change.room, 'owner', 2)}) m) AS owners,
        (SELECT "user" FROM (${membersByRole(tenant, change.room, 'member', 2)}) m
          WHERE "user" <> ${user} ORDER BY joined_seq, "user" LIMIT 1) AS eldest`
    return {
      isUser: row.is_user,
      wasRemoved: row.was_removed,
      hasLink: row.has_link,
      byRole: row.by_role ?? undefined,
      byJoined: row.by_joined ?? 0,
      role: row.role ?? undefined,
      owners: row.owners,
      eldest: row.eldest ?? undefined,
    }
  }

  type Writing = { tenant: string; change: RoomChange; alteration: Alteration }

  async function write(askIn: Ask, { tenant, change, alteration }: Writing) {
    const { room } = change
    const { shown, memberCount, keepsKey, join, leave, isRemoval = false, roles } = alteration
    const { name, description, post, slow_mode, history } = shown
    // Two numbers: the room's own, and the place of the message about it. Members come and go one by one. What they see
    // counts as their change: nodes ask who is one, and from where, before anything else goes out.
    const [place] = await askIn<[AlteredRow]>`
      UPDATE rooms SET head = head + 2, rev = head + 1, last_seq = head + 2,
        quiet_from = CASE WHEN quiet_to = last_seq THEN quiet_from ELSE last_seq END, quiet_to = head + 2,
        roster = CASE WHEN member_count = ${memberCount} AND history IS NOT DISTINCT FROM ${history}::text
          THEN roster ELSE head + 1 END,
        key = CASE WHEN ${keepsKey}::bool THEN key END, name = ${name}::text,
        description = ${description}::text, post = ${post}::text,
        slow_mode = ${slow_mode}::bigint, history = ${history}::text, member_count = ${memberCount},
        last_at = greatest(last_at, ${now()})
      WHERE tenant = ${tenant} AND id = ${room} RETURNING head, last_at, roster AS "membershipRev"`
    const row = systemMessageRow(change, alteration, place)
    const { seq } = row
    if (join !== undefined) {
      await askIn`
        INSERT INTO members (tenant, room, "user", role, read_seq, joined_seq, muted)
        VALUES (${tenant}, ${room}, ${join}, 'member', ${seq}, ${seq}, false)
        ON CONFLICT (tenant, room, "user") DO UPDATE
        SET role = 'member', read_seq = ${seq}, joined_seq = ${seq}, left_seq = NULL, removed_seq = NULL,
          muted = false, muted_until = NULL, mute_mentions = false, pinned_at = NULL, archived_seq = NULL,
          unread_from = NULL,
          arranged_rev = CASE members.arranged_rev WHEN 0 THEN 0 ELSE members.arranged_rev + 1 END`
    }
    if (leave !== undefined) {
      await askIn`
        UPDATE members m SET left_seq = ${seq}, removed_seq = CASE WHEN ${isRemoval}::bool THEN ${seq}::bigint END
        WHERE ${isMemberRow(tenant, room, leave)}`
    }
    for (const [user, role] of roles) {
      await askIn`
        UPDATE members m SET role = ${role} WHERE ${isMemberRow(tenant, room, user)}`
    }
    await askIn`
      INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, system, hash, created_at)
      VALUES (${tenant}, ${room}, ${seq}, ${seq}, ${row.id}, ${row.author}, 'system', ${row.text}, ${row.system}, '',
        ${row.created_at})`
    const event = { room, rev: seq, event: eventOfChange(change), seq, at: row.created_at }
    await noteEvents(askIn, tenant, [event])
    return { message: messageView(row), membershipRev: place.membershipRev }
  }

  function setUp(tenant: string, { room: id, ...wish }: RoomSetup) {
    return transaction(async (askIn) => {
      const [row] = await askIn<
        Pick<RoomRow, 'kind' | 'rev' | 'picture_url' | 'joining' | 'data' | 'keep_days'>[]
      >`
        SELECT kind, rev, picture_url, joining, data, keep_days FROM rooms WHERE tenant = ${tenant} AND id = ${id} AND deleted_at IS NULL FOR UPDATE`
      if (!row) throw new Problem('not_found', 'no such room')
      requireSetUp(row, wish)
      const {
        pictureUrl = row.picture_url,
        join = row.joining,
        data = row.data,
        keepDays = row.keep_days,
      } = wish
      const isSame = pictureUrl === row.picture_url && join === row.joining && data === row.data
      if (isSame && keepDays === row.keep_days) return undefined
      const [written] = await askIn<{ head: number; membershipRev: number }[]>`
        UPDATE rooms SET head = head + 1, rev = head + 1, picture_url = ${pictureUrl}::text, joining = ${join}::text,
          data = ${data}::text, keep_days = ${keepDays}::bigint
        WHERE tenant = ${tenant} AND id = ${id} RETURNING head, roster AS "membershipRev"`
      const room = await roomIn(askIn, tenant, id)
      const event = 'room.changed' as const
      if (written)
        await noteEvents(askIn, tenant, [{ room: id, rev: written.head, event, seq: null, at: now() }])
      return room && written && { room, membershipRev: written.membershipRev }
    })
  }

  return (tenant: string): GroupStore => ({
    setUpRoom: (setup) => retryOnConflict(() => setUp(tenant, setup)),
    alterRoom: (change) => retryOnConflict(() => alter(tenant, change)),
  })
}
