import type { MessageView } from '../../server/protocol/views.ts'
import type { ConnectionStatus, Fault, State } from '../state/state.ts'
import { type Unread, unread } from '../state/unread.ts'

/** What the element tells the page: everything else is state. */
export type ChatEvents = {
  ready: { userId: string }
  /** A message that is new here, live: also my own from another device, never from history. */
  message: { message: MessageView; mine: boolean }
  /** The server has it. */
  send: { message: MessageView }
  'send-error': { messageId: string; roomId: string; fault: Fault }
  'unread-change': Unread
  'connection-change': { status: ConnectionStatus }
  'auth-error': { fault: Fault }
  'room-change': { roomId: string | undefined }
  /** Something went wrong that no method reports. */
  error: { fault: Fault }
}

type Listener<N extends keyof ChatEvents> = (notice: ChatEvents[N]) => void

/** Who wants to be told of what. */
export class ChatEventEmitter {
  readonly #listeners = new Map<keyof ChatEvents, Set<Listener<never>>>()

  on<N extends keyof ChatEvents>(name: N, hearer: Listener<N>): () => void {
    const hearers = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, hearers.add(hearer))
    return () => void hearers.delete(hearer)
  }

  emit<N extends keyof ChatEvents>(name: N, notice: ChatEvents[N]): void {
    for (const hearer of [...(this.#listeners.get(name) ?? [])]) (hearer as Listener<N>)(notice)
  }

  /** The notices that are changes of the state. */
  follow(before: State, after: State): void {
    const { status } = after.connection
    const roomId = after.active?.roomId
    if (status !== before.connection.status) this.emit('connection-change', { status })
    if (roomId !== before.active?.roomId) this.emit('room-change', { roomId })
    if (after.rooms === before.rooms && after.elsewhere === before.elsewhere) return
    const [was, is] = [unread(before), unread(after)]
    if (was.total !== is.total || String([...was.byRoom]) !== String([...is.byRoom]))
      this.emit('unread-change', is)
  }
}
