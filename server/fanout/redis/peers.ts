/**
 * The other nodes, as this one hears them: how much of what each published is known to have been published, and who fell
 * silent. Each node counts its batches by partition, and all counters start at 0, also those of a node that was never
 * heard before: what it published until now was missed. Of partitions that this node does not hear only heartbeats are
 * counted: so when it begins to hear one, it knows by a second which number comes next.
 * Time is counted in ticks, half seconds in which this node heard itself.
 */
import type { Written } from './counters.ts'
import { partitionCount } from './partitions.ts'

const ticksOfSilence = 6
/** Ten seconds: longer than it takes to find another way to Redis. */
const ticksSuspect = 20
/** Ten minutes: whoever is back in touch with its users is back in touch with Redis by then, or dead. */
const ticksMissing = 1_200

type Peer = {
  /** By partition: the number of the newest batch that arrived, or was published as it says. */
  readonly known: Float64Array
  /** All of them together … */
  sum: number
  /** … and how many batches more it has published, who knows where: reported already. */
  elsewhere: number
  silence: number
  /** Without a heartbeat only its batches were heard: it may have said goodbye, and is not waited for. */
  hasHeartbeat: boolean
}

export type Gaps = {
  /** Something did not arrive, of this partition … */
  onGap: (partition: number) => void
  /** … or of whichever. */
  onGapSomewhere: () => void
}

/** Which nodes fell silent, and which have been so long that it may be this node that they do not reach. */
export type Silence = { readonly fell: readonly string[]; readonly stay: readonly string[] }

export class Peers {
  readonly #peers = new Map<string, Peer>()
  readonly #gaps: Gaps

  constructor(gaps: Gaps) {
    this.#gaps = gaps
  }

  /** Nodes that are heard now. */
  get heard(): number {
    return this.#count(({ hasHeartbeat, silence }) => hasHeartbeat && silence < ticksOfSilence)
  }

  /** Nodes that fell silent without a goodbye. */
  get missing(): number {
    return this.#count(({ hasHeartbeat, silence }) => hasHeartbeat && silence >= ticksOfSilence)
  }

  /** True if the batch is news. One that comes twice, or late and given up already, is none: the database heals. */
  hearBatch(node: string, partition: number, number: number): boolean {
    const peer = this.#hear(node)
    const last = peer.known[partition] ?? 0
    if (number <= last) return false
    if (number > last + 1) this.#gaps.onGap(partition)
    advance(peer, partition, number)
    return true
  }

  /** @returns whether it is the first heartbeat of that node */
  hearHeartbeat(node: string, { written, total }: Written): boolean {
    const peer = this.#hear(node)
    const isFirst = !peer.hasHeartbeat
    peer.hasHeartbeat = true
    for (let at = 0; at < written.length; at += 2) {
      const partition = written[at] ?? 0
      const number = written[at + 1] ?? 0
      if (number <= (peer.known[partition] ?? 0)) continue
      advance(peer, partition, number)
      this.#gaps.onGap(partition)
    }
    // Nothing names them: heartbeats were missed, or came before this node did.
    const elsewhere = Math.max(0, total - peer.sum)
    if (elsewhere > peer.elsewhere) this.#gaps.onGapSomewhere()
    peer.elsewhere = elsewhere
    return isFirst
  }

  /** A node said goodbye: nobody waits for it. */
  forget(node: string): void {
    this.#peers.delete(node)
  }

  /** A tick has passed in which this node heard itself. The nodes that fell silent with it, or stay so. */
  tick(): Silence {
    const fell: string[] = []
    const stay: string[] = []
    for (const [node, peer] of this.#peers) {
      peer.silence += 1
      if (peer.silence === ticksOfSilence && peer.hasHeartbeat) fell.push(node)
      if (peer.silence === ticksSuspect) stay.push(node)
      if (peer.silence >= (peer.hasHeartbeat ? ticksMissing : ticksOfSilence)) this.#peers.delete(node)
    }
    return { fell, stay }
  }

  /** This node heard nobody: their silence meant nothing. */
  excuse(): void {
    for (const peer of this.#peers.values()) if (peer.silence < ticksOfSilence) peer.silence = 0
  }

  #hear(node: string): Peer {
    const peer = this.#peers.get(node) ?? aPeer()
    this.#peers.set(node, peer)
    peer.silence = 0
    return peer
  }

  #count(isCounted: (peer: Peer) => boolean): number {
    let count = 0
    for (const peer of this.#peers.values()) if (isCounted(peer)) count += 1
    return count
  }
}

const aPeer = (): Peer => ({
  known: new Float64Array(partitionCount),
  sum: 0,
  elsewhere: 0,
  silence: 0,
  hasHeartbeat: false,
})

function advance(peer: Peer, partition: number, number: number): void {
  if (partition >= peer.known.length) return
  peer.sum += number - (peer.known[partition] ?? 0)
  peer.known[partition] = number
}
