import { limits } from '../protocol/limits.ts'
import { permit } from './caller.ts'
import type { Command } from './command.ts'

/** Shows the others in a small room that the caller is typing, or no longer is. Nothing is stored and nothing is promised. */
export const typing: Command<'typing'> = async (caller, { roomId, over }) => {
  const { me, store, topics } = caller
  await permit(caller, 'typing', roomId)
  const memberCount = await store.countMembers(roomId)
  if (memberCount < 2 || memberCount > limits.crowd) return { reply: {}, created: false, events: [] }
  const event = { t: 'typing', roomId, userId: me.id, ...(over && { over }) } as const
  return {
    reply: {},
    created: true,
    events: [{ topic: topics.room(roomId), exceptUser: me.id, volatile: true, event }],
  }
}
