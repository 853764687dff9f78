import type { ImportedMessage } from '../store/store.ts'

/** A message of another chat in the place that it has in its room here. */
export type PlacedMessage = ImportedMessage & { readonly seq: number }

/**
 * Gives those that the room lacks its next numbers, in their order. A time never goes back within a room: where somebody
 * wrote here meanwhile, what comes after has that time.
 */
export function placeImported(
  messages: readonly ImportedMessage[],
  known: ReadonlySet<string>,
  { head, last_at }: { readonly head: number; readonly last_at: number },
): PlacedMessage[] {
  const placed: PlacedMessage[] = []
  const taken = new Set(known)
  // Of a room in which nothing has happened yet, that is when it was opened here, which is later than all of it.
  let at = head === 0 ? 0 : last_at
  for (const message of messages) {
    if (taken.has(message.id)) continue
    taken.add(message.id)
    at = Math.max(at, message.at)
    placed.push({ ...message, at, seq: head + placed.length + 1 })
  }
  return placed
}
