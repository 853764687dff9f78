import type { BenchServer } from '../server-process.ts'
import { withDeadline } from './deadline.ts'
import { Peer, Tally } from './peer.ts'

/** Connections on their way at the same time: with more the kernel's queue (511 for Node) loses some for a second. */
const atOnce = 400

/** People who say nothing, and who come all at once. */
export class Throng implements Disposable {
  readonly tally = new Tally()
  readonly #server: BenchServer
  readonly #tokens: readonly string[]
  #peers: Peer[] = []

  constructor(server: BenchServer, tokens: readonly string[]) {
    this.#server = server
    this.#tokens = tokens
  }

  /** Resolves when the server has welcomed everybody. */
  async arrive(): Promise<void> {
    const coming = this.#tokens.values()
    const all = Array.from({ length: atOnce }, () => this.#admit(coming))
    await withDeadline(() => `${this.#peers.length} of ${this.#tokens.length} came`, Promise.all(all))
  }

  /** From here on the server may send them away. Resolves when it has. */
  async leave(): Promise<void> {
    const leaving = this.#peers.splice(0)
    for (const peer of leaving) peer.isFree = true
    const all = leaving.map(({ gone }) => gone)
    await withDeadline(() => 'some were not sent away', Promise.all(all))
  }

  [Symbol.dispose](): void {
    for (const peer of this.#peers) peer.end()
  }

  async #admit(coming: Iterator<string>): Promise<void> {
    const { port, dialect } = this.#server
    for (let next = coming.next(); !next.done; next = coming.next()) {
      const peer = new Peer({ port, dialect, token: next.value }, this.tally)
      this.#peers.push(peer)
      await peer.welcomed
    }
  }
}
