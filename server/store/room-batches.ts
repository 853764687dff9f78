const batchSize = 200

/**
 * What waits for the same room goes together: while a batch of it is written, what comes later gathers for the next,
 * so a busy room costs one statement and one flush for many. Rooms never wait for each other.
 */
export class RoomBatches<J> {
  readonly #write: (batch: readonly J[]) => Promise<void>
  readonly #idOf: (job: J) => string
  readonly #waiting = new Map<string, J[]>()
  readonly #running = new Set<Promise<void>>()

  /** `write` settles every job of its batch and never rejects. No batch holds two jobs of one id. */
  constructor(write: (batch: readonly J[]) => Promise<void>, idOf: (job: J) => string) {
    this.#write = write
    this.#idOf = idOf
  }

  add(room: string, job: J): void {
    const queue = this.#waiting.get(room)
    if (queue) {
      queue.push(job)
      return
    }
    this.#waiting.set(room, [job])
    const run = this.#drain(room).finally(() => this.#running.delete(run))
    this.#running.add(run)
  }

  /** Resolves when nothing waits any more. */
  async whenIdle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async #drain(room: string): Promise<void> {
    // What the rest of this turn of the event loop brings goes along.
    await new Promise(setImmediate)
    for (let batch = this.#take(room); batch.length > 0; batch = this.#take(room)) await this.#write(batch)
    this.#waiting.delete(room)
  }

  /** The oldest, and of one id only the first: the others will find it written. */
  #take(room: string): J[] {
    const batch = new Map<string, J>()
    const rest: J[] = []
    for (const job of this.#waiting.get(room) ?? []) {
      const id = this.#idOf(job)
      if (batch.size === batchSize || batch.has(id)) rest.push(job)
      else batch.set(id, job)
    }
    this.#waiting.set(room, rest)
    return [...batch.values()]
  }
}
