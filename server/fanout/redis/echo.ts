/**
 * Whether this node hears itself through the bus: the one sign that both of its directions work. Time is counted
 * in ticks, half seconds of its own, so that a node that was stopped for a while does not take its own absence for a
 * silence.
 */
const ticksOfSilence = 5
/** While it is down: to connect, subscribe and hear a heartbeat. */
const ticksToComeUp = 8
/** Heartbeats. What comes back later is too old to prove anything. */
const latest = 2

export class Echo {
  #isUp = false
  #sent = 0
  #void = 0
  #ticks = 0
  #heardAt = performance.now()

  get isUp(): boolean {
    return this.#isUp
  }

  get ageMs(): number {
    return performance.now() - this.#heardAt
  }

  /** The number of the next heartbeat. */
  next(): number {
    this.#sent += 1
    return this.#sent
  }

  /** A heartbeat of this node came back. True if that brings it up. */
  hear(number: number): boolean {
    if (number <= this.#void || number < this.#sent - latest) return false
    this.#ticks = 0
    this.#heardAt = performance.now()
    const wasUp = this.#isUp
    this.#isUp = true
    return !wasUp
  }

  /** A connection is lost. No heartbeat that was sent before brings it up again. */
  lose(): void {
    if (this.#isUp) this.#ticks = 0
    this.#isUp = false
    this.#void = this.#sent
  }

  /** A tick has passed. True if it has been silent for too long: only new connections can be trusted then. */
  tick(): boolean {
    this.#ticks += 1
    if (this.#ticks < (this.#isUp ? ticksOfSilence : ticksToComeUp)) return false
    this.lose()
    this.#ticks = 0
    return true
  }
}
