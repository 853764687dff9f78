/** Guests: visitors whom the site does not know, and who gave a name. */

/** How the ids of guests begin. No host has users of such ids: the server takes them from nobody. */
const prefix = 'chatter-guest:'

export function isGuestId(id: string): boolean {
  return id.startsWith(prefix)
}

/** @param uuid a new one */
export const guestId = (uuid: string): string => `${prefix}${uuid}`
