import { Duplex } from 'node:stream'
import type { Chance } from './chance.ts'
import type { SimulatedTime } from './time.ts'

/** One end of a line: bytes come, and some time nothing more does. */
export type End = { hear(bytes: Buffer): void; over(): void }

/** One direction of a line. What is sent arrives late, in order, and as one piece or cut short, never altered. */
class Way {
  readonly #time: SimulatedTime
  readonly #chance: Chance
  readonly #to: End
  readonly #flying: Buffer[] = []
  #lastAt = 0
  #isLost = false

  constructor(time: SimulatedTime, chance: Chance, to: End) {
    this.#time = time
    this.#chance = chance
    this.#to = to
  }

  carry(bytes: Buffer): void {
    if (this.#isLost) return
    this.#flying.push(bytes)
    this.#inOrder(() => {
      this.#flying.shift()
      this.#to.hear(bytes)
    })
  }

  /** No more is coming: said in its place, after what was sent before. */
  close(): void {
    this.#inOrder(() => {
      this.lose()
      this.#to.over()
    })
  }

  /** From now on nothing arrives, without an error. */
  lose(): void {
    this.#isLost = true
  }

  /** As many bytes of those on their way as chance wants still arrive, then the other end is closed, or never. */
  break(toldAfterMs: number | undefined): void {
    if (this.#isLost) return
    const flying = Buffer.concat(this.#flying)
    this.lose()
    if (flying.length > 0) this.#to.hear(flying.subarray(0, this.#chance.between(0, flying.length)))
    if (toldAfterMs !== undefined) this.#time.after(toldAfterMs, () => this.#to.over())
  }

  #inOrder(arrive: () => void): void {
    const latencyMs = this.#chance.happens(0.05) ? this.#chance.between(50, 600) : this.#chance.between(1, 40)
    this.#lastAt = Math.max(this.#lastAt, this.#time.now() + latencyMs)
    this.#time.after(this.#lastAt - this.#time.now(), () => this.#isLost || arrive())
  }
}

/** A node's end: what the server takes for a TCP connection. */
class HostEnd extends Duplex {
  bytesRead = 0
  bytesWritten = 0
  readonly remoteAddress = '127.0.0.1'
  readonly #toPage: Way

  constructor(toPage: Way) {
    super()
    this.#toPage = toPage
  }

  hear(bytes: Buffer): void {
    if (this.destroyed) return
    this.bytesRead += bytes.length
    this.push(bytes)
  }

  over(): void {
    this.destroy()
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.bytesWritten += bytes.length
    this.#toPage.carry(bytes)
    done()
  }

  override _final(done: () => void): void {
    this.#toPage.close()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#toPage.close()
    done(error)
  }

  setNoDelay = (): this => this
  setTimeout = (): this => this
}

/**
 * How a line may fail. `cut`: what is on its way arrives in part, and the ends are closed, or one of them. Else no end
 * is: nothing reaches the page any more (`deaf`), nothing leaves it (`dumb`), or neither (`half-open`).
 */
export type Break = 'cut' | 'half-open' | 'deaf' | 'dumb'

/** A TCP connection in memory, between a page and a node. */
export class Line {
  /** To be given to the server. */
  readonly host: Duplex & { remoteAddress: string }
  readonly #up: Way
  readonly #down: Way
  readonly #chance: Chance

  constructor(time: SimulatedTime, chance: Chance, page: End) {
    const down = new Way(time, chance, page)
    const host = new HostEnd(down)
    this.#chance = chance
    this.#up = new Way(time, chance, host)
    this.#down = down
    this.host = host
  }

  send(bytes: Buffer): void {
    this.#up.carry(bytes)
  }

  /** The page goes. */
  hangUp(): void {
    this.#down.lose()
    this.#up.close()
  }

  break(how: Break): void {
    if (how === 'cut') {
      this.#down.break(this.#chance.between(0, 50))
      this.#up.break(this.#chance.happens(0.5) ? this.#chance.between(0, 3_000) : undefined)
    }
    if (how === 'half-open' || how === 'deaf') this.#down.lose()
    if (how === 'half-open' || how === 'dumb') this.#up.lose()
  }

  /** The node is no more; its machine may be, too, and then nothing closes the page's end. */
  crash(): void {
    this.#up.lose()
    this.#down.break(this.#chance.happens(0.7) ? this.#chance.between(0, 50) : undefined)
    this.host.destroy()
  }
}
