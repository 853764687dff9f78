/**
 * The other nodes, as this one hears them: how much of what each published has arrived, and who fell silent. Each node
 * counts its batches by partition, and all counters start at 0, also those of a node that was never heard before: what
 * it published until now was missed. Time is counted in ticks, half seconds in which this node heard itself.
 */
const ticksOfSilence = 6
/** Ten seconds: longer than it takes to find another way to Redis. */
const ticksSuspect = 20
/** Ten minutes: whoever is back in touch with its users is back in touch with Redis by then, or dead. */
const ticksMissing = 1_200

type Peer = {
  /** By partition: the number of the newest batch that arrived, or is known to be lost. */
  readonly received: number[]
  silence: number
  /** Without a heartbeat only its batches were heard: it may have said goodbye, and is not waited for. */
  hasHeartbeat: boolean
}

/** Which nodes fell silent, and which have been so long that it may be this node that they do not reach. */
export type Silence = { readonly fell: readonly string[]; readonly stay: readonly string[] }

export class Peers {
  readonly #peers = new Map<string, Peer>()
  readonly #onGap: (partition: number) => void

  /** `onGap` is called for each partition of which something did not arrive. */
  constructor(onGap: (partition: number) => void) {
    this.#onGap = onGap
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
    const { received } = this.#hear(node)
    const last = received[partition] ?? 0
    if (number <= last) return false
    if (number > last + 1) this.#onGap(partition)
    received[partition] = number
    return true
  }

  hearHeartbeat(node: string, published: readonly number[]): void {
    const peer = this.#hear(node)
    peer.hasHeartbeat = true
    for (const [partition, number] of published.entries()) {
      if (number <= (peer.received[partition] ?? 0)) continue
      peer.received[partition] = number
      this.#onGap(partition)
    }
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
    const peer = this.#peers.get(node) ?? { received: [], silence: 0, hasHeartbeat: false }
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
