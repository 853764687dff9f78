/** What becomes of the places of a guest who has signed in, the same on both databases. */
import { isGuestId } from '../protocol/guests.ts'
import { Problem } from '../protocol/problems.ts'
import type { MemberView, UserView } from '../protocol/views.ts'
import { roomKey } from './room-key.ts'
import { type UserRow, userView } from './rows.ts'

type Role = MemberView['role']

/** A room that the guest is in, with the row of the user in it; all null where they never were there. */
export type GuestPlace = {
  readonly room: string
  readonly key: string | null
  readonly role: Role
  readonly user_role: Role | null
  readonly user_left: number | null
  readonly user_removed: number | null
}

/**
 * `enter`: the user takes the guest's place. `both`: they are in the room already, and the guest's place goes. `leave`: an
 * owner had removed the user, and nobody comes back as a guest.
 */
export function moveOf(place: GuestPlace): 'enter' | 'both' | 'leave' {
  const { user_role, user_left, user_removed } = place
  if (user_role === null) return 'enter'
  if (user_left === null) return 'both'
  return user_removed === user_left ? 'leave' : 'enter'
}

/** The key of a room for exactly its members, once the user is in the place of the guest. */
export const mergedKey = (members: readonly string[], guest: string, user: string): string =>
  roomKey(members.map((member) => (member === guest ? user : member)))

/** @returns whether there is something to do. @throws Problem as `Store.mergeGuest` says */
export function requireMergeable(
  guest: Pick<UserRow, 'id' | 'merged_into'> | undefined,
  user: UserRow | undefined,
): boolean {
  if (!guest || !isGuestId(guest.id)) throw new Problem('not_found', 'no such guest')
  if (!user) throw new Problem('not_found', 'no such user')
  if (guest.merged_into === user.id) return false
  if (guest.merged_into !== null) throw new Problem('conflict', 'the guest has signed in as somebody else')
  return true
}

/** The guest with what is shown of the user. */
export const mergedView = (guest: string, user: UserRow): UserView =>
  userView({ ...user, id: guest, merged_into: user.id })
