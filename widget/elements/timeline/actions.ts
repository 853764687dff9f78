/** Loads what can be done with messages, once there are any and the page is idle. */
import type { ReactiveController } from 'lit'
import { loadChunk } from '../../load-chunk.ts'
import { whenIdle } from '../../page.ts'
import type { Completion } from '../completion/completion.ts'
import type { PanelHost } from '../host.ts'
import type { Log, MessageActions } from '../message-actions/message-actions.ts'
import type { Writing } from '../message-actions/writing-context.ts'

/** With them comes what finishes mentions and emoji in the text field: another one on the side of those who ask would cost each page. */
export const loadActions = async (): Promise<Loaded> => {
  const [{ MessageActions }, { Completion }] = await Promise.all([
    import('../message-actions/message-actions.ts'),
    import('../completion/completion.ts'),
  ])
  return { MessageActions, Completion }
}

type Loaded = {
  readonly MessageActions: typeof MessageActions
  /** Builds before it have none. */
  readonly Completion?: typeof Completion
}

const againMs = 30_000

export class Actions implements ReactiveController {
  readonly #host: PanelHost
  readonly #log: Log
  readonly #writing: Writing
  #isAsked = false
  /** Once they are there. */
  loaded: MessageActions | undefined
  completion: Completion | undefined

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
      const { MessageActions, Completion } = await loadChunk('actions', loadActions)
      this.loaded = new MessageActions(this.#host, this.#log, this.#writing)
      this.completion = Completion && new Completion(this.#host, this.#writing)
    } catch {
      // Messages can be read and written all the same.
      setTimeout(() => (this.#isAsked = false), againMs)
    }
  }
}
