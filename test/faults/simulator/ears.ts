import type { Chance } from './chance.ts'
import type { SimulatedTime } from './time.ts'

/** What nobody needs any more is let go after so long: soon, so that it happens often. */
const idleMs = 3_000
const askAgainMs = 100

type EarsOptions = {
  readonly time: SimulatedTime
  readonly chance: Chance
  readonly partitionOf: (topic: string) => number
  readonly isSilent: () => boolean
  /** Redis has acknowledged the partitions of these topics. */
  readonly onHeard: (topics: ReadonlySet<string>) => void
}

type Ear = {
  /** Redis has subscribed … */
  isOpen: boolean
  /** … and until the node knows, these topics wait for it. */
  waiting: Set<string> | undefined
  readonly topics: Set<string>
}

/**
 * To which partitions a node listens. As with Redis it takes a while until it does, and a while more until the node knows;
 * what is published before that is not for it.
 */
export class Ears {
  readonly #options: EarsOptions
  readonly #ears = new Map<number, Ear>()

  constructor(options: EarsOptions) {
    this.#options = options
  }

  hold(topic: string): void {
    const partition = this.#options.partitionOf(topic)
    const ear = this.#ears.get(partition) ?? this.#open(partition)
    ear.topics.add(topic)
    ear.waiting?.add(topic)
  }

  drop(topic: string): void {
    const partition = this.#options.partitionOf(topic)
    const ear = this.#ears.get(partition)
    ear?.topics.delete(topic)
    ear?.waiting?.delete(topic)
    if (!ear || ear.topics.size > 0) return
    this.#options.time.after(idleMs, () => {
      if (ear.topics.size === 0 && this.#ears.get(partition) === ear) this.#ears.delete(partition)
    })
  }

  /** Whether what is published to it now is on its way here. */
  isOpen(partition: number): boolean {
    return this.#ears.get(partition)?.isOpen ?? false
  }

  #open(partition: number): Ear {
    const ear: Ear = { isOpen: false, waiting: new Set(), topics: new Set() }
    this.#ears.set(partition, ear)
    this.#whenHeard(() => {
      ear.isOpen = true
      this.#whenHeard(() => {
        const topics = ear.waiting ?? new Set()
        ear.waiting = undefined
        if (topics.size > 0) this.#options.onHeard(topics)
      })
    })
    return ear
  }

  /** After a way to Redis or back: mostly short, now and then long, and longer while there is no connection. */
  #whenHeard(run: () => void): void {
    const { time, chance, isSilent } = this.#options
    const arrive = () => (isSilent() ? void time.after(askAgainMs, arrive) : run())
    time.after(chance.happens(0.1) ? chance.between(50, 1_500) : chance.between(0, 5), arrive)
  }
}
