import type { MessageView } from '../../server/protocol/views.ts'
import type { Room } from '../state/state.ts'
import type { Connection } from './connection.ts'

/** Of so many rooms at most, one after the other: everybody comes back at once after an outage. */
const mostRooms = 20

/**
 * What was said while there was no connection, in rooms that are not loaded: nobody else asks for it. `before` are the rooms
 * as they were, `now` those that are mine, `heads` where each of them ends. Rejects when the connection is lost again.
 */
export async function* missedMessages(
  connection: Connection,
  { before, now, heads }: { before: Rooms; now: Rooms; heads: Readonly<Record<string, number>> },
): AsyncGenerator<MessageView> {
  let rooms = 0
  for (const [roomId, head] of Object.entries(heads)) {
    const room = now.get(roomId)
    // Into a room that is new I came at my read mark.
    const since = before.get(roomId)?.known ?? room?.me.readSeq ?? -1
    if (room?.log || since < 0 || head <= since) continue
    if (rooms++ === mostRooms) return
    const { messages } = await connection.ask({ t: 'changes', roomId, since })
    // What is later comes by itself.
    yield* messages.filter(({ seq }) => seq > since && seq <= head)
  }
}

type Rooms = ReadonlyMap<string, Room>
