import type { Clock } from '../../widget/chat.ts'
import { noon } from './builders.ts'

type Timer = { at: number; run: () => void }

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now = noon
  readonly #timers = new Set<Timer>()

  now = (): number => this.#now

  after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size
  }

  /** Moves on, timer by timer, letting every promise in between settle. */
  async run(ms = 0): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next)
      this.#now = next.at
      next.run()
      await settled()
    }
    this.#now = end
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) if (timer.at <= end && (!next || timer.at < next.at)) next = timer
    return next
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
