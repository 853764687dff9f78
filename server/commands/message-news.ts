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
    event: messageEvent(message, { ...users, [me.id]: me }),
  })
  const isOnlyMe = authorId === me.id && (replyTo?.authorId ?? me.id) === me.id
  const named = { authorId, ...(replyTo && { replyTo }) }
  return isOnlyMe ? news({}) : usersIn(store, { messages: [named] }).then(news)
}

/** @param users whom the message names, as far as a reader may not know them */
export function messageEvent(message: MessageView, users: Users): Event<'message'> {
  const { authorId, replyTo, reactions = [] } = message
  const named = new Set([
    ...(replyTo ? [replyTo.authorId] : []),
    ...reactions.flatMap(({ userIds }) => userIds),
  ])
  named.delete(authorId)
  const others: Users = {}
  for (const id of named) {
    const user = users[id]
    if (user) others[id] = user
  }
  const user = users[authorId] ?? { id: authorId, name: authorId }
  return { t: 'message', message, user, ...(Object.keys(others).length > 0 && { users: others }) }
}
