import type { Room, State } from '../../../widget/state/state.ts'
import { timeline } from '../../../widget/state/timeline.ts'

/** Looks at every state of one page for what must hold in all of them, not only in the last. */
export function watcher(complain: (what: string) => void): (state: State) => void {
  let before: State | undefined
  return (state) => {
    for (const room of state.rooms.values()) {
      const was = heldBefore(before, state, room)
      if (room === was && state.outbox === before?.outbox) continue
      if (was && room.me.readSeq < was.me.readSeq)
        complain(`its mark in ${room.id} went back from ${was.me.readSeq} to ${room.me.readSeq}`)
      const double = room.log && shownTwice(state, room.id)
      if (double !== undefined) complain(`it shows ${double} twice`)
    }
    before = state
  }
}

/** In another life of the database nothing is as it was, and a room that was gone took its mark along. */
function heldBefore(before: State | undefined, { epoch }: State, { id }: Room): Room | undefined {
  const isSameLife = before?.epoch === undefined || before.epoch === epoch
  return isSameLife ? before?.rooms.get(id) : undefined
}

function shownTwice(state: State, room: string): string | undefined {
  const keys = timeline(state, room).rows.map(({ key }) => key)
  return new Set(keys).size === keys.length ? undefined : keys.find((key, at) => keys.indexOf(key) !== at)
}
