type Announce = (topics: Iterable<string>) => void

type LossesOptions = {
  /** All topics that this node holds … */
  readonly topics: () => Iterable<string>
  /** … and those of a partition. */
  readonly topicsOf: (partition: number) => Iterable<string>
  readonly onLoss: Announce
  readonly onHeard: Announce
}

/**
 * Gathers what may have been lost in one turn, and announces it once. Never within the call, for that is the
 * parser's: a listener that throws there would cost what it has still to read.
 */
export class Losses {
  readonly #options: LossesOptions
  #isDue = false
  #isAll = false
  #lost = new Set<string>()
  #heard = new Set<string>()

  constructor(options: LossesOptions) {
    this.#options = options
  }

  addPartition(partition: number): void {
    this.#add(this.#lost, this.#options.topicsOf(partition))
  }

  /** The partition is heard since a moment ago: what is missing was published before that, or else is lost. */
  addNewPartition(partition: number): void {
    this.#add(this.#heard, this.#options.topicsOf(partition))
  }

  /** Those that this is true of. */
  addWhere(isLost: (topic: string) => boolean): void {
    this.#add(this.#lost, [...this.#options.topics()].filter(isLost))
  }

  addAll(): void {
    this.#isAll = true
    this.#add(this.#lost, [])
  }

  #add(to: Set<string>, topics: Iterable<string>): void {
    for (const topic of topics) to.add(topic)
    if (!this.#isDue) queueMicrotask(() => this.#flush())
    this.#isDue = true
  }

  #flush(): void {
    const { onLoss, onHeard, topics } = this.#options
    const lost = this.#isAll ? [...topics()] : this.#lost
    const heard = this.#heard
    const isLoss = this.#isAll || this.#lost.size > 0
    this.#isDue = false
    this.#isAll = false
    this.#lost = new Set()
    this.#heard = new Set()
    if (isLoss) onLoss(lost)
    if (heard.size > 0) onHeard(heard)
  }
}
