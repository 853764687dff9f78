import type { Event } from '../protocol/events.ts'
import type { MessageView, Users } from '../protocol/views.ts'
import { usersIn } from '../store/users-in.ts'
import type { Caller } from './caller.ts'
import type { Publication } from './command.ts'

type Written = { readonly message: MessageView; readonly membershipRev: number }

/**
 * What a room hears of a new or changed message, whose author need not be the caller. At once where it names nobody else:
 * after a further await the message could be told behind what happened after it, as that somebody is out of the room.
 */
export function messageNews(
  { me, store, topics }: Caller,
  { message, membershipRev }: Written,
): Publication | Promise<Publication> {
  const { authorId, replyTo, rev } = message
  const topic = topics.room(message.roomId)
  const news = (users: Users): Publication => ({
    ...{ topic, changed: topic, rev, membershipRev },
    event: messageEvent(message, users),
  })
  const isOnlyMe = authorId === me.id && (replyTo?.authorId ?? me.id) === me.id
  return isOnlyMe ? news({ [me.id]: me }) : usersIn(store, { messages: [message] }).then(news)
}

/** @param users everybody whom the message names, as `usersIn` finds them */
export function messageEvent(message: MessageView, users: Users): Event<'message'> {
  const { authorId, replyTo } = message
  const user = users[authorId] ?? { id: authorId, name: authorId }
  const other = replyTo && replyTo.authorId !== authorId ? users[replyTo.authorId] : undefined
  return { t: 'message', message, user, ...(other && { users: { [other.id]: other } }) }
}
