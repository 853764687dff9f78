/**
 * A room that was deleted has no members, so nobody reaches it from that moment on. What lies in it goes afterwards, in
 * slices and in the background; what a server leaves when it ends, the next one takes up. The row of the room
 * itself stays: its id and its numbers are never given again.
 */
import { setTimeout as delay } from 'node:timers/promises'

/** Rows of one slice. On SQLite nobody else is served meanwhile. */
export const sliceRows = 1_000
/** While the database takes no writes. */
const pauseMs = 5_000

export type DeletedRoom = { readonly tenant: string; readonly id: string }

/** What a database does for it. */
export type Emptying = {
  /** Some room that was deleted and is not empty yet. */
  next(): DeletedRoom | undefined | Promise<DeletedRoom | undefined>
  /** Deletes some rows of the room; where none was left, notes that it is empty. */
  emptySome(room: DeletedRoom): Promise<void>
}

/** Empties deleted rooms, one after the other, whenever it is told that there is one, until `signal` ends it. */
export class Emptier {
  readonly #emptying: Emptying
  readonly #signal: AbortSignal
  #working: Promise<void> | undefined
  #isWoken = false

  constructor(emptying: Emptying, signal: AbortSignal) {
    this.#emptying = emptying
    this.#signal = signal
  }

  /** There may be one. */
  wake(): void {
    this.#isWoken = true
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
    })
  }

  /** Resolves when nothing is under way. */
  async whenIdle(): Promise<void> {
    await this.#working
  }

  async #work(): Promise<void> {
    while (this.#isWoken && !this.#signal.aborted) {
      try {
        // Everybody else has their turn in between.
        await new Promise(setImmediate)
        if (this.#signal.aborted) return
        this.#isWoken = false
        const room = await this.#emptying.next()
        if (!room) continue
        this.#isWoken = true
        await this.#emptying.emptySome(room)
      } catch {
        // Whatever it is, requests meet it too and say so.
        this.#isWoken = true
        await delay(pauseMs, undefined, { signal: this.#signal, ref: false }).catch(() => {})
      }
    }
  }
}
