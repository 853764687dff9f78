/**
 * A visitor whom the site does not know: the token that the server gave for a name, where it is kept, and what becomes of
 * it when they sign in. A chunk of its own: only guests load it.
 */

import { Problem } from '../../server/protocol/problems.ts'
import { problemOf } from './api.ts'
import { type GuestServer, keepGuest, keptGuest } from './kept-guest.ts'
import { claims, type TokenReason, type Tokens } from './token.ts'

/** A token that is younger does on the next page, too. */
const youngMs = 86_400_000

/** Whether a name is all that the site asks for; rejects where it may be in a while. A server that does not know of guests has none. */
export async function areGuestsAllowed(guests: GuestServer): Promise<boolean> {
  const { allowed } = await ask<{ allowed?: boolean }>(guests, 'guests').catch((error: unknown) => {
    if (error instanceof Problem && !error.temporary) return { allowed: false }
    throw error
  })
  return allowed === true
}

/**
 * From now on this visitor is a guest here: the same as in another tab, where they gave a name meanwhile.
 * @throws Problem, or Error offline
 */
export async function enter(guests: GuestServer, name: string): Promise<{ roomId?: string }> {
  if (keptGuest(guests) !== undefined) return {}
  const answer = await ask<{ token: string; roomId?: string }>(guests, 'guests', { body: { name } })
  keepGuest(guests, answer.token)
  return answer
}

/** The token of the guest, a newer one where it is time; nothing for who is none any more. */
export async function guestToken(guests: GuestServer, reason: TokenReason): Promise<string | undefined> {
  const token = keptGuest(guests)
  if (token === undefined) return undefined
  const ageMs = guests.clock.now() - (claims(token).iat ?? 0) * 1_000
  if (reason === 'initial' && ageMs >= 0 && ageMs < youngMs) return token
  try {
    const answer = await ask<{ token: string }>(guests, 'guests', { token, body: {} })
    keepGuest(guests, answer.token)
    return answer.token
  } catch (error) {
    if (isOver(error)) {
      keepGuest(guests)
      return undefined
    }
    // An outage ends nobody: what is here is good for a while.
    if (reason === 'initial') return token
    throw error
  }
}

/**
 * Whoever has signed in was this guest: the server moves the rooms, and what was written and not sent becomes theirs. Done
 * twice, from two tabs, it is the same. Rejects where it is not known, and then it is to be done again.
 */
export async function merge(guests: GuestServer, tokens: Tokens, user: string): Promise<void> {
  const guest = keptGuest(guests)
  if (guest === undefined) return
  try {
    const token = await tokens.current()
    await ask(guests, 'me/guest', { token, body: { guestToken: guest } })
    moveKept(guests, claims(guest).sub ?? '', user)
  } catch (error) {
    // Somebody else's by now, or too old: there is nothing to move.
    if (!(error instanceof Problem) || error.temporary) throw error
  }
  // Another tab may have become another guest meanwhile.
  if (keptGuest(guests) === guest) keepGuest(guests)
}

const isOver = (error: unknown) =>
  error instanceof Problem && ['unauthorized', 'forbidden', 'token_expired'].includes(error.code)

/** Drafts and what waits to be sent lie under keys that begin with whose they are (saved.ts). */
function moveKept({ storage, server }: GuestServer, guest: string, user: string): void {
  const prefixOf = (id: string) => `chatter ${server} ${encodeURIComponent(id)} `
  try {
    const keys = Array.from({ length: storage?.length ?? 0 }, (_, at) => storage?.key(at) ?? '')
    for (const key of keys.filter((one) => one.startsWith(prefixOf(guest)))) {
      const value = storage?.getItem(key)
      if (value) storage?.setItem(prefixOf(user) + key.slice(prefixOf(guest).length), value)
      storage?.removeItem(key)
    }
  } catch {}
}

type Asked = { readonly token?: string | undefined; readonly body?: object }

async function ask<T>({ server, fetch }: GuestServer, path: string, { token, body }: Asked = {}): Promise<T> {
  const answer = await fetch(new URL(`v1/${path}`, server), {
    method: body ? 'POST' : 'GET',
    credentials: token ? 'omit' : 'same-origin',
    cache: 'no-store',
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw await problemOf(answer)
  return (await answer.json()) as T
}
