/** A TCP line between two parties, which fails in the ways that lines do. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export type Address = { readonly port: number; readonly host?: string }

/**
 * How a line is. `deaf`: what the far side says vanishes. `black`: everything vanishes, without an error; new
 * connections are accepted, and nothing answers them. `cut`: connections are reset, and so is every new one.
 */
export type LineState = 'open' | 'deaf' | 'black' | 'cut'

/** A host that vanished does not refuse: then it is the next one's turn. */
const connectMs = 1_000

/** Where connections go: the first of these that accepts. Asked for each one. */
type Targets = () => readonly Address[]

/** A line on a port of its own, which stays the same whatever happens to the far side. */
export class Line implements AsyncDisposable {
  /** Each piece of bytes is on its way for so long, both ways. */
  delayMs = 0
  /** Bytes that vanished so far. */
  swallowed = 0
  readonly #server: Server
  readonly #targets: Targets
  readonly #connections = new Set<Connection>()
  #state: LineState = 'open'

  private constructor(server: Server, targets: Targets) {
    this.#server = server
    this.#targets = targets
    server.on('connection', (near) => this.#accept(near))
  }

  static async open(targets: Targets, host = '127.0.0.1'): Promise<Line> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, host)
    await once(server, 'listening')
    return new Line(server, targets)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get state(): LineState {
    return this.#state
  }

  /** How many connections it carries now. */
  get size(): number {
    return this.#connections.size
  }

  /**
   * Fails, or works again. A connection that lost bytes never works again, as with a router that forgot it: it swallows
   * for ever, without an error.
   */
  turn(state: LineState): void {
    this.#state = state
    if (state === 'cut') this.cutAll()
  }

  /** Resets what is connected; new connections pass. */
  cutAll(): void {
    for (const connection of this.#connections) connection.reset()
  }

  /** Each connection hears so many more bytes from the far side and is then cut, wherever in a frame that is. */
  cutAfter(bytes: () => number): void {
    for (const connection of this.#connections) connection.cutAfter(bytes())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.turn('cut')
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(near: Socket): void {
    if (this.#state === 'cut') {
      near.on('error', () => {})
      near.resetAndDestroy()
      return
    }
    const connection = new Connection(near, this)
    this.#connections.add(connection)
    near.once('close', () => this.#connections.delete(connection))
    if (this.#state === 'black') near.on('data', (bytes) => (this.swallowed += bytes.length))
    else void connection.dial(this.#targets())
  }
}

class Connection {
  readonly #near: Socket
  readonly #line: Line
  #far: Socket | undefined
  #left = Number.POSITIVE_INFINITY

  constructor(near: Socket, line: Line) {
    this.#near = near
    this.#line = line
    // The close that follows says what is lost.
    near.on('error', () => {})
    near.once('close', () => this.#far?.destroy())
  }

  async dial(targets: readonly Address[]): Promise<void> {
    for (const { port, host = '127.0.0.1' } of targets) {
      const far = connect({ port, host, allowHalfOpen: true, noDelay: true })
      far.on('error', () => {})
      const isThere = await new Promise<boolean>((resolve) => {
        far.once('connect', () => resolve(true)).once('error', () => resolve(false))
        setTimeout(() => resolve(false), connectMs)
      })
      if (isThere) return this.#join(far)
      far.destroy()
      if (this.#near.destroyed) break
    }
    this.reset()
  }

  reset(): void {
    for (const socket of [this.#near, this.#far]) {
      // One that is being shut down cannot be reset: Node would keep it for ever, and spin when the process ends.
      if (socket?.writableEnded) socket.destroy()
      else socket?.resetAndDestroy()
    }
  }

  cutAfter(bytes: number): void {
    this.#left = bytes
  }

  #join(far: Socket): void {
    if (this.#near.destroyed) return void far.destroy()
    this.#far = far
    far.once('close', () => this.#state() === 'open' && this.#near.destroySoon())
    this.#pass(this.#near, far, () => this.#state() === 'black')
    this.#pass(far, this.#near, () => this.#state() !== 'open')
  }

  #state(): LineState {
    return this.#line.state
  }

  /** Carries bytes one way, in order, no faster than they are taken. */
  #pass(from: Socket, to: Socket, isSwallowing: () => boolean): void {
    let isBroken = false
    const swallows = () => {
      isBroken ||= isSwallowing()
      return isBroken
    }
    const onTime = this.#inOrder(to)
    from.on('data', (bytes: Buffer) => {
      if (swallows()) {
        this.#line.swallowed += bytes.length
        return
      }
      onTime(() => {
        if (from === this.#far && bytes.length >= this.#left) return this.#cutInside(bytes)
        if (from === this.#far) this.#left -= bytes.length
        if (to.write(bytes)) return
        from.pause()
        to.once('drain', () => from.resume())
      })
    })
    from.once('end', () => swallows() || onTime(() => to.end()))
  }

  /** Held up for as long as the line is slow, without ever overtaking. */
  #inOrder(to: Socket): (deliver: () => void) => void {
    const held: (() => void)[] = []
    return (deliver) => {
      const { delayMs } = this.#line
      if (delayMs === 0 && held.length === 0) return deliver()
      held.push(deliver)
      // Each timer lets one go, the first: when they fire in another order, the bytes do not.
      setTimeout(() => {
        const first = held.shift()
        if (!to.destroyed) first?.()
      }, delayMs)
    }
  }

  #cutInside(bytes: Buffer): void {
    this.#near.end(bytes.subarray(0, this.#left), () => this.reset())
  }
}
