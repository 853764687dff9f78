import { guestId, isGuestId } from '../protocol/guests.ts'
import { Problem } from '../protocol/problems.ts'
import type { RoomView, Users } from '../protocol/views.ts'
import type { MergedRoom, StoreReads } from '../store/store.ts'
import { usersIn } from '../store/users-in.ts'
import type { Caller } from './caller.ts'
import type { Command, Publication } from './command.ts'

/** A visitor whom the site does not know has given a name. */
export const addGuest: Command<'addGuest'> = async ({ tenant }, { name }, { store, newId, isLimited }) => {
  const { guestsPerHour: most } = tenant.settings.limits
  const user = await store.addGuest({ id: guestId(newId()), name, ...(isLimited && { most }) })
  return { reply: { user }, created: true, events: [] }
}

/** The caller was this guest before they signed in: they take the guest's place in all rooms. */
export const mergeGuest: Command<'mergeGuest'> = async (caller, { guestId: guest }, { store }) => {
  if (isGuestId(caller.me.id)) throw new Problem('forbidden', 'a guest has not signed in')
  const merged = await store.mergeGuest({ guest, user: caller.me.id })
  if (!merged) return { reply: {}, created: false, events: [] }
  const events: Publication[] = []
  for (const one of merged.rooms) events.push(...(await movedIn(caller, merged.guest, one)))
  return { reply: {}, created: true, events }
}

async function movedIn(
  { me, store, topics }: Caller,
  guest: Users[string],
  { room: id, head, membershipRev, isIn }: MergedRoom,
): Promise<Publication[]> {
  const left: Publication = {
    topic: topics.user(guest.id),
    leave: id,
    event: { t: 'gone', roomId: id },
  }
  const room = await store.findRoom(id)
  if (!room) return [left]
  const users = await namesIn(store, room, guest)
  const topic = topics.room(id)
  const news: Publication[] = [
    left,
    { topic, changed: topic, rev: head, membershipRev, event: { t: 'room', room, users } },
    { topic, event: { t: 'user', user: guest } },
  ]
  const mine = isIn ? await store.findRoom(id, me.id) : undefined
  if (!mine?.me) return news
  const { role: _, ...own } = mine.me
  const mineTopic = topics.user(me.id)
  return [
    ...news,
    { topic: mineTopic, join: id, rev: room.head, membershipRev, event: { t: 'room', room, users } },
    { topic: mineTopic, event: { t: 'mine', roomId: id, ...own } },
  ]
}

/** Who opens the room finds the guest's messages in it. */
async function namesIn(store: StoreReads, room: RoomView, guest: Users[string]): Promise<Users> {
  return { ...(await usersIn(store, { rooms: [room] })), [guest.id]: guest }
}

/** Of these users, those who were guests are whom they have signed in as. */
export async function withoutMerged(store: StoreReads, users: readonly string[]): Promise<readonly string[]> {
  if (!users.some(isGuestId)) return users
  const found = await store.findUsers(users.filter(isGuestId))
  return [...new Set(users.map((id) => found[id]?.mergedInto ?? id))]
}

const mayNot = 'a guest may not do this: sign in for it'

/** @throws Problem `forbidden` for a guest */
export function requireNoGuest({ me }: Caller): void {
  if (isGuestId(me.id)) throw new Problem('forbidden', mayNot)
}
