import { Problem } from '../protocol/problems.ts'
import { permit, requireFeature, requireFitting } from './caller.ts'
import type { Command } from './command.ts'
import { messageNews } from './message-news.ts'

/** Writes a message. The author is the caller, whatever the frame says; the same id again is the same message. */
export const send: Command<'send'> = async (caller, input, { store, isLimited }) => {
  const { me, tenant } = caller
  const { roomId, messageId, text, replyTo } = input
  if (input.attachments !== undefined) throw new Problem('unsupported', 'attachments are not supported yet')
  if (replyTo !== undefined) requireFeature(caller, 'replies', 'replyTo')
  await permit(caller, 'send', roomId)
  requireFitting(caller, text)
  const { message, created, membershipRev } = await store.append({
    room: roomId,
    id: messageId,
    author: me.id,
    text,
    ...(replyTo !== undefined && { replyTo }),
    ...(isLimited && { mostTextBytes: tenant.settings.limits.textBytesPerDay }),
  })
  if (!created) return { reply: { message }, created, events: [] }
  const news = messageNews(caller, { message, membershipRev })
  return { reply: { message }, created, events: [news instanceof Promise ? await news : news] }
}
