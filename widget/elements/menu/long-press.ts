/** As long as phones take. */
const holdMs = 450
/** A finger is never quite still. */
const stillPx = 10

type On = {
  /** The key of what lies under a finger. */
  readonly keyOf: (target: EventTarget | null) => string | undefined
  /** What takes its own presses. */
  readonly except?: string
}

/** A finger that stays on a message or a room. Safari has no event of its own for it. */
export class LongPress {
  readonly #fired: (key: string) => void
  readonly #on: On
  #timer: ReturnType<typeof setTimeout> | undefined
  #hasFired = false

  constructor(fired: (key: string) => void, on: On) {
    this.#fired = fired
    this.#on = on
  }

  listen(box: HTMLElement, signal: AbortSignal): void {
    let start: PointerEvent | undefined
    const end = () => clearTimeout(this.#timer)
    box.addEventListener(
      'pointerdown',
      (event) => {
        end()
        this.#hasFired = false
        const { keyOf, except } = this.#on
        const key = keyOf(event.target)
        const isOnControl = except && event.target instanceof Element && event.target.closest(except)
        if (event.pointerType !== 'touch' || key === undefined || isOnControl) return
        start = event
        this.#timer = setTimeout(() => this.fire(key), holdMs)
      },
      { signal },
    )
    box.addEventListener(
      'pointermove',
      ({ clientX, clientY }) => {
        if (start && Math.hypot(clientX - start.clientX, clientY - start.clientY) > stillPx) end()
      },
      { signal },
    )
    for (const name of ['pointerup', 'pointercancel'] as const) box.addEventListener(name, end, { signal })
    // Whatever came up under the finger meanwhile is not what it taps.
    const leave = (event: TouchEvent) => {
      if (this.#hasFired && event.cancelable) event.preventDefault()
    }
    box.addEventListener('touchend', leave, { signal, passive: false })
    signal.addEventListener('abort', end)
  }

  /** It was held long enough, by whichever clock says so first. */
  fire(key: string): void {
    clearTimeout(this.#timer)
    if (this.#hasFired) return
    this.#hasFired = true
    this.#fired(key)
  }

  /** The click that follows a long press is none. */
  takesClick(): boolean {
    const hadFired = this.#hasFired
    this.#hasFired = false
    return hadFired
  }
}
