import type { CloseReason } from '../protocol/problems.ts'
import type { EnteredRoom } from '../store/store.ts'
import type { SocketWriter } from './socket-writer.ts'

/** One socket, as the hub, the rooms, presence and the heartbeat know it. `Session` implements it. */
export interface Listener {
  readonly id: string
  readonly tenant: string
  /** The user's id, empty before `hello`. */
  readonly user: string
  readonly writer: SocketWriter
  /** Whether the hub has queued it to be flushed. Nobody else writes it. */
  isWaiting: boolean

  /** Starts listening to a room whose versions were these when the user was a member for sure. */
  enterRoom(room: string, versions: EnteredRoom): void
  leaveRoom(room: string): void
  /** Leaves a room of which the user is a member no longer, and sends the client what it missed: that it is gone. */
  removedFrom(room: string): void
  /** The rooms it listens to. */
  rooms(): Iterable<string>
  /** The user's read marks may have moved without an event: the next heads are those of all rooms. */
  sendAllHeads(): void

  /** Writes what waits; a peer that does not keep up is closed, to come back and catch up. */
  flush(): void
  /** Whether bytes have waited for `ms` without the peer taking a single one. */
  isStuck(now: number, ms: number): boolean
  /** Its turn of the heartbeat, every 25 s: a ping, its sign-in checked, its heads sent. */
  onHeartbeat(): Promise<void>
  /** The tenant's secrets are these now: who signed in by another one has to sign in again. */
  onSigners(signers: readonly string[]): void
  /** Says why, and closes. `retryAfter` in seconds: when it is good to come back. */
  close(reason: CloseReason, detail: string, retryAfter?: number): void
  /** Ends it without waiting for the peer. */
  terminate(): void
}
