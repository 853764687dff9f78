/**
 * A press for a menu that comes before what opens the menu: the browser's own menu stays away, what is missing is loaded at
 * once, and the press is made again there.
 */
type Options = {
  /** What has a menu, as a selector. */
  readonly on: string
  /** Once it is there it hears presses itself. */
  readonly isThere: () => boolean
  /** Rejects where it could not be loaded, which is said then. */
  readonly load: () => Promise<unknown>
}

export class EarlyPress {
  readonly #options: Options
  #box: HTMLElement | undefined
  /** Text was selected before the pointer went down: some systems select a word by the right button. */
  #wasSelected = false
  #presses = 0

  constructor(options: Options) {
    this.#options = options
  }

  listen(box: HTMLElement | undefined): void {
    if (box === this.#box) return
    this.#box = box
    box?.addEventListener('pointerdown', this.#onDown)
    box?.addEventListener('contextmenu', this.#onMenu)
  }

  /** Of a finger that stays not every browser has an event. */
  readonly #onDown = (event: PointerEvent): void => {
    this.#wasSelected = getSelection()?.type === 'Range'
    if (event.pointerType !== 'touch' || !this.#isEarly(event)) return
    const up = new AbortController()
    for (const name of ['pointerup', 'pointercancel'] as const)
      addEventListener(name, () => up.abort(), { signal: up.signal, capture: true })
    this.#again(event, () => !up.signal.aborted).catch(() => {})
  }

  /** Links, selected text and Shift keep the menu of the browser. */
  readonly #onMenu = (event: MouseEvent): void => {
    const isOfBrowser = event.shiftKey || (event.button === 2 && this.#wasSelected)
    if (isOfBrowser || !this.#isEarly(event)) return
    event.preventDefault()
    this.#again(event).catch(() => {})
  }

  #isEarly({ target }: Event): boolean {
    const { on, isThere } = this.#options
    return !isThere() && target instanceof Element && !!target.closest(on) && !target.closest('a')
  }

  async #again(event: MouseEvent, isWanted = () => true): Promise<void> {
    const { target } = event
    const again = new PointerEvent(event.type, event)
    const press = ++this.#presses
    // Whoever has gone on to something else meanwhile is not interrupted by it.
    const over = new AbortController()
    for (const name of ['keydown', 'pointerdown'] as const)
      addEventListener(name, () => over.abort(), { signal: over.signal, capture: true })
    try {
      await this.#options.load()
      // The last one counts.
      if (press === this.#presses && !over.signal.aborted && isWanted()) target?.dispatchEvent(again)
    } finally {
      over.abort()
    }
  }
}
