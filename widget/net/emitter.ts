import type { MessageView } from '../../server/protocol/views.ts'
import type { Change, ConnectionStatus, Fault, Room, State } from '../state/state.ts'
import { type Unread, unread } from '../state/unread.ts'

/** What happens, by name: for all that a reader sees, the state is enough. */
export type ChatEvents = {
  /** Signed in, connected, and the first rooms are here; after each reconnection again. */
  ready: { userId: string }
  /**
   * A message that is new here: also my own from another device, never from history, and never twice. Not `live` is what
   * came while the connection was lost.
   */
  message: { message: MessageView; mine: boolean; live: boolean }
  /** A `message` that mentions me, or everybody in its room, live and of somebody else. `room` is where. */
  mention: { message: MessageView; room: Room }
  /** The server has stored a message of mine. */
  send: { message: MessageView }
  /** A message that is held here has another text: `mine` says whose it is. */
  edit: { message: MessageView; mine: boolean }
  /** A message that is held here was deleted: its tombstone. */
  delete: { message: MessageView; mine: boolean }
  /** Somebody reacted to a message that is held here, or took that back; of a reaction of many, the first 20. */
  reaction: { message: MessageView; userId: string; emoji: string; on: boolean }
  /** Somebody pinned a message that is held here, or took the pin away. Who pinned it stands in `message.pinned`. */
  pin: { message: MessageView; on: boolean }
  /** I keep a room in another way, here or on another device, once the server has it. `room.me` says how. */
  arrange: { room: Room }
  /**
   * The server will not take a message of mine, or a change of a message, or has failed to for a minute. A text stays in
   * the outbox.
   */
  'send-error': { messageId: string; roomId: string; fault: Fault; change?: Change['kind'] }
  /** The number on the badge, or of one room, has changed. */
  'unread-change': Unread
  'connection-change': { status: ConnectionStatus }
  /** Nobody is signed in, or the server refused the token twice. No more attempts until `identify` or `connect`. */
  'auth-error': { fault: Fault }
  /** Another room is open, or none. */
  'room-change': { roomId: string | undefined }
  /** Something went wrong that no method reports. `roomId`: a message that was looked for in this room is not there. */
  error: { fault: Fault; roomId?: string }
}

type Listener<N extends keyof ChatEvents> = (event: ChatEvents[N]) => void

/** Who listens to what. */
export class ChatEventEmitter {
  readonly #listeners = new Map<keyof ChatEvents, Set<Listener<never>>>()

  on<N extends keyof ChatEvents>(name: N, listener: Listener<N>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  emit<N extends keyof ChatEvents>(name: N, event: ChatEvents[N]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) (listener as Listener<N>)(event)
  }

  /** Emits the events that are changes of the state. */
  follow(before: State, after: State): void {
    const { status } = after.connection
    const roomId = after.active?.roomId
    if (status !== before.connection.status) this.emit('connection-change', { status })
    if (roomId !== before.active?.roomId) this.emit('room-change', { roomId })
    if (after.rooms === before.rooms && after.elsewhere === before.elsewhere) return
    for (const [id, room] of after.rooms) {
      const rev = revOf(before.rooms.get(id))
      if (rev !== undefined && rev < (revOf(room) ?? 0)) this.emit('arrange', { room })
    }
    const [was, is] = [unread(before), unread(after)]
    const told = ({ total, byRoom, mentions }: Unread) => String([total, mentions, ...byRoom])
    if (told(was) !== told(is)) this.emit('unread-change', is)
  }
}

/** How often I have changed how I keep a room. */
function revOf(room: Room | undefined): number | undefined {
  return room && (room.me.arranged?.rev ?? 0)
}
