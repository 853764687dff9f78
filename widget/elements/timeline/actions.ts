/** Loads what can be done with messages, once there are any and the page is idle. */
import type { ReactiveController } from 'lit'
import { loadChunk } from '../../load-chunk.ts'
import { whenIdle } from '../../page.ts'
import type { PanelHost } from '../host.ts'
import type { Log, MessageActions } from '../message-actions/message-actions.ts'
import type { Writing } from '../message-actions/writing-context.ts'

export const loadActions = (): Promise<typeof import('../message-actions/message-actions.ts')> =>
  import('../message-actions/message-actions.ts')

const againMs = 30_000

export class Actions implements ReactiveController {
  readonly #host: PanelHost
  readonly #log: Log
  readonly #writing: Writing
  #isAsked = false
  /** Once they are there. */
  loaded: MessageActions | undefined

  constructor(host: PanelHost, log: Log, writing: Writing) {
    this.#host = host
    this.#log = log
    this.#writing = writing
    host.addController(this)
  }

  hostUpdated(): void {
    if (this.#isAsked || !this.#log.box()) return
    this.#isAsked = true
    whenIdle(() => void this.#load())
  }

  async #load(): Promise<void> {
    try {
      const { MessageActions } = await loadChunk('actions', loadActions)
      this.loaded = new MessageActions(this.#host, this.#log, this.#writing)
    } catch {
      // Messages can be read and written all the same.
      setTimeout(() => (this.#isAsked = false), againMs)
    }
  }
}
