import { type Caller, requireMember } from '../commands/caller.ts'
import { limits } from '../protocol/limits.ts'
import type { Changes, MessageView } from '../protocol/views.ts'
import { usersIn } from '../store/users-in.ts'

/** UTF-16 units of text in one answer: with more of it, whoever reads at all would seem too slow (socket-writer.ts). */
const mostText = 100_000

/** What a member missed in a room since a rev; the same for the socket and for HTTP. */
export async function changesSince(
  caller: Caller,
  { room, since, limit = limits.page }: { room: string; since: number; limit?: number | undefined },
): Promise<Changes> {
  await requireMember(caller, room)
  const { store } = caller
  const { roomChanged, roster: _, ...found } = await store.changes(room, since, limit)
  const messages = found.messages.slice(0, fitting(found.messages))
  const changes = { ...found, messages, more: found.more || messages.length < found.messages.length }
  const shown = roomChanged ? await store.room(room, caller.me.id) : undefined
  const users = await usersIn(store, { messages: changes.messages, ...(shown && { rooms: [shown] }) })
  return { ...changes, users, epoch: store.epoch, ...(shown && { room: shown }) }
}

/** How many of them fit in one answer: one at least. */
function fitting(messages: readonly MessageView[]): number {
  let text = 0
  const end = messages.findIndex((message, index) => {
    text += message.text.length
    return index > 0 && text > mostText
  })
  return end < 0 ? messages.length : end
}
