import { isGuestId } from '../protocol/guests.ts'
import { Problem } from '../protocol/problems.ts'
import type { StoreReads } from '../store/store.ts'
import type { Command } from './command.ts'

/** Takes name, picture and what is said about the user from a sign-in, and shows a change of them to the people of their rooms. */
export const signIn: Command<'signIn'> = async ({ topics, ifMatch }, profile, { store }) => {
  // Only this server makes guests, and who was one is somebody else by now.
  if (isGuestId(profile.id)) await requireGuest(store, profile.id)
  const { user, changed, merged = [] } = await store.saveUser(profile, ifMatch)
  if (!changed) return { reply: { user }, created: false, events: [] }
  const memberships = await store.listMemberships(user.id)
  const news = [user, ...merged].map((one) => ({ t: 'user', user: one }) as const)
  const listeners = [topics.user(user.id), ...memberships.map(({ room }) => topics.room(room))]
  const events = listeners.flatMap((topic) => news.map((event) => ({ topic, event })))
  return { reply: { user }, created: true, events }
}

async function requireGuest(store: StoreReads, id: string): Promise<void> {
  const guest = await store.findUser(id)
  if (!guest?.guest) throw new Problem('not_found', `no guest ${JSON.stringify(id)}`)
}
