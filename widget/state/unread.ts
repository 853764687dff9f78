import type { State } from './state.ts'

/**
 * `total`: over all rooms that are not muted, those not held here too. `byRoom`: of those held here, muted or not.
 * `mentions`: how many mention me, over all rooms, muted or not.
 */
export type Unread = {
  readonly total: number
  readonly byRoom: ReadonlyMap<string, number>
  readonly mentions: number
}

/** Unread messages: the badge (rooms that are not muted), and each room's own. */
export function unread(state: State): Unread {
  const { elsewhere } = state
  const rooms = [...state.rooms.values()].filter(({ me }) => me.unread > 0)
  const total = rooms.reduce((sum, { me }) => (me.muted ? sum : sum + me.unread), elsewhere.unread)
  const mentions = rooms.reduce((sum, { me }) => sum + (me.mentions ?? 0), elsewhere.mentions)
  return { total, byRoom: new Map(rooms.map(({ id, me }) => [id, me.unread])), mentions }
}
