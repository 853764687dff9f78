import { partitionCount, partitionOf } from './partitions.ts'

/**
 * Gathers what may have been lost in one turn, and announces it once. Never within the call, for that is the
 * parser's: a listener that throws there would cost what it has still to read.
 */
export class Losses {
  readonly #announce: (concerns: (topic: string) => boolean) => void
  #partitions = new Set<number>()

  constructor(announce: (concerns: (topic: string) => boolean) => void) {
    this.#announce = announce
  }

  add(partition: number): void {
    if (this.#partitions.size === 0) queueMicrotask(() => this.#flush())
    this.#partitions.add(partition)
  }

  addAll(): void {
    for (let partition = 0; partition < partitionCount; partition++) this.add(partition)
  }

  #flush(): void {
    const partitions = this.#partitions
    this.#partitions = new Set()
    this.#announce((topic) => partitions.has(partitionOf(topic)))
  }
}
