/** Says that the connection is lost, once it has been for two seconds (rule D43). */
import { html, nothing, type ReactiveController } from 'lit'
import type { Host } from '../host.ts'
import { icons } from '../icons.ts'

const patienceMs = 2000

export class Banner implements ReactiveController {
  readonly #host: Host
  readonly #announce: (text: string) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #isShown = false

  constructor(host: Host, announce: (text: string) => void) {
    this.#host = host
    this.#announce = announce
    host.addController(this)
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  hostUpdate(): void {
    const { chat, format, words } = this.#host
    const { status, since } = chat.state.connection
    const isOut = status === 'waiting' || status === 'connecting'
    const left = since + patienceMs - format.now()
    clearTimeout(this.#timer)
    if (isOut && left > 0) this.#timer = setTimeout(() => this.#host.requestUpdate(), left)
    const wasShown = this.#isShown
    // Before the first sign-in the skeleton says it all.
    this.#isShown = isOut && left <= 0 && chat.state.session.status === 'signed-in'
    if (this.#isShown && !wasShown) this.#announce(words.offline)
    if (wasShown && status === 'open') this.#announce(words.backOnline)
  }

  render(): unknown {
    if (!this.#isShown) return nothing
    const { chat, words } = this.#host
    const isTrying = chat.state.connection.status === 'connecting'
    return html`<slot name="offline"><div part="banner ${isTrying ? 'reconnecting' : 'offline'}" class="banner">
      ${icons.cloud}<span>${isTrying ? words.reconnecting : words.offline}</span>
      ${isTrying ? nothing : html`<button part="button" class="link-button" type="button" @click=${() => chat.wake()}>${words.retry}</button>`}
    </div></slot>`
  }
}
