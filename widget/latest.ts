/** Of several things that somebody asked for, only the latest is still wanted when its answer comes. */
export class Latest {
  #count = 0

  /** Whether anything was asked for yet. */
  get hasAny(): boolean {
    return this.#count > 0
  }

  /** Something is asked for now. The answer tells whether it still is the latest. */
  start(): () => boolean {
    const own = ++this.#count
    return () => own === this.#count
  }
}
