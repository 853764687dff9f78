/**
 * The list under a text field, after the combobox of ARIA 1.2: the focus stays in the field, the arrow keys walk the
 * options, Enter chooses the active one. What the options are, and what choosing means, is the owner's.
 */
import { createRef } from 'lit/directives/ref.js'
import type { Host } from '../host.ts'

type Options = {
  /** Of the list, and the start of its options' ids: one of a kind in the root. */
  readonly id: string
  readonly count: () => number
  /** Enter was pressed on the option. */
  readonly choose: (at: number) => void
  /** The options are those of what stands in the field; until then no key moves among them. */
  readonly isSettled: () => boolean
}

export class Listbox {
  readonly box = createRef<HTMLElement>()
  readonly #host: Host
  readonly #options: Options
  #active = -1

  constructor(host: Host, options: Options) {
    this.#host = host
    this.#options = options
  }

  get id(): string {
    return this.#options.id
  }

  /** The id of an option, for its element. */
  idOf(at: number): string {
    return `${this.id}-${at}`
  }

  /** The id of the active option, for the field's `aria-activedescendant`. */
  get activeId(): string | undefined {
    return this.#active < 0 ? undefined : this.idOf(this.#active)
  }

  isActive(at: number): boolean {
    return at === this.#active
  }

  /** The place of the active option; −1 where none is. */
  get active(): number {
    return this.#active
  }

  /** The options are others: the one in this place is active, or none. */
  reset(active = -1): void {
    this.#active = active
  }

  /**
   * A key that went down in the field: whether it was for the list. Where there is text, Home and End are the caret's.
   * @param choosing the keys that choose the active option
   */
  take(event: KeyboardEvent, choosing: readonly string[] = ['Enter']): boolean {
    const to = this.#stepOf(event)
    if (to !== undefined) this.#activate(to)
    else if (choosing.includes(event.key) && this.#isChoosing) this.#options.choose(this.#active)
    else return false
    event.preventDefault()
    return true
  }

  get #isChoosing(): boolean {
    return this.#active >= 0 && this.#active < this.#options.count()
  }

  #stepOf({ key, target }: KeyboardEvent): number | undefined {
    if (key === 'ArrowDown') return this.#active + 1
    if (key === 'ArrowUp') return this.#active - 1
    const isEmpty = target instanceof HTMLInputElement && target.value === ''
    if (isEmpty && key === 'Home') return 0
    return isEmpty && key === 'End' ? this.#options.count() : undefined
  }

  #activate(to: number): void {
    if (!this.#options.isSettled()) return
    const at = Math.min(Math.max(to, 0), this.#options.count() - 1)
    this.#active = at
    this.#host.requestUpdate()
    void this.#host.updateComplete.then(() =>
      this.box.value?.children[at]?.scrollIntoView({ block: 'nearest' }),
    )
  }
}
