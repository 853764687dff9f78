/**
 * Servers of the build before, during an upgrade one after the other. They know only channels that all Chatters of a
 * Redis share, and say nowhere of which database they are: so nothing that they publish is taken. What both builds
 * exchange is a heartbeat with counters: it holds nothing of anybody, and whoever finds that it counts more than it
 * heard asks its own database. A stranger's costs a few questions there, and nothing else.
 */
import type { Heartbeat } from './heartbeat.ts'
import { Peers } from './peers.ts'

export class EarlierBuilds {
  readonly #peers: Peers
  readonly #onLoss: () => void

  /** `onGap` is called for each partition to which one of them published something, `onLoss` when one fell silent. */
  constructor({ onGap, onLoss }: { onGap: (partition: number) => void; onLoss: () => void }) {
    this.#peers = new Peers(onGap)
    this.#onLoss = onLoss
  }

  /** Whether one of them is heard now, and so is to be sent heartbeats. */
  get areHeard(): boolean {
    return this.#peers.heard > 0
  }

  hear({ node, mark, published, isLast }: Heartbeat): void {
    // Of this build or a later one, meant for others.
    if (mark !== undefined) return
    this.#peers.hearHeartbeat(node, published)
    if (isLast) this.#peers.forget(node)
  }

  /** Half a second has passed in which this node heard itself. */
  tick(): void {
    if (this.#peers.tick().fell.length > 0) this.#onLoss()
  }

  /** This node heard nobody: their silence meant nothing. */
  excuse(): void {
    this.#peers.excuse()
  }
}
