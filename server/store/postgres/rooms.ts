import { limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import type { RoomView } from '../../protocol/views.ts'
import { cutPage, decodeCursor } from '../../rules/cursor.ts'
import { directoryPage, directoryScan, type OpenRoomRow } from '../../rules/directory.ts'
import { mostAsked, mostMemberships, mostShown } from '../../rules/quotas.ts'
import { isRetriedRoom, type Joining, otherRoom } from '../../rules/retries.ts'
import { roomKey } from '../../rules/room-key.ts'
import {
  headsOf,
  type JoinedRow,
  joinedRoom,
  type MemberRow,
  type MeRow,
  type MessageRow,
  membersIn,
  memberView,
  meView,
  type RoomRow,
  roomView,
} from '../../rules/rows.ts'
import { mostListed, roomBytes } from '../../rules/size.ts'
import type { JoinedRoom, RoomDraft, RoomFilter, RoomStore, RoomVersions } from '../store.ts'
import { arrangedColumns, counts, isArchived, readTo, visibleFrom } from './arranging.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import { isIn, isMemberRow, memberByKey, membersByRole, messageRow, roomById } from './lookups.ts'
import { mentionsOfMember } from './mentions.ts'
import { type Sql, sql } from './sql.ts'
import type { PostgresUsage } from './usage.ts'
import { createdParts } from './webhooks.ts'

/** A room with what its view holds; the members unless it is a crowd. */
type WholeRow = RoomRow & { members: MemberRow[] | null; last: MessageRow | null }
type MarkRow = MeRow & { member_count: number }
type HeadsRow = { room: string } & Pick<RoomRow, 'head'> & Pick<MeRow, 'read_seq' | 'arranged_rev'>
/** Of a room and nothing else. */
const alone = { members: undefined, last: undefined, me: undefined }
type Opened = { room: string; created: boolean }

const slice = 500

// One by one: to a plan made while there were no rooms, a plain join may begin with all those of the tenant.
const joinRooms = sql`CROSS JOIN LATERAL (${roomById(sql`m.tenant`, sql`m.room`)}) r`
const roomColumns = sql`r.id, r.kind, r.name, r.description, r.picture_url, r.post, r.slow_mode, r.joining, r.history, r.data, r.keep_days, r.head, r.rev,
  r.last_seq, r.quiet_from, r.quiet_to, r.last_at, r.member_count`
const whole = (listed = sql``) => sql`${roomColumns},
  (SELECT to_json(l) FROM (
    SELECT ${messageRow} FROM (
      SELECT * FROM messages WHERE (tenant, room, seq) >= (r.tenant, r.id, r.last_seq)
      ORDER BY tenant, room, seq LIMIT 1
    ) m WHERE m.tenant = r.tenant AND m.room = r.id AND m.seq = r.last_seq) l) AS last,
  CASE WHEN r.member_count <= ${limits.crowd} ${listed} THEN (
    SELECT coalesce(json_agg(to_json(c) ORDER BY c."user"), '[]') FROM members c
    WHERE c.tenant = r.tenant AND c.room = r.id AND c.left_seq IS NULL) END AS members`
// The definition of unread, for a row of `members`: text by others after `readTo`, counted to the cap. The end
// of the range and the order are for the plan: of a range without end Postgres expects a third of all messages and
// reads the whole table, and without an order it may take an index that knows half of the key.
const unreadUpTo = (most: number) => sql`(
  SELECT count(*) FROM (
    SELECT 1 FROM messages x WHERE x.tenant = m.tenant AND x.room = m.room
      AND x.seq > ${readTo} AND x.seq <= ${Number.MAX_SAFE_INTEGER}
      AND x.author <> m."user" AND x.kind = 'text'
      AND x.deleted_at IS NULL ORDER BY x.seq LIMIT ${most}) counted)`
const unread = unreadUpTo(limits.unread)
const meAt = (now: number) =>
  sql`${arrangedColumns(now)}, ${unread} AS unread, ${mentionsOfMember} AS mentions`
const mine = (tenant: string, user: string | Sql) =>
  sql`m.tenant = ${tenant} AND m."user" = ${user} AND m.left_seq IS NULL`

/** The rooms and their members on Postgres. */
type Tools = { now: () => number; usage: PostgresUsage }

export function postgresRooms({ ask, transaction }: Link, { now, usage }: Tools) {
  /** One statement, so all of it or nothing. Of several at once one makes the room, and the others find it. */
  async function open(tenant: string, draft: RoomDraft, askIn = ask): Promise<Opened> {
    const { id, kind, name = null, key = null, members } = draft
    const {
      description = null,
      pictureUrl = null,
      post = null,
      slowMode = null,
      join = null,
      history = null,
      data = null,
      keepDays = null,
    } = draft
    const at = draft.openedAt ?? now()
    const [{ stranger, created }] = await askIn<[{ stranger: string | null; created: boolean }]>`
      WITH draft AS (
        SELECT * FROM unnest(${members}::text[]) WITH ORDINALITY AS draft ("user", place)
      ), stranger AS (
        SELECT d."user" FROM draft d
        WHERE (SELECT u.id FROM users u WHERE u.tenant = ${tenant} AND u.id = d."user") IS NULL
        ORDER BY d.place LIMIT 1
      ), room AS (
        INSERT INTO rooms (tenant, id, kind, name, description, picture_url, post, slow_mode, joining, history, data, keep_days, key, head, rev, last_seq, last_at,
          member_count, created_at)
        SELECT ${tenant}, ${id}, ${kind}, ${name}::text, ${description}::text, ${pictureUrl}::text, ${post}::text,
          ${slowMode}::bigint, ${join}::text, ${history}::text, ${data}::text, ${keepDays}::bigint, ${key}::text, 0, 0, 0, ${at}::bigint, ${members.length}::bigint, ${at}::bigint
        WHERE NOT EXISTS (SELECT 1 FROM stranger)
        ON CONFLICT DO NOTHING RETURNING id
      ), joined AS (
        INSERT INTO members (tenant, room, "user", role, read_seq, joined_seq, muted)
        SELECT ${tenant}, room.id, d."user", CASE d.place WHEN 1 THEN 'owner' ELSE 'member' END, 0, 0, false
        FROM room, draft d
      )${createdParts(tenant, draft, at)}
      SELECT (SELECT "user" FROM stranger) AS stranger, EXISTS (SELECT 1 FROM room) AS created`
    if (stranger !== null) throw new Problem('not_found', `no user ${JSON.stringify(stranger)}`)
    // The room that was in the way may be gone: it lost its key to a new name meanwhile.
    return created
      ? { room: id, created }
      : ((await find(tenant, draft, askIn)) ?? open(tenant, draft, askIn))
  }

  /** The same, and where it is a new one with somebody whom its owner shares no room with, it counts. */
  const openCounted = (tenant: string, draft: RoomDraft, most: number): Promise<Opened> =>
    transaction(async (askIn) => {
      const [user = '', ...others] = draft.members
      const [{ is_counted: isCounted }] = await askIn<[{ is_counted: boolean }]>`
        SELECT EXISTS (SELECT 1 FROM unnest(${others}::text[]) AS wanted WHERE NOT EXISTS (
          SELECT 1 FROM (
            SELECT room FROM members WHERE tenant = ${tenant} AND "user" = ${user} AND left_seq IS NULL LIMIT ${mostShown}
          ) a JOIN members b ON b.tenant = ${tenant} AND b.room = a.room AND b."user" = wanted AND b.left_seq IS NULL
        )) AS is_counted`
      const opened = await open(tenant, draft, askIn)
      if (opened.created && isCounted)
        await usage.take(askIn, { tenant, user, what: 'open', amount: 1 }, most)
      return opened
    })

  /** The room that the draft's id or key names. @throws Problem `conflict` when its id is another room's */
  async function find(tenant: string, draft: RoomDraft, askIn: Ask): Promise<Opened | undefined> {
    const [taken] = await askIn<(RoomRow & { deleted_at: number | null; everybody: Joining[] })[]>`
      SELECT kind, name, rev, deleted_at, (
        SELECT json_agg(m ORDER BY m.role = 'owner' DESC) FROM members m
        WHERE m.tenant = r.tenant AND m.room = r.id) AS everybody
      FROM rooms r WHERE tenant = ${tenant} AND id = ${draft.id}`
    if (taken && isRetriedRoom(taken, taken.everybody ?? [], draft)) return { room: draft.id, created: false }
    const [exact] = await askIn<{ id: string }[]>`
      SELECT id FROM rooms WHERE tenant = ${tenant} AND key = ${draft.key ?? null}`
    if (exact) return { room: exact.id, created: false }
    if (taken) throw otherRoom()
    return undefined
  }

  async function markOf(
    askIn: Ask,
    tenant: string,
    room: string,
    user: string,
  ): Promise<MarkRow | undefined> {
    const [row] = await askIn<MarkRow[]>`
      SELECT ${meAt(now())}, r.member_count FROM (${memberByKey(tenant, room, user)}) m ${joinRooms}
      WHERE m.left_seq IS NULL`
    return row
  }

  const stores = (tenant: string): RoomStore => ({
    openRoom(draft) {
      const { mostWithStrangers: most } = draft
      return retryOnConflict(() =>
        most === undefined ? open(tenant, draft) : openCounted(tenant, draft, most),
      )
    },

    async findRoom(id, viewer) {
      if (viewer === undefined) return roomIn(ask, tenant, id)
      const [row] = await ask<(WholeRow & MeRow)[]>`
        SELECT ${whole()}, ${meAt(now())} FROM (${memberByKey(tenant, id, viewer)}) m ${joinRooms}
        WHERE m.left_seq IS NULL`
      return row && view(row, row)
    },

    async listRooms(viewer, { limit, cursor, filter, sharedWith }) {
      const [at, last] = cursor === undefined ? [Number.MAX_SAFE_INTEGER, ''] : decodeCursor(cursor, 'number')
      const order = filter === 'pinned' ? sql`m.pinned_at` : sql`r.last_at`
      const condition =
        sharedWith === undefined
          ? isListed(filter, now())
          : sql`r.kind = 'group' AND coalesce(${isIn(tenant, sql`r.id`, sharedWith)}, false)`
      // The page is found first: a sorted query computes its columns for every row.
      const rows = await ask<(WholeRow & MeRow)[]>`
        WITH listed AS MATERIALIZED (
          SELECT m.room, sum(CASE WHEN r.member_count <= ${limits.crowd} THEN r.member_count ELSE 0 END)
            OVER (ORDER BY ${order} DESC, r.id DESC) AS people
          FROM members m ${joinRooms}
          WHERE ${mine(tenant, viewer)} AND ${condition} AND (${order}, r.id) < (${at}, ${last})
          ORDER BY ${order} DESC, r.id DESC LIMIT ${limit + 1}
        )
        SELECT ${whole(sql`AND listed.people <= ${mostListed}`)}, ${meAt(now())}
        FROM listed CROSS JOIN LATERAL (${memberByKey(tenant, sql`listed.room`, viewer)}) m ${joinRooms}
        WHERE m.left_seq IS NULL ORDER BY ${order} DESC, r.id DESC`
      const bytesOf = (row: WholeRow) => roomBytes(row, row.last ?? undefined)
      const placeOf = ({ last_at, pinned_at, id }: WholeRow & MeRow) =>
        [(filter === 'pinned' ? pinned_at : undefined) ?? last_at, id] as const
      const { page, next } = cutPage(rows, limit, placeOf, bytesOf)
      return { rooms: page.map((row) => view(row, row)), ...next }
    },

    async listOpenRooms(search) {
      const { after, most } = directoryScan(search)
      const [crowd, name, id] = after
      const order = sql`(-r.member_count), (coalesce(r.name, '') COLLATE "C"), r.id`
      const rows = await ask<OpenRoomRow[]>`
        SELECT r.id, r.name, r.description, r.picture_url, r.member_count,
          coalesce(${isIn(tenant, sql`r.id`, search.viewer)}, false) AS joined
        FROM rooms r
        WHERE r.tenant = ${tenant} AND r.joining IS NOT NULL AND r.deleted_at IS NULL
          AND (${order}) > (${crowd}::bigint, ${name}::text, ${id}::text)
        ORDER BY ${order} LIMIT ${most}`
      return directoryPage(rows, search, most)
    },

    async listAllRooms({ limit, cursor }) {
      const last = cursor === undefined ? '' : decodeCursor(cursor, 'string')[0]
      const rows = await ask<RoomRow[]>`
        SELECT ${roomColumns} FROM rooms r
        WHERE r.tenant = ${tenant} AND r.id > ${last} AND r.deleted_at IS NULL ORDER BY r.id LIMIT ${limit + 1}`
      const { page, next } = cutPage(rows, limit, ({ id }) => [id, ''])
      return { rooms: page.map((row) => roomView(row, alone)), ...next }
    },

    async listMemberships(user) {
      const rows = await ask<JoinedRow[]>`
        SELECT r.id AS room, r.head, r.roster AS "membershipRev", ${visibleFrom} AS visible_from, m.arranged_rev
        FROM members m ${joinRooms} WHERE ${mine(tenant, user)} ORDER BY r.last_at DESC, r.id DESC`
      return rows.map(joinedRoom)
    },

    async listMembershipsOf(users) {
      const found = new Map<string, JoinedRoom[]>()
      for (const some of slicesOf(users)) {
        const rows = await ask<(JoinedRow & { user: string })[]>`
          SELECT m."user", r.id AS room, r.head, r.roster AS "membershipRev", ${visibleFrom} AS visible_from, m.arranged_rev
          FROM unnest(${some}::text[]) AS w (id)
          CROSS JOIN LATERAL (SELECT * FROM members m WHERE ${mine(tenant, sql`w.id`)} OFFSET 0) m ${joinRooms}`
        for (const user of some) found.set(user, [])
        for (const row of rows) found.get(row.user)?.push(joinedRoom(row))
      }
      return found
    },

    async readVersions(rooms) {
      const found = new Map<string, RoomVersions>()
      for (const some of slicesOf(rooms)) {
        const rows = await ask<JoinedRoom[]>`
          SELECT r.id AS room, r.head, r.roster AS "membershipRev" FROM unnest(${[...new Set(some)]}::text[]) AS w (id)
          CROSS JOIN LATERAL (${roomById(tenant, sql`w.id`)}) r`
        for (const { room, ...versions } of rows) found.set(room, versions)
      }
      return found
    },

    async findRoomByKey(key) {
      const [row] = await ask<
        { id: string }[]
      >`SELECT id FROM rooms WHERE tenant = ${tenant} AND key = ${key}`
      return row?.id
    },

    async filterSharing(user, others) {
      const found = new Set<string>()
      const theirs = sql`w.id`
      const countOf = (one: string | Sql) => sql`(SELECT count(*) FROM (${membershipsOf(tenant, one)}) m)`
      for (const some of slicesOf(others, mostAsked)) {
        const rows = await ask<{ id: string }[]>`
          SELECT w.id FROM unnest(${some}::text[]) AS w (id) WHERE CASE
            WHEN ${countOf(theirs)} < ${countOf(user)} THEN ${sharesOneOf(tenant, theirs, user)}
            ELSE ${sharesOneOf(tenant, user, theirs)} END`
        for (const { id } of rows) found.add(id)
      }
      return found
    },

    async filterContacts(user, others) {
      const found = new Set<string>()
      for (const some of slicesOf(others)) {
        const keys = some.map((other) => roomKey([user, other]))
        const rows = await ask<{ id: string }[]>`
          SELECT w.id FROM unnest(${some}::text[], ${keys}::text[]) AS w (id, key)
          WHERE (SELECT r.kind FROM rooms r WHERE r.key = w.key AND r.tenant = ${tenant}) = 'direct'`
        for (const { id } of rows) found.add(id)
      }
      return found
    },

    async filterMembers(room, users) {
      const [row] = await ask<{ membershipRev: number; places: (string | null)[] }[]>`
        SELECT roster AS "membershipRev", ARRAY(
          SELECT (SELECT ${visibleFrom} FROM (${memberByKey(sql`r.tenant`, sql`r.id`, sql`asked`)}) m WHERE m.left_seq IS NULL)::text
          FROM unnest(${[...users]}::text[]) WITH ORDINALITY AS w (asked, nth) ORDER BY nth) AS places
        FROM rooms r WHERE tenant = ${tenant} AND id = ${room}`
      if (!row) return undefined
      const placeOf = (place: string | null | undefined) => (place == null ? undefined : Number(place))
      return membersIn(
        users.map((user, nth) => [user, placeOf(row.places[nth])]),
        row.membershipRev,
      )
    },

    async findOwner(room) {
      const [row] = await ask<{ user: string }[]>`${membersByRole(tenant, room, 'owner', 1)}`
      return row?.user
    },

    async isMember(room, user) {
      const rows = await ask`SELECT 1 FROM (${memberByKey(tenant, room, user)}) m WHERE m.left_seq IS NULL`
      return rows.length > 0
    },

    async visibleFrom(room, user) {
      const [row] = await ask<{ visible_from: number }[]>`
        SELECT ${visibleFrom} AS visible_from FROM (${memberByKey(tenant, room, user)}) m ${joinRooms}
        WHERE m.left_seq IS NULL`
      return row?.visible_from
    },

    async listMembers(room, { limit, cursor }) {
      const after = cursor === undefined ? '' : decodeCursor(cursor, 'string')[0]
      // Of `IS NULL` Postgres expects next to nobody while it knows no table, and would rather sort than read in order.
      const rows = await ask<MemberRow[]>`
        SELECT "user", role, read_seq, read_at FROM (
          SELECT * FROM members
          WHERE (tenant, room, "user") > (${tenant}, ${room}, ${after}) AND coalesce(left_seq < 0, true)
          ORDER BY tenant, room, "user" LIMIT ${limit + 1}
        ) next WHERE tenant = ${tenant} AND room = ${room} ORDER BY "user"`
      const { page, next } = cutPage(rows, limit, ({ user }) => [user, ''])
      return { members: page.map(memberView), ...next }
    },

    async countMembers(room) {
      const [row] = await ask<{ member_count: number }[]>`
        SELECT member_count FROM rooms WHERE tenant = ${tenant} AND id = ${room}`
      return row?.member_count ?? 0
    },

    async markRead(room, user, seq) {
      const [moved] = await retryOnConflict(
        () => ask<MarkRow[]>`
          UPDATE members m SET read_seq = least(${seq}, r.head), read_at = ${now()},
            arranged_rev = m.arranged_rev + (m.unread_from IS NOT NULL AND least(${seq}, r.head) >= r.last_seq)::int,
            unread_from = CASE WHEN least(${seq}, r.head) < r.last_seq THEN m.unread_from END
          FROM rooms r
          WHERE ${isMemberRow(tenant, room, user)} AND m.left_seq IS NULL AND r.tenant = m.tenant AND r.id = m.room
            AND m.read_seq < least(${seq}, r.head)
          RETURNING ${meAt(now())}, r.member_count`,
      )
      const mark = moved ?? (await markOf(ask, tenant, room, user))
      if (!mark) throw new Problem('not_found', 'no such room')
      return { ...meView(mark), moved: moved !== undefined, memberCount: mark.member_count }
    },

    async readHeads(user, rooms) {
      const rows = await ask<HeadsRow[]>`
        SELECT m.room, r.head, m.read_seq, m.arranged_rev FROM unnest(${[...rooms]}::text[]) AS w (id)
        CROSS JOIN LATERAL (${memberByKey(tenant, sql`w.id`, user)}) m ${joinRooms} WHERE m.left_seq IS NULL`
      return Object.fromEntries(rows.map((row) => [row.room, headsOf(row)]))
    },

    async readArrangedHeads(user) {
      const rows = await ask<HeadsRow[]>`
        SELECT m.room, m.read_seq, m.arranged_rev, (
          SELECT r.head FROM rooms r WHERE (r.tenant, r.id) >= (m.tenant, m.room) ORDER BY r.tenant, r.id LIMIT 1) AS head
        FROM members m WHERE ${mine(tenant, user)} AND m.arranged_rev > 0 ORDER BY m.room DESC LIMIT ${limits.rooms}`
      return Object.fromEntries(rows.map((row) => [row.room, headsOf(row)]))
    },

    async countUnread(user) {
      const [{ total }] = await ask<[{ total: number }]>`
        SELECT coalesce(sum(${unread}), 0)::int AS total FROM members m ${joinRooms}
        WHERE ${mine(tenant, user)} AND ${counts(now())} AND r.last_seq > ${readTo}`
      return total
    },
  })
  return { stores, roomIn, markOf }
}

/** Which rooms of a member are in a list of theirs. */
function isListed(filter: RoomFilter | undefined, now: number): Sql {
  if (filter === 'archived') return isArchived(now)
  if (filter === 'pinned') return sql`m.pinned_at IS NOT NULL`
  if (filter === undefined) return sql`NOT ${isArchived(now)}`
  if (filter === 'mentions')
    return sql`NOT ${isArchived(now)} AND r.last_seq > ${readTo} AND ${mentionsOfMember} > 0`
  return sql`NOT ${isArchived(now)} AND (m.unread_from IS NOT NULL OR ${unreadUpTo(1)} > 0)`
}

/** So that no answer is so large that the other work of this process waits for it. */
function* slicesOf(ids: readonly string[], most = slice): Generator<string[]> {
  for (let from = 0; from < ids.length; from += most) yield ids.slice(from, from + most)
}

/** Those that ended, too: rows are what it bounds. */
const membershipsOf = (tenant: string, user: string | Sql) => sql`
  SELECT room, left_seq FROM members WHERE tenant = ${tenant} AND "user" = ${user} LIMIT ${mostMemberships}`

const sharesOneOf = (tenant: string, user: string | Sql, other: string | Sql) => sql`EXISTS (
  SELECT 1 FROM (${membershipsOf(tenant, user)}) p
  WHERE p.left_seq IS NULL AND ${isIn(tenant, sql`p.room`, other)})`

async function roomIn(ask: Ask, tenant: string, id: string): Promise<RoomView | undefined> {
  const [row] = await ask<WholeRow[]>`SELECT ${whole()} FROM rooms r
    WHERE tenant = ${tenant} AND id = ${id} AND deleted_at IS NULL`
  return row && view(row)
}

function view(row: WholeRow, own?: MeRow): RoomView {
  return roomView(row, { members: row.members ?? undefined, last: row.last ?? undefined, me: own })
}
