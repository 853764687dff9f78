import type { Clock } from '../../../widget/chat.ts'

/** When the world begins. */
const morning = Date.UTC(2026, 0, 5, 9)

/** The real ones: promises settle in the real event loop. */
const { setImmediate: nextTurn } = globalThis

/** What `setTimeout` and `setInterval` answer. */
class SimulatedTimer {
  readonly #time: SimulatedTime
  readonly #run: () => void
  readonly #everyMs: number | undefined
  readonly order: number
  at: number
  isOver = false

  constructor(time: SimulatedTime, timer: { at: number; order: number; run: () => void; everyMs?: number }) {
    this.#time = time
    this.at = timer.at
    this.order = timer.order
    this.#run = timer.run
    this.#everyMs = timer.everyMs
  }

  fire(): void {
    if (this.#everyMs === undefined) this.isOver = true
    else this.#time.wait(this, this.at + this.#everyMs)
    this.#run()
  }

  /** Nobody waits for a process to end. */
  ref = (): this => this
  unref = (): this => this
  hasRef = (): boolean => true
}

/**
 * The one clock of a world: of its nodes, its network and its pages. Nothing happens while it stands; it goes from
 * timer to timer, in an order that depends on nothing but what was set, and lets all promises settle in between.
 */
export class SimulatedTime implements Clock {
  #now = morning
  #orders = 0
  /** The next one last. */
  readonly #timers: SimulatedTimer[] = []

  now = (): number => this.#now

  /** Milliseconds since the world began. */
  get age(): number {
    return this.#now - morning
  }

  after = (ms: number, run: () => void): (() => void) => {
    const timer = this.#start(ms, run)
    return () => void this.#stop(timer)
  }

  /** Resolves so much later. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#start(ms, resolve))
  }

  /** Lets it go on for so long. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (let next = this.#timers.at(-1); next && next.at <= end; next = this.#timers.at(-1)) {
      this.#timers.pop()
      if (next.isOver) continue
      this.#now = Math.max(this.#now, next.at)
      next.fire()
      await settled()
    }
    this.#now = end
  }

  /** So much time is gone in which nothing happened: what was to come comes as much later. */
  skip(ms: number): void {
    this.#now += ms
    for (const timer of this.#timers) timer.at += ms
  }

  /** Waits (again) until then; whoever was set first for the same moment is first. */
  wait(timer: SimulatedTimer, at: number): void {
    timer.at = at
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#timers[middle]
      if (other && (other.at > at || (other.at === at && other.order > timer.order))) low = middle + 1
      else high = middle
    }
    this.#timers.splice(low, 0, timer)
  }

  /** Puts it in the place of the process's own clock and timers, until disposed. */
  install(): Disposable {
    const real = pick(globalThis, timerNames)
    const { now } = Date
    const measure = performance.now
    Object.assign(globalThis, {
      setTimeout: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
        this.#start(ms, () => run(...args)),
      setInterval: (run: (...args: unknown[]) => void, ms: number, ...args: unknown[]) =>
        this.#start(ms, () => run(...args), ms),
      clearTimeout: (timer?: SimulatedTimer) => this.#stop(timer),
      clearInterval: (timer?: SimulatedTimer) => this.#stop(timer),
    })
    Date.now = this.now
    performance.now = () => this.age
    return {
      [Symbol.dispose]() {
        Object.assign(globalThis, real)
        Date.now = now
        performance.now = measure
      },
    }
  }

  #start(ms: number, run: () => void, everyMs?: number): SimulatedTimer {
    const order = ++this.#orders
    const at = this.#now + Math.max(0, ms)
    const timer = new SimulatedTimer(this, { at, order, run, ...(everyMs !== undefined && { everyMs }) })
    this.wait(timer, at)
    return timer
  }

  #stop(timer: SimulatedTimer | undefined): void {
    if (timer) timer.isOver = true
  }
}

const timerNames = ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] as const

function pick<T extends object, N extends keyof T>(from: T, names: readonly N[]): Pick<T, N> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, N>
}

/** Every promise, tick and immediate that can go on has gone on. */
async function settled(): Promise<void> {
  do await new Promise<void>((resolve) => nextTurn(resolve))
  while (process.getActiveResourcesInfo().includes('Immediate'))
}
