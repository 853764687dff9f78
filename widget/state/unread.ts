import type { State } from './state.ts'

/** `total`: over all rooms that are not muted, those not held here too. `byRoom`: of those held here, muted or not. */
export type Unread = { readonly total: number; readonly byRoom: ReadonlyMap<string, number> }

/** Unread messages: the badge (rooms that are not muted), and each room's own. */
export function unread(state: State): Unread {
  const rooms = [...state.rooms.values()].filter(({ me }) => me.unread > 0)
  const total = rooms.reduce((sum, { me }) => (me.muted ? sum : sum + me.unread), state.elsewhere)
  return { total, byRoom: new Map(rooms.map(({ id, me }) => [id, me.unread])) }
}
