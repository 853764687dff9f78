/**
 * One row by its whole key. Written as "the first entry from this key on" in the order of its index, so that no other
 * index comes into question, whatever Postgres believes of a table. Asked by equality alone, of a table that was empty
 * when the statement was prepared, it may take an index that knows half of the key, and read a room for each message.
 * A bound from above (`<=`) in place of the equality outside would not end the scan: it reads on to the end.
 */
import { limits } from '../../protocol/limits.ts'
import type { MemberView } from '../../protocol/views.ts'
import type { PostingRules } from '../../rules/posting.ts'
import { messageColumns } from '../../rules/rows.ts'
import type { RoomVersions } from '../store.ts'
import type { Ask } from './link.ts'
import { type Sql, sql, type Value } from './sql.ts'

type Part = Value | Sql

/** Of a message as a quote (`StoredQuote`). */
const quoted = (of: string) => `json_build_object('id', ${of}.id, 'seq', ${of}.seq, 'author', ${of}.author,
  'text', left(${of}.text, ${limits.quoteChars}), 'deleted', ${of}.deleted_at IS NOT NULL)::text`

/** A `MessageRow` of the message `m`, with what it answers, and its tenant. */
// By name: after a migration that adds one, what an older server prepared still answers the same.
export const messageRow = sql([
  `${['tenant', ...messageColumns].map((name) => `m.${name}`).join(', ')},
  CASE WHEN m.reply_to IS NOT NULL THEN (SELECT ${quoted('q')} FROM (
    SELECT * FROM messages WHERE (tenant, room, seq) >= (m.tenant, m.room, m.reply_to)
    ORDER BY tenant, room, seq LIMIT 1
  ) q WHERE q.tenant = m.tenant AND q.room = m.room AND q.seq = m.reply_to) END AS quote`,
])

/** A message's row, or none. A condition may follow. */
export const messageById = (tenant: Part, room: Part, id: Part): Sql => sql`
  SELECT ${messageRow} FROM (
    SELECT * FROM messages WHERE (tenant, room, id) >= (${tenant}, ${room}, ${id})
    ORDER BY tenant, room, id LIMIT 1
  ) m WHERE m.tenant = ${tenant} AND m.room = ${room} AND m.id = ${id}`

/**
 * What a reply by that user to that message quotes of it, or none. Nobody answers a tombstone, what the room itself says, or
 * what they do not see.
 */
export const quoteById = (tenant: Part, room: Part, id: Part, user: Part): Sql => sql`
  SELECT ${sql([quoted('m')])} FROM (
    SELECT * FROM messages WHERE (tenant, room, id) >= (${tenant}, ${room}, ${id})
    ORDER BY tenant, room, id LIMIT 1
  ) m WHERE m.tenant = ${tenant} AND m.room = ${room} AND m.id = ${id} AND m.kind = 'text' AND m.deleted_at IS NULL
    AND ${isReader(tenant, room, user, sql`m.seq`)}`

/** The row of who is in a room or was, or none. */
export const memberByKey = (tenant: Part, room: Part, user: Part): Sql => sql`
  SELECT * FROM (
    SELECT * FROM members WHERE (tenant, room, "user") >= (${tenant}, ${room}, ${user})
    ORDER BY tenant, room, "user" LIMIT 1
  ) m WHERE m.tenant = ${tenant} AND m.room = ${room} AND m."user" = ${user}`

/** The members who have that role, those who joined first, so many at most. */
export const membersByRole = (tenant: Part, room: Part, role: MemberView['role'], most: number): Sql => sql`
  SELECT "user", joined_seq FROM (
    SELECT * FROM members WHERE (tenant, room, role, joined_seq) >= (${tenant}, ${room}, ${role}, 0) AND left_seq IS NULL
    ORDER BY tenant, room, role, joined_seq, "user" LIMIT ${most}
  ) m WHERE m.tenant = ${tenant} AND m.room = ${room} AND m.role = ${role}`

/**
 * Whether `m` is that row, for a statement that changes it. Its key is said twice: only the index of the whole key has the
 * second one for nothing, and is taken where all others seem as good. By its place (`ctid`) it would be lost to whoever changed
 * it at the same time.
 */
export const isMemberRow = (tenant: Part, room: Part, user: Part): Sql => sql`
  m.tenant = ${tenant} AND m.room = ${room} AND m."user" = ${user}
  AND (m.tenant, m.room, m."user") >= (${tenant}, ${room}, ${user})`

/** The row of a room, or none. */
export const roomById = (tenant: Part, id: Part): Sql => sql`
  SELECT * FROM (
    SELECT * FROM rooms WHERE (tenant, id) >= (${tenant}, ${id}) ORDER BY tenant, id LIMIT 1
  ) r WHERE r.tenant = ${tenant} AND r.id = ${id}`

/** True for a user who is in the room now; else false or null. */
export const isIn = (tenant: Part, room: Part, user: Part): Sql => sql`(
  SELECT (m.tenant, m.room, m."user") = (${tenant}, ${room}, ${user}) AND m.left_seq IS NULL FROM members m
  WHERE (m.tenant, m.room, m."user") >= (${tenant}, ${room}, ${user})
  ORDER BY m.tenant, m.room, m."user" LIMIT 1)`

/** True for a user who is in the room now, and whom it shows that place (rules/visibility.ts); else false or null. */
export const isReader = (tenant: Part, room: Part, user: Part, seq: Part): Sql => sql`(
  SELECT (p.tenant, p.room, p."user") = (${tenant}, ${room}, ${user}) AND p.left_seq IS NULL
    AND (p.joined_seq <= ${seq} OR (
      SELECT r.history FROM rooms r WHERE (r.tenant, r.id) >= (p.tenant, p.room) ORDER BY r.tenant, r.id LIMIT 1) IS NULL)
  FROM members p
  WHERE (p.tenant, p.room, p."user") >= (${tenant}, ${room}, ${user})
  ORDER BY p.tenant, p.room, p."user" LIMIT 1)`

type LockedRoom = RoomVersions & PostingRules & { readonly last_at: number }

/** Locks the room's row up to the commit, and answers its numbers, and who may write there. */
export async function lockRoom(ask: Ask, tenant: string, room: string): Promise<LockedRoom> {
  const [row] = await ask<LockedRoom[]>`
    SELECT head, roster AS "membershipRev", last_at, post, slow_mode FROM rooms
    WHERE tenant = ${tenant} AND id = ${room} FOR UPDATE`
  return row ?? { head: 0, membershipRev: 0, last_at: 0, post: null, slow_mode: null }
}
