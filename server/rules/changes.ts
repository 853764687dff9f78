import { limits } from '../protocol/limits.ts'
import type { StoredChanges } from '../store/store.ts'

type Head = { readonly since: number; readonly head: number }

/**
 * Whether so many numbers lie between that a reader may lack more messages than they can catch up with: then it is
 * counted how many. Many reactions to one message are many numbers and one message.
 */
export function mayLackTooMany({ since, head }: Head): boolean {
  return since <= head && head - since > limits.changes
}

/**
 * What a reader gets who knows a room up to `since` and has to start anew: more messages than they could catch up with
 * have changed (`lacked`, 0 where it was not counted), or what they know is of another life of the database. Undefined for
 * everybody else.
 */
export function resetFor(
  { since, head, membershipRev }: Head & { readonly membershipRev: number },
  lacked: number,
): StoredChanges | undefined {
  if (since <= head && lacked <= limits.changes) return undefined
  return { messages: [], head, membershipRev, more: false, reset: true, roomChanged: true }
}
