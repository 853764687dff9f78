const batchSize = 200
/** How often a room is tried among others before it waits for its turn alone. */
const triesTogether = 6
/** A room that others write in too goes alone at once, so many times: among others it would be skipped again. */
const timesAlone = 16
/** So many such rooms are remembered, the newest. */
const mostContended = 20

type Job = { readonly room: string; readonly id: string }

export type Writing<J> = {
  /** Settles what can be written without waiting for anybody, and answers the rest. Never rejects. */
  together(batch: readonly J[]): Promise<readonly J[]>
  /** Settles every job of one room, however long that takes. Never rejects. */
  alone(batch: readonly J[]): Promise<void>
  /** How many of each may be under way at the same time. */
  readonly lanes: { readonly together: number; readonly alone: number }
}

/**
 * Waiting drafts go together, whatever their room: while a few batches are written, later ones gather for the next,
 * so many messages cost one statement and one flush. When little is going on, each leaves at once. A room is in one
 * batch at a time, which keeps its order; what has to wait for its room goes alone and holds up nobody else. While
 * others are alone already it is tried among the others again: mostly its room is free by then.
 */
export class RoomBatches<J extends Job> {
  readonly #writing: Writing<J>
  #waiting = new Map<string, J[]>()
  readonly #tries = new Map<string, number>()
  readonly #busy = new Set<string>()
  /** How often a room still goes alone at once. */
  readonly #contended = new Map<string, number>()
  readonly #left: (readonly J[])[] = []
  readonly #underWay = new Set<Promise<void>>()
  readonly #running = { together: 0, alone: 0 }
  #isScheduled = false

  /** No batch holds two jobs of one id in one room. */
  constructor(writing: Writing<J>) {
    this.#writing = writing
  }

  add(job: J): void {
    const queue = this.#waiting.get(job.room)
    if (queue) queue.push(job)
    else this.#waiting.set(job.room, [job])
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#follow(this.#departLater())
  }

  /** Resolves when nothing waits any more. */
  async whenIdle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  #follow(work: Promise<void>): void {
    const followed = work.finally(() => this.#underWay.delete(followed))
    this.#underWay.add(followed)
  }

  async #departLater(): Promise<void> {
    // Drafts of the rest of this turn of the event loop go along.
    await new Promise(setImmediate)
    this.#isScheduled = false
    this.#depart()
  }

  #depart(): void {
    const { lanes } = this.#writing
    while (this.#running.alone < lanes.alone) {
      const batch = this.#left.shift()
      if (!batch) break
      this.#follow(this.#writeAlone(batch))
    }
    for (const [room, times] of this.#contended) {
      if (this.#running.alone >= lanes.alone) break
      if (!this.#waiting.has(room) || this.#busy.has(room)) continue
      this.#contend(room, times - 1)
      this.#follow(this.#writeAlone(this.#takeOf(room, batchSize)))
    }
    while (this.#running.together < lanes.together) {
      const batch = this.#take()
      if (batch.length === 0) break
      this.#follow(this.#writeTogether(batch))
    }
  }

  async #writeTogether(batch: readonly J[]): Promise<void> {
    this.#running.together++
    const left = Map.groupBy(await this.#writing.together(batch), ({ room }) => room)
    this.#running.together--
    for (const { room } of batch) if (!left.has(room)) this.#release(room)
    for (const [room, jobs] of left) {
      if (this.#isTriedAgain(room)) continue
      this.#left.push(jobs)
      left.delete(room)
      this.#contend(room, timesAlone)
    }
    this.#putBack(left)
    this.#depart()
  }

  #isTriedAgain(room: string): boolean {
    const tries = (this.#tries.get(room) ?? 0) + 1
    this.#tries.set(room, tries)
    return tries < triesTogether && this.#running.alone + this.#left.length >= this.#writing.lanes.alone
  }

  #contend(room: string, times: number): void {
    if (times > 0) this.#contended.set(room, times)
    else this.#contended.delete(room)
    const [oldest] = this.#contended.keys()
    if (this.#contended.size > mostContended && oldest !== undefined) this.#contended.delete(oldest)
  }

  #release(room: string): void {
    this.#busy.delete(room)
    this.#tries.delete(room)
  }

  /** To the front: these were taken before those that wait now. */
  #putBack(left: Map<string, J[]>): void {
    if (left.size === 0) return
    for (const room of left.keys()) this.#busy.delete(room)
    for (const [room, queue] of this.#waiting) left.set(room, [...(left.get(room) ?? []), ...queue])
    this.#waiting = left
  }

  async #writeAlone(batch: readonly J[]): Promise<void> {
    this.#running.alone++
    await this.#writing.alone(batch)
    this.#running.alone--
    for (const { room } of batch) this.#release(room)
    this.#depart()
  }

  /** The drafts that wait longest, of rooms that nothing is written in. */
  #take(): J[] {
    const batch: J[] = []
    for (const room of this.#waiting.keys()) {
      if (batch.length === batchSize) break
      if (!this.#busy.has(room)) batch.push(...this.#takeOf(room, batchSize - batch.length))
    }
    return batch
  }

  #takeOf(room: string, size: number): J[] {
    const [taken, rest] = cut(this.#waiting.get(room) ?? [], size)
    this.#busy.add(room)
    this.#waiting.delete(room)
    // Behind the others.
    if (rest.length > 0) this.#waiting.set(room, rest)
    return taken
  }
}

/** The oldest, and of one id only the first: the others will find it written. */
function cut<J extends Job>(queue: readonly J[], size: number): [J[], J[]] {
  const taken = new Map<string, J>()
  const rest: J[] = []
  for (const job of queue) {
    if (taken.size === size || taken.has(job.id)) rest.push(job)
    else taken.set(job.id, job)
  }
  return [[...taken.values()], rest]
}
