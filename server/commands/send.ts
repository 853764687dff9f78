import { isGuestId } from '../protocol/guests.ts'
import { Problem } from '../protocol/problems.ts'
import type { MessageDraft, StoreReads } from '../store/store.ts'
import { type Caller, permit, permitSeeing, requireFeature, requireFitting, shownTo } from './caller.ts'
import type { Command, Input } from './command.ts'
import { mentionsFor } from './mentions.ts'
import { messageNews } from './message-news.ts'

/** Writes a message. The author is the caller, whatever the frame says; the same id again is the same message. */
export const send: Command<'send'> = async (caller, input, { store, isLimited }) => {
  const { me, tenant } = caller
  const { roomId, messageId, text, replyTo, forward } = input
  if (input.attachments !== undefined) throw new Problem('unsupported', 'attachments are not supported yet')
  if (replyTo !== undefined) requireFeature(caller, 'replies', 'replyTo')
  if (forward !== undefined) requireFeature(caller, 'forwards', 'forward')
  if ((text === undefined) === (forward === undefined)) throw neitherOrBoth()
  await permit(caller, 'send', roomId)
  if (text !== undefined) requireFitting(caller, text)
  const mentions = mentionsFor(caller, input)
  const said = text === undefined ? await forwardedIn(caller, input) : { text, ...mentions }
  const draft = {
    room: roomId,
    id: messageId,
    author: me.id,
    ...said,
    ...(replyTo !== undefined && { replyTo }),
    ...(isLimited && { mostTextBytes: tenant.settings.limits.textBytesPerDay }),
  }
  const { message, created, membershipRev } = await store
    .append(draft)
    .catch((error: unknown) => sentAsGuest(caller, draft, error))
  if (!created) return { reply: { message: await shownTo(caller, message) }, created, events: [] }
  const news = messageNews(caller, { message, membershipRev })
  return { reply: { message }, created, events: [news instanceof Promise ? await news : news] }
}

/** What somebody sent before they signed in, and sends again because the answer got lost, is there already. */
async function sentAsGuest({ me, store }: Caller, draft: MessageDraft, error: unknown) {
  if (!(error instanceof Problem) || error.code !== 'conflict') throw error
  const message = await store.findMessage(draft.room, draft.id)
  if (!message || !isGuestId(message.authorId)) throw error
  const author = await store.findUser(message.authorId)
  if (author?.mergedInto !== me.id || message.text !== draft.text) throw error
  return { message, created: false, membershipRev: 0 }
}

type Said = Pick<MessageDraft, 'text' | 'forwarded'>

/**
 * What is to be said again, and who said it first. Sent again, the message is as it was, whatever became of the other one.
 * @throws Problem `not_found` unless the caller may read it, `conflict` for a tombstone
 */
async function forwardedIn(caller: Caller, { roomId, messageId, forward }: Input<'send'>): Promise<Said> {
  const { me, store } = caller
  const known = await store.findMessage(roomId, messageId)
  if (known?.authorId === me.id) return { text: known.text, forwarded: known.forwarded?.authorId ?? me.id }
  if (!forward) throw new Error('expected a message to forward')
  const message = await readable(store, forward, await permitSeeing(caller, forward.roomId))
  return { text: message.text, forwarded: message.forwarded?.authorId ?? message.authorId }
}

async function readable(
  store: StoreReads,
  { roomId, messageId }: NonNullable<Input<'send'>['forward']>,
  from: number,
) {
  const message = await store.findMessage(roomId, messageId, from)
  if (message?.kind !== 'text') throw new Problem('not_found', 'forward: no such message')
  // It may be for these readers only, and its link and what a page draws of it would be lost.
  if (message.site !== undefined)
    throw new Problem('forbidden', 'forward: what the site says stays where it said it')
  if (message.deletedAt !== undefined) throw new Problem('conflict', 'forward: the message was deleted')
  return message
}

function neitherOrBoth(): Problem {
  const detail = 'expected either a text or a message to forward'
  return new Problem('bad_request', `text: ${detail}`, { errors: [{ path: 'text', detail }] })
}
