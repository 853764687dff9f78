/** What came of something that was asked for: said to screen readers, or why not, beside it. */
import { html, nothing } from 'lit'
import type { PanelHost } from '../host.ts'
import { Announcer } from '../panel/announcer.ts'
import { refusal } from './arrange.ts'

export class Outcome {
  readonly #host: PanelHost
  readonly #announcer: Announcer
  #place = ''
  #why = ''

  constructor(host: PanelHost) {
    this.#host = host
    const place = () => (host.frame?.matches(':modal') ? host.frame : host.ownerDocument.body)
    this.#announcer = new Announcer(place, () => '')
  }

  say(said: string): void {
    this.#announcer.say(said)
  }

  clear(): void {
    this.#why = ''
  }

  /** Why what was asked for last was not done, where that stands. */
  render(place: string, kind = ''): unknown {
    return this.#why && place === this.#place
      ? html`<p part="error" class="why ${kind}" role="alert">${this.#why}</p>`
      : nothing
  }

  /** Says why something was not done. */
  refuse(place: string, why: string): void {
    this.#place = place
    this.#why = why
    this.#host.requestUpdate()
  }

  /**
   * Whether it was done.
   * @param place where it is said that it was not
   * @param said to screen readers, once it is done
   */
  async of(
    place: string,
    act: Promise<unknown>,
    said: string,
    why = (error: unknown) => refusal(this.#host, error),
  ): Promise<boolean> {
    this.clear()
    try {
      await act
      if (said) this.say(said)
      this.#host.requestUpdate()
      return true
    } catch (error) {
      this.refuse(place, why(error))
      return false
    }
  }
}
