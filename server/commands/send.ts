import { Problem } from '../protocol/problems.ts'
import { requireFitting, requireMember } from './caller.ts'
import type { Command } from './command.ts'

/** Writes a message. The author is the caller, whatever the frame says; the same id again is the same message. */
export const send: Command<'send'> = async (caller, input) => {
  const { me, store, topics } = caller
  const { room, message: id, text } = input
  if (input.replyTo !== undefined || input.attachments !== undefined) {
    throw new Problem('unsupported', 'replyTo and attachments are not supported yet')
  }
  await requireMember(caller, room)
  requireFitting(caller, text)
  const { message, created, membershipRev } = await store.append({ room, id, author: me.id, text })
  if (!created) return { reply: { message }, created, events: [] }
  const topic = topics.room(room)
  return {
    reply: { message },
    created,
    events: [
      { topic, changed: topic, rev: message.rev, membershipRev, event: { t: 'message', message, user: me } },
    ],
  }
}
