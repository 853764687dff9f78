import { Problem } from '../protocol/problems.ts'
import type { RoomAnswer } from '../protocol/views.ts'
import { toProfile } from '../rules/profiles.ts'
import type { Profile } from '../store/store.ts'
import type { Caller } from './caller.ts'
import type { HostMember } from './room-options.ts'
import { outcomeOf, type Run } from './run.ts'
import { saveProfile } from './save-profile.ts'

type Host = { readonly run: Run; callerOf(user: Profile): Caller }

export type MemberChange = {
  /** Which site's; default `default`. */
  readonly tenant?: string
  readonly room: string
  /** Who did it, as the message about it says. Default: the user themselves, who then joined or left. */
  readonly by?: string
}

export type NewMember = MemberChange & {
  /** They need not have signed in yet: an unknown one is created. */
  readonly user: Profile
} & Pick<HostMember, 'role'>

/**
 * Brings a user into a group on behalf of the host, or gives a member another role. @throws Problem `not_found` without such
 * a room or `by`, `forbidden` unless it is a group, `too_large` when it is full, `conflict` for its last owner
 */
export async function setMemberFor(
  { run, callerOf }: Host,
  { room, user, role, by }: NewMember,
): Promise<{ readonly room: RoomAnswer; readonly created: boolean }> {
  const profile = toProfile(user)
  const asked = callerOf(profile)
  // What is refused is refused first: else somebody would be made for nothing.
  const found = await asked.store.findRoom(room)
  if (!found) throw new Problem('not_found', 'no such room')
  if (found.kind !== 'group') throw new Problem('forbidden', 'only groups can be changed')
  const author = by === undefined || by === profile.id ? undefined : await authorOf(asked, by)
  const known = await saveProfile(run, asked, profile)
  const caller = callerOf(author ?? known)
  const input = { roomId: room, userId: known.id, ...(role !== undefined && { role }) }
  const { reply, created } = await outcomeOf(run, caller, 'setMemberByHost', input)
  return { room: reply, created }
}

/** Takes a member out of a group on behalf of the host; nothing where they are in none. @throws Problem as `setMemberFor` */
export async function removeMemberFor(
  { run, callerOf }: Host,
  { room, user, by }: MemberChange & { readonly user: string },
): Promise<void> {
  const asked = callerOf({ id: user })
  const caller = callerOf(await authorOf(asked, by ?? user))
  await outcomeOf(run, caller, 'removeMemberByHost', { roomId: room, userId: user })
}

/** Deletes a group on behalf of the host, with its history. @throws Problem `not_found`, `forbidden` unless it is a group */
export async function deleteRoomFor(
  { run, callerOf }: Host,
  { room }: { readonly room: string },
): Promise<void> {
  await outcomeOf(run, callerOf({ id: '' }), 'deleteRoomByHost', { roomId: room })
}

/** Whom the message names. @throws Problem `not_found` */
async function authorOf({ store }: Caller, id: string): Promise<Profile> {
  const user = await store.findUser(id)
  if (!user) throw new Problem('not_found', `no user ${JSON.stringify(id)}`)
  return user
}
