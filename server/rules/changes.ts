import { limits } from '../protocol/limits.ts'
import type { StoredChanges } from '../store/store.ts'

type Head = { readonly since: number; readonly head: number; readonly membershipRev: number }

/**
 * What a reader gets who knows a room up to `since` and has to start anew: more than they could catch up with has
 * changed, or what they know is of another life of the database. Undefined for everybody else.
 */
export function resetFor({ since, head, membershipRev }: Head): StoredChanges | undefined {
  if (since <= head && head - since <= limits.changes) return undefined
  return { messages: [], head, membershipRev, more: false, reset: true, roomChanged: true }
}
