/** When the panel draws what the chat says. What somebody does here is drawn at once, and asks nobody. */

/** Draws that take longer than a frame has are followed by twice their time without one. */
const costlyMs = 16
/** But by no more than this: whoever looks should not think that it hangs. */
const mostMs = 200

type Page = {
  /** Milliseconds. */
  readonly now: () => number
  /** Calls back in the next frame. */
  readonly onFrame: (run: () => void) => unknown
  /** Calls back when the frame that is made now was laid out and painted. */
  readonly onPainted: (run: () => void) => unknown
}

const here: Page = {
  now: () => performance.now(),
  onFrame: (run) => requestAnimationFrame(run),
  onPainted: (run) => setTimeout(run),
}

export class DrawPace {
  readonly #page: Page
  #costMs = 0
  #busyUntil = 0
  #isInFrame = false
  #isToBePainted = false

  /** `page`: in tests, in place of the browser's. */
  constructor(page = here) {
    this.#page = page
  }

  /**
   * What came last was so costly to draw that what comes next should wait a little: else a slow device takes in one message
   * per frame, and draws them all one by one. Or my own message was not painted yet.
   */
  get isBusy(): boolean {
    return this.#isToBePainted || this.#page.now() < this.#busyUntil
  }

  /** A frame is about to draw what came. */
  begin(): void {
    const { now, onPainted } = this.#page
    const start = now()
    this.#isInFrame = true
    onPainted(() => {
      const end = now()
      const costMs = end - start
      // One alone may have been a room that was opened.
      const isCostly = Math.min(costMs, this.#costMs) > costlyMs
      this.#busyUntil = isCostly ? end + Math.min(2 * costMs, mostMs) : 0
      this.#costMs = costMs
      this.#isInFrame = false
    })
  }

  /** What is drawn now is painted before anything else is drawn: an answer that comes in the same frame would draw it twice. */
  paintFirst(): void {
    // A frame paints all that it draws.
    if (this.#isInFrame || this.#isToBePainted) return
    const { onFrame, onPainted } = this.#page
    this.#isToBePainted = true
    onFrame(() =>
      onPainted(() => {
        this.#isToBePainted = false
      }),
    )
  }
}
