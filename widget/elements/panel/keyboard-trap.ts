/**
 * Where the chat meets the page around it: which keys leave it, and the page standing still
 * under a sheet that covers it.
 */
import type { ReactiveController } from 'lit'
import type { PanelHost } from '../host.ts'
import { isTyping, isUsed, tabStops } from '../keyboard/keys.ts'
import { covering } from './layer.ts'

const kept = ['keydown', 'keypress', 'keyup', 'paste'] as const

export class KeyboardTrap implements ReactiveController {
  readonly #host: PanelHost
  readonly #covering = matchMedia(covering)
  #overflow: string | undefined

  constructor(host: PanelHost) {
    this.#host = host
    host.addController(this)
  }

  hostConnected(): void {
    for (const name of kept) this.#host.root.addEventListener(name, this.#keep)
    this.#host.root.addEventListener('keydown', this.#follow, true)
    this.#covering.addEventListener('change', this.#update)
  }

  hostDisconnected(): void {
    for (const name of kept) this.#host.root.removeEventListener(name, this.#keep)
    this.#host.root.removeEventListener('keydown', this.#follow, true)
    this.#covering.removeEventListener('change', this.#update)
    this.#lock(false)
  }

  hostUpdated(): void {
    this.#lock(this.#isCovering)
  }

  get #isCovering(): boolean {
    const { isLauncher, isShown, root } = this.#host
    return isLauncher && isShown && root.isConnected && this.#covering.matches
  }

  readonly #update = (): void => this.#host.requestUpdate()

  /** What is typed here must not trigger the page's hotkeys (rule K54). */
  readonly #keep = (event: Event): void => {
    if (event instanceof KeyboardEvent && event.type === 'keydown' && event.key === 'Tab' && this.#isCovering)
      this.#trap(event)
    const { keepEvents, root } = this.#host
    if (!keepEvents && (isTyping(event) || isUsed(event, root))) event.stopPropagation()
  }

  /**
   * An Escape that closed something here is no Escape of the page: neither while it is held, nor when it is let go, by which
   * time the focus may be in the page.
   */
  readonly #follow = (event: Event): void => {
    const { keepEvents, ownerDocument } = this.#host
    if (!(event instanceof KeyboardEvent) || event.key !== 'Escape' || keepEvents) return
    const over = new AbortController()
    const options = { capture: true, signal: over.signal }
    const swallow = (later: KeyboardEvent) => {
      const isSame = later.key === 'Escape' && (later.type === 'keyup' || later.repeat)
      if (isSame && event.defaultPrevented) later.stopImmediatePropagation()
      if (!isSame || later.type === 'keyup') over.abort()
    }
    for (const name of ['keydown', 'keyup'] as const)
      ownerDocument.defaultView?.addEventListener(name, swallow, options)
  }

  /** Tab goes round inside a sheet, because what lies under it cannot be seen (rule K53). */
  #trap(event: KeyboardEvent): void {
    const { frame } = this.#host
    const stops = frame ? tabStops(frame) : []
    const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]]
    if (this.#host.root.activeElement !== from) return
    event.preventDefault()
    to?.focus()
  }

  /** The page under a sheet does not scroll, and is where it was afterwards (rule E65). */
  #lock(isLocked: boolean): void {
    const { style } = this.#host.ownerDocument.documentElement
    if (isLocked === (this.#overflow !== undefined)) return
    if (isLocked) this.#overflow = style.overflow
    style.overflow = isLocked ? 'hidden' : (this.#overflow ?? '')
    if (!isLocked) this.#overflow = undefined
  }
}
