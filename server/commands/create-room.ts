import type { Fanout } from '../fanout/fanout.ts'
import type { Topics } from '../fanout/topics.ts'
import { Problem } from '../protocol/problems.ts'
import type { RoomAnswer, RoomKind } from '../protocol/views.ts'
import { toProfile } from '../rules/profiles.ts'
import type { TenantSettings } from '../rules/settings.ts'
import type { Profile, Store } from '../store/store.ts'
import { usersIn } from '../store/users-in.ts'
import { draftOf, newRoomEvents } from './open.ts'
import { publish } from './run.ts'
import { signIn } from './sign-in.ts'

export type NewRoom = {
  /** Which site's; default `default`. */
  readonly tenant?: string
  /** A room with a name is always a new one. */
  readonly name?: string
  readonly kind?: RoomKind
  /** A UUID for the new room, so that a retry makes no second one. */
  readonly id?: string
}

type Tools = {
  fanout: Fanout
  newId: () => string
  store: Store
  topics: Topics
  settings: TenantSettings
}

/** Opens a room on behalf of the host, for users who may never have signed in. The first one owns it. */
export async function createRoom(
  tools: Tools,
  users: readonly Profile[],
  room: NewRoom,
): Promise<RoomAnswer> {
  const { fanout, newId, store, topics, settings } = tools
  if (users.length === 0) throw new Problem('bad_request', 'users: expected at least one')
  const profiles = users.map(toProfile)
  for (const profile of profiles) await signIn(fanout, tools, profile)
  const memberIds = [...new Set(profiles.map(({ id }) => id))]
  const { tenant: _, ...input } = room
  const { room: id, created } = await store.openRoom(draftOf({ ...input, memberIds }, settings, newId))
  const view = await store.findRoom(id)
  if (!view) throw new Problem('not_found', 'no such room')
  const named = await usersIn(store, { rooms: [view] })
  if (created) publish(fanout, newRoomEvents(topics, { room: view, users: named }, memberIds))
  return { ...view, users: named }
}
