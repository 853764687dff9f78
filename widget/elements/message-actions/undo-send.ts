/**
 * While a message of mine can be undone: says so, and sends it at once where its reader leaves. A page that is hidden may be
 * frozen before the time is over, and on a phone never wakes again.
 */
import type { ReactiveController } from 'lit'
import type { PanelHost } from '../host.ts'
import type { WritingContext } from './writing-context.ts'

export class UndoSend implements ReactiveController {
  readonly #host: PanelHost
  readonly #context: WritingContext
  #id: string | undefined

  constructor(host: PanelHost, context: WritingContext) {
    this.#host = host
    this.#context = context
    host.addController(this)
  }

  hostConnected(): void {
    addEventListener('pagehide', this.#sendNow)
    document.addEventListener('visibilitychange', this.#onVisibility)
  }

  hostDisconnected(): void {
    removeEventListener('pagehide', this.#sendNow)
    document.removeEventListener('visibilitychange', this.#onVisibility)
    this.#sendNow()
  }

  /** Its button is about to go: what had the focus must not lose it. */
  hostUpdate(): void {
    const { activeElement } = this.#host.root
    if (activeElement?.matches('[part~="undo-button"]') && this.#undoable === undefined)
      activeElement.closest<HTMLElement>('.message')?.focus({ preventScroll: true })
  }

  hostUpdated(): void {
    const { isShown, words } = this.#host
    if (!isShown) this.#sendNow()
    const id = this.#undoable
    if (id !== undefined && id !== this.#id) this.#context.say(words.announce.undoable)
    this.#id = id
  }

  get #undoable(): string | undefined {
    return this.#host.chat.state.outbox.find(({ undoable }) => undoable)?.id
  }

  readonly #sendNow = (): void => {
    this.#host.chat.sendNow()
  }

  readonly #onVisibility = (): void => {
    if (document.visibilityState === 'hidden') this.#sendNow()
  }
}
