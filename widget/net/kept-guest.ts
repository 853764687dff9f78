import type { SavedIn } from './saved.ts'
import type { Clock } from './timers.ts'

/** Where the token of a guest is kept. `here`: in this page, which may not use storage. */
export type GuestServer = {
  readonly server: string
  readonly storage: SavedIn | undefined
  readonly fetch: typeof fetch
  readonly clock: Clock
  here?: string | undefined
}

const guestKey = (server: string): string => `chatter-guest ${server}`

/** Where storage may not be used, it lives as long as this page. */
export function keepGuest(guests: GuestServer, token?: string): void {
  guests.here = token
  try {
    if (token === undefined) guests.storage?.removeItem(guestKey(guests.server))
    else guests.storage?.setItem(guestKey(guests.server), token)
  } catch {}
}

/** The token of the guest that this visitor is, or was before they signed in. */
export function keptGuest({ server, storage, here }: GuestServer): string | undefined {
  return here ?? storage?.getItem(guestKey(server)) ?? undefined
}
