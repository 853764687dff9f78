import { Problem } from '../protocol/problems.ts'
import { permit } from './caller.ts'
import type { Command, Publication } from './command.ts'

/** Changes how the caller keeps a room in their own list. Their other devices hear of it, and nobody else. */
export const arrange: Command<'arrange'> = async (caller, { roomId, mutedUntil, ...wish }, { store }) => {
  const { me: user, session, topics } = caller
  if (wish.pinned && wish.archived)
    throw new Problem('bad_request', 'pinned: expected a room that is pinned or archived, not both')
  await permit(caller, 'arrange', roomId)
  const { me, changed } = await store.arrange({
    ...{ room: roomId, user: user.id },
    ...wish,
    ...(mutedUntil !== undefined && { mutedUntil: timeOf(mutedUntil) }),
  })
  if (!changed) return { reply: { me }, created: false, events: [] }
  const mine: Publication = {
    topic: topics.user(user.id),
    changed: topics.room(roomId),
    ...(session !== undefined && { exceptSession: session }),
    event: { t: 'mine', roomId, ...me },
  }
  return { reply: { me }, created: true, events: [mine] }
}

const timeOf = (until: string | null): number | 'forever' | null =>
  until === null || until === 'forever' ? until : Date.parse(until)
