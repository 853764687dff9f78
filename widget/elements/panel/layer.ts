/**
 * In which layer the open panel of a launcher lies: in the top layer, so that no box of the page covers or clips it; and where it
 * is the screen as a modal dialog, with the page behind it inert. What the page shows as a dialog later lies above. The
 * closed launcher stays in the page, below whatever that puts over it.
 */
import type { ReactiveController } from 'lit'
import type { PanelHost } from '../host.ts'

/** As in launcher.styles.ts: up to this width or height the panel is the screen. */
export const covering = '(max-width: 480px), (max-height: 480px)'

export class Layer implements ReactiveController {
  readonly #host: PanelHost
  readonly #entered: () => void
  readonly #stepBack: () => void
  readonly #covering = matchMedia(covering)
  /** So many times it was closed here, of which the events are to come. */
  #closings = 0
  /**
   * The page may hide the element at any time, and an unseen dialog must not keep it inert. In the next frame: what changes
   * its size in here is an error event of the page.
   */
  readonly #resized = new ResizeObserver(() => void requestAnimationFrame(this.#place))

  /** `entered`: it became a modal dialog. `stepBack` closes what is open over something else, and at last the panel. */
  constructor(host: PanelHost, entered: () => void, stepBack: () => void) {
    this.#host = host
    this.#entered = entered
    this.#stepBack = stepBack
    host.addController(this)
  }

  hostConnected(): void {
    const { root } = this.#host
    this.#closings = 0
    for (const name of ['cancel', 'close']) root.addEventListener(name, this.#onClosing, true)
    this.#covering.addEventListener('change', this.#place)
    // Whoever is moved has left the layer.
    this.#host.requestUpdate()
  }

  hostDisconnected(): void {
    const { root } = this.#host
    for (const name of ['cancel', 'close']) root.removeEventListener(name, this.#onClosing, true)
    this.#covering.removeEventListener('change', this.#place)
    this.#resized.disconnect()
  }

  hostUpdated(): void {
    const { frame } = this.#host
    if (frame) this.#resized.observe(frame)
    this.#place()
  }

  readonly #place = (): void => {
    const { frame, isLauncher, layer, root, ownerDocument } = this.#host
    if (!frame || !isLauncher) return
    const dialog = frame as HTMLDialogElement
    const isModal = dialog.matches(':modal')
    const isOver = isModal || dialog.matches(':popover-open')
    const shallBeOver = layer !== 'page' && dialog.checkVisibility()
    const shallBeModal = shallBeOver && this.#covering.matches
    if (isOver === shallBeOver && isModal === shallBeModal) return
    // Showing and closing move the focus, and here nobody did anything. It may be in the page.
    const focused = root.activeElement ?? ownerDocument.activeElement
    // Whoever was moved in the page is open still, and modal no more.
    if (isModal || (shallBeModal && dialog.open)) {
      this.#closings++
      dialog.close()
    }
    dialog.popover = shallBeOver && !shallBeModal ? 'manual' : null
    if (shallBeModal) {
      dialog.showModal()
      this.#entered()
    } else if (shallBeOver) dialog.showPopover()
    this.#giveBack(focused)
  }

  /** The focus, to what had it. Where nothing had it nothing has it again, except a modal dialog, as a whole: there the page is inert. */
  #giveBack(focused: Element | null): void {
    const { frame, root, ownerDocument } = this.#host
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
    const { activeElement } = root
    const isTaken = focused === ownerDocument.body && activeElement instanceof HTMLElement
    if (!isTaken) return
    if (frame?.matches(':modal')) frame.focus({ preventScroll: true })
    else activeElement.blur()
  }

  /**
   * A device's own way back, or Escape while nothing has the focus: one step. The page may refuse the last of them; and
   * browsers take whatever refuses twice for a trap, and close it all the same.
   */
  readonly #onClosing = (event: Event): void => {
    if (event.target !== this.#host.frame) return
    event.preventDefault()
    const isOwn = event.type === 'close' && this.#closings > 0
    if (isOwn) this.#closings--
    else this.#stepBack()
    if (event.type === 'close') this.#place()
  }
}
