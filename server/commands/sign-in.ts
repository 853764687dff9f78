import type { Fanout } from '../fanout/fanout.ts'
import type { Topics } from '../fanout/topics.ts'
import type { UserView } from '../protocol/views.ts'
import type { Profile, Store } from '../store/store.ts'
import { publish } from './run.ts'

/** Takes name and picture from a sign-in, and shows a change of them to the people who share a room with the user. */
export async function signIn(
  fanout: Fanout,
  { store, topics }: { store: Store; topics: Topics },
  profile: Profile,
): Promise<UserView> {
  const { user, changed } = await store.saveUser(profile)
  if (!changed) return user
  const memberships = await store.listMemberships(user.id)
  const event = { t: 'user', user } as const
  const listeners = [topics.user(user.id), ...memberships.map(({ room }) => topics.room(room))]
  publish(
    fanout,
    listeners.map((topic) => ({ topic, event })),
  )
  return user
}
