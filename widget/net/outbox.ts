import { Problem } from '../../server/protocol/problems.ts'
import type { MessageView } from '../../server/protocol/views.ts'
import { mentionedAt, placesOf } from '../state/mentions.ts'
import { hasReaction, lookOf } from '../state/my-reactions.ts'
import { type Action, type Fault, faultOf, type Pending, type State } from '../state/state.ts'
import type { Connection, Question } from './connection.ts'
import type { Timers } from './timers.ts'

export type OutboxOptions = {
  readonly connection: Connection
  readonly timers: Timers
  readonly state: () => State
  readonly dispatch: (action: Action) => void
  /** A message as the server has it now. @throws Problem, or Error offline */
  readonly message: (roomId: string, messageId: string) => Promise<MessageView>
  /** The server has it: the message, or what became of one. */
  readonly onDone: (pending: Pending, message: MessageView) => void
  readonly onFailed: (waited: Waiting, fault: Fault) => void
}

/** All of it but how far it got. */
export type Waiting = Pick<
  Pending,
  | 'id'
  | 'roomId'
  | 'text'
  | 'replyTo'
  | 'forward'
  | 'change'
  | 'basis'
  | 'mentions'
  | 'mentionsRoom'
  | 'undoable'
>

/** After so many temporary failures, a minute, a message is shown as failed; the next connection tries again. */
const mostTries = 7

/**
 * Sends what is pending: one message or change at a time per room, so that they arrive in the order they were made;
 * another only after the server has this one or will never take it. What can be undone holds up nothing. To send a message twice is harmless, so whoever
 * does not know whether it arrived sends it again. To change one twice is not: see `#settled`.
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

  /** The server will never take it. What somebody wrote stays. */
  fail(waited: Waiting, fault: Fault): void {
    const { dispatch, onFailed } = this.#options
    const { id, text, basis } = waited
    this.#tries.delete(id)
    dispatch(text ? { t: 'failed', id, fault, basis } : { t: 'discarded', id })
    onFailed(waited, fault)
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
        (pending) =>
          pending.roomId === roomId &&
          !pending.undoable &&
          (pending.change || !this.#isSlow(roomId)) &&
          pending.status !== 'failed' &&
          pending.status !== 'sending',
      )
  }

  /** In slow mode messages wait, and what changes one need not. */
  #isSlow(roomId: string): boolean {
    const { state, timers } = this.#options
    const { me, rooms } = state()
    const { slowMode, members, me: mine } = rooms.get(roomId) ?? {}
    const own = members?.find(({ userId }) => userId === me) ?? mine
    return timers.has(`slow ${roomId}`) && !!slowMode && own?.role !== 'owner'
  }

  /** Whether the next one may go. */
  async #send(pending: Pending): Promise<boolean> {
    const { connection, dispatch, onDone } = this.#options
    const { id } = pending
    dispatch({ t: 'sending', id })
    try {
      const message = (await this.#settled(pending)) ?? (await connection.ask(questionOf(pending))).message
      this.#tries.delete(id)
      onDone(pending, message)
      return true
    } catch (error) {
      // Otherwise nobody knows whether it arrived: it is `unconfirmed`, and the next connection sends it again.
      return error instanceof Problem && this.#onProblem(pending, error)
    }
  }

  /**
   * The message, where a change that was sent before must not be sent again: it was made, or another device has changed the
   * message since, and an older wish must not undo that. Which of the two, and whether it ever arrived, nobody knows: the
   * message does not say who changed it for what. A text that somebody wrote is worth more care: it goes again unless
   * another one was stored meanwhile. So does a reaction that is not there, where the message is another one for what others did
   * or for its text: where it is not, my other device has taken it back.
   */
  async #settled({ roomId, change, basis }: Pending): Promise<MessageView | undefined> {
    // What is deleted stays so.
    if (!change || !basis || change.kind === 'delete') return undefined
    const message = await this.#options.message(roomId, change.messageId).catch((error) => {
      // The server says it again to what it is asked next.
      if (error instanceof Problem && !error.temporary) return undefined
      throw error instanceof Problem ? error : new Problem('overloaded', 'no answer')
    })
    if (!message || message.rev <= basis.rev) return undefined
    const { me } = this.#options.state()
    const isMissing =
      change.kind === 'react'
        ? hasReaction(message, change.emoji, me) !== change.on && lookOf(message, me) !== basis.look
        : change.kind === 'edit' && message.editedAt === basis.editedAt
    return isMissing ? undefined : message
  }

  #onProblem(pending: Pending, problem: Problem): boolean {
    // It was not made, this time.
    const { id, roomId, basis } = pending
    const { dispatch, timers, state } = this.#options
    const { code, retryAfter } = problem
    if (code === 'rate_limited' && retryAfter && !pending.change && state().rooms.get(roomId)?.slowMode) {
      // That is no failure, however often it is refused.
      dispatch({ t: 'retried', id, fault: faultOf(problem) })
      timers.set(`slow ${roomId}`, retryAfter * 1_000, () => this.flush())
      return true
    }
    const tries = (this.#tries.get(id) ?? 0) + 1
    if (problem.temporary && tries < mostTries) {
      this.#tries.set(id, tries)
      dispatch({ t: 'retried', id, fault: faultOf(problem), basis })
      const seconds = Math.max(2 ** (tries - 1), retryAfter ?? 0)
      timers.set(`send ${roomId}`, seconds * 1_000, () => this.flush())
      return false
    }
    this.fail(pending, faultOf(problem))
    return true
  }
}

/** What asks the server for it. */
function questionOf({
  id,
  roomId,
  text,
  replyTo,
  forward,
  change,
  ...of
}: Pending): Question<'send' | 'edit' | 'delete' | 'react' | 'pin'> {
  // The server copies the text itself.
  if (forward) {
    const { authorId: _, ...from } = forward
    return { t: 'send', roomId, messageId: id, forward: from }
  }
  const said = { text, ...mentionedAt(placesOf(of)) }
  if (!change) return { t: 'send', roomId, messageId: id, ...said, ...(replyTo && { replyTo: replyTo.id }) }
  const { messageId } = change
  if (change.kind === 'react') return { t: 'react', roomId, messageId, emoji: change.emoji, on: change.on }
  if (change.kind === 'pin') return { t: 'pin', roomId, messageId, on: change.on }
  return change.kind === 'edit'
    ? { t: 'edit', roomId, messageId, ...said }
    : { t: 'delete', roomId, messageId }
}
