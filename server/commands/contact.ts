import { isGuestId } from '../protocol/guests.ts'
import { Problem } from '../protocol/problems.ts'
import { roomKey } from '../rules/room-key.ts'
import { contactsIn } from '../rules/settings.ts'
import type { Caller } from './caller.ts'

/**
 * Whether the caller may bring these users into a room: by the tenant's policy `contact`, or because the token says so.
 * @throws Problem `not_found` as for a user who does not exist: whether they do is not the caller's to know
 */
export async function requireContact(caller: Caller, users: readonly string[]): Promise<void> {
  const { me, store, tenant } = caller
  const isGuest = isGuestId(me.id)
  const { contact, guestContacts } = tenant.settings
  // Guests write to those who answer visitors, and to nobody else by themselves: also not to themselves.
  if (isGuest && users.every((user) => user === me.id)) throw new Problem('forbidden', 'a guest has no notes')
  const may = isGuest ? contactsIn(guestContacts) : (caller.may ?? [])
  const others = users.filter((user) => user !== me.id && !may.includes(user))
  if (others.length === 0 || (contact === 'anyone' && !isGuest)) return
  const known =
    contact === 'shared' && !isGuest ? await store.filterSharing(me.id, others) : new Set<string>()
  const stranger = others.find((user) => !known.has(user))
  if (stranger !== undefined) throw new Problem('not_found', `no user ${JSON.stringify(stranger)}`)
}

/** The same for a room of exactly these users: a user who is in it already finds it, whatever the policy. */
export async function requireContactIn(caller: Caller, members: readonly string[]): Promise<void> {
  try {
    await requireContact(caller, members)
  } catch (error) {
    if ((await caller.store.findRoomByKey(roomKey(members))) === undefined) throw error
  }
}
