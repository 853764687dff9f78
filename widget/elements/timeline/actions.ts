/** Loads what can be done with messages, once there are any and the page is idle. */
import type { ReactiveController } from 'lit'
import { loadChunk } from '../../load-chunk.ts'
import { whenIdle } from '../../page.ts'
import type { Completion } from '../completion/completion.ts'
import type { PanelHost } from '../host.ts'
import type { Log, MessageActions } from '../message-actions/message-actions.ts'
import type { Writing } from '../message-actions/writing-context.ts'
import { EarlyPress } from '../panel/early-press.ts'

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

type Around = {
  readonly log: Log
  readonly writing: Writing
  /** Says that what somebody asked for could not be loaded. */
  readonly notLoaded: (error: unknown) => void
}

/** Milliseconds until it is tried again: twice as many, each time. Browsers write each miss into the console. */
const againMs = 15_000

export class Actions implements ReactiveController {
  readonly #host: PanelHost
  readonly #around: Around
  readonly #early: EarlyPress
  #isAsked = false
  #againMs = againMs
  #loading: Promise<void> | undefined
  /** Once they are there. */
  loaded: MessageActions | undefined
  completion: Completion | undefined

  constructor(host: PanelHost, around: Around) {
    this.#host = host
    this.#around = around
    this.#early = new EarlyPress({
      on: '.message:not(.system)',
      isThere: () => !!this.loaded,
      load: () => this.#load().catch(around.notLoaded),
    })
    host.addController(this)
  }

  hostUpdated(): void {
    const box = this.#around.log.box()
    this.#early.listen(box)
    if (this.#isAsked || !box) return
    this.#isAsked = true
    whenIdle(() => {
      // Messages can be read and written all the same.
      this.#load().catch(() => {
        this.#againMs *= 2
        setTimeout(() => (this.#isAsked = false), this.#againMs)
      })
    })
  }

  #load(): Promise<void> {
    this.#loading ??= this.#make().finally(() => (this.#loading = undefined))
    return this.#loading
  }

  async #make(): Promise<void> {
    const { log, writing } = this.#around
    const { MessageActions, Completion } = await loadChunk('actions', loadActions)
    if (this.loaded) return
    this.loaded = new MessageActions(this.#host, log, writing)
    this.completion = Completion && new Completion(this.#host, writing)
  }
}
