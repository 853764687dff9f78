import { withOwnReactions } from '../store/own-reactions.ts'
import { permit, shownTo } from './caller.ts'
import type { Command, Publication } from './command.ts'
import { messageNews } from './message-news.ts'

/** Adds a reaction of the caller to a message, or takes it back. */
export const react: Command<'react'> = async (caller, { roomId, messageId, emoji, on }, { store }) => {
  const { me, session, topics } = caller
  await permit(caller, 'react', roomId)
  const { message, changed, membershipRev } = await store.react({
    ...{ room: roomId, id: messageId, by: me.id },
    ...{ emoji, on },
  })
  const [mine = message] = await withOwnReactions(store, me.id, [message])
  const reply = { message: await shownTo(caller, mine) }
  if (!changed) return { reply, created: false, events: [] }
  const own: Publication = {
    topic: topics.user(me.id),
    ...(session !== undefined && { exceptSession: session }),
    event: { t: 'reacted', roomId, messageId, emoji, on, rev: message.rev },
  }
  const news = await messageNews(caller, { message, membershipRev })
  return { reply, created: on, events: [own, { ...news, isSame: true }] }
}
