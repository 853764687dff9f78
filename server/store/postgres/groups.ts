import { Problem } from '../../protocol/problems.ts'
import type { MemberView, RoomView } from '../../protocol/views.ts'
import {
  type Alteration,
  additionOf,
  alterationOf,
  type RoomBefore,
  subjectOf,
  systemMessageRow,
} from '../../rules/groups.ts'
import { type AlteredRow, messageView, type RoomRow } from '../../rules/rows.ts'
import type { AlteredRoom, GroupStore, RoomChange } from '../store.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import type { PostgresUsage } from './usage.ts'

type Role = MemberView['role']
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
        SELECT kind, name, description, member_count FROM rooms WHERE tenant = ${tenant} AND id = ${change.room} AND deleted_at IS NULL FOR UPDATE`
      if (!row) throw new Problem('not_found', 'no such room')
      const situation = await situationOf(askIn, tenant, change)
      const alteration = alterationOf(change, { room: row, ...situation })
      if (!alteration) return undefined
      const added = additionOf(change, alteration)
      if (added) await usage.take(askIn, { tenant, user: added.user, what: 'add', amount: 1 }, added.most)
      const written = await write(askIn, { tenant, change, alteration })
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
      by_role: Role | null
      role: Role | null
      owners: number
      eldest: string | null
    }
    const [{ is_user: isUser, was_removed: wasRemoved, by_role: byRole, role, owners, eldest }] = await askIn<
      [Row]
    >`
      WITH inside AS (SELECT * FROM members WHERE tenant = ${tenant} AND room = ${change.room} AND left_seq IS NULL)
      SELECT EXISTS (SELECT 1 FROM users WHERE tenant = ${tenant} AND id = ${user}) AS is_user,
        EXISTS (SELECT 1 FROM members WHERE tenant = ${tenant} AND room = ${change.room} AND "user" = ${user}
          AND removed_seq = left_seq) AS was_removed,
        (SELECT role FROM inside WHERE "user" = ${by}) AS by_role,
        (SELECT role FROM inside WHERE "user" = ${user}) AS role,
        (SELECT count(*) FROM inside WHERE role = 'owner') AS owners,
        (SELECT "user" FROM inside WHERE "user" <> ${user} ORDER BY joined_seq, "user" LIMIT 1) AS eldest`
    return {
      isUser,
      wasRemoved,
      byRole: byRole ?? undefined,
      role: role ?? undefined,
      owners,
      eldest: eldest ?? undefined,
    }
  }

  type Writing = { tenant: string; change: RoomChange; alteration: Alteration }

  async function write(askIn: Ask, { tenant, change, alteration }: Writing) {
    const { room } = change
    const { name, description, memberCount, keepsKey, join, leave, isRemoval = false, roles } = alteration
    // Two numbers: the room's own, and the place of the message about it. Members come and go one by one.
    const [place] = await askIn<[AlteredRow]>`
      UPDATE rooms SET head = head + 2, rev = head + 1, last_seq = head + 2,
        roster = CASE WHEN member_count = ${memberCount} THEN roster ELSE head + 1 END,
        key = CASE WHEN ${keepsKey}::bool THEN key END, name = ${name}::text,
        description = ${description}::text, member_count = ${memberCount},
        last_at = greatest(last_at, ${now()})
      WHERE tenant = ${tenant} AND id = ${room} RETURNING head, last_at, roster AS "membershipRev"`
    const row = systemMessageRow(change, place)
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
        UPDATE members SET left_seq = ${seq}, removed_seq = CASE WHEN ${isRemoval}::bool THEN ${seq}::bigint END
        WHERE tenant = ${tenant} AND room = ${room} AND "user" = ${leave}`
    }
    for (const [user, role] of roles) {
      await askIn`
        UPDATE members SET role = ${role} WHERE tenant = ${tenant} AND room = ${room} AND "user" = ${user}`
    }
    await askIn`
      INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, system, hash, created_at)
      VALUES (${tenant}, ${room}, ${seq}, ${seq}, ${row.id}, ${row.author}, 'system', ${row.text}, ${row.system}, '',
        ${row.created_at})`
    return { message: messageView(row), membershipRev: place.membershipRev }
  }

  return (tenant: string): GroupStore => ({
    alterRoom: (change) => retryOnConflict(() => alter(tenant, change)),
  })
}
