import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import type { MessageView } from '../protocol/views.ts'
import { amended } from './message-rules.ts'
import { pageOf, windowOf } from './page.ts'
import { type Link, persistently } from './postgres-link.ts'
import { sql } from './postgres-sql.ts'
import { bodyHash, retriedMessage } from './retries.ts'
import { RoomBatches } from './room-batches.ts'
import { firstRow, type MessageRow, messageView } from './rows.ts'
import type { MessageChange, MessageDraft, Store } from './store.ts'

type MessageStore = Pick<Store, 'append' | 'amend' | 'message' | 'page' | 'changes'>
type Appended = { message: MessageView; created: boolean }
type Job = {
  readonly tenant: string
  readonly draft: MessageDraft
  readonly hash: string
  readonly resolve: (appended: Appended) => void
  readonly reject: (reason: unknown) => void
}
type PlacedRow = Pick<MessageRow, 'id' | 'seq' | 'created_at'>
/** A room without messages there is one row of nulls. */
type InRoom = { head: number; rev: number; message: MessageRow | null }

// By name: after a migration that adds one, what an older server prepared still answers the same.
const columns = sql`id, room, seq, rev, author, kind, text, system, hash, created_at, edited_at, deleted_at`

/** The messages on Postgres. */
export function postgresMessages({ ask, transaction }: Link, now: () => number) {
  const batches = new RoomBatches<Job>(writeBatch, ({ draft }) => draft.id)

  /** A draft that Postgres refuses does not take its neighbours along: then each goes alone. An outage is for all. */
  async function writeBatch(batch: readonly Job[]): Promise<void> {
    try {
      const settle = await persistently(() => write(batch))
      for (const done of settle) done()
    } catch (error) {
      const isForAll = batch.length === 1 || error instanceof Problem
      for (const job of batch) {
        if (isForAll) job.reject(error)
        else await writeBatch([job])
      }
    }
  }

  async function write(batch: readonly Job[]): Promise<(() => void)[]> {
    const placed = new Map((await place(batch)).map((row) => [row.id, row]))
    const replayed = batch.filter(({ draft }) => !placed.has(draft.id))
    const known = new Map((await existing(replayed)).map((row) => [row.id, row]))
    return batch.map((job) => () => {
      try {
        job.resolve(outcome(job, placed.get(job.draft.id), known.get(job.draft.id)))
      } catch (problem) {
        job.reject(problem)
      }
    })
  }

  /**
   * Gives the drafts whose ids are new the room's next numbers and writes them, in one statement and so in one
   * transaction. The room's row is locked up to the commit: numbers become visible in their order and without holes.
   * Another node's message under one of the ids, written meanwhile, is a unique violation: all of this is undone.
   */
  async function place(batch: readonly Job[]): Promise<PlacedRow[]> {
    const [first] = batch
    if (!first) return []
    const { tenant, draft } = first
    const { room } = draft
    const ids = batch.map((job) => job.draft.id)
    const authors = batch.map((job) => job.draft.author)
    const texts = batch.map((job) => job.draft.text)
    const hashes = batch.map((job) => job.hash)
    return ask<PlacedRow[]>`
      WITH fresh AS (
        SELECT *, row_number() OVER (ORDER BY place) AS nth FROM
          unnest(${ids}::text[], ${authors}::text[], ${texts}::text[], ${hashes}::text[])
          WITH ORDINALITY AS draft (id, author, text, hash, place)
        -- Not NOT EXISTS: that may become a join, which reads all of the room.
        WHERE (SELECT m.seq FROM messages m WHERE m.tenant = ${tenant} AND m.room = ${room} AND m.id = draft.id) IS NULL
      ), numbered AS (
        -- last_at never goes back, whatever the clocks of the nodes do.
        UPDATE rooms SET head = head + n.count, last_seq = head + n.count, last_at = greatest(last_at, ${now()})
        FROM (SELECT count(*) FROM fresh) n
        WHERE tenant = ${tenant} AND id = ${room} AND n.count > 0
        RETURNING head - n.count AS before, last_at
      )
      INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
      SELECT ${tenant}, ${room}, before + nth, before + nth, id, author, 'text', text, hash, last_at
      FROM fresh, numbered ORDER BY nth
      RETURNING id, seq, created_at`
  }

  async function existing(batch: readonly Job[]): Promise<MessageRow[]> {
    const [first] = batch
    if (!first) return []
    const ids = batch.map(({ draft }) => draft.id)
    return ask<MessageRow[]>`
      SELECT ${columns} FROM messages
      WHERE tenant = ${first.tenant} AND room = ${first.draft.room} AND id = ANY(${ids}::text[])`
  }

  function outcome({ draft, hash }: Job, placed?: PlacedRow, known?: MessageRow): Appended {
    if (known) return retriedMessage(known, draft)
    if (!placed) throw new Problem('not_found', 'no such room')
    return { message: messageView(firstRow(draft, hash, placed)), created: true }
  }

  /** The room's row is locked first, as every change does: so changes of one room never wait for each other in a ring. */
  function amend(tenant: string, wish: MessageChange) {
    const { room, id } = wish
    return transaction(async (askIn) => {
      await askIn`SELECT 1 FROM rooms WHERE tenant = ${tenant} AND id = ${room} FOR UPDATE`
      const [row] = await askIn<MessageRow[]>`
        SELECT ${columns} FROM messages WHERE tenant = ${tenant} AND room = ${room} AND id = ${id}`
      const next = amended(row, wish, now())
      if (next === row) return { message: messageView(next), changed: false }
      const [{ rev }] = await askIn<[{ rev: number }]>`
        UPDATE rooms SET head = head + 1 WHERE tenant = ${tenant} AND id = ${room} RETURNING head AS rev`
      await askIn`
        UPDATE messages SET rev = ${rev}, text = ${next.text}, edited_at = ${next.edited_at}, deleted_at = ${next.deleted_at}
        WHERE tenant = ${tenant} AND room = ${room} AND seq = ${next.seq}`
      return { message: messageView({ ...next, rev }), changed: true }
    })
  }

  const stores = (tenant: string): MessageStore => ({
    amend: (wish) => persistently(() => amend(tenant, wish)),

    append: (draft) =>
      new Promise<Appended>((resolve, reject) => {
        const job = { tenant, draft, hash: bodyHash(draft.text), resolve, reject }
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
        SELECT r.head, r.rev, to_json(m) AS message FROM rooms r LEFT JOIN LATERAL (
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
        SELECT r.head, r.rev, to_json(m) AS message FROM rooms r LEFT JOIN LATERAL (
          (SELECT * FROM messages WHERE tenant = ${tenant} AND room = ${room} AND seq > ${since} AND rev = seq
           ORDER BY seq LIMIT ${limit + 1})
          UNION ALL
          (SELECT * FROM messages WHERE tenant = ${tenant} AND room = ${room} AND rev > ${since} AND rev > seq
           ORDER BY rev LIMIT ${limit + 1})
        ) m ON true
        WHERE r.tenant = ${tenant} AND r.id = ${room}`
      const { head = 0, rev = 0 } = rows[0] ?? {}
      if (since > head || head - since > limits.changes) {
        return { messages: [], head, more: false, reset: true, roomChanged: true }
      }
      const changed = messagesIn(rows).sort((a, b) => a.rev - b.rev)
      const messages = changed.slice(0, limit).map(messageView)
      return { messages, head, more: changed.length > limit, roomChanged: rev > since }
    },
  })

  return { stores, whenIdle: () => batches.whenIdle() }
}

function messagesIn(rows: readonly InRoom[]): MessageRow[] {
  return rows.flatMap(({ message }) => message ?? [])
}
