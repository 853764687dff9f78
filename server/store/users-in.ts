import type { MessageView, RoomView, Users } from '../protocol/views.ts'
import { nobody } from '../rules/erasing.ts'
import type { StoreReads } from './store.ts'

type Authored = Pick<
  MessageView,
  'authorId' | 'system' | 'replyTo' | 'forwarded' | 'mentions' | 'pinned' | 'reactions'
>

type Named = { rooms?: readonly RoomView[]; messages?: readonly Authored[] }

/** The users that a reader of these rooms and messages needs to name. */
export async function usersIn(store: StoreReads, named: Named): Promise<Users> {
  const ids = namedBy(named)
  const users = await store.findUsers(ids)
  return ids.has(nobody.id) ? { ...users, [nobody.id]: nobody } : users
}

/** Their ids. */
function namedBy({ rooms = [], messages = [] }: Named): ReadonlySet<string> {
  const ids = new Set<string>()
  const name = (id: string) => ids.add(id)
  for (const message of messages) forEachNamed(message, name)
  for (const { lastMessage, members = [] } of rooms) {
    if (lastMessage) forEachNamed(lastMessage, name)
    for (const { userId } of members) ids.add(userId)
  }
  return ids
}

/** Of these users whom a reader of these rooms and messages needs to name. */
export function onlyNamed(users: Users, named: Named): Users {
  const ids = namedBy(named)
  return Object.fromEntries(Object.entries(users).filter(([id]) => ids.has(id)))
}

/** Each once or more often, the author first. */
export function namedIn(message: Authored): string[] {
  const ids: string[] = []
  forEachNamed(message, (id) => ids.push(id))
  return ids
}

/** Without a list: a page of messages that many reacted to names people thousands of times. */
function forEachNamed(message: Authored, name: (id: string) => void): void {
  const { authorId, system, replyTo, forwarded, mentions = [], pinned, reactions = [] } = message
  name(authorId)
  for (const id of [system?.userId, replyTo?.authorId, forwarded?.authorId, pinned?.userId])
    if (id !== undefined) name(id)
  for (const { userId } of mentions) name(userId)
  for (const { userIds } of reactions) for (const id of userIds) name(id)
}
