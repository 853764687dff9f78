/**
 * One row by its whole key. Written as "the first entry from this key on" in the order of its index, so that no other
 * index comes into question, whatever Postgres believes of a table. Asked by equality alone, of a table that was empty
 * when the statement was prepared, it may take an index that knows half of the key, and read a room for each message.
 * A bound from above (`<=`) in place of the equality outside would not end the scan: it reads on to the end.
 */
import { messageColumns } from '../../rules/rows.ts'
import type { Ask } from './link.ts'
import { type Sql, sql, type Value } from './sql.ts'

type Part = Value | Sql

// By name: after a migration that adds one, what an older server prepared still answers the same.
const columns = sql([['tenant', ...messageColumns].map((name) => `m.${name}`).join(', ')])

/** A message's row, or none. A condition may follow. */
export const messageById = (tenant: Part, room: Part, id: Part): Sql => sql`
  SELECT ${columns} FROM (
    SELECT * FROM messages WHERE (tenant, room, id) >= (${tenant}, ${room}, ${id})
    ORDER BY tenant, room, id LIMIT 1
  ) m WHERE m.tenant = ${tenant} AND m.room = ${room} AND m.id = ${id}`

/** True for a user who is in the room now; else false or null. */
export const isIn = (tenant: Part, room: Part, user: Part): Sql => sql`(
  SELECT (m.tenant, m.room, m."user") = (${tenant}, ${room}, ${user}) AND m.left_seq IS NULL FROM members m
  WHERE (m.tenant, m.room, m."user") >= (${tenant}, ${room}, ${user})
  ORDER BY m.tenant, m.room, m."user" LIMIT 1)`

/** Locks the room's row up to the commit, and answers the number of its last change of members. */
export async function lockRoom(ask: Ask, tenant: string, room: string): Promise<number> {
  const [row] = await ask<{ membershipRev: number }[]>`
    SELECT roster AS "membershipRev" FROM rooms WHERE tenant = ${tenant} AND id = ${room} FOR UPDATE`
  return row?.membershipRev ?? 0
}
