import { partitionCount } from './partitions.ts'

/** What a node says of its own counters: so that the others know what they lack, the last message included. */
export type Written = {
  /**
   * Partitions that it published to since a heartbeat was last taken by Redis, each followed by the number of its newest
   * batch there: partition, number, partition, number … Only these: most partitions are quiet most of the time, and
   * what is said is said to all nodes.
   */
  readonly written: readonly number[]
  /** How many batches it has published, to all partitions together: shows whether the others know of all of them. */
  readonly total: number
}

/** How many batches this node has published to each partition. */
export class Counters {
  /** Numbers of 64 bits: a room can be busy for years. */
  readonly #numbers = new Float64Array(partitionCount)
  readonly #changed = new Set<number>()
  #total = 0
  /** What the heartbeat of that number said. */
  #said: { beat: number; written: readonly number[] } = { beat: 0, written: [] }

  /** The number of the next batch to that partition. */
  next(partition: number): number {
    const number = (this.#numbers[partition] ?? 0) + 1
    this.#numbers[partition] = number
    this.#total += 1
    this.#changed.add(partition)
    return number
  }

  /** What the next heartbeat says. */
  say(beat: number): Written {
    const written: number[] = []
    for (const partition of this.#changed) written.push(partition, this.#numbers[partition] ?? 0)
    this.#said = { beat, written }
    return { written, total: this.#total }
  }

  /** Redis took that heartbeat, and so do all who listen: what it said is not repeated. */
  taken(beat: number): void {
    if (beat !== this.#said.beat) return
    const { written } = this.#said
    for (let at = 0; at < written.length; at += 2) {
      const partition = written[at] ?? 0
      if (this.#numbers[partition] === written[at + 1]) this.#changed.delete(partition)
    }
  }

  /** Somebody has come who heard nothing yet: the next heartbeat says everything. */
  repeat(): void {
    for (const [partition, number] of this.#numbers.entries()) if (number > 0) this.#changed.add(partition)
  }
}
