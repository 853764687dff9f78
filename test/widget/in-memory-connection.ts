/** A server in the same process, and connections to it that are calls: no WebSocket, no frames as text. */
import type { ServerFrame } from '../../server/protocol/events.ts'
import { Problem } from '../../server/protocol/problems.ts'
import type { Connection, ConnectionContext, Question, Replies, ServerEvent } from '../../widget/headless.ts'
import { aReady, aUser } from './builders.ts'
import { FakeServer } from './fake-server.ts'

export class InMemoryServer extends FakeServer {
  readonly signedIn = new Set<InMemoryConnection>()

  /** What a chat takes as its `connection`. */
  readonly connection = (context: ConnectionContext): InMemoryConnection =>
    new InMemoryConnection(this, context)

  protected override deliver(user: string, frame: ServerFrame, except?: object): void {
    for (const connection of [...this.signedIn])
      if (connection.user === user && connection !== except) connection.hear(frame as ServerEvent)
  }

  ready(user: string): ServerEvent {
    const rooms = this.roomsOf(user)
    return aReady({
      me: aUser(user),
      epoch: this.epoch,
      unread: rooms.reduce((sum, room) => sum + this.unread(room.id, user), 0),
      rooms: rooms.map((room) => this.view(room, user)),
      users: this.users(rooms.flatMap((room) => [...room.members.keys()])),
      heads: Object.fromEntries(rooms.map((room) => [room.id, room.head])),
    })
  }

  answer(user: string, question: Question, from: InMemoryConnection): Replies[keyof Replies] {
    const room = this.mine(question.roomId, user)
    if (question.t === 'changes') return this.changes(room.id, question.since, user)
    if (question.t === 'read') {
      this.read(room.id, user, question.seq, from)
      return {}
    }
    if (question.t !== 'send') throw new Problem('unsupported', `${question.t} is not built here`)
    const { messageId, text = '' } = question
    const held = room.messages.find(({ id }) => id === messageId)
    return { message: held ?? this.say(room.id, user, text, messageId) }
  }
}

export class InMemoryConnection implements Connection {
  user = ''
  readonly #server: InMemoryServer
  readonly #context: ConnectionContext
  #isWanted = false

  constructor(server: InMemoryServer, context: ConnectionContext) {
    this.#server = server
    this.#context = context
  }

  get isOpen(): boolean {
    return this.#server.signedIn.has(this)
  }

  open(): void {
    if (this.#isWanted) return
    this.#isWanted = true
    void this.#signIn()
  }

  close(): void {
    if (!this.#isWanted) return
    this.#end()
    this.#context.onStatus('idle')
  }

  restart(): void {
    if (!this.#isWanted) return
    this.#server.signedIn.delete(this)
    void this.#signIn()
  }

  wake(): void {
    if (this.#isWanted && !this.isOpen) void this.#signIn()
  }

  async ask<Q extends Question>(question: Q): Promise<Replies[Q['t']]> {
    if (!this.isOpen) throw new Error('not connected')
    return this.#server.answer(this.user, question, this) as Replies[Q['t']]
  }

  notify({ roomId }: { roomId: string }): void {
    if (this.isOpen) this.#server.type(roomId, this.user)
  }

  async refresh(): Promise<void> {}

  hear(frame: ServerEvent): void {
    this.#context.onFrame(frame)
  }

  /** The server is away until somebody wakes the chat. */
  lose(): void {
    this.#server.signedIn.delete(this)
    this.#context.onStatus('waiting')
  }

  async #signIn(): Promise<void> {
    const { tokens, onFrame, onStatus, onRefused } = this.#context
    onStatus('connecting')
    try {
      this.user = this.#server.signIn(await tokens().current())
    } catch (error) {
      this.#end()
      return onRefused(error instanceof Problem ? error : new Problem('internal', String(error)))
    }
    if (!this.#isWanted) return
    this.#server.signedIn.add(this)
    onFrame(this.#server.ready(this.user))
    onStatus('open')
  }

  #end(): void {
    this.#isWanted = false
    this.#server.signedIn.delete(this)
  }
}
