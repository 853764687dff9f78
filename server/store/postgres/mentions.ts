import { limits } from '../../protocol/limits.ts'
import { type MemberFinder, type NamedMemberRow, searchMembers } from '../../rules/member-search.ts'
import {
  hasMentions,
  type Mentions,
  mentionedBy,
  mentionsColumn,
  mentionsIn,
  newlyMentioned,
  newlyMentionsRoom,
  requireMentionsRoom,
  requireNoStrangers,
} from '../../rules/mentions.ts'
import type { Situation } from '../../rules/permissions.ts'
import type { MemberRow, MessageRow } from '../../rules/rows.ts'
import type { Finder } from '../../rules/search.ts'
import type { MentionStore, MessageDraft } from '../store.ts'
import { mentionsCount, readTo } from './arranging.ts'
import type { Ask, Link } from './link.ts'
import { isIn } from './lookups.ts'
import { type Sql, sql } from './sql.ts'

const rowsOf = (user: Sql) => sql`(
  SELECT 1 FROM mentions n CROSS JOIN LATERAL (
    SELECT * FROM messages WHERE (tenant, room, seq) >= (n.tenant, n.room, n.seq)
    ORDER BY tenant, room, seq LIMIT 1
  ) x
  WHERE n.tenant = m.tenant AND n.room = m.room AND n."user" = ${user}
    AND n.seq > ${readTo} AND n.seq <= ${Number.MAX_SAFE_INTEGER}
    AND x.tenant = n.tenant AND x.room = n.room AND x.seq = n.seq AND x.author <> m."user"
    AND x.deleted_at IS NULL AND x.edited_at IS NOT DISTINCT FROM n.edited_at
  ORDER BY n.tenant, n.room, n."user", n.seq LIMIT ${limits.unread})`

/**
 * The definition of a mention that is unread, for a row of `members`: of messages that are unread themselves, those that
 * mention the user or everybody. Counted to the cap, in the order of a key.
 */
export const mentionsOfMember = sql`(
  SELECT count(*) FROM (${rowsOf(sql`m."user"`)} UNION ALL ${rowsOf(sql`''`)} LIMIT ${limits.unread}) mentioned)`

/** What a draft mentions, as `place` takes it (append.ts). */
type DraftMentions = {
  readonly column: string
  /** Who has to be in the room. */
  readonly users: readonly string[]
  /** Its author has to own the group. */
  readonly isOfRoom: boolean
  /** The users of its rows. */
  readonly rows: readonly string[]
}

function draftMentions(draft: MessageDraft): string {
  const column = mentionsColumn(draft)
  if (column === null) return ''
  const asked: DraftMentions = {
    column,
    users: newlyMentioned(draft),
    isOfRoom: newlyMentionsRoom(draft),
    rows: mentionedBy({ author: draft.author, mentions: column }),
  }
  return JSON.stringify(asked)
}

/**
 * The parts of the statement that writes messages (append.ts). Where no draft of the batch mentions anybody all of them are
 * empty, and the statement is another one that knows nothing of mentions.
 */
export function mentionParts(drafts: readonly MessageDraft[]) {
  const none = sql``
  if (!drafts.some(hasMentions)) {
    const parts = {
      given: none,
      named: none,
      arePermitted: none,
      gathered: none,
      arrays: none,
      isSettled: none,
    }
    return { ...parts, name: none, column: none, value: none, written: none }
  }
  const mentioning = sql`nullif(draft.mentioning, '')::json`
  const isOwned = sql`EXISTS (
    SELECT 1 FROM rooms r JOIN members m ON m.tenant = r.tenant AND m.room = r.id
    WHERE r.tenant = draft.tenant AND r.id = draft.room AND r.kind = 'group'
      AND m."user" = draft.author AND m.role = 'owner')`
  return {
    given: sql`, ${drafts.map(draftMentions)}::text[]`,
    named: sql`, mentioning`,
    arePermitted: sql`
      AND NOT EXISTS (SELECT 1 FROM json_array_elements_text(${mentioning} -> 'users') AS wanted
        WHERE ${isIn(sql`draft.tenant`, sql`draft.room`, sql`wanted`)} IS NOT TRUE)
      AND (coalesce(${mentioning} ->> 'isOfRoom', '') <> 'true' OR ${isOwned})`,
    gathered: sql`, array_agg(nullif(mentioning, '') ORDER BY place) AS mentionings`,
    arrays: sql`, mentionings`,
    // A role may change without the members.
    isSettled: sql` AND NOT EXISTS (SELECT 1 FROM unnest(mentionings) AS one WHERE one::json ->> 'isOfRoom' = 'true')`,
    name: sql`, mentioning`,
    column: sql`, mentions`,
    value: sql`, mentioning::json ->> 'column'`,
    written: sql`, mentioned AS (
        INSERT INTO mentions (tenant, room, "user", seq)
        SELECT tenant, room, who, seq FROM placed, json_array_elements_text(mentioning::json -> 'rows') AS who
      )`,
  }
}

type Tools = { readonly finderIn: (tenant: string) => Finder; readonly now: () => number }

/** Whom messages mention, on Postgres. `finderIn` finds the tenant's users. */
export function postgresMentions({ ask }: Link, { finderIn, now: clock }: Tools) {
  type Text = Pick<MessageRow, 'room' | 'author'> & { readonly now: Mentions; readonly before?: Mentions }

  /** @throws Problem where somebody is newly mentioned who must not be */
  async function check(askIn: Ask, tenant: string, { room, author, now, before }: Text): Promise<void> {
    const users = newlyMentioned(now, before)
    if (users.length > 0) {
      const strangers = await askIn<{ wanted: string }[]>`
        SELECT wanted FROM unnest(${users}::text[]) AS wanted
        WHERE ${isIn(tenant, room, sql`wanted`)} IS NOT TRUE`
      requireNoStrangers(strangers.map(({ wanted }) => wanted))
    }
    if (!newlyMentionsRoom(now, before)) return
    const [situation = { role: undefined }] = await askIn<Situation[]>`
      SELECT m.role, r.kind FROM members m JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
      WHERE m.tenant = ${tenant} AND m.room = ${room} AND m."user" = ${author} AND m.left_seq IS NULL`
    requireMentionsRoom(situation)
  }

  const memberFinderIn = (tenant: string): MemberFinder => ({
    ...finderIn(tenant),
    async countMembers(room) {
      const [row] = await ask<{ count: number }[]>`
        SELECT member_count AS count FROM rooms WHERE tenant = ${tenant} AND id = ${room}`
      return row?.count ?? 0
    },
    readMembers: (room, after, most) => ask<NamedMemberRow[]>`
      SELECT p."user", p.role, p.read_seq, p.read_at, p.left_seq, u.id, u.name, u.avatar_url, u.about, u.merged_into, u.folded FROM (
        SELECT * FROM (
          SELECT * FROM members WHERE (tenant, room, "user") > (${tenant}, ${room}, ${after})
          ORDER BY tenant, room, "user" LIMIT ${most}
        ) next WHERE tenant = ${tenant} AND room = ${room}
      ) p CROSS JOIN LATERAL (${rowFrom(sql`users`, sql`tenant, id`, sql`p.tenant, p."user"`)}) u
      ORDER BY p."user"`,
    findMembers: (room, users) => ask<MemberRow[]>`
      SELECT m."user", m.role, m.read_seq, m.read_at FROM unnest(${users}::text[]) AS wanted
      CROSS JOIN LATERAL (
        ${rowFrom(sql`members`, sql`tenant, room, "user"`, sql`${tenant}, ${room}, wanted`)}) m
      WHERE m.left_seq IS NULL`,
  })

  return {
    /** Why a draft was not written. @throws Problem */
    refuse: (tenant: string, draft: MessageDraft) =>
      hasMentions(draft) ? check(ask, tenant, { ...draft, now: draft }) : undefined,

    /** Within the transaction that changes a message, before its row is: as on SQLite. */
    async keep(askIn: Ask, tenant: string, row: MessageRow, before: MessageRow | undefined): Promise<void> {
      if (row.mentions === (before?.mentions ?? null)) return
      await check(askIn, tenant, {
        ...row,
        now: mentionsIn(row),
        ...(before && { before: mentionsIn(before) }),
      })
      const { room, seq } = row
      const gone = before ? mentionedBy(before) : []
      if (gone.length > 0)
        await askIn`
          DELETE FROM mentions
          WHERE tenant = ${tenant} AND room = ${room} AND "user" = ANY(${gone}::text[]) AND seq = ${seq}`
      const come = mentionedBy(row)
      if (come.length > 0)
        await askIn`
          INSERT INTO mentions (tenant, room, "user", seq, edited_at)
          SELECT ${tenant}, ${room}, who, ${seq}::bigint, ${row.edited_at}::bigint FROM unnest(${come}::text[]) AS who`
    },

    stores: (tenant: string): MentionStore => ({
      async countMentions(user) {
        const [{ total }] = await ask<[{ total: number }]>`
          SELECT coalesce(sum(${mentionsOfMember}), 0)::int AS total FROM members m
          JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
          WHERE m.tenant = ${tenant} AND m."user" = ${user} AND m.left_seq IS NULL
            AND ${mentionsCount(clock())} AND r.last_seq > ${readTo}`
        return total
      },
      searchMembers: (search) => searchMembers(memberFinderIn(tenant), search),
    }),
  }
}

export type PostgresMentions = ReturnType<typeof postgresMentions>

/** The row with that key, as lookups.ts says why. */
const rowFrom = (table: Sql, columns: Sql, key: Sql): Sql => sql`
  SELECT * FROM (SELECT * FROM ${table} WHERE (${columns}) >= (${key}) ORDER BY ${columns} LIMIT 1) one
  WHERE (${columns}) = (${key})`
