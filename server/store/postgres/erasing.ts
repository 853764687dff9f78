import { randomBytes } from 'node:crypto'
import { limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import type { RoomView } from '../../protocol/views.ts'
import type { DeletedRoom, Emptying } from '../../rules/emptying.ts'
import { sliceRows } from '../../rules/emptying.ts'
import {
  erasedColumns,
  hashKeptMs,
  hashKeyName,
  idInJson,
  isTheirs,
  messagesOfSlice,
  userHash,
  withoutUser,
} from '../../rules/erasing.ts'
import { changedColumns } from '../../rules/groups.ts'
import { type Reactor, withoutReaction } from '../../rules/reactions.ts'
import { type MessageRow, messageView } from '../../rules/rows.ts'
import { settingsWithout } from '../../rules/settings.ts'
import type { ErasedSlice, ErasingStore, Erasure, ErasureMark, ErasureStore } from '../store.ts'
import { rowsOfUser } from '../tables.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import { isMemberRow, membersByRole, messageRow } from './lookups.ts'
import { type Sql, sql } from './sql.ts'
import { noteEvents } from './webhooks.ts'

type Tools = {
  readonly now: () => number
  readonly emptying: Emptying
  readonly roomIn: (ask: Ask, tenant: string, room: string) => Promise<RoomView | undefined>
}
type Wish = Parameters<ErasingStore['eraseSome']>[0]
type Place = { readonly tenant: string; readonly room: string }
type Row = { readonly room: string; readonly seq: number }
type Looked = Row & { readonly names: boolean | null }

/** Looked at in one statement: where next to none names the user, that is all there is to do. */
const lookedAt = messagesOfSlice * 4

const readKey = async (ask: Ask): Promise<string | undefined> =>
  (await ask<{ value: string }[]>`SELECT value FROM meta WHERE key = ${hashKeyName}`)[0]?.value

async function makeKey(ask: Ask): Promise<string> {
  await ask`
    INSERT INTO meta (key, value) VALUES (${hashKeyName}, ${randomBytes(32).toString('base64url')})
    ON CONFLICT (key) DO NOTHING`
  return (await readKey(ask)) ?? ''
}

const deletions = rowsOfUser('$user', '$tenant').map(({ name, where }) => {
  const text = `DELETE FROM "${name}" WHERE tenant = $tenant AND ${where}`
  const values = [...text.matchAll(/\$(user|tenant)/g)].map(([, value]) => value as keyof Erasure)
  const [first = '', ...others] = text.split(/\$(?:user|tenant)/)
  return { parts: [first, ...others.map((part) => `::text${part}`)], values }
})

async function deleteRowsOf(ask: Ask, erasure: Erasure): Promise<void> {
  for (const { parts, values } of deletions)
    await ask`${sql(parts, ...values.map((value) => erasure[value]))}`
}

// A room that anybody may join waits for who comes next.
const isOver = 'member_count = 1 AND joining IS NULL'
const whileThere = (name: string) => `${name} = CASE WHEN NOT (${isOver}) THEN ${name} END`
const closing = sql([[...changedColumns, 'picture_url', 'data'].map(whileThere).join(', ')])
const over = sql([isOver])
const forUpdate = sql(['FOR UPDATE'])
const noLock = sql([''])

/** How users are erased on Postgres. */
export function postgresErasing({ ask, transaction }: Link, { now, emptying, roomIn }: Tools) {
  let key: Promise<string> | undefined

  async function hashOf({ tenant, user }: Erasure): Promise<string> {
    key ??= makeKey(ask)
    key.catch(() => {
      key = undefined
    })
    return userHash(await key, tenant, user)
  }

  /** Whom guests write to is nobody who is gone. */
  async function leaveSettings(tenant: string, user: string): Promise<void> {
    const settingsIn = async (askIn: Ask, isLocking: boolean) => {
      const [row] = await askIn<{ settings: string }[]>`
        SELECT settings::text AS settings FROM tenants WHERE id = ${tenant} ${isLocking ? forUpdate : noLock}`
      return row && settingsWithout(JSON.parse(row.settings), user)
    }
    if (!(await settingsIn(ask, false))) return
    await transaction(async (askIn) => {
      // Servers ask for it. It goes up first, as with every change of tenants: its row makes them take turns.
      await askIn`
        INSERT INTO meta AS m (key, value) VALUES ('tenants', '1')
        ON CONFLICT (key) DO UPDATE SET value = (m.value::bigint + 1)::text`
      const settings = await settingsIn(askIn, true)
      if (settings)
        await askIn`UPDATE tenants SET settings = ${JSON.stringify(settings)}::jsonb WHERE id = ${tenant}`
    })
  }

  /** One room that they were ever in; undefined where none is left. */
  async function leaveOne(askIn: Ask, tenant: string, user: string): Promise<ErasedSlice | undefined> {
    const [found] = await askIn<{ room: string; role: string; left_seq: number | null }[]>`
      SELECT room, role, left_seq FROM members WHERE tenant = ${tenant} AND "user" = ${user} ORDER BY room LIMIT 1`
    if (!found) return undefined
    const { room } = found
    // The room first, as every change does.
    await askIn`SELECT 1 FROM rooms WHERE tenant = ${tenant} AND id = ${room} FOR UPDATE`
    const forgotten = await askIn`
      DELETE FROM mentions WHERE (tenant, room, "user", seq) IN (
        SELECT tenant, room, "user", seq FROM mentions
        WHERE tenant = ${tenant} AND room = ${room} AND "user" = ${user} LIMIT ${sliceRows}) RETURNING 1`
    if (forgotten.length > 0) return nothing
    const [gone] = await askIn<{ role: string; left_seq: number | null }[]>`
      DELETE FROM members m WHERE ${isMemberRow(tenant, room, user)} RETURNING role, left_seq`
    if (!gone || gone.left_seq !== null) return nothing
    const [altered] = await askIn<{ head: number; deleted_at: number | null }[]>`
      UPDATE rooms SET head = head + 1, rev = head + 1, roster = head + 1, key = NULL, member_count = member_count - 1,
        ${closing}, deleted_at = CASE WHEN ${over} THEN ${now()}::bigint ELSE deleted_at END
      WHERE tenant = ${tenant} AND id = ${room} AND deleted_at IS NULL RETURNING head, deleted_at`
    if (!altered) return nothing
    const left = { id: room, membershipRev: altered.head }
    if (altered.deleted_at !== null) {
      const event = 'room.deleted' as const
      await noteEvents(askIn, tenant, [{ room, rev: altered.head, event, seq: null, at: now() }])
      return { ...nothing, left }
    }
    if (gone.role === 'owner') await giveOwner(askIn, { tenant, room })
    const view = await roomIn(askIn, tenant, room)
    return { ...nothing, left: { ...left, ...(view && { room: view }) } }
  }

  async function giveOwner(askIn: Ask, { tenant, room }: Place): Promise<void> {
    const owners = await askIn`${membersByRole(tenant, room, 'owner', 1)}`
    if (owners.length > 0) return
    const [eldest] = await askIn<{ user: string }[]>`${membersByRole(tenant, room, 'member', 1)}`
    if (eldest)
      await askIn`UPDATE members m SET role = 'owner' WHERE ${isMemberRow(tenant, room, eldest.user)}`
  }

  async function withoutReactions(
    askIn: Ask,
    place: Place,
    user: string,
    row: MessageRow,
  ): Promise<MessageRow> {
    const { tenant, room } = place
    const { seq } = row
    if (row.reactions === null) return row
    if (isTheirs(row, user)) {
      await askIn`DELETE FROM reactions WHERE tenant = ${tenant} AND room = ${room} AND seq = ${seq}`
      return row
    }
    const taken = await askIn<{ emoji: string }[]>`
      DELETE FROM reactions WHERE tenant = ${tenant} AND room = ${room} AND seq = ${seq} AND "user" = ${user} RETURNING emoji`
    let reactions: string | null = row.reactions
    for (const { emoji } of taken) {
      const first = await askIn<Reactor[]>`
        SELECT "user", rev FROM reactions WHERE tenant = ${tenant} AND room = ${room} AND seq = ${seq} AND emoji = ${emoji}
        ORDER BY rev LIMIT ${limits.reactors}`
      reactions = withoutReaction(reactions, emoji, first)
    }
    return { ...row, reactions }
  }

  async function namesIn(askIn: Ask, tenant: string, rows: readonly MessageRow[]) {
    const ids = rows.flatMap(({ kind, author, system }) => {
      if (kind !== 'system' || system === null) return []
      const { user } = JSON.parse(system) as { user?: string }
      return [author, ...(user === undefined ? [] : [user])]
    })
    if (ids.length === 0) return new Map<string, string>()
    const users = await askIn<{ id: string; name: string }[]>`
      SELECT id, name FROM users WHERE tenant = ${tenant} AND id = ANY(${[...new Set(ids)]}::text[])`
    return new Map(users.map(({ id, name }) => [id, name]))
  }

  async function eraseIn(askIn: Ask, place: Place, { user, removesMessages }: Wish, seqs: readonly number[]) {
    const { tenant, room } = place
    const [end] = await askIn<{ head: number; last_seq: number; membershipRev: number }[]>`
      SELECT head, last_seq, roster AS "membershipRev" FROM rooms WHERE tenant = ${tenant} AND id = ${room} FOR UPDATE`
    if (!end) return []
    const rows = await askIn<MessageRow[]>`
      SELECT ${messageRow} FROM messages m
      WHERE m.tenant = ${tenant} AND m.room = ${room} AND m.seq = ANY(${seqs.map(String)}::bigint[]) ORDER BY m.seq`
    const names = await namesIn(askIn, tenant, rows)
    const isGone = (row: MessageRow) => removesMessages && isTheirs(row, user) && row.seq !== end.last_seq
    const changed: MessageRow[] = []
    for (const row of rows) {
      const left = await withoutReactions(askIn, place, user, row)
      const next = withoutUser(left, { user, now: now(), nameOf: (id) => names.get(id) ?? id })
      changed.push({ ...next, rev: end.head + changed.length + 1 })
    }
    const theirs = rows
      .filter((row) => isTheirs(row, user) && row.mentions !== null)
      .map(({ seq }) => `${seq}`)
    await askIn`
      DELETE FROM mentions WHERE tenant = ${tenant} AND room = ${room}
        AND (seq = ANY(${theirs}::bigint[]) OR "user" = ${user} AND seq = ANY(${seqs.map(String)}::bigint[]))`
    const gone = rows.filter(isGone).map(({ seq }) => `${seq}`)
    if (gone.length > 0)
      await askIn`
        DELETE FROM messages WHERE tenant = ${tenant} AND room = ${room} AND seq = ANY(${gone}::bigint[])`
    const staying = changed.filter(({ seq }) => !gone.includes(`${seq}`))
    if (staying.length > 0)
      await askIn`
        UPDATE messages m SET ${assignments}
        FROM json_to_recordset(${JSON.stringify(staying)}::json) AS w (${columnTypes})
        WHERE m.tenant = ${tenant} AND m.room = ${room} AND m.seq = w.seq`
    const event = 'message.deleted' as const
    const taken = rows.filter((row) => isTheirs(row, user) && row.deleted_at === null).map(({ seq }) => seq)
    const noted = changed.filter(({ seq }) => taken.includes(seq))
    await noteEvents(
      askIn,
      tenant,
      noted.map(({ rev, seq }) => ({ room, rev, event, seq, at: now() })),
    )
    const head = end.head + changed.length
    await askIn`
      UPDATE rooms SET head = ${head}, cut_at = CASE WHEN ${gone.length > 0}::bool THEN ${head}::bigint ELSE cut_at END
      WHERE tenant = ${tenant} AND id = ${room}`
    return changed.map((row) => ({ message: messageView(row), membershipRev: end.membershipRev }))
  }

  /** What was said, from behind that message on: of one room at most, so that others wait for no two. */
  async function eraseSaid(
    askIn: Ask,
    tenant: string,
    wish: Wish,
    from: Row,
  ): Promise<(Row & ErasedSlice) | undefined> {
    const { user } = wish
    const id = idInJson(user)
    const looked = await askIn<Looked[]>`
      SELECT room, seq, author = ${user} OR forwarded = ${user} OR pinned_by = ${user}
        OR strpos(coalesce(system, ''), ${id}) > 0 OR strpos(coalesce(mentions, ''), ${id}) > 0
        OR (reactions IS NOT NULL AND EXISTS (
          SELECT 1 FROM reactions x
          WHERE x.tenant = ${tenant} AND x.room = m.room AND x.seq = m.seq AND x."user" = ${user})) AS names
      FROM (
        SELECT * FROM messages WHERE tenant = ${tenant} AND (room, seq) > (${from.room}, ${from.seq}::bigint)
        ORDER BY tenant, room, seq LIMIT ${lookedAt}
      ) m ORDER BY room, seq`
    const last = looked.at(-1)
    if (!last) return undefined
    const [first, ...others] = looked.filter(({ names }) => names === true)
    if (!first) return { ...nothing, room: last.room, seq: last.seq }
    const seqs = [first, ...others.filter(({ room }) => room === first.room)]
      .slice(0, messagesOfSlice)
      .map(({ seq }) => seq)
    const messages = await eraseIn(askIn, { tenant, room: first.room }, wish, seqs)
    return { ...nothing, messages, room: first.room, seq: seqs.at(-1) ?? first.seq }
  }

  const eraseSome = (tenant: string, wish: Wish, hash: string): Promise<ErasedSlice | DeletedRoom> =>
    transaction(async (askIn) => {
      const { user } = wish
      // Of several nodes one is at it.
      const [from] = await askIn<Row[]>`
        SELECT room, seq FROM erasures WHERE tenant = ${tenant} AND hash = ${hash} AND done_at IS NULL
        FOR UPDATE SKIP LOCKED`
      if (!from) return { ...nothing, isDone: !(await isOpen(askIn, tenant, hash)) }
      const left = await leaveOne(askIn, tenant, user)
      if (left) return left
      const said = await eraseSaid(askIn, tenant, wish, from)
      if (said) {
        const { room, seq, ...slice } = said
        await askIn`UPDATE erasures SET room = ${room}, seq = ${seq} WHERE tenant = ${tenant} AND hash = ${hash}`
        return slice
      }
      const [deleted] = await askIn<{ id: string }[]>`
        SELECT id FROM rooms WHERE tenant = ${tenant} AND deleted_at IS NOT NULL AND cleared_at IS NULL LIMIT 1`
      if (deleted) return { tenant, id: deleted.id }
      // Whoever came in between is none of those who stay: the rows that were there at the beginning go once more.
      await deleteRowsOf(askIn, { tenant, user })
      await askIn`
        UPDATE erasures SET "user" = NULL, room = '', seq = 0, done_at = ${now()} WHERE tenant = ${tenant} AND hash = ${hash}`
      return { ...nothing, isDone: true }
    })

  const isOpen = async (askIn: Ask, tenant: string, hash: string): Promise<boolean> =>
    (await askIn`SELECT 1 FROM erasures WHERE tenant = ${tenant} AND hash = ${hash} AND done_at IS NULL`)
      .length > 0

  async function begin(askIn: Ask, { tenant, user }: Erasure): Promise<void> {
    const hash = await hashOf({ tenant, user })
    // Later than each other one, whatever the clock says: servers look for what is new by it.
    await askIn`
      INSERT INTO erasures AS e (tenant, hash, "user", at, room, seq)
      SELECT ${tenant}, ${hash}, ${user}, greatest(${now()}::bigint, coalesce(max(at), 0) + 1), '', 0 FROM erasures
      ON CONFLICT (tenant, hash) DO UPDATE SET "user" = excluded."user", at = excluded.at, room = '', seq = 0, done_at = NULL
      WHERE e.done_at IS NOT NULL`
    await deleteRowsOf(askIn, { tenant, user })
  }

  const erasures: ErasureStore = {
    list: (since) => ask<ErasureMark[]>`
      SELECT tenant, hash, "user", at, concat(room, ' ', seq, ' ', done_at) AS progress FROM erasures
      WHERE at >= ${since}::bigint OR done_at IS NULL ORDER BY at, hash`,
    hashOf,
    async forget(old) {
      await ask`DELETE FROM erasures WHERE done_at < ${old}::bigint`
    },
  }

  const stores = (tenant: string): ErasingStore => ({
    async beginErasing(user) {
      // The key of the hashes is there before the transaction.
      await hashOf({ tenant, user })
      await retryOnConflict(() => leaveSettings(tenant, user))
      await retryOnConflict(() =>
        transaction(async (askIn) => {
          // Guests who signed in as them are the same person.
          const guests = await askIn<{ id: string }[]>`
            SELECT id FROM users WHERE tenant = ${tenant} AND merged_into = ${user}`
          for (const one of [user, ...guests.map(({ id }) => id)]) await begin(askIn, { tenant, user: one })
        }),
      )
    },

    async eraseSome(wish) {
      const hash = await hashOf({ tenant, user: wish.user })
      const slice = await retryOnConflict(() => eraseSome(tenant, wish, hash))
      if ('messages' in slice) return slice
      await emptying.emptySome(slice)
      return nothing
    },
  })

  return { erasures, stores }
}

const nothing: ErasedSlice = { messages: [], isDone: false }

const isNumber = (name: string) => ['rev', 'seq', 'reply_to'].includes(name) || name.endsWith('_at')
const written = ['rev', ...erasedColumns]
const assignments: Sql = sql([written.map((name) => `${name} = w.${name}`).join(', ')])
const columnTypes: Sql = sql([
  ['seq', ...written].map((name) => `${name} ${isNumber(name) ? 'bigint' : 'text'}`).join(', '),
])

/**
 * Within the transaction that wrote the user, so that of an erasure at the same time one of both sees the other.
 * @throws Problem `forbidden` for a user who was erased lately: then the transaction is undone
 */
export async function requireNotErased(ask: Ask, { tenant, user }: Erasure, now: number): Promise<void> {
  const any = await ask`SELECT 1 FROM erasures WHERE tenant = ${tenant} LIMIT 1`
  const key = any.length === 0 ? undefined : await readKey(ask)
  if (key === undefined) return
  const known = await ask`
    SELECT 1 FROM erasures WHERE tenant = ${tenant} AND hash = ${userHash(key, tenant, user)}
      AND (done_at IS NULL OR done_at >= ${now - hashKeptMs}::bigint)`
  if (known.length > 0) throw new Problem('forbidden', 'this user was erased')
}
