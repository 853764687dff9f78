/**
 * How messages go that are older than a tenant keeps them. A room's messages are in the order of time, so whether it has old ones its
 * first says. They take no number: what is left keeps its place, a page that ends there says that nothing is older, and who
 * knows the room only up to something that went starts anew. Each slice is one transaction and leaves nothing half done:
 * whoever is killed in between, the next one looks again.
 */

/** Rooms of which one slice looks at the first message. */
export const roomsOfSlice = 200

/** Messages that go in one slice. On SQLite nobody else is served meanwhile. */
export const oldOfSlice = 500

export type OldWish = {
  /** Messages of before that time go: milliseconds since 1970. */
  readonly before: number
  /** It begins behind this room, by its id. */
  readonly after: string
}

/** Where the next slice begins. */
export type OldSlice = { readonly after: string; readonly removed: number; readonly isDone: boolean }

type Looked = { readonly id: string; readonly first: number | null }

/** The first of these rooms, in the order of their ids, with something old, and where a slice that looked at them ends. */
export function oldAmong(rooms: readonly Looked[], { before, after }: OldWish) {
  const at = rooms.findIndex(({ first }) => first !== null && first < before)
  if (at >= 0) return { room: rooms[at]?.id, after: rooms[at - 1]?.id ?? after, isDone: false }
  return { room: undefined, after: rooms.at(-1)?.id ?? after, isDone: rooms.length < roomsOfSlice }
}
