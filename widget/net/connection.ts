/**
 * The client's way to the server. `Chat` speaks to this and to nothing else, so what carries it is a choice: a socket of
 * its own (socket.ts), one that all tabs share, a server that lives in the page.
 */
import type { AnsweredFrame, ClientFrame, Frame, FrameReply } from '../../server/protocol/commands.ts'
import type { ServerFrame } from '../../server/protocol/events.ts'
import type { Problem } from '../../server/protocol/problems.ts'
import type { ConnectionStatus } from '../state/state.ts'
import type { Tokens } from './token.ts'

/** What a chat asks: the frames that are answered, but for those by which a connection signs in and stays alive. */
type Asking = Exclude<AnsweredFrame, 'hello' | 'auth' | 'ping'>

/** What each of them is answered, by name. */
export type Replies = { [N in Asking]: FrameReply<N> }

/** A question: the frame of the protocol without its `id`, which a connection gives as it likes. */
export type Question<N extends Asking = Asking> = { [T in N]: { t: T } & Omit<Frame<T>, 'id'> }[N]

/** The frames of a server that answer nothing: what it says of itself. `ready` is the first after each sign-in. */
export type ServerEvent = Exclude<ServerFrame, { t: 'ok' | 'err' | 'bye' }>

/** What a chat gives its connection: who signs in, and whom to call. Nothing here is to be called before `open`. */
export type ConnectionContext = {
  /** The tokens of the current user. To be asked for at every use: another user may sign in on the same chat. */
  readonly tokens: () => Tokens
  /** Of the last `ready`, while what it brought is still held: to be sent with the next sign-in. */
  readonly epoch: () => string | undefined
  /** To be called with every event, in the order of the server. */
  readonly onFrame: (frame: ServerEvent) => void
  /**
   * To be called whenever the status changes. `open` follows the `onFrame` of a `ready`. `waiting`: it will try again
   * by itself, and may say why it could not connect. `failed`: it has ended, for the reason given, and only `open` tries
   * again.
   */
  readonly onStatus: (status: ConnectionStatus, problem?: Problem) => void
  /** To be called when nobody is signed in, or not as somebody the server takes: it has ended, as after `failed`. */
  readonly onRefused: (problem: Problem) => void
}

/** A connection that signs in, reports what the server says, and comes back by itself from `open` until `close`. */
export interface Connection {
  /** Somebody is signed in: questions are answered. */
  readonly isOpen: boolean

  /** Signs in and stays connected. While it does so already, nothing happens; after it has ended, it starts anew. */
  open(): void

  /** Ends it, with the status `idle` if there was anything to end. No callback comes from it until the next `open`. */
  close(): void

  /** Hangs up and comes back: as somebody else, or because what was heard cannot be trusted. */
  restart(): void

  /** The page became visible, or the network came back: connects now instead of waiting, or checks that it is alive. */
  wake(): void

  /**
   * Resolves with the answer.
   * @throws Problem when the server refuses; any other Error when nobody knows whether the question arrived: not
   * connected, connection lost, no answer in time
   */
  ask<Q extends Question>(question: Q): Promise<Replies[Q['t']]>

  /** Says something that needs no answer and may get lost. Not connected, it does nothing. */
  notify(frame: Extract<ClientFrame, { t: 'typing' }>): void

  /**
   * Shows the server a new token of the same user, by default one that is fetched. While not connected, it is for the
   * next sign-in.
   * @throws Problem when it is refused; any other Error when it could not be fetched or shown
   */
  refresh(token?: string): Promise<void>
}
