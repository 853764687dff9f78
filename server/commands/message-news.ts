import type { Event } from '../protocol/events.ts'
import type { MessageView, Users } from '../protocol/views.ts'
import { nobody } from '../rules/erasing.ts'
import { namedIn, usersIn } from '../store/users-in.ts'
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
  const { rev } = message
  const topic = topics.room(message.roomId)
  const news = (users: Users): Publication => ({
    ...{ topic, changed: topic, rev, membershipRev },
    event: messageEvent(message, { ...users, [me.id]: me }),
  })
  // Who reacted is known to most readers, and could be many: the caller is named where they did just now.
  const { reactions: _, ...asked } = message
  const isOnlyMe = namedIn(asked).every((id) => id === me.id)
  return isOnlyMe ? news({}) : usersIn(store, { messages: [asked] }).then(news)
}

/** @param users whom the message names, as far as a reader may not know them */
export function messageEvent(message: MessageView, users: Users): Event<'message'> {
  const { authorId } = message
  const named = new Set(namedIn(message))
  named.delete(authorId)
  const others = Object.fromEntries([...named].flatMap((id) => (users[id] ? [[id, users[id]] as const] : [])))
  const user = users[authorId] ?? (authorId === nobody.id ? nobody : { id: authorId, name: authorId })
  return { t: 'message', message, user, ...(Object.keys(others).length > 0 && { users: others }) }
}
