import { Problem } from '../../server/protocol/problems.ts'
import type { MessageView } from '../../server/protocol/views.ts'
import { type Action, type Fault, faultOf, type Pending, type State } from '../state/state.ts'
import type { Connection } from './connection.ts'
import type { Timers } from './timers.ts'

export type OutboxOptions = {
  readonly connection: Connection
  readonly timers: Timers
  readonly state: () => State
  readonly dispatch: (action: Action) => void
  readonly onSent: (message: MessageView) => void
  readonly onFailed: (failure: Failure) => void
}

type Failure = { messageId: string; roomId: string; fault: Fault }

/** After so many temporary failures, a minute, a message is shown as failed; the next connection tries again. */
const mostTries = 7

/**
 * Sends what is pending: one message at a time per room, so that they arrive in the order they were written; another
 * only after the server has this one or will never take it. The id makes sending twice harmless, so whoever does not
 * know whether it arrived sends it again.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #busy = new Set<string>()
  readonly #tries = new Map<string, number>()

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  flush(): void {
    const { state, timers } = this.#options
    for (const roomId of new Set(state().outbox.map((pending) => pending.roomId)))
      if (!this.#busy.has(roomId) && !timers.has(`send ${roomId}`)) void this.#drain(roomId)
  }

  /** The server will never take it. */
  fail({ messageId, roomId, fault }: Failure): void {
    const { dispatch, onFailed } = this.#options
    this.#tries.delete(messageId)
    dispatch({ t: 'failed', id: messageId, fault })
    onFailed({ messageId, roomId, fault })
  }

  async #drain(roomId: string): Promise<void> {
    this.#busy.add(roomId)
    let next = this.#next(roomId)
    while (next && this.#options.connection.isOpen && (await this.#send(next))) next = this.#next(roomId)
    this.#busy.delete(roomId)
  }

  #next(roomId: string): Pending | undefined {
    return this.#options
      .state()
      .outbox.find(
        (pending) => pending.roomId === roomId && pending.status !== 'failed' && pending.status !== 'sending',
      )
  }

  /** Whether the next one may go. */
  async #send(pending: Pending): Promise<boolean> {
    const { connection, dispatch, onSent } = this.#options
    const { id, roomId, text } = pending
    dispatch({ t: 'sending', id })
    try {
      const { message } = await connection.ask({ t: 'send', roomId, messageId: id, text })
      this.#tries.delete(id)
      dispatch({ t: 'acknowledged', message })
      onSent(message)
      return true
    } catch (error) {
      // Otherwise nobody knows whether it arrived: it is `unconfirmed`, and the next connection sends it again.
      return error instanceof Problem && this.#onProblem(pending, error)
    }
  }

  #onProblem({ id, roomId }: Pending, problem: Problem): boolean {
    const { dispatch, timers } = this.#options
    const tries = (this.#tries.get(id) ?? 0) + 1
    if (problem.temporary && tries < mostTries) {
      this.#tries.set(id, tries)
      dispatch({ t: 'retried', id, fault: faultOf(problem) })
      const seconds = Math.max(2 ** (tries - 1), problem.retryAfter ?? 0)
      timers.set(`send ${roomId}`, seconds * 1_000, () => this.flush())
      return false
    }
    this.fail({ messageId: id, roomId, fault: faultOf(problem) })
    return true
  }
}
