import { setImmediate as nextTurn } from 'node:timers/promises'
import { limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import type { MessageView } from '../../protocol/views.ts'
import { changesReactions, type Reactor, withoutReaction, withReaction } from '../../rules/reactions.ts'
import { type MessageRow, messageView } from '../../rules/rows.ts'
import type { NewWebhookEvent, Reaction, ReactionChange, ReactionStore } from '../store.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import { isReader, lockRoom, messageById } from './lookups.ts'
import { type Sql, sql } from './sql.ts'
import { noteEvents } from './webhooks.ts'

type Reacted = { message: MessageView; changed: boolean; membershipRev: number }
type Job = {
  readonly wish: ReactionChange
  readonly resolve: (reacted: Reacted) => void
  readonly reject: (reason: unknown) => void
}
type Row = MessageRow & { is_there: boolean | null }
type Place = { readonly tenant: string; readonly room: string }

/** Reactions in one transaction: others of the room wait for it meanwhile. */
const most = 100

/**
 * The reactions to messages on Postgres. Those of a room that come while others are being written wait for them, and are
 * written together: many people react to one message at once, and each alone would hold the room for a commit of its own.
 */
export function postgresReactions({ ask, transaction }: Link, now: () => number) {
  const waiting = new Map<string, Job[]>()
  const working = new Set<Promise<void>>()

  async function writeAll(place: Place, name: string): Promise<void> {
    for (let jobs = waiting.get(name) ?? []; jobs.length > 0; ) {
      // What else comes in this turn is written with them.
      await nextTurn()
      await writeSome(place, jobs.splice(0, most))
    }
    waiting.delete(name)
  }

  /** What the rules refuse fails alone, and what the database refuses with the others. */
  async function writeSome(place: Place, jobs: readonly Job[]): Promise<void> {
    try {
      const settle = await retryOnConflict(() => transaction((askIn) => perform(askIn, place, jobs)))
      for (const done of settle) done()
    } catch (error) {
      for (const { reject } of jobs) reject(error)
    }
  }

  async function perform(askIn: Ask, { tenant, room }: Place, jobs: readonly Job[]): Promise<(() => void)[]> {
    const { head, membershipRev } = await lockRoom(askIn, tenant, room)
    const changed = new Map<string, MessageRow>()
    const settle: (() => void)[] = []
    const events: NewWebhookEvent[] = []
    let rev = head
    for (const { wish, resolve, reject } of jobs) {
      try {
        const { row, isChanged } = await reactIn(askIn, {
          tenant,
          wish,
          rev: rev + 1,
          known: changed.get(wish.id),
        })
        if (isChanged) {
          rev += 1
          changed.set(wish.id, row)
          events.push({ room, rev, event: 'message.reacted', seq: row.seq, at: now() })
        }
        settle.push(() => resolve({ message: messageView(row), changed: isChanged, membershipRev }))
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        settle.push(() => reject(error))
      }
    }
    if (rev > head) await keep(askIn, { tenant, room }, changed.values(), rev)
    await noteEvents(askIn, tenant, events)
    return settle
  }

  async function keep(
    askIn: Ask,
    { tenant, room }: Place,
    rows: Iterable<MessageRow>,
    head: number,
  ): Promise<void> {
    for (const { id, seq, rev, reactions } of rows)
      await askIn`
        UPDATE messages SET rev = ${rev}, reactions = ${reactions}
        WHERE tenant = ${tenant} AND room = ${room} AND seq = ${seq} AND id = ${id}`
    await askIn`UPDATE rooms SET head = ${head} WHERE tenant = ${tenant} AND id = ${room}`
  }

  type Change = {
    readonly tenant: string
    readonly wish: ReactionChange
    readonly rev: number
    /** The message as the changes before in this transaction left it. */
    readonly known: MessageRow | undefined
  }

  async function reactIn(askIn: Ask, { tenant, wish, rev, known }: Change) {
    const { is_there: isThere, ...found } = await findRow(askIn, tenant, wish)
    const row = known ?? found
    if (!changesReactions(row, wish, isThere ?? false)) return { row, isChanged: false }
    const reactions = await write(askIn, { tenant, wish, rev, row })
    return { row: { ...row, rev, reactions }, isChanged: true }
  }

  async function findRow(askIn: Ask, tenant: string, { room, id, emoji, by }: ReactionChange): Promise<Row> {
    const [row] = await askIn<Row[]>`
      SELECT found.*, ${isReaction({ tenant, room, by, seq: sql`found.seq`, emoji })} AS is_there
      FROM (${messageById(tenant, room, id)} AND ${isReader(tenant, room, by, sql`m.seq`)}) found`
    if (!row) throw new Problem('not_found', 'no such message')
    return row
  }

  type Writing = Pick<Change, 'tenant' | 'wish' | 'rev'> & { readonly row: MessageRow }

  /** @returns the summary after it */
  async function write(askIn: Ask, { tenant, wish, rev, row }: Writing): Promise<string | null> {
    const { room, emoji, by, on } = wish
    const { seq } = row
    if (on) {
      await askIn`
        INSERT INTO reactions (tenant, room, seq, emoji, "user", rev, at)
        VALUES (${tenant}, ${room}, ${seq}, ${emoji}, ${by}, ${rev}, ${now()})`
      return withReaction(row.reactions, emoji, { user: by, rev })
    }
    await askIn`
      DELETE FROM reactions
      WHERE tenant = ${tenant} AND room = ${room} AND seq = ${seq} AND emoji = ${emoji} AND "user" = ${by}`
    const first = await askIn<Reactor[]>`
      SELECT "user", rev FROM reactions
      WHERE tenant = ${tenant} AND room = ${room} AND seq = ${seq} AND emoji = ${emoji}
      ORDER BY rev LIMIT ${limits.reactors}`
    return withoutReaction(row.reactions, emoji, first)
  }

  const stores = (tenant: string): ReactionStore => ({
    react: (wish) =>
      new Promise<Reacted>((resolve, reject) => {
        const { room } = wish
        const name = `${tenant}/${room}`
        const jobs = waiting.get(name) ?? []
        jobs.push({ wish, resolve, reject })
        if (waiting.has(name)) return
        waiting.set(name, jobs)
        const work = writeAll({ tenant, room }, name).finally(() => working.delete(work))
        working.add(work)
      }),

    async filterReactions(room, user, asked) {
      const seqs = asked.map(({ seq }) => String(seq))
      const emoji = asked.map((one) => one.emoji)
      const one = { tenant, room, seq: sql`asked.seq`, emoji: sql`asked.emoji`, by: user }
      return ask<Reaction[]>`
        SELECT asked.seq, asked.emoji FROM unnest(${seqs}::bigint[], ${emoji}::text[]) AS asked (seq, emoji)
        WHERE ${isReaction(one)}`
    },
  })

  return {
    stores,
    /** Resolves when nothing waits. */
    async whenIdle() {
      while (working.size > 0) await Promise.all(working)
    },
  }
}

type Key = { tenant: string; room: string; seq: Sql; emoji: string | Sql; by: string }

/** True where the user has reacted so; else false or null. Found as lookups.ts says. */
const isReaction = ({ tenant, room, seq, emoji, by }: Key) => sql`(
  SELECT (r.tenant, r.room, r.seq, r.emoji, r."user") = (${tenant}, ${room}, ${seq}, ${emoji}, ${by}) FROM reactions r
  WHERE (r.tenant, r.room, r.seq, r.emoji, r."user") >= (${tenant}, ${room}, ${seq}, ${emoji}, ${by})
  ORDER BY r.tenant, r.room, r.seq, r.emoji, r."user" LIMIT 1)`
