import type { Caller } from '../commands/caller.ts'
import type { Event } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import type { RoomView } from '../protocol/views.ts'
import { usersIn } from '../store/users-in.ts'
import { learnedFrom } from './learned.ts'

/** Everything a client needs to start, or to see where it is behind. */
export async function readyFor(id: string, { me, tenant, store }: Caller): Promise<Event<'ready'>> {
  const memberships = await store.listMemberships(me.id)
  const { rooms, cursor } = await store.listRooms(me.id, { limit: limits.listDefault })
  const heads = Object.fromEntries(memberships.slice(0, limits.rooms).map(({ room, head }) => [room, head]))
  const users = await usersIn(store, { rooms })
  // Whose rooms are all on the first page needs no second count.
  const unread = cursor === undefined ? unreadIn(rooms) : await store.countUnread(me.id)
  const more = memberships.length > limits.rooms
  const { epoch } = store
  return { t: 'ready', id, me, unread, epoch, ...learnedFrom(tenant.settings), rooms, users, heads, more }
}

function unreadIn(rooms: readonly RoomView[]): number {
  return rooms.reduce((sum, { me }) => (me && !me.muted ? sum + me.unread : sum), 0)
}
