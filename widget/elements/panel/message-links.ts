import type { ReactiveController } from 'lit'
import { followLink, invitationAt } from '../../message-link.ts'
import type { PanelHost } from '../host.ts'

/** Shows the room or message that the page was opened at, or that a link in it leads to; or asks whether to join one. */
export class MessageLinks implements ReactiveController {
  readonly #host: PanelHost
  readonly #invited: (code: string) => void
  #stop: (() => void) | undefined

  /** `invited`: the address leads to an invitation of that code. */
  constructor(host: PanelHost, invited: (code: string) => void) {
    this.#host = host
    this.#invited = invited
    // After the room that the page asks for.
    if (host.chat.state.session.status === 'signed-in') queueMicrotask(this.#follow)
    host.addController(this)
  }

  hostConnected(): void {
    addEventListener('hashchange', this.#follow)
    const { chat } = this.#host
    if (chat.state.session.status !== 'signed-in') this.#stop = chat.on('ready', this.#follow)
  }

  hostDisconnected(): void {
    removeEventListener('hashchange', this.#follow)
    this.#stop?.()
  }

  readonly #follow = (): void => {
    this.#stop?.()
    const code = invitationAt(this.#host)
    if (code !== undefined) this.#invited(code)
    else followLink(this.#host)
  }
}
