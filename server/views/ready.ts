import type { Caller } from '../commands/caller.ts'
import type { Event } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import type { RoomView } from '../protocol/views.ts'
import type { JoinedRoom, StoreReads } from '../store/store.ts'
import { usersIn } from '../store/users-in.ts'
import { learnedFrom } from './learned.ts'

/**
 * Everything a client needs to start, or to see where it is behind. `memberships`: all rooms that the client listens to by
 * now, so that what happens while this is read reaches it behind the answer.
 */
export async function readyFor(
  id: string,
  { me, tenant, store }: Caller,
  memberships: readonly JoinedRoom[],
): Promise<Event<'ready'>> {
  const { rooms: page, cursor } = await store.listRooms(me.id, { limit: limits.listDefault })
  const [{ pinned, archived }, decided] = await Promise.all([
    store.readArranged(me.id),
    store.readPresence([me.id]),
  ])
  const rooms = [...page, ...(await pinnedBeyond(store, me.id, page, pinned))]
  const heads = Object.fromEntries(rooms.map(({ id, head }) => [id, head]))
  if (memberships.length > rooms.length) Object.assign(heads, await headsBeyond(store, rooms, memberships))
  const users = await usersIn(store, { rooms })
  // Whose rooms are all on the first page, but for those that are archived, needs no second count.
  const [unread, mentions] =
    cursor === undefined
      ? [unreadIn(rooms), mentionsIn(rooms)]
      : await Promise.all([store.countUnread(me.id), store.countMentions(me.id)])
  const more = memberships.length > limits.rooms
  const { epoch } = store
  const counts = { unread, ...(mentions > 0 && { mentions }) }
  const learned = learnedFrom(tenant.settings)
  const presence = decided.get(me.id)
  const own = { me, ...(presence && { presence }), ...counts }
  return { t: 'ready', id, ...own, epoch, ...learned, rooms, pinned, archived, users, heads, more }
}

/** The first pinned rooms, as many as a page has, but for those that are on it. */
async function pinnedBeyond(
  store: StoreReads,
  user: string,
  page: readonly RoomView[],
  pinned: readonly string[],
): Promise<RoomView[]> {
  const shown = new Set(page.map(({ id }) => id))
  const first = pinned.slice(0, limits.listDefault)
  if (first.every((id) => shown.has(id))) return []
  const { rooms } = await store.listRooms(user, { limit: limits.listDefault, filter: 'pinned' })
  return rooms.filter(({ id }) => !shown.has(id))
}

/** Of the rooms that the first page does not show: read anew, for they may have moved since `memberships` was read. */
async function headsBeyond(
  store: StoreReads,
  shown: readonly RoomView[],
  memberships: readonly JoinedRoom[],
): Promise<Record<string, number>> {
  const known = new Set(shown.map(({ id }) => id))
  const others = memberships
    .flatMap(({ room }) => (known.has(room) ? [] : room))
    .slice(0, limits.rooms - shown.length)
  const versions = await store.readVersions(others)
  return Object.fromEntries(others.flatMap((room) => [[room, versions.get(room)?.head ?? 0]]))
}

function unreadIn(rooms: readonly RoomView[]): number {
  return rooms.reduce((sum, { me }) => (me && !me.muted ? sum + me.unread : sum), 0)
}

/** In muted rooms, too: whoever is named there is meant. */
function mentionsIn(rooms: readonly RoomView[]): number {
  const counts = ({ me }: RoomView) => !(me?.muted && me.arranged?.muteMentions)
  return rooms.filter(counts).reduce((sum, { me }) => sum + (me?.mentions ?? 0), 0)
}
