import { countOf } from './arranging.ts'
import type { State } from './state.ts'

/**
 * `total`: over all rooms that are neither muted nor archived, those not held here too. `byRoom`: of those held here, muted
 * or not. `mentions`: how many mention me, over all rooms that are not archived, but those muted for mentions too.
 */
export type Unread = {
  readonly total: number
  readonly byRoom: ReadonlyMap<string, number>
  readonly mentions: number
}

/** Unread messages: the badge (rooms that are neither muted nor archived), and each room's own. */
export function unread(state: State): Unread {
  const { elsewhere } = state
  const rooms = [...state.rooms.values()].filter(({ me }) => me.unread > 0)
  const counts = rooms.map(countOf)
  const total = counts.reduce((sum, { unread }) => sum + unread, elsewhere.unread)
  const mentions = counts.reduce((sum, { mentions }) => sum + mentions, elsewhere.mentions)
  return { total, byRoom: new Map(rooms.map(({ id, me }) => [id, me.unread])), mentions }
}
