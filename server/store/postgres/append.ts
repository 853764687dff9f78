import { Problem } from '../../protocol/problems.ts'
import type { MessageView } from '../../protocol/views.ts'
import { hasMentions, mentionsColumn } from '../../rules/mentions.ts'
import { requireAnswerable } from '../../rules/messages.ts'
import { hasPostingRules, type Poster, type PostingRules, requirePosting } from '../../rules/posting.ts'
import { retriedMessage } from '../../rules/retries.ts'
import { firstRow, type MessageRow, messageView } from '../../rules/rows.ts'
import type { MessageDraft } from '../store.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import { isIn, isReader, lockRoom, memberByKey, messageById, quoteById } from './lookups.ts'
import { mentionParts, type PostgresMentions } from './mentions.ts'
import { RoomBatches } from './room-batches.ts'
import { type Sql, sql } from './sql.ts'
import { sentParts } from './webhooks.ts'

type Appended = { message: MessageView; created: boolean; membershipRev: number }
/** `room` is unique over all tenants. */
type Job = {
  readonly room: string
  readonly id: string
  readonly tenant: string
  readonly draft: MessageDraft
  readonly resolve: (appended: Appended) => void
  readonly reject: (reason: unknown) => void
}
/** `place` counts the drafts that were given, from 1. */
type Found = { readonly place: number; readonly membershipRev: number }
type PlacedRow = Pick<MessageRow, 'seq' | 'created_at' | 'quote'> & Found
type KnownRow = MessageRow & Found
type Find = (batch: readonly Job[]) => Promise<readonly (PlacedRow | KnownRow)[]>
type Apart = (batch: readonly Job[], find: Find) => Promise<readonly Job[]>

/** Enough that one waits for the disk while another works. More of them would be smaller, and cost more flushes. */
const statementsAtOnce = 2

const wait = sql`FOR UPDATE`
const skipLocked = sql`FOR UPDATE SKIP LOCKED`

const asTheyAre: Apart = async (batch) => batch

/** Adds messages to their rooms on Postgres. */
export function postgresAppend(
  { ask, pool, transaction }: Link,
  { now, mentions }: { now: () => number; mentions: PostgresMentions },
) {
  // A batch that waits for its room holds a connection: most of them stay for the others.
  const lanes = { together: statementsAtOnce, alone: Math.ceil(pool.options.max / 4) }
  /** Of drafts that the rules of their room refuse: who may write there, and how often. */
  const refusals = new WeakMap<Job, Problem>()
  const batches = new RoomBatches<Job>({ together: writeTogether, alone: writeAlone, lanes })

  /** All that is at hand: nothing here waits for a room that somebody else is changing. */
  async function writeTogether(batch: readonly Job[]): Promise<readonly Job[]> {
    const unplaced = await settle(batch, (jobs) => place(jobs, skipLocked), asTheyAre)
    return settle(unplaced, existing, asTheyAre)
  }

  async function writeAlone(batch: readonly Job[]): Promise<void> {
    const unplaced = await settle(batch, (jobs) => place(jobs, wait), oneByOne)
    const unknown = await settle(unplaced, existing, oneByOne)
    // Here are strangers' drafts, those whose room changed its members while they waited for it, and those of rooms that say
    // who may write. Under the lock none of that changes.
    const refused = await settle(await settle(unknown, placeLocked, oneByOne), existing, oneByOne)
    for (const job of refused) {
      const { tenant, draft, reject } = job
      const problem = refusals.get(job)
      if (problem) reject(problem)
      else refusalOf(tenant, draft).then(reject, reject)
    }
  }

  /** @throws Problem where it is something else than that its author is a stranger */
  async function refusalOf(tenant: string, draft: MessageDraft): Promise<Problem> {
    const { room, author, replyTo } = draft
    const stranger = new Problem('not_found', 'no such room')
    if (replyTo === undefined && !hasMentions(draft)) return stranger
    if (!(await ask`SELECT 1 WHERE ${isIn(tenant, room, author)}`).length) return stranger
    if (replyTo !== undefined) await refuseReply(tenant, draft, replyTo)
    await mentions.refuse(tenant, draft)
    return stranger
  }

  async function refuseReply(tenant: string, { room, author }: MessageDraft, id: string): Promise<void> {
    const [row] = await ask<MessageRow[]>`
      ${messageById(tenant, room, id)} AND ${isReader(tenant, room, author, sql`m.seq`)}`
    requireAnswerable(row)
  }

  /**
   * Answers the jobs that `find` has a row for; the others come back. A draft that Postgres refuses does not
   * fail the others: `apart` says what becomes of them. An outage is for all.
   */
  async function settle(batch: readonly Job[], find: Find, apart: Apart): Promise<readonly Job[]> {
    if (batch.length === 0) return batch
    try {
      const rows = await retryOnConflict(() => find(batch))
      const found = new Map(rows.map((row) => [row.place, row]))
      return batch.filter((job, index) => !answer(job, found.get(index + 1)))
    } catch (error) {
      if (batch.length > 1 && !(error instanceof Problem)) return apart(batch, find)
      for (const { reject } of batch) reject(error)
      return []
    }
  }

  async function oneByOne(batch: readonly Job[], find: Find): Promise<readonly Job[]> {
    const left: Job[] = []
    for (const job of batch) left.push(...(await settle([job], find, oneByOne)))
    return left
  }

  function answer({ draft, resolve, reject }: Job, row: PlacedRow | KnownRow | undefined): boolean {
    if (!row) return false
    const { membershipRev } = row
    try {
      if ('hash' in row) resolve({ ...retriedMessage(row, draft), membershipRev })
      else
        resolve({
          message: messageView(
            firstRow({ ...draft, quote: row.quote, mentions: mentionsColumn(draft) }, row),
          ),
          created: true,
          membershipRev,
        })
    } catch (problem) {
      reject(problem)
    }
    return true
  }

  /**
   * Gives the members' drafts whose ids are new the next numbers of their rooms and writes them, in one statement and
   * so in one transaction. The rooms' rows are locked up to the commit: numbers become visible in their order and
   * without holes. `lock` says what to do about a room that somebody else has locked. A statement that
   * waits locks one room only: with several, two servers could wait for each other. Another node's message under one of
   * the ids, written meanwhile, is a unique violation: all of this is undone. Members are those of the moment when the
   * statement began: where they changed before it had the row, it writes nothing. So is what a draft answers: where
   * anything of the room changed, a room with such a draft is left, since that message may be a tombstone by now. A room with
   * rules of who may write is left as well, unless `isOpen` says that they were asked.
   */
  async function place(
    batch: readonly Job[],
    lock: Sql,
    askIn = ask,
    isOpen = sql`post IS NULL AND slow_mode IS NULL`,
  ): Promise<PlacedRow[]> {
    const { tenants, rooms, ids } = namesOf(batch)
    const authors = batch.map(({ draft }) => draft.author)
    const texts = batch.map(({ draft }) => draft.text)
    const forwards = batch.map(({ draft }) => draft.forwarded ?? '')
    // Of a draft that answers nothing it is ''.
    const replies = batch.map(({ draft }) => draft.replyTo ?? '')
    const mentioning = mentionParts(batch.map(({ draft }) => draft))
    return askIn<PlacedRow[]>`
      WITH fresh AS (
        SELECT tenant, room, count(*) AS count, array_agg(place ORDER BY place) AS places,
          array_agg(id ORDER BY place) AS ids, array_agg(author ORDER BY place) AS authors,
          array_agg(text ORDER BY place) AS texts, array_agg(quote ORDER BY place) AS quotes,
          array_agg(nullif(forwarded, '') ORDER BY place) AS forwards${mentioning.gathered}
        FROM unnest(${tenants}::text[], ${rooms}::text[], ${ids}::text[], ${authors}::text[], ${texts}::text[],
            ${replies}::text[], ${forwards}::text[]${mentioning.given})
          WITH ORDINALITY AS draft (tenant, room, id, author, text, reply, forwarded${mentioning.named}, place)
        CROSS JOIN LATERAL (SELECT CASE WHEN draft.reply <> '' THEN (
          ${quoteById(sql`draft.tenant`, sql`draft.room`, sql`draft.reply`, sql`draft.author`)}) END AS quote) answered
        WHERE (draft.reply = '' OR quote IS NOT NULL) AND NOT EXISTS (${messageById(sql`draft.tenant`, sql`draft.room`, sql`draft.id`)})
          AND ${isIn(sql`draft.tenant`, sql`draft.room`, sql`draft.author`)}${mentioning.arePermitted}
        GROUP BY tenant, room
      ), locked AS MATERIALIZED (
        SELECT fresh.* FROM fresh CROSS JOIN LATERAL (
          SELECT roster, head, post, slow_mode FROM rooms WHERE tenant = fresh.tenant AND id = fresh.room ${lock}
        ) current
        WHERE ${isOpen} AND roster = (SELECT roster FROM rooms WHERE tenant = fresh.tenant AND id = fresh.room)
          AND (num_nonnulls(VARIADIC quotes) = 0${mentioning.isSettled}
            OR head = (SELECT head FROM rooms WHERE tenant = fresh.tenant AND id = fresh.room))
      ), numbered AS (
        -- last_at never goes back, whatever the clocks of the nodes do.
        UPDATE rooms SET head = head + count, last_seq = head + count, last_at = greatest(last_at, ${now()})
        FROM locked WHERE rooms.tenant = locked.tenant AND rooms.id = locked.room
        RETURNING locked.*, head - count AS start, last_at AS created_at, roster
      ), placed AS MATERIALIZED (
        SELECT tenant, room, start + nth AS seq, place, id, author, text, quote, forwarded, created_at, roster${mentioning.name}
        FROM numbered, unnest(places, ids, authors, texts, quotes, forwards${mentioning.arrays})
          WITH ORDINALITY AS draft (place, id, author, text, quote, forwarded${mentioning.name}, nth)
      ), written AS (
        INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at, reply_to, forwarded${mentioning.column})
        SELECT tenant, room, seq, seq, id, author, 'text', text, '', created_at, (quote::json ->> 'seq')::bigint, forwarded${mentioning.value}
        FROM placed
      )${mentioning.written}${sentParts}
      SELECT place, seq, created_at, quote, roster AS "membershipRev" FROM placed`
  }

  const placeLocked: Find = (batch) =>
    transaction(async (askIn) => {
      const [first] = batch
      if (!first) return []
      const { tenant, draft } = first
      const rules = await lockRoom(askIn, tenant, draft.room)
      if (!hasPostingRules(rules)) return place(batch, wait, askIn)
      const permitted = await permittedIn(askIn, batch, rules)
      if (permitted.length === 0) return []
      const rows = await place(permitted, wait, askIn, sql`true`)
      if (rules.slow_mode !== null) await notePosting(askIn, permitted, rows)
      return rows.map((row) => ({ ...row, place: placeIn(batch, permitted[row.place - 1]) }))
    })

  /** The drafts of a room with rules that these let through: strangers' and known ones as well, which are not for them to refuse. */
  async function permittedIn(
    askIn: Ask,
    batch: readonly Job[],
    rules: PostingRules & { readonly last_at: number },
  ): Promise<Job[]> {
    const { tenants, rooms, ids } = namesOf(batch)
    const authors = batch.map(({ draft }) => draft.author)
    const posters = await askIn<(Poster & { place: number; is_known: boolean })[]>`
      SELECT place, m.role, m.posted_at, EXISTS (${messageById(sql`draft.tenant`, sql`draft.room`, sql`draft.id`)}) AS is_known
      FROM unnest(${tenants}::text[], ${rooms}::text[], ${ids}::text[], ${authors}::text[])
        WITH ORDINALITY AS draft (tenant, room, id, author, place)
      CROSS JOIN LATERAL (${memberByKey(sql`draft.tenant`, sql`draft.room`, sql`draft.author`)}) m
      WHERE m.left_seq IS NULL`
    const found = new Map(posters.map((poster) => [poster.place, poster]))
    // As the message will say when it was written.
    const at = Math.max(now(), rules.last_at)
    // Of two in one batch the second one comes too soon.
    const writing = new Map<string, number>()
    return batch.filter((job, index) => {
      const poster = found.get(index + 1)
      if (!poster || poster.is_known) return true
      const { author } = job.draft
      try {
        requirePosting(rules, { ...poster, posted_at: writing.get(author) ?? poster.posted_at }, at)
      } catch (problem) {
        refusals.set(job, problem as Problem)
        return false
      }
      writing.set(author, at)
      return true
    })
  }

  async function notePosting(askIn: Ask, batch: readonly Job[], rows: readonly PlacedRow[]): Promise<void> {
    const [first] = batch
    const at = rows[0]?.created_at
    if (!first || at === undefined) return
    for (const author of new Set(rows.map(({ place }) => batch[place - 1]?.draft.author))) {
      // Found as the first one from its key on: by equality, a plan made while the tables were empty took every membership of the
      // author. Locked, so that its place is still the same when it is written.
      const key = sql`(${first.tenant}, ${first.draft.room}, ${author ?? ''})`
      await askIn`
        UPDATE members SET posted_at = ${at}::bigint WHERE ctid = (
          SELECT ctid FROM (
            SELECT ctid, tenant, room, "user" FROM members WHERE (tenant, room, "user") >= ${key}
            ORDER BY tenant, room, "user" LIMIT 1 FOR UPDATE
          ) m WHERE (tenant, room, "user") = ${key})`
    }
  }

  async function existing(batch: readonly Job[]): Promise<KnownRow[]> {
    const { tenants, rooms, ids } = namesOf(batch)
    return ask<KnownRow[]>`
      SELECT place, found.*, (SELECT roster FROM rooms r WHERE r.tenant = found.tenant AND r.id = found.room) AS "membershipRev"
      FROM unnest(${tenants}::text[], ${rooms}::text[], ${ids}::text[])
        WITH ORDINALITY AS draft (tenant, room, id, place)
      CROSS JOIN LATERAL (
        ${messageById(sql`draft.tenant`, sql`draft.room`, sql`draft.id`)}
      ) found`
  }

  return {
    append: (tenant: string, draft: MessageDraft) =>
      new Promise<Appended>((resolve, reject) => {
        batches.add({ room: `${tenant}/${draft.room}`, id: draft.id, tenant, draft, resolve, reject })
      }),
    whenIdle: () => batches.whenIdle(),
  }
}

const placeIn = (batch: readonly Job[], job: Job | undefined): number => (job ? batch.indexOf(job) + 1 : 0)

function namesOf(batch: readonly Job[]) {
  return {
    tenants: batch.map(({ tenant }) => tenant),
    rooms: batch.map(({ draft }) => draft.room),
    ids: batch.map(({ id }) => id),
  }
}
