import { ConfigProblem } from '../config.ts'
import { Problem } from '../protocol/problems.ts'
import type { RoomView } from '../protocol/views.ts'
import type { Store } from '../store/store.ts'
import { fieldsInColumns, inJson } from './columns.ts'
import { allPages, listed, pageSize } from './pages.ts'

export type RoomFlags = {
  readonly tenant?: string
  readonly user?: string
  readonly json?: boolean
  readonly yes?: boolean
}

type Action = (store: Store, flags: RoomFlags, id: string) => Promise<string>

/** What `chatter room` does, beside a running server too: what to print. Each throws ConfigProblem or Problem. */
export const roomActions = { list, show, members, delete: remove } as const satisfies Record<string, Action>

async function list(store: Store, { user, json }: RoomFlags): Promise<string> {
  const rooms = user === undefined ? await allRooms(store) : await roomsOf(store, user)
  const shown = rooms.map(shownRoom)
  return listed(shown, shown.map(rowOf), { json, none: 'No rooms.' })
}

const allRooms = (store: Store) =>
  allPages(
    (cursor) => store.listAllRooms({ limit: pageSize, ...(cursor !== undefined && { cursor }) }),
    'rooms',
  )

/** Archived ones, too. */
async function roomsOf(store: Store, user: string): Promise<RoomView[]> {
  if (!(await store.findUser(user))) throw new Problem('not_found', `no user ${JSON.stringify(user)}`)
  const rooms: RoomView[] = []
  for (const { room: id } of await store.listMemberships(user)) {
    const room = await store.findRoom(id)
    if (room) rooms.push(room)
  }
  return rooms
}

async function show(store: Store, { json }: RoomFlags, id: string): Promise<string> {
  const room = shownRoom(await found(store, id))
  return json ? inJson(room, 2) : fieldsInColumns(rowOf(room))
}

async function members(store: Store, { json }: RoomFlags, id: string): Promise<string> {
  await found(store, id)
  const all = await allPages(
    (cursor) => store.listMembers(id, { limit: pageSize, ...(cursor !== undefined && { cursor }) }),
    'members',
  )
  const users = await store.findUsers(all.map(({ userId }) => userId))
  const named = all.map(({ userId, ...member }) => ({ userId, name: users[userId]?.name ?? '', ...member }))
  const rows = named.map(({ userId, name, role, readSeq, readAt = '-' }) => ({
    ...{ user: userId, name, role, read: readSeq, last: readAt },
  }))
  return listed(named, rows, { json, none: 'Nobody is in it.' })
}

async function remove(store: Store, { json, yes }: RoomFlags, id: string): Promise<string> {
  if (!yes) throw new ConfigProblem([`--yes: expected, to delete ${id} with all its messages, for everybody`])
  await store.deleteRoom({ room: id })
  return json ? inJson({ deleted: id }, 2) : `Deleted ${id}.`
}

async function found(store: Store, id: string): Promise<RoomView> {
  const room = await store.findRoom(id)
  if (room) return room
  throw new Problem('not_found', `no room ${JSON.stringify(id)}`)
}

/** Without what is said in it, which is no operator's to read. */
function shownRoom({ lastMessage: _, members: __, me: ___, ...room }: RoomView) {
  return room
}

function rowOf(room: Omit<RoomView, 'lastMessage'>) {
  const { id, kind, name = '-', memberCount, head, lastAt, post = 'all', slowMode = 0 } = room
  const { join = '-', history = 'all' } = room
  return { id, kind, name, members: memberCount, head, last: lastAt, post, slow: slowMode, join, history }
}
