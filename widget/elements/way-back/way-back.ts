/**
 * The way back of the browser, where the page wants it (attribute `history`): what is open over something else has an entry
 * of its own in the history, and Back closes it. A chunk of its own.
 *
 * The history belongs to the page. Our entries have the page's address and its state with one field more; nothing of the page's
 * is changed, and its router hears of no step to or from them.
 */
import type { ReactiveController } from 'lit'
import type { PanelHost } from '../host.ts'

/** The field of the state: how many entries of ours there are, up to this one. */
const field = 'chatter-depth'

/** Closes what is open. */
export type Close = () => void

/** Of HTML, where the browser has it; the types of the DOM do not know it yet. */
declare class CloseWatcher extends EventTarget {
  onclose: (() => void) | null
  destroy(): void
}

export class WayBack implements ReactiveController {
  readonly #host: PanelHost
  readonly #layers: () => readonly Close[]
  /** How many entries are ours, up to the one that is shown. */
  #depth = depthOf(history.state)
  /** How many layers have none: nobody opened them here. */
  #without: number
  /** The entry of the page below ours. */
  #page = pageOf(history.state)
  /** We are on our way back; `isOurs`: to where the page is already. */
  #going: { readonly isOurs: boolean } | undefined
  #watcher: CloseWatcher | undefined

  /** `layers`: what is open, the outermost first. */
  constructor(host: PanelHost, layers: () => readonly Close[]) {
    this.#host = host
    this.#layers = layers
    this.#without = Math.max(0, wasActive() ? 0 : layers().length - this.#depth)
    host.addController(this)
  }

  hostConnected(): void {
    // Before the page's own, on whatever it listens.
    addEventListener('popstate', this.#onPop, true)
  }

  hostDisconnected(): void {
    removeEventListener('popstate', this.#onPop, true)
    this.#watcher?.destroy()
    this.#watcher = undefined
  }

  hostUpdated(): void {
    this.#settle()
    this.#watch()
  }

  /** As many entries as there are layers that somebody opened. */
  #settle(): void {
    if (this.#going) return
    const { length } = this.#layers()
    this.#without = Math.min(this.#without, length)
    // The page went on from there.
    if (depthOf(history.state) !== this.#depth) this.#forget()
    const wanted = length - this.#without
    if (wanted < this.#depth) this.#go(wanted - this.#depth, true)
    while (wanted > this.#depth) {
      // Browsers pass by what is put there without a gesture, and so do we.
      if (!wasActive()) {
        this.#without = length - this.#depth
        return
      }
      if (this.#depth === 0) this.#page = pageOf(history.state)
      history.pushState({ ...Object(history.state), [field]: ++this.#depth }, '')
    }
  }

  /** Our entries lie elsewhere: what is open is without. */
  #forget(): void {
    this.#depth = 0
    this.#without = this.#layers().length
  }

  #go(by: number, isOurs: boolean): void {
    this.#going = { isOurs }
    history.go(by)
  }

  readonly #onPop = (event: PopStateEvent): void => {
    const depth = depthOf(event.state)
    // Nobody else knows what it is.
    if (depth > 0) event.stopImmediatePropagation()
    const going = this.#going
    this.#going = undefined
    const isWithin = this.#depth > 0 && depth < this.#depth && pageOf(event.state) === this.#page
    if (going || isWithin) {
      if (depth === 0 && (going?.isOurs ?? true)) event.stopImmediatePropagation()
      this.#depth = depth
      if (!going) this.#closeTo(this.#without + depth)
      this.#settle()
      return
    }
    const wasOurs = this.#depth > 0
    if (wasOurs || depth > 0) this.#forget()
    // From another entry of the page to one of ours that leads nowhere any more: on to the page's own below it.
    if (depth > 0) this.#go(-depth, false)
  }

  #closeTo(count: number): void {
    for (const close of this.#layers().slice(count).reverse()) close()
    // Where the page keeps it open there is an entry for it again.
    this.#host.requestUpdate()
  }

  /**
   * Over the screen the panel is a dialog, which has the device's own way back to itself: it would close all at once. What is
   * watched last is asked first.
   */
  #watch(): void {
    const isWanted = this.#layers().length > 0 && !!this.#host.frame?.matches(':modal')
    if (!isWanted) {
      this.#watcher?.destroy()
      this.#watcher = undefined
    } else if (!this.#watcher && 'CloseWatcher' in globalThis) {
      this.#watcher = new CloseWatcher()
      this.#watcher.onclose = () => {
        this.#watcher = undefined
        this.#closeTo(this.#layers().length - 1)
      }
    }
  }
}

/** Whether somebody has done something on this page. */
function wasActive(): boolean {
  return (navigator.userActivation as UserActivation | undefined)?.hasBeenActive ?? true
}

function depthOf(state: unknown): number {
  return Number(Object(state)[field] ?? 0)
}

/** An address of the page with its own state, for comparing. */
function pageOf(state: unknown): string {
  return JSON.stringify([location.href, { ...Object(state), [field]: undefined }])
}
