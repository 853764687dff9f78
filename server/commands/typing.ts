import { limits } from '../protocol/limits.ts'
import { requireMember } from './caller.ts'
import type { Command } from './command.ts'

/** Tells the others in a small room that the caller is typing. Nothing is stored and nothing is promised. */
export const typing: Command<'typing'> = async (caller, { room }) => {
  const { me, store, topics } = caller
  await requireMember(caller, room)
  const memberCount = await store.countMembers(room)
  if (memberCount < 2 || memberCount > limits.crowd) return { reply: {}, created: false, events: [] }
  const event = { t: 'typing', room, user: me.id } as const
  return {
    reply: {},
    created: true,
    events: [{ topic: topics.room(room), exceptUser: me.id, volatile: true, event }],
  }
}
