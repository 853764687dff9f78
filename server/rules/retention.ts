import * as v from 'valibot'

/**
 * How messages go that are older than their tenant or their room keeps them; where both say how long, the shorter of both
 * counts. A room's messages are in the order of time, so whether it has old ones its
 * first says. They take no number: what is left keeps its place, a page that ends there says that nothing is older, and who
 * knows the room only up to something that went starts anew. Each slice is one transaction and leaves nothing half done:
 * whoever is killed in between, the next one looks again.
 */

/** Rooms of which one slice looks at the first message. */
export const roomsOfSlice = 200

/** Messages that go in one slice. On SQLite nobody else is served meanwhile. */
export const oldOfSlice = 500

/** For how many days messages are kept. */
export const KeepDays = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(36_500))

const dayMs = 86_400_000

export type OldWish = {
  readonly now: number
  /** So long the tenant keeps messages; `null`: always, and only rooms are looked at that say so themselves. */
  readonly keepDays: number | null
  /** It begins behind this room, by its id. */
  readonly after: string
}

/** Where the next slice begins. */
export type OldSlice = { readonly after: string; readonly removed: number; readonly isDone: boolean }

type Looked = { readonly id: string; readonly keepDays: number | null; readonly first: number | null }

/** Messages of before that time go from a room that keeps them for so long: milliseconds since 1970. */
export function oldestKept(
  { now, keepDays }: Pick<OldWish, 'now' | 'keepDays'>,
  ofRoom: number | null,
): number {
  const days = Math.min(keepDays ?? Infinity, ofRoom ?? Infinity)
  // Nothing is older than that, and Postgres knows no infinite number.
  return Number.isFinite(days) ? now - days * dayMs : Number.MIN_SAFE_INTEGER
}

/** The first of these rooms, in the order of their ids, with something old, and where a slice that looked at them ends. */
export function oldAmong(rooms: readonly Looked[], wish: OldWish) {
  const { after } = wish
  const at = rooms.findIndex(({ first, keepDays }) => first !== null && first < oldestKept(wish, keepDays))
  if (at >= 0) return { room: rooms[at], after: rooms[at - 1]?.id ?? after, isDone: false }
  return { room: undefined, after: rooms.at(-1)?.id ?? after, isDone: rooms.length < roomsOfSlice }
}
