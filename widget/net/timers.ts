/** Time, as it can be held still in tests. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs once, later. Returns a function that cancels it. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Named timers with one owner: a name set again replaces its timer, and `clear` ends them all. */
export class Timers {
  readonly #clock: Clock
  readonly #running = new Map<string, () => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  set(name: string, ms: number, run: () => void): void {
    this.cancel(name)
    const cancel = this.#clock.after(ms, () => {
      this.#running.delete(name)
      run()
    })
    this.#running.set(name, cancel)
  }

  has(name: string): boolean {
    return this.#running.has(name)
  }

  /** Whether there was one. */
  cancel(name: string): boolean {
    this.#running.get(name)?.()
    return this.#running.delete(name)
  }

  clear(): void {
    for (const name of [...this.#running.keys()]) this.cancel(name)
  }
}
