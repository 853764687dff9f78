import type { MessageView, RoomView, Users } from '../protocol/views.ts'
import type { StoreReads } from './store.ts'

type Authored = Pick<MessageView, 'authorId' | 'system' | 'replyTo' | 'reactions'>

/** The users that a reader of these rooms and messages needs to name. */
export function usersIn(
  store: StoreReads,
  { rooms = [], messages = [] }: { rooms?: readonly RoomView[]; messages?: readonly Authored[] },
): Promise<Users> {
  const ids = new Set<string>()
  const last = rooms.flatMap(({ lastMessage }) => lastMessage ?? [])
  for (const { authorId, system, replyTo, reactions = [] } of [...messages, ...last]) {
    ids.add(authorId)
    if (replyTo) ids.add(replyTo.authorId)
    for (const { userIds } of reactions) for (const id of userIds) ids.add(id)
    if (system?.userId !== undefined) ids.add(system.userId)
  }
  for (const room of rooms) {
    for (const member of room.members ?? []) ids.add(member.userId)
  }
  return store.findUsers(ids)
}
