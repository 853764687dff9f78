import { Hono } from 'hono'
import * as v from 'valibot'
import { type Caller, permit } from '../commands/caller.ts'
import { type RequestContext, wholeNumber } from '../http/context.ts'
import { paging, says, textParameter } from '../http/described.ts'
import { answerRead } from '../http/reads.ts'
import { limits } from '../protocol/limits.ts'
import { parse } from '../protocol/parse.ts'
import { Problem } from '../protocol/problems.ts'
import { MembersPage, type MemberView, RoomAnswer, RoomsPage, UserId } from '../protocol/views.ts'
import { revTag } from '../rules/preconditions.ts'
import type { FoundMembers, RoomFilter, StoreReads } from '../store/store.ts'
import { usersIn } from '../store/users-in.ts'
import { shownTimes } from './presence.ts'

const pageSize = { min: 1, max: limits.page }

const filters = ['unread', 'mentions', 'archived', 'pinned'] as const satisfies RoomFilter[]

const ownRooms = {
  summary: 'The own rooms, latest activity first',
  query: {
    ...paging(limits.listDefault),
    filter: v.exactOptional(v.pipe(v.picklist(filters), v.description('only those'))),
  },
  answer: RoomsPage,
}
const sharedRooms = {
  summary: 'The own rooms that another user is in, too',
  query: { userId: v.pipe(UserId, v.description('who')), ...paging(limits.listDefault) },
  answer: RoomsPage,
}
const membersOfRoom = {
  summary: 'Who is in a room',
  query: { q: textParameter('the beginning of any word of the name'), ...paging(limits.pageDefault) },
  answer: MembersPage,
}

/** The caller's rooms, one of them, and who is in it. */
export const rooms = new Hono<RequestContext>()
  .get('/rooms', says(ownRooms), async (c) => {
    const { me, store } = c.var.caller
    const limit = wholeNumber(c, 'limit', pageSize) ?? limits.listDefault
    const cursor = c.req.query('cursor')
    const filter = filterOf(c.req.query('filter'))
    const page = await store.listRooms(me.id, {
      limit,
      ...(cursor !== undefined && { cursor }),
      ...(filter !== undefined && { filter }),
    })
    const users = await usersIn(store, { rooms: page.rooms })
    return answerRead<RoomsPage>(c, { ...page, users, more: page.cursor !== undefined }, limit)
  })
  // A path of its own: servers of earlier builds answer that there is no such room.
  .get('/rooms/shared', says(sharedRooms), async (c) => {
    const { me, store } = c.var.caller
    const limit = wholeNumber(c, 'limit', pageSize) ?? limits.listDefault
    const cursor = c.req.query('cursor')
    const sharedWith = parse(UserId, c.req.query('userId'))
    const page = await store.listRooms(me.id, { limit, sharedWith, ...(cursor !== undefined && { cursor }) })
    const users = await usersIn(store, { rooms: page.rooms })
    return answerRead<RoomsPage>(c, { ...page, users, more: page.cursor !== undefined }, limit)
  })
  .get('/rooms/:roomId', says({ summary: 'One room', answer: RoomAnswer }), async (c) => {
    const { me, store } = c.var.caller
    const room = await store.findRoom(c.req.param('roomId'), me.id)
    if (!room) throw new Problem('not_found', 'no such room')
    c.header('ETag', revTag(room.rev))
    return answerRead<RoomAnswer>(c, { ...room, users: await usersIn(store, { rooms: [room] }) }, 1)
  })
  .get('/rooms/:roomId/members', says(membersOfRoom), async (c) => {
    const { caller } = c.var
    const roomId = c.req.param('roomId')
    const limit = wholeNumber(c, 'limit', pageSize) ?? limits.pageDefault
    const cursor = c.req.query('cursor')
    await permit(caller, 'see', roomId)
    const query = (c.req.query('q') ?? '').slice(0, limits.nameChars)
    const asked = { limit, ...(cursor !== undefined && { cursor }) }
    const { users, examined, ...page } =
      query.trim() === ''
        ? await listMembers(caller.store, roomId, asked)
        : await caller.store.searchMembers({ room: roomId, query, ...asked })
    const { members, ...shown } = await shownTo(caller, roomId, page.members)
    return answerRead<MembersPage>(c, { ...page, members, users, ...shown }, examined)
  })

/** When they were here, and when they read in the room, as far as the caller may know. */
async function shownTo(
  caller: Caller,
  roomId: string,
  members: readonly MemberView[],
): Promise<Pick<MembersPage, 'members' | 'lastSeen'>> {
  const room = await caller.store.findRoom(roomId)
  // As with presence: in larger rooms one does not know each other.
  const isSmall = room !== undefined && room.memberCount <= limits.crowd
  const ids = members.map(({ userId }) => userId)
  const times = isSmall ? await shownTimes(caller, room.kind, ids) : undefined
  const readers = times?.readers ?? new Set([caller.me.id])
  const isShown = times && caller.tenant.settings.presence !== 'off'
  return {
    members: members.map((member) => (readers.has(member.userId) ? member : withoutTime(member))),
    ...(isShown && { lastSeen: times.lastSeen }),
  }
}

const withoutTime = ({ readAt: _, ...member }: MemberView): MemberView => member

async function listMembers(
  store: StoreReads,
  room: string,
  asked: { limit: number; cursor?: string },
): Promise<FoundMembers> {
  const page = await store.listMembers(room, asked)
  const users = await store.findUsers(page.members.map(({ userId }) => userId))
  return { ...page, users, examined: asked.limit }
}

function filterOf(text: string | undefined): RoomFilter | undefined {
  const filter = filters.find((name) => name === text)
  if (text === undefined || filter !== undefined) return filter
  throw new Problem('bad_request', `filter: expected one of ${filters.join(', ')}`)
}
