import type { ReactiveController } from 'lit'
import { followLink } from '../../message-link.ts'
import type { PanelHost } from '../host.ts'

/** Shows the message that the page was opened at, or that a link in it leads to. */
export class MessageLinks implements ReactiveController {
  readonly #host: PanelHost
  #stop: (() => void) | undefined

  constructor(host: PanelHost) {
    this.#host = host
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
    followLink(this.#host)
  }
}
