import { foldName, wordsOf } from '../../protocol/names.ts'
import { type GuestPlace, mergedKey, mergedView, moveOf, requireMergeable } from '../../rules/merging.ts'
import { type UserRow, userView } from '../../rules/rows.ts'
import type { GuestStore, MergedRoom, RoomVersions } from '../store.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import { isMemberRow, memberByKey, membersByRole, roomById } from './lookups.ts'
import { sql } from './sql.ts'
import type { PostgresUsage } from './usage.ts'
import { noteEvents } from './webhooks.ts'

type Tools = { readonly now: () => number; readonly usage: PostgresUsage }
type Merge = { readonly tenant: string; readonly guest: string; readonly user: string }

const kept = sql`role, read_seq, read_at, joined_seq, muted, muted_until, mute_mentions, pinned_at, archived_seq, unread_from`

/** Guests on Postgres. */
export function postgresGuests({ transaction }: Link, { now, usage }: Tools) {
  async function one(askIn: Ask, tenant: string, id: string): Promise<UserRow | undefined> {
    const [row] = await askIn<UserRow[]>`
      SELECT id, name, avatar_url, about, merged_into FROM users WHERE tenant = ${tenant} AND id = ${id} FOR UPDATE`
    return row
  }

  /** Of a room whose row is locked: nobody else changes its members meanwhile. */
  async function move(askIn: Ask, merge: Merge, room: string): Promise<MergedRoom[]> {
    const { tenant, guest, user } = merge
    const [place] = await askIn<GuestPlace[]>`
      SELECT g.room, r.key, g.role, u.role AS user_role, u.left_seq AS user_left, u.removed_seq AS user_removed
      FROM (${memberByKey(tenant, room, guest)}) g
      CROSS JOIN LATERAL (${roomById(tenant, sql`g.room`)}) r
      LEFT JOIN LATERAL (${memberByKey(tenant, room, user)}) u ON true
      WHERE g.left_seq IS NULL AND r.deleted_at IS NULL`
    if (!place) return []
    const how = moveOf(place)
    const key = how === 'enter' && place.key !== null ? await freeKey(askIn, merge, room) : null
    const [versions] = await askIn<[RoomVersions]>`
      UPDATE rooms SET head = head + 1, rev = head + 1, roster = head + 1, key = ${key}::text,
        member_count = member_count - ${how === 'enter' ? 0 : 1}
      WHERE tenant = ${tenant} AND id = ${room} RETURNING head, roster AS "membershipRev"`
    const event = { room, rev: versions.head, event: 'room.changed', seq: null, at: now() } as const
    await noteEvents(askIn, tenant, [event])
    if (how !== 'leave') await seat(askIn, how, merge, room)
    await askIn`
      UPDATE members m SET left_seq = ${versions.head}, removed_seq = NULL WHERE ${isMemberRow(tenant, room, guest)}`
    if (how === 'leave') {
      if (place.role === 'owner') await findOwner(askIn, tenant, room)
      return [{ room, ...versions, isIn: false }]
    }
    await takeOver(askIn, merge, room)
    return [{ room, ...versions, isIn: true }]
  }

  async function seat(
    askIn: Ask,
    how: 'enter' | 'both',
    { tenant, guest, user }: Merge,
    room: string,
  ): Promise<void> {
    if (how === 'enter')
      await askIn`
        INSERT INTO members AS m (tenant, room, "user", ${kept}, arranged_rev, posted_at)
        SELECT tenant, room, ${user}, ${kept}, arranged_rev, posted_at FROM (${memberByKey(tenant, room, guest)}) g
        ON CONFLICT (tenant, room, "user") DO UPDATE SET left_seq = NULL, removed_seq = NULL,
          role = excluded.role, read_seq = excluded.read_seq, read_at = excluded.read_at, joined_seq = excluded.joined_seq,
          muted = excluded.muted, muted_until = excluded.muted_until, mute_mentions = excluded.mute_mentions,
          pinned_at = excluded.pinned_at, archived_seq = excluded.archived_seq, unread_from = excluded.unread_from,
          posted_at = excluded.posted_at, arranged_rev = CASE WHEN m.arranged_rev = 0 THEN excluded.arranged_rev
            ELSE m.arranged_rev + excluded.arranged_rev + 1 END`
    if (how === 'both')
      await askIn`
        UPDATE members m SET role = CASE WHEN 'owner' IN (g.role, m.role) THEN 'owner' ELSE 'member' END,
          read_seq = greatest(m.read_seq, g.read_seq), joined_seq = least(m.joined_seq, g.joined_seq)
        FROM (${memberByKey(tenant, room, guest)}) g WHERE ${isMemberRow(tenant, room, user)}`
  }

  async function takeOver(askIn: Ask, { tenant, guest, user }: Merge, room: string): Promise<void> {
    // What the guest wrote is nothing that the user has not read.
    await askIn`
      UPDATE members m SET read_seq = greatest(m.read_seq, coalesce(
        (SELECT x.seq - 1 FROM messages x WHERE (x.tenant, x.room, x.seq) > (${tenant}, ${room}, m.read_seq)
           AND x.tenant = ${tenant} AND x.room = ${room} AND x.author NOT IN (${guest}, ${user})
           ORDER BY x.tenant, x.room, x.seq LIMIT 1),
        (SELECT r.last_seq FROM (${roomById(tenant, room)}) r)))
      WHERE ${isMemberRow(tenant, room, user)}`
    await askIn`
      UPDATE mentions n SET "user" = ${user} WHERE n.tenant = ${tenant} AND n.room = ${room} AND n."user" = ${guest}
        AND (n.tenant, n.room, n."user") >= (${tenant}, ${room}, ${guest})
        AND NOT EXISTS (SELECT 1 FROM mentions o
          WHERE o.tenant = ${tenant} AND o.room = ${room} AND o."user" = ${user} AND o.seq = n.seq)`
  }

  async function freeKey(askIn: Ask, { tenant, guest, user }: Merge, room: string): Promise<string | null> {
    const rows = await askIn<{ user: string }[]>`
      SELECT "user" FROM members WHERE tenant = ${tenant} AND room = ${room} AND left_seq IS NULL`
    const key = mergedKey(
      rows.map((row) => row.user),
      guest,
      user,
    )
    const taken = await askIn`SELECT 1 AS one FROM rooms WHERE tenant = ${tenant} AND key = ${key}`
    return taken.length > 0 ? null : key
  }

  /** As when the last owner leaves. */
  async function findOwner(askIn: Ask, tenant: string, room: string): Promise<void> {
    if ((await askIn`${membersByRole(tenant, room, 'owner', 1)}`).length > 0) return
    const [eldest] = await askIn<{ user: string }[]>`${membersByRole(tenant, room, 'member', 1)}`
    if (eldest)
      await askIn`UPDATE members m SET role = 'owner' WHERE ${isMemberRow(tenant, room, eldest.user)}`
  }

  return (tenant: string): GuestStore => ({
    addGuest: ({ id, name, most }) =>
      retryOnConflict(() =>
        transaction(async (askIn) => {
          if (most !== undefined)
            await usage.take(askIn, { tenant, user: '', what: 'guest', amount: 1 }, most)
          await askIn`
            INSERT INTO users (tenant, id, name, folded, created_at)
            VALUES (${tenant}, ${id}, ${name}, ${foldName(name)}, ${now()})`
          await askIn`
            INSERT INTO user_words (tenant, word, "user")
            SELECT ${tenant}, word, ${id} FROM unnest(${wordsOf(name)}::text[]) AS word ON CONFLICT DO NOTHING`
          return userView({ id, name, avatar_url: null, about: null, merged_into: null })
        }),
      ),

    mergeGuest: ({ guest, user }) =>
      retryOnConflict(() =>
        transaction(async (askIn) => {
          // The guest's row first: of two that merge it, the second finds it done.
          const before = await one(askIn, tenant, guest)
          const row = await one(askIn, tenant, user)
          if (!requireMergeable(before, row) || !row) return undefined
          const places = await askIn<{ room: string }[]>`
            SELECT room FROM members WHERE tenant = ${tenant} AND "user" = ${guest} AND left_seq IS NULL ORDER BY room`
          const rooms: MergedRoom[] = []
          for (const { room } of places) {
            await askIn`SELECT 1 AS one FROM rooms WHERE tenant = ${tenant} AND id = ${room} FOR UPDATE`
            rooms.push(...(await move(askIn, { tenant, guest, user }, room)))
          }
          await askIn`
            UPDATE users SET merged_into = ${user}, name = ${row.name}, avatar_url = ${row.avatar_url}::text,
              about = ${row.about}::text, folded = ${foldName(row.name)} WHERE tenant = ${tenant} AND id = ${guest}`
          await askIn`DELETE FROM user_words WHERE tenant = ${tenant} AND "user" = ${guest}`
          return { guest: mergedView(guest, row), rooms }
        }),
      ),
  })
}
