import type { MessageView, RoomView, Users } from '../protocol/views.ts'
import type { StoreReads } from './store.ts'

type Authored = Pick<
  MessageView,
  'authorId' | 'system' | 'replyTo' | 'forwarded' | 'mentions' | 'pinned' | 'reactions'
>

/** The users that a reader of these rooms and messages needs to name. */
export function usersIn(
  store: StoreReads,
  { rooms = [], messages = [] }: { rooms?: readonly RoomView[]; messages?: readonly Authored[] },
): Promise<Users> {
  const last = rooms.flatMap(({ lastMessage }) => lastMessage ?? [])
  const ids = new Set([...messages, ...last].flatMap(namedIn))
  for (const room of rooms) {
    for (const member of room.members ?? []) ids.add(member.userId)
  }
  return store.findUsers(ids)
}

/** Each once or more often, the author first. */
export function namedIn({
  authorId,
  system,
  replyTo,
  forwarded,
  mentions = [],
  pinned,
  reactions = [],
}: Authored): string[] {
  const others = [system?.userId, replyTo?.authorId, forwarded?.authorId, pinned?.userId]
  const reacted = reactions.flatMap(({ userIds }) => userIds)
  const mentioned = mentions.map(({ userId }) => userId)
  return [authorId, ...others.filter((id) => id !== undefined), ...mentioned, ...reacted]
}
