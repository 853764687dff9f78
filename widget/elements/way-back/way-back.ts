/**
 * The way back of the browser, where the page wants it (attribute `history`): what is open over something else has an entry
 * of its own in the history, and Back closes it. A chunk of its own.
 *
 * The history belongs to the page. Our entries have the page's address and its very state, and nothing of the page's is changed.
 * Its router should hear of no step to or from them. In Chromium it does where it listens longer than we do, since events of
 * the window know no capturing there: then it hears the state that it shows already.
 */
import type { ReactiveController } from 'lit'
import type { PanelHost } from '../host.ts'

/**
 * How many entries of ours there are, up to this one. A field of the entry's state in the Navigation API; where the browser has
 * none, of the state that the page sees.
 */
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
  #depth = depthHere()
  /** How many layers have none: nobody opened them here. */
  #without: number
  /** The entry of the page below ours. */
  #page = pageHere()
  /** We are on our way back to an entry; `isOurs`: to where the page is already. */
  #going: { readonly depth: number; readonly isOurs: boolean } | undefined
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
    this.#going = undefined
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
    if (depthHere() !== this.#depth) this.#forget()
    const wanted = length - this.#without
    if (wanted < this.#depth) this.#go(this.#depth, wanted, true)
    while (wanted > this.#depth) {
      // Browsers pass by what is put there without a gesture, and so do we.
      if (!wasActive()) {
        this.#without = length - this.#depth
        return
      }
      if (this.#depth === 0) this.#page = pageHere()
      pushEntry(++this.#depth)
    }
  }

  /** Our entries lie elsewhere: what is open is without. */
  #forget(): void {
    this.#depth = 0
    this.#without = this.#layers().length
  }

  #go(from: number, depth: number, isOurs: boolean): void {
    this.#going = { depth, isOurs }
    history.go(depth - from)
  }

  readonly #onPop = (event: PopStateEvent): void => {
    const depth = depthHere()
    const going = this.#going?.depth === depth ? this.#going : undefined
    this.#going = undefined
    const isWithin = depth < this.#depth && pageHere() === this.#page
    const isOurs = going?.isOurs ?? isWithin
    // Nobody else knows what it is.
    if (depth > 0 || isOurs) event.stopImmediatePropagation()
    if (going || isWithin) {
      this.#depth = depth
      if (!going) this.#closeTo(this.#without + depth)
      this.#settle()
    } else this.#leave(depth)
  }

  /** To another entry of the page; or to one of ours that leads nowhere any more: on to the page's own below it. */
  #leave(depth: number): void {
    if (this.#depth > 0 || depth > 0) this.#forget()
    if (depth > 0) this.#go(depth, 0, false)
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

/** What the Navigation API knows of the entry that is shown, where there is one. */
function entryHere(): NavigationHistoryEntry | null | undefined {
  return (globalThis.navigation as Navigation | undefined)?.currentEntry
}

function depthHere(): number {
  const entry = entryHere()
  return Number(Object(entry ? entry.getState() : history.state)[field] ?? 0)
}

/** An entry of ours on top of the one that is shown. */
function pushEntry(depth: number): void {
  const below = entryHere()
  if (below) {
    const state = { ...Object(below.getState()), [field]: depth }
    history.pushState(history.state, '')
    navigation.updateCurrentEntry({ state })
  } else history.pushState({ ...Object(history.state), [field]: depth }, '')
}

/** An address of the page with its own state, for comparing. */
function pageHere(): string {
  try {
    return JSON.stringify([location.href, { ...Object(history.state), [field]: undefined }])
  } catch {
    // A state may hold what JSON does not know.
    return location.href
  }
}
