import { parse } from '../protocol/parse.ts'
import { UserId } from '../protocol/views.ts'
import { nobody } from '../rules/erasing.ts'
import type { ErasedSlice } from '../store/store.ts'
import { usersIn } from '../store/users-in.ts'
import type { Caller } from './caller.ts'
import type { Command, Publication } from './command.ts'
import { messageEvent } from './message-news.ts'

/** Begins to erase a user: from then on nobody is or becomes them. */
export const eraseUser: Command<'eraseUser'> = async (_caller, { userId }, { store }) => {
  // The site itself, and nobody, stand as authors under ids that no user has.
  await store.beginErasing(parse(UserId, userId))
  return { reply: {}, created: true, events: [] }
}

/** One slice of it. */
export const eraseSome: Command<'eraseSome'> = async (caller, { userId }, { store }) => {
  const removesMessages = caller.tenant.settings.erasedMessages === 'none'
  const slice = await store.eraseSome({ user: userId, removesMessages })
  const events = [...(await leavingNews(caller, userId, slice)), ...(await messagesNews(caller, slice))]
  return { reply: { isDone: slice.isDone }, created: events.length > 0, events }
}

async function leavingNews(
  { store, topics }: Caller,
  userId: string,
  { left }: ErasedSlice,
): Promise<Publication[]> {
  if (!left) return []
  const { id: roomId, room, membershipRev } = left
  const topic = topics.room(roomId)
  if (!room)
    return [{ topic, changed: topic, rev: membershipRev, membershipRev, event: { t: 'gone', roomId } }]
  const users = await usersIn(store, { rooms: [room] })
  return [
    { topic, changed: topic, rev: room.rev, membershipRev, event: { t: 'room', room, users } },
    // Pages that are open may still name them in what they show.
    { topic, event: { t: 'user', user: { ...nobody, id: userId } } },
  ]
}

async function messagesNews({ store, topics }: Caller, { messages }: ErasedSlice): Promise<Publication[]> {
  if (messages.length === 0) return []
  const users = await usersIn(store, { messages: messages.map(({ message }) => message) })
  return messages.map(({ message, membershipRev }) => {
    const topic = topics.room(message.roomId)
    return { topic, changed: topic, rev: message.rev, membershipRev, event: messageEvent(message, users) }
  })
}
