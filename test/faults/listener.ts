/** A socket that only listens to one room, light enough for thousands. It comes back when asked to, and catches up. */
import { WebSocket } from 'ws'
import type { ServerFrame } from '../../server/protocol/events.ts'
import type { Changes } from '../../server/protocol/views.ts'
import { tokenOf } from './api.ts'
import type { Chance } from './simulator/chance.ts'

export type ListenerOptions = {
  readonly user: string
  readonly room: string
  /** Where it may connect, asked each time. */
  readonly urls: () => readonly string[]
  readonly chance: Chance
}

const tryAgainMs = 500

export class Listener implements Disposable {
  /** The places of the messages it has, in the order in which they came: each once. */
  readonly places: number[] = []
  /** How its connections ended. */
  readonly closes: number[] = []
  connections = 0
  readonly #options: ListenerOptions
  readonly #has = new Set<number>()
  #ws: WebSocket | undefined
  #retryAfterMs = 0
  #known = 0
  #head = 0
  #isAsking = false
  #isOver = false

  constructor(options: ListenerOptions) {
    this.#options = options
    void this.#connect()
  }

  /** Whether it is live, and has everything up to there. */
  has(seq: number): boolean {
    return this.#ws?.readyState === WebSocket.OPEN && this.#known >= seq
  }

  /** Reads no more of what comes, until `resume`. */
  pause(): void {
    this.#ws?.pause()
  }

  resume(): void {
    this.#ws?.resume()
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    this.#ws?.terminate()
  }

  async #connect(): Promise<void> {
    const { user, urls, chance } = this.#options
    const token = await tokenOf(user)
    const url = chance.pick(urls())
    if (this.#isOver || url === undefined) return
    const ws = new WebSocket(`${url.replace('http', 'ws')}v1/socket`, ['chatter.v1'], {
      perMessageDeflate: false,
    })
    this.#ws = ws
    ws.on('open', () => ws.send(JSON.stringify({ t: 'hello', id: 'hello', client: 'listener/1', token })))
    ws.on('message', (data) => this.#hear(data as Buffer))
    ws.on('error', () => {})
    ws.on('close', (code) => this.#lost(code))
  }

  #lost(code: number): void {
    this.closes.push(code)
    this.#isAsking = false
    const waitMs = this.#retryAfterMs || tryAgainMs * (0.5 + this.#options.chance.next())
    this.#retryAfterMs = 0
    if (!this.#isOver) setTimeout(() => void this.#connect(), waitMs).unref()
  }

  #hear(data: Buffer): void {
    // Most of what comes are long messages, and of those only the numbers count.
    const [, seq, rev] = message.exec(data.toString('latin1', 0, 200)) ?? []
    if (seq !== undefined) {
      this.#take(Number(seq), Number(rev), previousOf(data, Number(rev)))
      return
    }
    const frame = JSON.parse(data.toString()) as ServerFrame
    if (frame.t === 'bye') this.#retryAfterMs = frame.retryAfter * 1_000
    else if (frame.t === 'ready') this.#ready(frame.heads[this.#options.room] ?? 0)
    else if (frame.t === 'ok' && frame.id === 'changes') this.#catchUp(frame as unknown as Changes)
  }

  #ready(head: number): void {
    this.connections += 1
    this.#head = head
    this.#askForRest()
  }

  #take(seq: number, rev: number, prev: number): void {
    this.#head = Math.max(this.#head, rev)
    if (prev <= this.#known) {
      this.#keep(seq)
      this.#known = Math.max(this.#known, rev)
    }
    this.#askForRest()
  }

  #askForRest(): void {
    if (this.#isAsking || this.#known >= this.#head) return
    this.#isAsking = true
    const { room } = this.#options
    this.#ws?.send(JSON.stringify({ t: 'changes', id: 'changes', roomId: room, since: this.#known }))
  }

  #catchUp({ messages, more, head, reset }: Changes): void {
    if (reset) throw new Error('expected to be less far behind')
    this.#isAsking = false
    for (const { seq } of messages) this.#keep(seq)
    this.#known = Math.max(this.#known, more ? (messages.at(-1)?.rev ?? 0) : head)
    this.#askForRest()
  }

  #keep(seq: number): void {
    if (this.#has.has(seq)) return
    this.#has.add(seq)
    this.places.push(seq)
  }
}

const message = /^\{"t":"message","message":\{.*?"seq":(\d+),"rev":(\d+)/

/** A frame that was delivered late says by `prev` what it follows. */
function previousOf(data: Buffer, rev: number): number {
  const prev = /"prev":(\d+)\}$/.exec(data.toString('latin1', Math.max(0, data.length - 30)))?.[1]
  return prev === undefined ? rev - 1 : Number(prev)
}
