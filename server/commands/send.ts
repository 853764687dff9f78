import { Problem } from '../protocol/problems.ts'
import { permit, requireFitting } from './caller.ts'
import type { Command } from './command.ts'

/** Writes a message. The author is the caller, whatever the frame says; the same id again is the same message. */
export const send: Command<'send'> = async (caller, input, { store, isLimited }) => {
  const { me, tenant, topics } = caller
  const { roomId, messageId, text } = input
  if (input.replyTo !== undefined || input.attachments !== undefined) {
    throw new Problem('unsupported', 'replyTo and attachments are not supported yet')
  }
  await permit(caller, 'send', roomId)
  requireFitting(caller, text)
  const { message, created, membershipRev } = await store.append({
    room: roomId,
    id: messageId,
    author: me.id,
    text,
    ...(isLimited && { mostTextBytes: tenant.settings.limits.textBytesPerDay }),
  })
  if (!created) return { reply: { message }, created, events: [] }
  const topic = topics.room(roomId)
  return {
    reply: { message },
    created,
    events: [
      { topic, changed: topic, rev: message.rev, membershipRev, event: { t: 'message', message, user: me } },
    ],
  }
}
