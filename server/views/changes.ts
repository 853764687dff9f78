import { type Caller, permitSeeing } from '../commands/caller.ts'
import { limits } from '../protocol/limits.ts'
import type { Changes } from '../protocol/views.ts'
import { withOwnReactions } from '../store/own-reactions.ts'
import { usersIn } from '../store/users-in.ts'
import { pieceOfChanges } from './piece.ts'

/** What a member missed in a room since a rev; the same for the socket and for HTTP. */
export async function changesSince(
  caller: Caller,
  { roomId, since, limit = limits.page }: { roomId: string; since: number; limit?: number | undefined },
): Promise<Changes> {
  const from = await permitSeeing(caller, roomId)
  const { store } = caller
  const {
    roomChanged,
    membershipRev: _,
    ...changes
  } = await pieceOfChanges(store, {
    ...{ room: roomId, since, limit, from },
  })
  const shown = roomChanged ? await store.findRoom(roomId, caller.me.id) : undefined
  const users = await usersIn(store, { messages: changes.messages, ...(shown && { rooms: [shown] }) })
  const messages = await withOwnReactions(store, caller.me.id, changes.messages)
  return { ...changes, messages, users, epoch: store.epoch, ...(shown && { room: shown }) }
}
