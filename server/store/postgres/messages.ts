import { limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import type { MemberView } from '../../protocol/views.ts'
import { mayLackTooMany, resetFor } from '../../rules/changes.ts'
import { amended, isPinned, requirePinLeft } from '../../rules/messages.ts'
import { requireMatch, revTag } from '../../rules/preconditions.ts'
import { retriedFromSite } from '../../rules/retries.ts'
import { amendedColumns, firstRow, type MessageRow, messageView } from '../../rules/rows.ts'
import { siteId, siteParts } from '../../rules/site-message.ts'
import { isShown, shownFrom } from '../../rules/visibility.ts'
import { eventOfAmendment } from '../../rules/webhook-rows.ts'
import { pageOf, windowOf } from '../page.ts'
import type { MessageChange, MessageStore, SiteDraft } from '../store.ts'
import { postgresAppend } from './append.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import { isReader, lockRoom, memberByKey, messageById, messageRow } from './lookups.ts'
import type { PostgresMentions } from './mentions.ts'
import { type Sql, sql } from './sql.ts'
import { noteEvents } from './webhooks.ts'

/** A room without messages there is one row of nulls. */
type InRoom = {
  head: number
  rev: number
  membershipRev: number
  cut_at: number | null
  message: MessageRow | null
}

/** The messages on Postgres. */
export function postgresMessages(
  link: Link,
  { now, mentions }: { now: () => number; mentions: PostgresMentions },
) {
  const { ask, transaction } = link
  const { append, whenIdle } = postgresAppend(link, { now, mentions })

  async function findFor(
    askIn: Ask,
    tenant: string,
    { room, id, by }: MessageChange,
  ): Promise<MessageRow | undefined> {
    // The site sees all of each room.
    const isTheirs = by === siteId ? isThere(tenant, room) : isReader(tenant, room, by, sql`m.seq`)
    const [row] = await askIn<MessageRow[]>`${messageById(tenant, room, id)} AND ${isTheirs}`
    return row
  }

  /** The room's row is locked first, as every change does: so changes of one room never wait for each other in a ring. */
  function amend(tenant: string, wish: MessageChange) {
    const { room, id } = wish
    return transaction(async (askIn) => {
      const { membershipRev, post } = await lockRoom(askIn, tenant, room)
      const row = await findFor(askIn, tenant, wish)
      const pinner =
        wish.kind === 'pin' && post ? { post, role: await roleOf(askIn, tenant, wish) } : undefined
      const next = amended(row, wish, { now: now(), pinner })
      if (next === row) return { message: messageView(next), changed: false, membershipRev }
      if (isPinned(row, next)) requirePinLeft(await countPins(askIn, tenant, room))
      await mentions.keep(askIn, tenant, next, row)
      const [{ rev }] = await askIn<[{ rev: number }]>`
        UPDATE rooms SET head = head + 1 WHERE tenant = ${tenant} AND id = ${room} RETURNING head AS rev`
      await askIn`
        UPDATE messages SET rev = ${rev}, ${assignments(next)}
        WHERE tenant = ${tenant} AND room = ${room} AND seq = ${next.seq} AND id = ${id}`
      if (row?.reactions && !next.reactions)
        await askIn`DELETE FROM reactions WHERE tenant = ${tenant} AND room = ${room} AND seq = ${next.seq}`
      await noteEvents(askIn, tenant, [
        { room, rev, event: eventOfAmendment(wish), seq: next.seq, at: now() },
      ])
      return { message: messageView({ ...next, rev }), changed: true, membershipRev }
    })
  }

  /** Under the lock of the room's row nobody else gives it a number, or writes this id. */
  function appendFromSite(tenant: string, draft: SiteDraft) {
    const { room, id } = draft
    return transaction(async (askIn) => {
      const { head, last_at, membershipRev } = await lockRoom(askIn, tenant, room)
      const [place] = await askIn<object[]>`SELECT 1 WHERE ${isThere(tenant, room)}`
      if (!place) throw new Problem('not_found', 'no such room')
      const [known] = await askIn<MessageRow[]>`${messageById(tenant, room, id)}`
      requireMatch(draft.ifMatch, known && revTag(known.rev))
      if (known) return { ...retriedFromSite(known, draft), membershipRev }
      const seq = head + 1
      const created_at = Math.max(last_at, now())
      const row = firstRow({ room, id, ...siteParts(draft.site) }, { seq, created_at })
      await askIn`
        UPDATE rooms SET head = ${seq}, last_seq = ${seq}, last_at = ${created_at}::bigint
        WHERE tenant = ${tenant} AND id = ${room}`
      await askIn`
        INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at, site)
        VALUES (${tenant}, ${room}, ${seq}, ${seq}, ${id}, ${row.author}, 'text', ${row.text}, '', ${created_at}, ${row.site})`
      await noteEvents(askIn, tenant, [{ room, rev: seq, event: 'message.sent', seq, at: created_at }])
      return { message: messageView(row), created: true, membershipRev }
    })
  }

  async function roleOf(askIn: Ask, tenant: string, { room, by }: MessageChange) {
    const [member] = await askIn<{ role: MemberView['role'] }[]>`
      SELECT role FROM (${memberByKey(tenant, room, by)}) m WHERE m.left_seq IS NULL`
    return member?.role
  }

  async function countPins(askIn: Ask, tenant: string, room: string): Promise<number> {
    const [{ count }] = await askIn<[{ count: number }]>`
      SELECT count(*) AS count FROM messages WHERE ${arePinned(tenant, room)}`
    return count
  }

  /** Up to one more than a reader catches up with. What comes after `since` by its place changed by being there. */
  async function countLacked(tenant: string, room: string, since: number): Promise<number> {
    const most = limits.changes + 1
    const [{ lacked }] = await ask<[{ lacked: number }]>`
      SELECT count(*) AS lacked FROM (
        (SELECT 1 FROM messages WHERE tenant = ${tenant} AND room = ${room} AND seq > ${since}
         ORDER BY seq LIMIT ${most})
        UNION ALL
        (SELECT 1 FROM messages WHERE tenant = ${tenant} AND room = ${room} AND rev > ${since} AND rev > seq
           AND seq <= ${since} ORDER BY rev LIMIT ${most})
        LIMIT ${most}) changed`
    return lacked
  }

  const stores = (tenant: string): MessageStore => ({
    amend: (wish) => retryOnConflict(() => amend(tenant, wish)),

    append: (draft) => append(tenant, draft),

    appendFromSite: (draft) => retryOnConflict(() => appendFromSite(tenant, draft)),

    async findMessage(room, id, from = 0) {
      const [row] = await ask<MessageRow[]>`${messageById(tenant, room, id)}`
      return row && isShown(from, row) ? shownFrom(from, messageView(row)) : undefined
    },

    async listPins(room, from = 0) {
      // The head first: what changes in between is newer than it, and no reader takes the list for whole too early.
      const [place] = await ask<{ head: number }[]>`
        SELECT head FROM rooms WHERE tenant = ${tenant} AND id = ${room}`
      const rows = await ask<MessageRow[]>`
        SELECT ${messageRow} FROM messages m WHERE ${arePinned(tenant, room)} AND seq >= ${from}
        ORDER BY pinned_at DESC, seq DESC LIMIT ${limits.pins}`
      const messages = rows.map((row) => shownFrom(from, messageView(row)))
      return { messages, head: place?.head ?? 0 }
    },

    async readPage(room, position, limit, from = 0) {
      const window = windowOf(position, limit, from)
      const { at } = window
      const rows = await ask<InRoom[]>`
        SELECT r.head, r.rev, r.roster AS "membershipRev", r.cut_at, message FROM rooms r LEFT JOIN LATERAL (
          SELECT to_json(w) AS message FROM (SELECT ${messageRow} FROM (
          (SELECT * FROM messages WHERE tenant = ${tenant} AND room = ${room} AND seq >= ${from} AND seq < ${at}
           ORDER BY seq DESC LIMIT ${window.older + 1})
          UNION ALL
          (SELECT * FROM messages WHERE tenant = ${tenant} AND room = ${room} AND seq >= ${at}
           ORDER BY seq LIMIT ${window.newer + 1})
          ) m) w
        ) found ON true
        WHERE r.tenant = ${tenant} AND r.id = ${room}`
      const messages = messagesIn(rows)
      const older = messages.filter(({ seq }) => seq < at).sort((a, b) => b.seq - a.seq)
      const newer = messages.filter(({ seq }) => seq >= at).sort((a, b) => a.seq - b.seq)
      return pageOf(window, limit, { head: rows[0]?.head ?? 0, older, newer, from })
    },

    async readChanges(room, since, limit, from = 0) {
      // Unchanged messages by their key, changed ones by the index that holds only them.
      const rows = await ask<InRoom[]>`
        SELECT r.head, r.rev, r.roster AS "membershipRev", r.cut_at, message FROM rooms r LEFT JOIN LATERAL (
          SELECT to_json(w) AS message FROM (SELECT ${messageRow} FROM (
          (SELECT * FROM messages WHERE tenant = ${tenant} AND room = ${room} AND seq > ${Math.max(since, from - 1)} AND rev = seq
           ORDER BY seq LIMIT ${limit + 1})
          UNION ALL
          (SELECT * FROM messages WHERE tenant = ${tenant} AND room = ${room} AND rev > ${since} AND rev > seq
             AND seq >= ${from} ORDER BY rev LIMIT ${limit + 1})
          ) m) w
        ) found ON true
        WHERE r.tenant = ${tenant} AND r.id = ${room}`
      const { head = 0, rev = 0, membershipRev = 0, cut_at = null } = rows[0] ?? {}
      const lacked = mayLackTooMany({ since, head }) ? await countLacked(tenant, room, since) : 0
      const reset = resetFor({ since, head, membershipRev, from, cut_at }, lacked)
      if (reset) return reset
      const changed = messagesIn(rows).sort((a, b) => a.rev - b.rev)
      const messages = changed.slice(0, limit).map((row) => shownFrom(from, messageView(row)))
      return { messages, head, membershipRev, more: changed.length > limit, roomChanged: rev > since }
    },
  })

  return { stores, whenIdle }
}

const isThere = (tenant: string, room: string) =>
  sql`EXISTS (SELECT 1 FROM rooms r WHERE r.tenant = ${tenant} AND r.id = ${room} AND r.deleted_at IS NULL)`

/** What a server of an earlier build deleted is still marked. */
const arePinned = (tenant: string, room: string) =>
  sql`tenant = ${tenant} AND room = ${room} AND pinned_at IS NOT NULL AND deleted_at IS NULL`

function assignments(row: MessageRow): Sql {
  const names = amendedColumns.map((name, index) => `${index === 0 ? '' : ', '}${name} = `)
  return sql([...names, ''], ...amendedColumns.map((name) => row[name]))
}

function messagesIn(rows: readonly InRoom[]): MessageRow[] {
  return rows.flatMap(({ message }) => message ?? [])
}
