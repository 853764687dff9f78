/**
 * Lets so many into one turn of the event loop, in the order in which they came, and everything else in between: when
 * thousands come at once, those who are there already must not wait until all of them are served.
 */
export class Turns {
  readonly #perTurn: number
  #left: number
  #waiting: (() => void)[] = []
  #isScheduled = false

  constructor(perTurn: number) {
    this.#perTurn = perTurn
    this.#left = perTurn
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.length
  }

  /** Resolves when it is the caller's turn: at once, where few come. */
  async take(): Promise<void> {
    this.#schedule()
    if (this.#left > 0) this.#left -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      const next = this.#waiting.splice(0, this.#perTurn)
      this.#left = this.#perTurn - next.length
      for (const enter of next) enter()
      if (next.length > 0) this.#schedule()
    })
  }
}
