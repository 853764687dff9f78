import { limits } from '../protocol/limits.ts'
import { permit } from './caller.ts'
import type { Command, Publication } from './command.ts'

/**
 * Moves the caller's read mark forward. Others hear of it in rooms small enough to show who has seen what. Who arranged the
 * room learns, on the device that read too, whether that ended their mark: only the database knows what its last message is.
 */
export const read: Command<'read'> = async (caller, { roomId, seq }, { store }) => {
  const { me, session, topics } = caller
  await permit(caller, 'read', roomId)
  const { moved, memberCount, ...mine } = await store.markRead(roomId, me.id, seq)
  if (!moved) return { reply: {}, created: false, events: [] }
  const events: Publication[] = [
    {
      topic: topics.user(me.id),
      changed: topics.room(roomId),
      ...(session !== undefined && !mine.arranged && { exceptSession: session }),
      event: { t: 'mine', roomId, ...mine },
    },
  ]
  if (memberCount > 1 && memberCount <= limits.crowd) {
    const event = { t: 'read', roomId, userId: me.id, seq: mine.readSeq } as const
    events.push({ topic: topics.room(roomId), exceptUser: me.id, event })
  }
  return { reply: {}, created: true, events }
}
