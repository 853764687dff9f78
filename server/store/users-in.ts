import type { MessageView, RoomView, Users } from '../protocol/views.ts'
import type { Store } from './store.ts'

/** The users that a reader of these rooms and messages needs to name. */
export function usersIn(
  store: Store,
  { rooms = [], messages = [] }: { rooms?: readonly RoomView[]; messages?: readonly MessageView[] },
): Promise<Users> {
  const ids = new Set<string>()
  for (const message of messages) ids.add(message.author)
  for (const room of rooms) {
    for (const member of room.members ?? []) ids.add(member.user)
    if (room.lastMessage) ids.add(room.lastMessage.author)
  }
  return store.users(ids)
}
