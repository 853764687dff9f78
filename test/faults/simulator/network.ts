import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ServerFrame } from '../../../server/protocol/events.ts'
import type { Chance } from './chance.ts'
import { type Break, type End, Line } from './line.ts'
import { PageSocket } from './page-socket.ts'
import type { SimulatedTime } from './time.ts'

export const origin = 'https://chat.example'

/** A node, as the network reaches it. */
export interface Host {
  readonly name: string
  readonly isListening: boolean
  /** How often it has started: what one life began, another does not answer. */
  readonly boots: number
  upgrade(request: IncomingMessage, line: Line): void
  fetch(request: Request): Promise<Response>
}

type Tools = {
  readonly time: SimulatedTime
  readonly chance: Chance
  /** Where a balancer sends the next connection or request. Nothing sticks. */
  readonly route: () => Host | undefined
  readonly note: (what: string) => void
  /** What the server said, as it reaches the page. */
  readonly onFrame: (frame: ServerFrame) => void
  /** Runs what reaches the page: at once, or when it wakes up. */
  readonly atPage: (run: () => void) => void
}

/** The network as one device has it: its WebSocket, its fetch, and what can befall them. */
export class Access {
  /** Every attempt to reach the server fails at once. */
  isOffline = false
  /** Where the next connection goes, once. */
  next: Host | undefined
  readonly #name: string
  readonly #user: string
  readonly #tools: Tools
  #line: Line | undefined
  #lines = 0
  /** Requests on their way fail with the connection that is cut. */
  #era = new AbortController()

  /** Of a device, and of whoever it belongs to. */
  constructor(name: string, user: string, tools: Tools) {
    this.#name = name
    this.#user = user
    this.#tools = tools
  }

  /** Something happens to the connection there is, and to the requests on their way. */
  break(how: Break): void {
    this.#line?.break(how)
    this.#era.abort()
    this.#era = new AbortController()
  }

  readonly WebSocket = socketClass(
    (page) => this.#dial(page),
    (data) => this.#tools.onFrame(JSON.parse(data)),
  )

  readonly fetch: typeof fetch = (input, init = {}) => {
    const { note, atPage } = this.#tools
    const what = `${init.method ?? 'GET'} ${new URL(String(input)).pathname}`
    return new Promise((resolve, reject) => {
      const fail = () => atPage(() => reject(new TypeError('fetch failed')))
      const abort = () => reject(new DOMException('aborted', 'AbortError'))
      if (init.signal?.aborted) return abort()
      init.signal?.addEventListener('abort', abort, { once: true })
      this.#era.signal.addEventListener('abort', fail, { once: true })
      this.#request(String(input), init).then((answer) => {
        note(`${this.#name}: ${what}: ${answer?.status ?? 'failed'}`)
        if (answer) atPage(() => resolve(answer))
        else fail()
      }, reject)
    })
  }

  #dial(page: End): Line {
    const { time, chance, atPage } = this.#tools
    const awake = {
      hear: (bytes: Buffer) => atPage(() => page.hear(bytes)),
      over: () => atPage(() => page.over()),
    }
    const line = new Line(time, chance.branch(`line ${++this.#lines}`), awake)
    this.#line = line
    const host = this.next ?? this.#tools.route()
    this.next = undefined
    time.after(chance.between(1, 60), () => {
      if (host?.isListening && !this.isOffline) host.upgrade(upgradeOf(this.#user, line.host), line)
      else awake.over()
    })
    return line
  }

  async #request(url: string, init: RequestInit): Promise<Response | undefined> {
    const { time, chance, route } = this.#tools
    const host = route()
    await time.sleep(chance.between(1, 60))
    if (!host?.isListening || this.isOffline) return undefined
    const { boots } = host
    const { method = 'GET', body = null } = init
    const headers = new Headers(init.headers)
    for (const [name, value] of Object.entries(headersOf(this.#user))) headers.set(name, value)
    const answer = await host.fetch(new Request(url, { method, body, headers }))
    const bytes = await answer.arrayBuffer()
    // Now and then so late that much has happened in between.
    await time.sleep(chance.happens(0.15) ? chance.between(100, 3_000) : chance.between(1, 60))
    if (!host.isListening || host.boots !== boots) return undefined
    const { status } = answer
    return new Response(status === 204 ? null : bytes, { status, headers: answer.headers })
  }
}

/** The host's own session signs people in, by a cookie: a token would be checked in threads whose order nobody knows. */
function headersOf(user: string) {
  return { host: new URL(origin).host, origin, cookie: `user=${user}` }
}

export function userIn(request: Request): string | undefined {
  return request.headers.get('cookie')?.match(/^user=(\w+)$/)?.[1]
}

function upgradeOf(user: string, socket: Duplex): IncomingMessage {
  const headers = {
    ...headersOf(user),
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
    'sec-websocket-protocol': 'chatter.v1',
  }
  return { method: 'GET', url: '/v1/socket', headers, socket } as unknown as IncomingMessage
}

function socketClass(dial: (page: End) => Line, overhear: (data: string) => void): typeof WebSocket {
  return class extends PageSocket {
    constructor() {
      super(dial, overhear)
    }
  } as unknown as typeof WebSocket
}
