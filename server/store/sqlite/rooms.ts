import type Database from 'better-sqlite3'
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
import { roomBytes } from '../../rules/size.ts'
import type { Heads, RoomDraft, RoomFilter, RoomStore, RoomVersions } from '../store.ts'
import { arrangedColumns, counts, isArchived, readTo, visibleFrom } from './arranging.ts'
import type { GroupCommit } from './group-commit.ts'
import { hasMember, type KeyedRow, keyAt, keyedColumns, lastKey, membersByRole, rowIn } from './keys.ts'
import { mentionsOf } from './mentions.ts'
import type { SqliteUsage } from './usage.ts'
import type { SqliteOutbox } from './webhook-log.ts'

type NumberedRow = RoomRow & { no: number; deleted_at: number | null }
type ListedRow = NumberedRow & MeRow
type HeadsRow = Pick<RoomRow, 'head'> & Pick<MeRow, 'read_seq' | 'arranged_rev'>
type MarkRow = MeRow & { joined_seq: number } & Pick<
    RoomRow,
    'head' | 'last_seq' | 'quiet_from' | 'quiet_to' | 'member_count'
  >

const columns =
  'r.no, r.id, r.kind, r.name, r.description, r.picture_url, r.post, r.slow_mode, r.joining, r.history, r.data, r.keep_days, r.head, r.rev, r.last_seq, r.quiet_from, r.quiet_to, r.last_at, r.member_count, r.deleted_at'
// The plus: see "Decisions" in CONTRIBUTING.md.
const mine = 'm.tenant = +@tenant AND m.user = +@user AND m.left_seq IS NULL'
const joinRooms = 'JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room'
// Said, because without statistics SQLite takes a tenant for ten rows, and would read all its members instead.
const myRooms = `members m INDEXED BY members_by_user ${joinRooms}`
// The definition of unread, over the columns of `of` that `readTo` takes: text by others after it, counted to the cap.
const unreadIn = (of: string, number: string) => `
  SELECT 1 FROM messages x WHERE x.key > ${keyAt(number, readTo(of))}
    AND x.key <= ${lastKey(number)} AND x.author <> @user AND x.kind = +'text' AND x.deleted_at IS NULL`
const unreadOf = (of: string, number: string) =>
  `(SELECT count(*) FROM (${unreadIn(of, number)} LIMIT ${limits.unread}))`

type Place = readonly [at: number, room: string]
type Listing = {
  readonly tenant: string
  readonly user: string
  readonly limit: number
  readonly from: Place
  /** Who is in them, too. */
  readonly other?: string
}
/** Of a room and nothing else. */
const alone = { members: undefined, last: undefined, me: undefined }
const start: Place = [Number.MAX_SAFE_INTEGER, '']

/** The rooms and their members on SQLite. */
type Tools = { now: () => number; usage: SqliteUsage; outbox: SqliteOutbox }

export function sqliteRooms(db: Database.Database, commit: GroupCommit, { now, usage, outbox }: Tools) {
  const one = db.prepare<[string, string], NumberedRow>(
    `SELECT ${columns} FROM rooms r WHERE tenant = ? AND id = ?`,
  )
  const idOfKey = db
    .prepare<[string, string], string>('SELECT id FROM rooms WHERE tenant = ? AND key = ?')
    .pluck()
  const contacts = db
    .prepare<object, string>(
      `SELECT wanted.value ->> 'user' FROM json_each(@pairs) wanted
       CROSS JOIN rooms r ON r.tenant = +@tenant AND r.key = wanted.value ->> 'key' WHERE r.kind = +'direct'`,
    )
    .pluck()
  const everybody = db.prepare<[string, string], Joining>(
    `SELECT user, joined_seq FROM members WHERE tenant = ? AND room = ? ORDER BY role = 'owner' DESC`,
  )
  const userExists = db
    .prepare<[string, string], number>('SELECT 1 FROM users WHERE tenant = ? AND id = ?')
    .pluck()
  const insertRoom = db.prepare(
    `INSERT INTO rooms (tenant, id, kind, name, description, picture_url, post, slow_mode, joining, history, data, keep_days, key, head, rev, last_seq, last_at,
       member_count, created_at)
     VALUES (@tenant, @id, @kind, @name, @description, @pictureUrl, @post, @slowMode, @join, @history, @data, @keepDays, @key, 0, 0, 0, @now, @memberCount, @now)`,
  )
  const insertMember = db.prepare(
    `INSERT INTO members (tenant, room, user, role, read_seq, joined_seq, muted) VALUES (?, ?, ?, ?, 0, 0, 0)`,
  )
  const owner = db
    .prepare<object, string>(`SELECT user FROM ${membersByRole('owner')} ORDER BY joined_seq, user LIMIT 1`)
    .pluck()
  const membership = db
    .prepare<[string, string, string], number>(
      'SELECT 1 FROM members WHERE tenant = ? AND room = ? AND user = ? AND left_seq IS NULL',
    )
    .pluck()
  // Who sees all by their place needs no look at the room.
  const placeOf = db
    .prepare<[string, string, string], number>(
      `SELECT iif(m.joined_seq = 0, 0, (SELECT ${visibleFrom} FROM rooms r WHERE r.tenant = m.tenant AND r.id = m.room))
       FROM members m WHERE m.tenant = ? AND m.room = ? AND m.user = ? AND m.left_seq IS NULL`,
    )
    .pluck()
  // Those that ended count, too: rows are what it bounds.
  const countMemberships = db
    .prepare<[string, string], number>(
      `SELECT count(*) FROM (
         SELECT 1 FROM members INDEXED BY members_by_user WHERE tenant = ? AND user = ? LIMIT ${mostMemberships})`,
    )
    .pluck()
  const sharesOneOf = db
    .prepare<object, number>(
      `SELECT EXISTS (SELECT 1 FROM (
         SELECT a.room, a.left_seq FROM members a INDEXED BY members_by_user
         WHERE a.tenant = +@tenant AND a.user = +@user ORDER BY a.room DESC LIMIT ${mostMemberships}) p
       CROSS JOIN members b ON b.tenant = +@tenant AND b.room = p.room AND b.user = +@other
       WHERE p.left_seq IS NULL AND b.left_seq IS NULL)`,
    )
    .pluck()
  const hasStranger = db
    .prepare<object, number>(
      `SELECT EXISTS (SELECT 1 FROM json_each(@others) wanted WHERE NOT EXISTS (
         SELECT 1 FROM (
           SELECT a.room FROM members a INDEXED BY members_by_user
           WHERE a.tenant = +@tenant AND a.user = +@user AND a.left_seq IS NULL
           ORDER BY a.room DESC LIMIT ${mostShown}) p
         CROSS JOIN members b ON b.tenant = +@tenant AND b.room = p.room AND b.user = wanted.value
         WHERE b.left_seq IS NULL))`,
    )
    .pluck()
  const versions = db.prepare<[string, string], RoomVersions>(
    'SELECT head, roster AS "membershipRev" FROM rooms WHERE tenant = ? AND id = ?',
  )
  const count = db
    .prepare<[string, string], number>('SELECT member_count FROM rooms WHERE tenant = ? AND id = ?')
    .pluck()
  const listMembers = db.prepare<[string, string, string, number], MemberRow>(
    `SELECT user, role, read_seq, read_at FROM members
     WHERE tenant = ? AND room = ? AND left_seq IS NULL AND user > ? ORDER BY user LIMIT +?`,
  )
  const messageAt = db.prepare<[number, number], KeyedRow>(
    `SELECT ${keyedColumns} FROM messages WHERE key = ${keyAt('?', '?')}`,
  )
  const mark = db.prepare<object, MarkRow>(
    `SELECT ${arrangedColumns}, r.head, r.last_seq, r.quiet_from, r.quiet_to, r.member_count, ${unreadOf('m', 'r.no')} AS unread,
       ${mentionsOf('m', 'm.room', 'r.no')} AS mentions
     FROM members m ${joinRooms} WHERE ${mine} AND m.room = +@room`,
  )
  const moveMark = db.prepare(
    `UPDATE members SET read_seq = @to, read_at = @now,
       arranged_rev = arranged_rev + (unread_from IS NOT NULL AND @isEnd), unread_from = iif(@isEnd, NULL, unread_from)
     WHERE tenant = @tenant AND room = @room AND user = @user`,
  )
  // Unread is counted outside, for the rooms of the page only: a sorted query computes its columns for every row.
  const listed = (from: string, condition: string, order = 'r.last_at') =>
    db.prepare<object, ListedRow>(
      `SELECT p.*, ${unreadOf('p', 'p.no')} AS unread, ${mentionsOf('p', 'p.id', 'p.no')} AS mentions FROM (
         SELECT ${columns}, ${arrangedColumns} FROM ${from}
         WHERE ${mine} AND ${condition} AND (${order}, r.id) < (@at, @last) ORDER BY ${order} DESC, r.id DESC LIMIT +@limit) p`,
    )
  const isUnread = `(m.unread_from IS NOT NULL OR EXISTS (${unreadIn('m', 'r.no')}))`
  const lists = {
    all: listed(myRooms, `NOT ${isArchived}`),
    unread: listed(myRooms, `NOT ${isArchived} AND ${isUnread}`),
    mentions: listed(
      myRooms,
      `NOT ${isArchived} AND r.last_seq > ${readTo('m')} AND ${mentionsOf('m', 'm.room', 'r.no')} > 0`,
    ),
    archived: listed(`members m INDEXED BY members_archived ${joinRooms}`, isArchived),
    pinned: listed(
      `members m INDEXED BY members_pinned ${joinRooms}`,
      'm.pinned_at IS NOT NULL',
      'm.pinned_at',
    ),
    shared: listed(myRooms, `r.kind = +'group' AND ${hasMember('+@tenant', 'r.id', '+@other')}`),
  } as const
  const openRooms = db.prepare<object, OpenRoomRow>(
    `SELECT id, name, description, picture_url, member_count, ${hasMember('@tenant', 'r.id', '@viewer')} AS joined
     FROM rooms r INDEXED BY rooms_open
     WHERE tenant = @tenant AND joining IS NOT NULL AND deleted_at IS NULL AND (crowd_order, name_order, id) > (@crowd, @name, @id)
     ORDER BY crowd_order, name_order, id LIMIT +@most`,
  )
  const allRooms = db.prepare<object, NumberedRow>(
    `SELECT ${columns} FROM rooms r WHERE tenant = @tenant AND id > @last AND deleted_at IS NULL ORDER BY id LIMIT +@limit`,
  )
  const joined = db.prepare<object, JoinedRow>(
    `SELECT r.id AS room, r.head, r.roster AS "membershipRev", ${visibleFrom} AS visible_from, m.arranged_rev FROM ${myRooms} WHERE ${mine} ORDER BY r.last_at DESC, r.id DESC`,
  )
  const head = db.prepare<object, HeadsRow>(
    `SELECT r.head, m.read_seq, m.arranged_rev FROM members m ${joinRooms} WHERE ${mine} AND m.room = +@room`,
  )
  const arrangedHeads = db.prepare<object, { room: string } & HeadsRow>(
    `SELECT r.id AS room, r.head, m.read_seq, m.arranged_rev FROM ${myRooms}
     WHERE ${mine} AND m.arranged_rev > 0 ORDER BY m.room DESC LIMIT ${limits.rooms}`,
  )
  const total = db
    .prepare<object, number>(
      `SELECT coalesce(sum(${unreadOf('m', 'r.no')}), 0) FROM ${myRooms}
       WHERE ${mine} AND ${counts} AND r.last_seq > ${readTo('m')}`,
    )
    .pluck()

  /** Within a transaction too. */
  const markOf = (tenant: string, room: string, user: string): MarkRow | undefined =>
    mark.get({ tenant, user, room, now: now() })

  const list = (
    filter: RoomFilter | 'shared' | undefined,
    { from: [at, last], ...listing }: Listing,
  ): ListedRow[] => lists[filter ?? 'all'].all({ ...listing, at, last, now: now() })

  function lastOf(row: NumberedRow): MessageRow | undefined {
    const last = row.last_seq === 0 ? undefined : messageAt.get(row.no, row.last_seq)
    return last && rowIn(row.id, last)
  }

  function view(tenant: string, row: NumberedRow, me?: MeRow, last = lastOf(row)): RoomView {
    const isCrowd = row.member_count > limits.crowd
    const members = isCrowd ? undefined : listMembers.all(tenant, row.id, '', limits.crowd)
    return roomView(row, { members, last, me })
  }

  /** Before the room is there: after it, its owner shares one with everybody in it. */
  function take(tenant: string, { members, mostWithStrangers: most }: RoomDraft): void {
    const [user = '', ...others] = members
    if (most === undefined || !hasStranger.get({ tenant, user, others: JSON.stringify(others) })) return
    usage.take({ tenant, user, what: 'open', amount: 1 }, most)
  }

  function open(tenant: string, draft: RoomDraft): { room: string; created: boolean } {
    const stranger = draft.members.find((user) => userExists.get(tenant, user) === undefined)
    if (stranger !== undefined) throw new Problem('not_found', `no user ${JSON.stringify(stranger)}`)
    const taken = one.get(tenant, draft.id)
    if (taken && isRetriedRoom(taken, everybody.all(tenant, draft.id), draft)) {
      return { room: draft.id, created: false }
    }
    const exact = draft.key === undefined ? undefined : idOfKey.get(tenant, draft.key)
    if (exact !== undefined) return { room: exact, created: false }
    if (taken) throw otherRoom()
    const { id, kind, members } = draft
    take(tenant, draft)
    const {
      name = null,
      description = null,
      pictureUrl = null,
      post = null,
      slowMode = null,
      join = null,
      history = null,
      data = null,
      keepDays = null,
    } = draft
    insertRoom.run({
      tenant,
      id,
      kind,
      ...{ name, description, pictureUrl, post, slowMode, join, history, data, keepDays },
      key: draft.key ?? null,
      memberCount: members.length,
      now: draft.openedAt ?? now(),
    })
    members.forEach((user, index) => {
      insertMember.run(tenant, id, user, index === 0 ? 'owner' : 'member')
    })
    // One of another chat is no news.
    if (draft.openedAt === undefined)
      outbox(tenant, { room: id, rev: 0, event: 'room.created', seq: null, at: now() })
    return { room: id, created: true }
  }

  /** Through the rooms of the one of both who is in fewer. */
  function sharingWith(tenant: string, user: string): (other: string) => boolean {
    const mine = countMemberships.get(tenant, user) ?? 0
    return (other) => {
      const theirs = countMemberships.get(tenant, other) ?? 0
      const pair = theirs < mine ? { user: other, other: user } : { user, other }
      return sharesOneOf.get({ tenant, ...pair }) === 1
    }
  }

  async function filterSharing(tenant: string, user: string, others: readonly string[]) {
    const isSharing = sharingWith(tenant, user)
    const found = new Set<string>()
    for (const [at, other] of others.entries()) {
      // Everybody else has their turn in between.
      if (at > 0 && at % mostAsked === 0) await new Promise(setImmediate)
      if (isSharing(other)) found.add(other)
    }
    return found
  }

  const stores = (tenant: string): RoomStore => ({
    openRoom: (draft) => commit.run(() => open(tenant, draft)),

    async findRoom(id, viewer) {
      const me = viewer === undefined ? undefined : markOf(tenant, id, viewer)
      if (viewer !== undefined && !me) return undefined
      const row = one.get(tenant, id)
      return row && row.deleted_at === null ? view(tenant, row, me) : undefined
    },

    async listRooms(viewer, { limit, cursor, filter, sharedWith: other }) {
      const from = cursor === undefined ? start : decodeCursor(cursor, 'number')
      const listing = { tenant, user: viewer, limit: limit + 1, from }
      const rows = other === undefined ? list(filter, listing) : list('shared', { ...listing, other })
      const lasts = new Map<string, MessageRow | undefined>()
      const bytesOf = (row: ListedRow) => {
        const last = lastOf(row)
        lasts.set(row.id, last)
        return roomBytes(row, last)
      }
      const placeOf = ({ last_at, pinned_at, id }: ListedRow): Place => [
        (filter === 'pinned' ? pinned_at : undefined) ?? last_at,
        id,
      ]
      const { page, next } = cutPage(rows, limit, placeOf, bytesOf)
      return { rooms: page.map((row) => view(tenant, row, row, lasts.get(row.id))), ...next }
    },

    async listOpenRooms(search) {
      const { after, most } = directoryScan(search)
      const [crowd, name, id] = after
      const rows = openRooms.all({ tenant, viewer: search.viewer, crowd, name, id, most })
      return directoryPage(rows, search, most)
    },

    async listAllRooms({ limit, cursor }) {
      const last = cursor === undefined ? '' : decodeCursor(cursor, 'string')[0]
      const rows = allRooms.all({ tenant, last, limit: limit + 1 })
      const { page, next } = cutPage(rows, limit, ({ id }) => [id, ''])
      return { rooms: page.map((row) => roomView(row, alone)), ...next }
    },

    listMemberships: async (user) => joined.all({ tenant, user }).map(joinedRoom),

    async listMembershipsOf(users) {
      return new Map(users.map((user) => [user, joined.all({ tenant, user }).map(joinedRoom)]))
    },

    async readVersions(rooms) {
      const found = new Map<string, RoomVersions>()
      for (const room of rooms) {
        const row = versions.get(tenant, room)
        if (row) found.set(room, row)
      }
      return found
    },

    findRoomByKey: async (key) => idOfKey.get(tenant, key),

    filterSharing: (user, others) => filterSharing(tenant, user, others),

    async filterContacts(user, others) {
      const pairs = others.map((other) => ({ user: other, key: roomKey([user, other]) }))
      return new Set(contacts.all({ tenant, pairs: JSON.stringify(pairs) }))
    },

    async filterMembers(room, users) {
      const row = versions.get(tenant, room)
      const places = users.map((user) => [user, placeOf.get(tenant, room, user)] as const)
      return row && membersIn(places, row.membershipRev)
    },

    findOwner: async (room) => owner.get({ tenant, room }),

    isMember: async (room, user) => membership.get(tenant, room, user) !== undefined,

    visibleFrom: async (room, user) => placeOf.get(tenant, room, user),

    async listMembers(room, { limit, cursor }) {
      const after = cursor === undefined ? '' : decodeCursor(cursor, 'string')[0]
      const rows = listMembers.all(tenant, room, after, limit + 1)
      const { page, next } = cutPage(rows, limit, ({ user }) => [user, ''])
      return { members: page.map(memberView), ...next }
    },

    countMembers: async (room) => count.get(tenant, room) ?? 0,

    markRead: (room, user, seq) =>
      commit.run(() => {
        const before = markOf(tenant, room, user)
        if (!before) throw new Problem('not_found', 'no such room')
        const to = Math.min(seq, before.head)
        const moved = to > before.read_seq
        const isEnd = Number(to >= before.last_seq)
        if (moved) moveMark.run({ to, now: now(), isEnd, tenant, room, user })
        const after = moved ? (markOf(tenant, room, user) ?? before) : before
        return { ...meView(after), moved, memberCount: after.member_count }
      }),

    async readHeads(user, rooms) {
      const found: Record<string, Heads> = {}
      for (const room of rooms) {
        const row = head.get({ tenant, user, room })
        if (row) found[room] = headsOf(row)
      }
      return found
    },

    async readArrangedHeads(user) {
      const rows = arrangedHeads.all({ tenant, user })
      return Object.fromEntries(rows.map((row) => [row.room, headsOf(row)]))
    },

    countUnread: async (user) => total.get({ tenant, user, now: now() }) ?? 0,
  })

  return {
    stores,
    markOf,
    /** As it is within a transaction too. */
    viewOf(tenant: string, id: string): RoomView {
      const row = one.get(tenant, id)
      if (!row) throw new Problem('not_found', 'no such room')
      return view(tenant, row)
    },
  }
}
