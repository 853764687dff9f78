import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import type { MessageView } from '../protocol/views.ts'
import { amended } from './message-rules.ts'
import { pageOf, windowOf } from './page.ts'
import type { MessageStore } from './parts.ts'
import { type Ask, type Link, persistently } from './postgres-link.ts'
import { sql } from './postgres-sql.ts'
import { retriedMessage } from './retries.ts'
import { RoomBatches } from './room-batches.ts'
import { firstRow, type MessageRow, messageView } from './rows.ts'
import type { MessageChange, MessageDraft } from './store.ts'

type Appended = { message: MessageView; created: boolean; roster: number }
type Job = {
  readonly tenant: string
  readonly draft: MessageDraft
  readonly resolve: (appended: Appended) => void
  readonly reject: (reason: unknown) => void
}
type Rostered = { readonly roster: number }
type PlacedRow = Pick<MessageRow, 'id' | 'seq' | 'created_at'> & Rostered
type KnownRow = MessageRow & Rostered
type Find = (batch: readonly Job[]) => Promise<readonly (PlacedRow | KnownRow)[]>
/** A room without messages there is one row of nulls. */
type InRoom = { head: number; rev: number; roster: number; message: MessageRow | null }

// By name: after a migration that adds one, what an older server prepared still answers the same.
const columns = sql`id, room, seq, rev, author, kind, text, system, hash, created_at, edited_at, deleted_at`

/** The messages on Postgres. */
export function postgresMessages({ ask, transaction }: Link, now: () => number) {
  const batches = new RoomBatches<Job>(writeBatch, ({ draft }) => draft.id)

  async function writeBatch(batch: readonly Job[]): Promise<void> {
    const unplaced = await settle(batch, place)
    const unknown = await settle(unplaced, existing)
    // Here are strangers' drafts, and those whose room changed its members while they waited for it. Under the lock it can't.
    const refused = await settle(await settle(unknown, placeLocked), existing)
    for (const { reject } of refused) reject(new Problem('not_found', 'no such room'))
  }

  /**
   * Answers the jobs that `find` has a row for; the others come back. A draft that Postgres refuses does not take its
   * neighbours along: then each goes alone. An outage is for all.
   */
  async function settle(batch: readonly Job[], find: Find): Promise<Job[]> {
    if (batch.length === 0) return []
    try {
      const found = new Map((await persistently(() => find(batch))).map((row) => [row.id, row]))
      return batch.filter((job) => !answer(job, found.get(job.draft.id)))
    } catch (error) {
      if (batch.length > 1 && !(error instanceof Problem)) {
        const left: Job[] = []
        for (const job of batch) left.push(...(await settle([job], find)))
        return left
      }
      for (const { reject } of batch) reject(error)
      return []
    }
  }

  function answer({ draft, resolve, reject }: Job, row: PlacedRow | KnownRow | undefined): boolean {
    if (!row) return false
    const { roster } = row
    try {
      if ('hash' in row) resolve({ ...retriedMessage(row, draft), roster })
      else resolve({ message: messageView(firstRow(draft, row)), created: true, roster })
    } catch (problem) {
      reject(problem)
    }
    return true
  }

  /**
   * Gives the members' drafts whose ids are new the room's next numbers and writes them, in one statement and so in one
   * transaction. The room's row is locked up to the commit: numbers become visible in their order and without holes.
   * Another node's message under one of the ids, written meanwhile, is a unique violation: all of this is undone.
   * Members are who was one when the statement began: when they changed while it waited for the row, it writes nothing.
   */
  async function place(batch: readonly Job[], askIn = ask): Promise<PlacedRow[]> {
    const { tenant, room } = placeOf(batch)
    const ids = batch.map((job) => job.draft.id)
    const authors = batch.map((job) => job.draft.author)
    const texts = batch.map((job) => job.draft.text)
    return askIn<PlacedRow[]>`
      WITH before AS MATERIALIZED (
        SELECT roster FROM rooms WHERE tenant = ${tenant} AND id = ${room}
      ), fresh AS (
        SELECT *, row_number() OVER (ORDER BY place) AS nth FROM
          unnest(${ids}::text[], ${authors}::text[], ${texts}::text[])
          WITH ORDINALITY AS draft (id, author, text, place)
        -- Not NOT EXISTS: that may become a join, which reads all of the room.
        WHERE (SELECT m.seq FROM messages m WHERE m.tenant = ${tenant} AND m.room = ${room} AND m.id = draft.id) IS NULL
          AND (SELECT m.joined_seq FROM members m WHERE m.tenant = ${tenant} AND m.room = ${room}
                 AND m."user" = draft.author AND m.left_seq IS NULL) IS NOT NULL
      ), numbered AS (
        -- last_at never goes back, whatever the clocks of the nodes do.
        UPDATE rooms SET head = head + n.count, last_seq = head + n.count, last_at = greatest(last_at, ${now()})
        FROM (SELECT count(*) FROM fresh) n, before
        WHERE tenant = ${tenant} AND id = ${room} AND n.count > 0 AND rooms.roster = before.roster
        RETURNING head - n.count AS start, last_at, rooms.roster
      )
      INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
      SELECT ${tenant}, ${room}, start + nth, start + nth, id, author, 'text', text, '', last_at
      FROM fresh, numbered ORDER BY nth
      RETURNING id, seq, created_at, (SELECT roster FROM numbered) AS roster`
  }

  const placeLocked = (batch: readonly Job[]) =>
    transaction(async (askIn) => {
      const { tenant, room } = placeOf(batch)
      await lockRoom(askIn, tenant, room)
      return place(batch, askIn)
    })

  async function existing(batch: readonly Job[]): Promise<KnownRow[]> {
    const { tenant, room } = placeOf(batch)
    const ids = batch.map(({ draft }) => draft.id)
    return ask<KnownRow[]>`
      SELECT ${columns}, (SELECT roster FROM rooms r WHERE r.tenant = ${tenant} AND r.id = ${room}) AS roster
      FROM messages WHERE tenant = ${tenant} AND room = ${room} AND id = ANY(${ids}::text[])`
  }

  /** The room's row is locked first, as every change does: so changes of one room never wait for each other in a ring. */
  function amend(tenant: string, wish: MessageChange) {
    const { room, id } = wish
    return transaction(async (askIn) => {
      const roster = await lockRoom(askIn, tenant, room)
      const [row] = await askIn<MessageRow[]>`
        SELECT ${columns} FROM messages WHERE tenant = ${tenant} AND room = ${room} AND id = ${id}
          AND EXISTS (SELECT 1 FROM members m WHERE m.tenant = ${tenant} AND m.room = ${room}
                        AND m."user" = ${wish.by} AND m.left_seq IS NULL)`
      const next = amended(row, wish, now())
      if (next === row) return { message: messageView(next), changed: false, roster }
      const [{ rev }] = await askIn<[{ rev: number }]>`
        UPDATE rooms SET head = head + 1 WHERE tenant = ${tenant} AND id = ${room} RETURNING head AS rev`
      await askIn`
        UPDATE messages SET rev = ${rev}, text = ${next.text}, hash = ${next.hash},
          edited_at = ${next.edited_at}, deleted_at = ${next.deleted_at}
        WHERE tenant = ${tenant} AND room = ${room} AND seq = ${next.seq}`
      return { message: messageView({ ...next, rev }), changed: true, roster }
    })
  }

  const stores = (tenant: string): MessageStore => ({
    amend: (wish) => persistently(() => amend(tenant, wish)),

    append: (draft) =>
      new Promise<Appended>((resolve, reject) => {
        const job = { tenant, draft, resolve, reject }
        batches.add(`${tenant}/${draft.room}`, job)
      }),

    async message(room, id) {
      const [row] = await ask<MessageRow[]>`
        SELECT ${columns} FROM messages WHERE tenant = ${tenant} AND room = ${room} AND id = ${id}`
      return row && messageView(row)
    },

    async page(room, position, limit) {
      const window = windowOf(position, limit)
      const { at } = window
      const rows = await ask<InRoom[]>`
        SELECT r.head, r.rev, r.roster, to_json(m) AS message FROM rooms r LEFT JOIN LATERAL (
          (SELECT * FROM messages WHERE tenant = ${tenant} AND room = ${room} AND seq < ${at}
           ORDER BY seq DESC LIMIT ${window.older + 1})
          UNION ALL
          (SELECT * FROM messages WHERE tenant = ${tenant} AND room = ${room} AND seq >= ${at}
           ORDER BY seq LIMIT ${window.newer + 1})
        ) m ON true
        WHERE r.tenant = ${tenant} AND r.id = ${room}`
      const messages = messagesIn(rows)
      const older = messages.filter(({ seq }) => seq < at).sort((a, b) => b.seq - a.seq)
      const newer = messages.filter(({ seq }) => seq >= at).sort((a, b) => a.seq - b.seq)
      return pageOf(window, limit, { head: rows[0]?.head ?? 0, older, newer })
    },

    async changes(room, since, limit) {
      // Unchanged messages by their key, changed ones by the index that holds only them.
      const rows = await ask<InRoom[]>`
        SELECT r.head, r.rev, r.roster, to_json(m) AS message FROM rooms r LEFT JOIN LATERAL (
          (SELECT * FROM messages WHERE tenant = ${tenant} AND room = ${room} AND seq > ${since} AND rev = seq
           ORDER BY seq LIMIT ${limit + 1})
          UNION ALL
          (SELECT * FROM messages WHERE tenant = ${tenant} AND room = ${room} AND rev > ${since} AND rev > seq
           ORDER BY rev LIMIT ${limit + 1})
        ) m ON true
        WHERE r.tenant = ${tenant} AND r.id = ${room}`
      const { head = 0, rev = 0, roster = 0 } = rows[0] ?? {}
      if (since > head || head - since > limits.changes) {
        return { messages: [], head, roster, more: false, reset: true, roomChanged: true }
      }
      const changed = messagesIn(rows).sort((a, b) => a.rev - b.rev)
      const messages = changed.slice(0, limit).map(messageView)
      return { messages, head, roster, more: changed.length > limit, roomChanged: rev > since }
    },
  })

  return { stores, whenIdle: () => batches.whenIdle() }
}

/** Of a batch: everything in it is for one room. */
function placeOf([first]: readonly Job[]): { tenant: string; room: string } {
  return { tenant: first?.tenant ?? '', room: first?.draft.room ?? '' }
}

/** Locks the room's row up to the commit, and answers its roster. */
async function lockRoom(ask: Ask, tenant: string, room: string): Promise<number> {
  const [row] = await ask<Rostered[]>`
    SELECT roster FROM rooms WHERE tenant = ${tenant} AND id = ${room} FOR UPDATE`
  return row?.roster ?? 0
}

function messagesIn(rows: readonly InRoom[]): MessageRow[] {
  return rows.flatMap(({ message }) => message ?? [])
}
