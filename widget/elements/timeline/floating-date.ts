/** The day of what is being read, over the log while the reader scrolls (rule M22). Drawing it draws no row. */
import type { Row } from '../../state/timeline.ts'
import type { Host } from '../host.ts'
import { floatingDateStyles } from './floating-date.styles.ts'

/** It stays so long after the last movement. */
const stayMs = 1200

export class FloatingDate {
  readonly #host: Host
  readonly #box = document.createElement('div')
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: Host) {
    this.#host = host
    host.adopt([floatingDateStyles])
    // By ear the day is known from its separator.
    this.#box.ariaHidden = 'true'
    this.#box.className = 'floating-date'
    this.#box.setAttribute('part', 'floating-date')
  }

  /**
   * The reader scrolled `log` to what is not its end. `inView` are the keys of the rows that are seen now, of which the first
   * one is a message.
   */
  show(log: HTMLElement, rows: readonly Row[], inView: readonly string[]): void {
    let at = rows.findIndex(({ key }) => key === inView[0])
    while (at >= 0 && rows[at]?.type !== 'day') at--
    const day = rows[at]
    // Where its separator is seen, that says it.
    if (day?.type !== 'day' || inView.includes(day.key)) {
      this.hide()
      return
    }
    if (this.#box.parentElement !== log.parentElement) log.after(this.#box)
    const text = this.#host.format.day(day.at)
    if (this.#box.textContent !== text) this.#box.textContent = text
    this.#box.classList.add('on')
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.hide(), stayMs)
  }

  hide(): void {
    clearTimeout(this.#timer)
    this.#box.classList.remove('on')
  }
}
