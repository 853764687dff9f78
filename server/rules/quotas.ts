/**
 * What one user may do within an hour or a day, over all of their sockets and requests and all servers: counted in the
 * database. How much that is, each tenant's `limits` say; bursts are for http/rate-limits.ts, on each server.
 */
import { Problem } from '../protocol/problems.ts'
import type { TenantSettings } from './settings.ts'

const hour = 3_600_000
const day = 24 * hour

type Quota = {
  /** Milliseconds. It begins anew with each hour or day of UTC, for everybody at once. */
  readonly span: number
  readonly limit: keyof TenantSettings['limits']
}

export const quotas = {
  /** Rooms opened with somebody one shares no room with. Finding one that is there does not count. */
  open: { span: hour, limit: 'strangerRoomsPerHour' },
  /** Members added to groups. Opening a room with them is the one above. */
  add: { span: hour, limit: 'addedMembersPerHour' },
  /** Bytes of text (UTF-8), sent and edited, and of the messages about new names and roles. */
  text: { span: day, limit: 'textBytesPerDay' },
  /** Guests that come to a tenant: counted for all together, as of the user ''. */
  guest: { span: hour, limit: 'guestsPerHour' },
} as const satisfies Record<string, Quota>

export type QuotaName = keyof typeof quotas

/** When the hour or day began that this moment is in. */
export function spanAt(name: QuotaName, now: number): number {
  const { span } = quotas[name]
  return now - (now % span)
}

/** Says when the next one begins. */
export function quotaExceeded(name: QuotaName, most: number, now: number): Problem {
  const { span, limit } = quotas[name]
  const retryAfter = Math.ceil((spanAt(name, now) + span - now) / 1000)
  const detail = `${limit}: more than ${most}: try again in ${retryAfter} s`
  return new Problem('rate_limited', detail, { retryAfter })
}

/** So many of a user's rooms are looked through for somebody whom they know. */
export const mostShown = 200

/** So many memberships of each of two users are looked at for a room that they share: nobody has to wait for one with more. */
export const mostMemberships = 1_000

/** Of so many users one statement asks whether they share a room with another: 20 ms at most. */
export const mostAsked = 10
