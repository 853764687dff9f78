/** The messages that are pinned in a room, as they will be once what waits in the outbox is done. */
import type { MessageView } from '../../server/protocol/views.ts'
import { changed } from './changes.ts'
import { compare } from './people.ts'
import { messageIn } from './room.ts'
import type { State } from './state.ts'

/** The one pinned last first. None while they are not loaded, which they are of a room that was opened. */
export function pinnedIn(state: State, roomId: string): readonly MessageView[] {
  const room = state.rooms.get(roomId)
  if (!state.features.pins || !room) return []
  const held = room.pins?.messages ?? []
  const mine = state.outbox.flatMap(({ change, ...pending }) => {
    if (pending.roomId !== roomId || change?.kind !== 'pin') return []
    return held.some(({ id }) => id === change.messageId) ? [] : (messageIn(room, change.messageId) ?? [])
  })
  return changed(state, roomId, [...held, ...new Set(mine)])
    .filter((message) => message.pinned)
    .sort((a, b) => compare(b.pinned?.at ?? '', a.pinned?.at ?? '') || b.seq - a.seq)
}
