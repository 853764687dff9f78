import { type Caller, permit } from './caller.ts'
import type { Command, Outcome } from './command.ts'

/** Deletes a group for everybody, and its history with it. */
export const deleteRoom: Command<'deleteRoom'> = async (caller, { roomId }, { store }) => {
  await permit(caller, 'deleteRoom', roomId)
  return deleted(caller, roomId, await store.deleteRoom({ room: roomId, by: caller.me.id }))
}

/** The same by the host, whom no permission holds. */
export const deleteRoomByHost: Command<'deleteRoomByHost'> = async (caller, { roomId }, { store }) =>
  deleted(caller, roomId, await store.deleteRoom({ room: roomId }))

function deleted(caller: Caller, roomId: string, rev: number): Outcome<'deleteRoom' | 'deleteRoomByHost'> {
  const topic = caller.topics.room(roomId)
  // Of a later set of members than any node knows: each asks the database who is one, and all of its listeners leave
  // with `gone`. So it is one delivery for ten thousand members, and one that gets lost is healed.
  const event = { t: 'gone', roomId } as const
  return { reply: {}, created: true, events: [{ topic, changed: topic, rev, membershipRev: rev, event }] }
}
