import { Problem } from '../protocol/problems.ts'
import { usersIn } from '../store/users-in.ts'
import { type Caller, expecting } from './caller.ts'
import type { Command, Publication, Tools } from './command.ts'
import { alter, wishMessage } from './group.ts'
import type { HostWish } from './room-options.ts'

/** One change of a group by the host. The caller is whom the message about it names, whatever they may. */
export const updateRoom: Command<'updateRoom'> = async (caller, { roomId, wish }, tools) => {
  const events = await eventsOf(caller, roomId, wish, tools)
  const room = await tools.store.findRoom(roomId)
  if (!room) throw new Problem('not_found', 'no such room')
  const reply = { ...room, users: await usersIn(tools.store, { rooms: [room] }) }
  return { reply, created: events.length > 0, events }
}

async function eventsOf(
  caller: Caller,
  room: string,
  wish: HostWish,
  tools: Tools,
): Promise<readonly Publication[]> {
  if (wish.kind !== 'set-up') {
    const { systemMessage } = wishMessage(caller, tools, wish)
    return alter(caller, { ...wish, room, systemMessage }, tools)
  }
  const { kind: _, ...setup } = wish
  // Before the change, as `alter` does it: what happened is published without another look at the store.
  const before = await tools.store.findRoom(room)
  const users = await usersIn(tools.store, { rooms: before ? [before] : [] })
  const altered = await tools.store.setUpRoom({ room, ...setup, ...expecting(caller) })
  if (!altered) return []
  const { room: view, membershipRev } = altered
  const topic = caller.topics.room(room)
  return [{ topic, changed: topic, rev: view.rev, membershipRev, event: { t: 'room', room: view, users } }]
}
