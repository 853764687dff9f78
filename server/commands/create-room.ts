import { Problem } from '../protocol/problems.ts'
import type { RoomAnswer, RoomKind } from '../protocol/views.ts'
import { toProfile } from '../rules/profiles.ts'
import type { Profile } from '../store/store.ts'
import type { Caller } from './caller.ts'
import { draftOf } from './open.ts'
import { type NewRoomOptions, type ReadOptions, type RoomOptions, readOptions } from './room-options.ts'
import { outcomeOf, type Run } from './run.ts'
import { saveProfile } from './save-profile.ts'

export type NewRoom = {
  /** Which site's; default `default`. */
  readonly tenant?: string
  /** A room with a name is always a new one. */
  readonly name?: string
  readonly kind?: RoomKind
  /** A UUID for the new room, so that a retry makes no second one. */
  readonly id?: string
} /** Of groups only, but for `data` and `keepDays`. */ & Omit<RoomOptions, 'name'>

/**
 * Opens a room on behalf of the host, for users who may never have signed in. The first one owns it.
 * @throws Problem `bad_request` without users, `unauthorized` for an impossible user id, and what `open` throws
 */
export async function createRoomFor(
  { run, callerOf }: { run: Run; callerOf(user: Profile): Caller },
  users: readonly Profile[],
  { tenant: _, kind, id, ...given }: NewRoom,
): Promise<{ readonly room: RoomAnswer; readonly created: boolean }> {
  const { name, ...others } = readOptions(given)
  const options = newRoomOptions(others)
  const profiles = users.map(toProfile)
  const [first] = profiles
  if (!first) throw new Problem('bad_request', 'users: expected at least one')
  const input = {
    memberIds: profiles.map((profile) => profile.id),
    ...(typeof name === 'string' && { name }),
    ...(kind !== undefined && { kind }),
    ...(id !== undefined && { id }),
    ...options,
  }
  const caller = callerOf(first)
  // What is refused is refused first: else users would be made for nothing.
  draftOf({ ...input, memberIds: [...new Set(input.memberIds)] }, caller.tenant.settings, () => '')
  for (const profile of profiles) await saveProfile(run, callerOf(profile), profile)
  const { reply, created } = await outcomeOf(run, caller, 'createRoom', input)
  return { room: reply, created }
}

/** Without what says no more than that it is as usual. */
function newRoomOptions(options: Omit<ReadOptions, 'name'>): NewRoomOptions {
  const { description, pictureUrl, post, slowMode = 0, join, history, data, keepDays } = options
  return {
    ...(typeof description === 'string' && { description }),
    ...(typeof pictureUrl === 'string' && { pictureUrl }),
    ...(post === 'owners' && { post }),
    ...(slowMode > 0 && { slowMode }),
    ...(join === 'open' && { join }),
    ...(typeof data === 'string' && { data }),
    ...(typeof keepDays === 'number' && { keepDays }),
    // Also where it is as usual: the site's own default may be another.
    ...(history !== undefined && { history }),
  }
}
