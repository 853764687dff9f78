import { limits } from '../protocol/limits.ts'
import type { StoredChanges } from '../store/store.ts'

type Head = { readonly since: number; readonly head: number }
type Reader = Head & {
  readonly membershipRev: number
  readonly from: number
  /** Of the room: messages went from it when it had this number. */
  readonly cut_at: number | null
}

/**
 * Whether so many numbers lie between that a reader may lack more messages than they can catch up with: then it is
 * counted how many. Many reactions to one message are many numbers and one message.
 */
export function mayLackTooMany({ since, head }: Head): boolean {
  return since <= head && head - since > limits.changes
}

/**
 * What a reader gets who knows a room up to `since` and has to start anew: more messages than they could catch up with
 * have changed (`lacked`, 0 where it was not counted), or what they know is of another life of the database, or of a time in
 * the room before `from`, where they begin to see, or before messages went from it without a word. Undefined for everybody else.
 */
export function resetFor(
  { since, head, membershipRev, from, cut_at }: Reader,
  lacked: number,
): StoredChanges | undefined {
  const isOfBefore = since > 0 && (since < from || since < (cut_at ?? 0))
  if (since <= head && lacked <= limits.changes && !isOfBefore) return undefined
  return { messages: [], head, membershipRev, more: false, reset: true, roomChanged: true }
}
