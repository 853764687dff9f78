/** A small client of the wire for tests: it checks every frame of the server with the protocol's schema. */
import assert from 'node:assert/strict'
import { uuidv7 } from 'uuidv7'
import * as v from 'valibot'
import { WebSocket } from 'ws'
import type { ClientFrame, FrameName } from '../../server/protocol/commands.ts'
import { type Event, type EventName, events, type ServerFrame } from '../../server/protocol/events.ts'
import {
  type Changes,
  Changes as ChangesSchema,
  MessageView as MessageSchema,
  type MessageView,
} from '../../server/protocol/views.ts'

/** Generous: a deadline that only a hanging test reaches. */
const deadlineMs = 20_000
/** The real ones, where a test holds the clock (see clock.ts): a deadline of its own would never come. */
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis

export type Closed = { code: number; reason: string }
export type Answer = Event<'ok'> | Event<'err'>

/** One socket: frames out, and every frame that came, in order. */
export class Socket {
  readonly frames: ServerFrame[] = []
  readonly ws: WebSocket
  #waiting: (() => void)[] = []
  #next = 0
  #isClosed = false
  readonly #closed = Promise.withResolvers<Closed>()

  constructor(ws: WebSocket) {
    this.ws = ws
    ws.on('message', (data) => this.#take(String(data)))
    ws.on('close', (code, reason) => {
      this.#isClosed = true
      this.#closed.resolve({ code, reason: String(reason) })
      for (const wake of this.#waiting.splice(0)) wake()
    })
  }

  /** How it was closed. Rejects when the deadline passes without. */
  get closed(): Promise<Closed> {
    return new Promise((resolve, reject) => {
      const timer = startTimer(() => reject(new Error(`not closed; got ${this.#summary()}`)), deadlineMs)
      void this.#closed.promise.then((closed) => {
        stopTimer(timer)
        resolve(closed)
      })
    })
  }

  /** Sends anything at all, as it is. */
  raw(data: string | Buffer): void {
    this.ws.send(data)
  }

  /** Sends a frame without waiting; answers its id. */
  post(frame: object): string {
    const id = `f${++this.#next}`
    this.raw(JSON.stringify({ id, ...frame }))
    return id
  }

  /** Sends a frame and waits for its answer. */
  async ask(frame: object): Promise<Answer> {
    const id = this.post(frame)
    return this.answer(id)
  }

  answer(id: string): Promise<Answer> {
    return this.until((frame): frame is Answer => (frame.t === 'ok' || frame.t === 'err') && frame.id === id)
  }

  /** The first frame, past or future, that fits. Rejects when the socket closes or the deadline passes without it. */
  async until<F extends ServerFrame>(fits: (frame: ServerFrame) => frame is F): Promise<F>
  async until(fits: (frame: ServerFrame) => boolean): Promise<ServerFrame>
  async until(fits: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    const end = Date.now() + deadlineMs
    for (let seen = 0; ; ) {
      const found = this.frames.slice(seen).find(fits)
      if (found) return found
      seen = this.frames.length
      if (this.#isClosed || Date.now() > end) {
        throw new Error(`${this.#isClosed ? 'closed' : 'waited'} without the frame; got ${this.#summary()}`)
      }
      await this.#change(end)
    }
  }

  /** The first event of that kind that fits. */
  event<N extends EventName>(name: N, fits: (event: Event<N>) => boolean = () => true): Promise<Event<N>> {
    return this.until((frame): frame is Event<N> => frame.t === name && fits(frame as Event<N>))
  }

  /** All events of that kind so far. */
  events<N extends EventName>(name: N): Event<N>[] {
    return this.frames.filter((frame) => frame.t === name) as Event<N>[]
  }

  /** Everything that was sent before now has arrived: the server answers in order. */
  async settle(): Promise<void> {
    await this.ask({ t: 'ping' })
  }

  async hello(token: string | undefined, more: object = {}): Promise<TestClient> {
    const id = this.post({ t: 'hello', client: 'test/1', ...(token !== undefined && { token }), ...more })
    const ready = await this.until((frame) => 'id' in frame && frame.id === id)
    assert.equal(ready.t, 'ready', JSON.stringify(ready))
    return new TestClient(this, ready as Event<'ready'>)
  }

  async close(): Promise<void> {
    this.ws.close()
    await this.closed
  }

  #take(text: string): void {
    const frame = JSON.parse(text)
    assert.ok(Object.hasOwn(events, frame.t), `unknown frame ${text}`)
    v.parse(events[frame.t as EventName], frame)
    this.frames.push(frame)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #change(end: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = startTimer(resolve, Math.max(0, end - Date.now()))
      this.#waiting.push(() => {
        stopTimer(timer)
        resolve()
      })
    })
  }

  #summary(): string {
    return JSON.stringify(this.frames.slice(-5)).slice(0, 1000)
  }
}

/** A user who said hello. */
export class TestClient {
  readonly socket: Socket
  readonly ready: Event<'ready'>

  constructor(socket: Socket, ready: Event<'ready'>) {
    this.socket = socket
    this.ready = ready
  }

  /** Sends a text and waits for the acknowledgement. */
  async send(roomId: string, text: string, messageId = uuidv7()): Promise<MessageView> {
    const answer = await this.ok({ t: 'send', roomId, messageId, text })
    return v.parse(MessageSchema, answer.message)
  }

  async changes(roomId: string, since: number, limit?: number): Promise<Changes> {
    const answer = await this.ok({ t: 'changes', roomId, since, ...(limit !== undefined && { limit }) })
    return v.parse(ChangesSchema, answer) as Changes
  }

  /** Sends a frame that must succeed. */
  async ok<N extends FrameName>(
    frame: { t: N } & Omit<Extract<ClientFrame, { t: N }>, 'id' | 't'>,
  ): Promise<Event<'ok'>> {
    const answer = await this.socket.ask(frame)
    assert.equal(answer.t, 'ok', JSON.stringify(answer))
    return answer as Event<'ok'>
  }

  /** Sends a frame that must fail, and answers how. */
  async err(frame: object): Promise<Event<'err'>> {
    const answer = await this.socket.ask(frame)
    assert.equal(answer.t, 'err', JSON.stringify(answer))
    return answer as Event<'err'>
  }
}

export type ConnectOptions = {
  /** '' offers none. */
  readonly protocol?: string
  readonly headers?: Record<string, string>
  /** Whether pings are answered, as browsers do. */
  readonly autoPong?: boolean
  /** The name that TLS asks for, of any certificate. */
  readonly servername?: string
}

/** Opens a socket. Rejects with the HTTP status where the server refuses the upgrade. */
export function connect(
  url: string,
  { protocol = 'chatter.v1', headers = {}, autoPong = true, servername }: ConnectOptions = {},
): Promise<Socket> {
  const protocols = protocol === '' ? [] : [protocol]
  const tls = servername === undefined ? {} : { servername, rejectUnauthorized: false }
  const ws = new WebSocket(url, protocols, { headers, autoPong, perMessageDeflate: false, ...tls })
  const socket = new Socket(ws)
  return new Promise((resolve, reject) => {
    ws.once('open', () => resolve(socket))
    ws.once('unexpected-response', (_request, response) => reject(new Error(`HTTP ${response.statusCode}`)))
    ws.once('error', reject)
  })
}
