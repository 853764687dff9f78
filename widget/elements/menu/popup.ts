/**
 * A menu beside what it is about, or under a finger a sheet, and the question before something is done. They stand in the
 * top layer of the page: nothing that clips the chat clips them.
 */
import { html, nothing, render, type TemplateResult } from 'lit'
import type { PanelHost } from '../host.ts'

export type MenuItem = {
  readonly icon: TemplateResult
  readonly label: string
  /** More is asked in its place. */
  readonly opens?: boolean
  /** One of several, or on and off: whether it is chosen. */
  readonly role?: 'menuitemradio' | 'menuitemcheckbox'
  readonly isChosen?: boolean
  /** It takes something away. */
  readonly isDangerous?: boolean
  readonly run: () => void
}

export type Question = {
  /** A sentence, with names in it as `isolated` marks them. */
  readonly title: unknown
  readonly hint: string
  /** What the button says that does it. */
  readonly action: string
  /** It takes nothing away. */
  readonly isHarmless?: boolean
  readonly run: () => void
}

/** How far from the edges of the page. */
const marginPx = 8

export class Popup {
  readonly #host: PanelHost
  readonly #closed: () => void
  readonly #frame: () => HTMLElement | null | undefined
  #box: HTMLElement | undefined
  #before: Element | null = null
  #open = new AbortController()

  /** `closed`: it is gone, and what had the focus has it again. `frame`: what it is put into, so that it looks as the rest. */
  constructor(
    host: PanelHost,
    closed: () => void = () => {},
    frame: () => HTMLElement | null | undefined = () => host.frame,
  ) {
    this.#host = host
    this.#closed = closed
    this.#frame = frame
  }

  get isOpen(): boolean {
    return this.#box !== undefined
  }

  /** Beside a box of the page. */
  menu(label: string, items: readonly MenuItem[], at: DOMRect): void {
    this.show(
      html`<div part="menu" class="action-menu" popover="manual" role="menu" aria-label=${label} @keydown=${this.#onMenuKey}>${this.#items(items)}</div>`,
      at,
    )
    this.focus(0)
  }

  /** A menu that is drawn elsewhere: one element, a popover. */
  show(content: TemplateResult, at: DOMRect): void {
    const box = this.#start(content)
    if (!box) return
    box.showPopover()
    this.#place(box, at)
    const { signal } = this.#open
    const { ownerDocument: document } = this.#host
    // The way back closes it, too.
    box.addEventListener('toggle', ({ newState }) => newState === 'closed' && this.close(), { signal })
    const elsewhere = (event: Event) => event.composedPath().includes(box) || this.close()
    document.addEventListener('pointerdown', elsewhere, { signal, capture: true })
    // What scrolls beside the chat, as tickers do, moves nothing here.
    const moved = ({ target }: Event) => isAround(target as Node, this.#host.root.host) && this.close()
    document.addEventListener('scroll', moved, { signal, capture: true })
    for (const name of ['blur', 'resize'] as const)
      window.addEventListener(name, () => this.close(), { signal })
  }

  /** From the lower edge of the screen. */
  sheet(label: string, items: readonly MenuItem[]): void {
    this.showModal(html`<dialog part="action-sheet" class="dialog sheet" tabindex="-1" aria-label=${label} @keydown=${this.#onMenuKey}>
      <div role="menu" aria-label=${label}>${this.#items(items)}</div>
    </dialog>`)
  }

  /** Asks whether something is to be done. */
  ask({ title, hint, action, isHarmless = false, run }: Question): void {
    const { words } = this.#host
    const confirmed = () => {
      this.close()
      run()
    }
    this.showModal(html`<dialog part="dialog" class="dialog confirm" role="alertdialog" aria-labelledby="ask-title" aria-describedby="ask-hint" @keydown=${this.onKey}>
      <p id="ask-title" class="title" dir="auto">${title}</p>
      <p id="ask-hint" class="hint" dir="auto">${hint}</p>
      <div class="buttons">
        <button part="button" class="button" type="button" autofocus @click=${() => this.close()}>${words.cancel}</button>
        <button part="button" class="button ${isHarmless ? 'primary' : 'danger'}" type="button" @click=${confirmed}>${action}</button>
      </div>
    </dialog>`)
  }

  /** The focus goes back to where it was. */
  close(): void {
    const box = this.#box
    if (!box) return
    const had = box.contains(this.#host.root.activeElement)
    this.#open.abort()
    this.#box = undefined
    box.remove()
    if (had && this.#before instanceof HTMLElement) this.#before.focus({ preventScroll: true })
    this.#host.requestUpdate()
    this.#closed()
  }

  #start(content: TemplateResult): HTMLElement | undefined {
    this.close()
    const frame = this.#frame()
    if (!frame) return undefined
    this.#before = this.#host.root.activeElement
    this.#open = new AbortController()
    this.#box = frame.ownerDocument.createElement('div')
    frame.append(this.#box)
    render(content, this.#box)
    // The way back learns of it.
    this.#host.requestUpdate()
    return this.#box.firstElementChild as HTMLElement
  }

  /** One element, a dialog. */
  showModal(content: TemplateResult): void {
    const box = this.#start(content)
    if (!(box instanceof HTMLDialogElement)) return
    const { signal } = this.#open
    let pressed: EventTarget | null = null
    const press = ({ target }: Event) => {
      pressed = target
    }
    box.addEventListener('pointerdown', press, { signal })
    // What lies beside it is it, too, and only that.
    const beside = ({ target }: Event) => target === box && pressed === box && this.close()
    box.addEventListener('click', beside, { signal })
    box.addEventListener('close', () => this.close(), { signal })
    box.showModal()
    // A ring around what comes first in it looks like a choice that somebody made.
    if (box.matches('.sheet')) box.focus()
  }

  #items(items: readonly MenuItem[]): unknown {
    const point = ({ currentTarget, pointerType }: PointerEvent) => {
      if (pointerType === 'mouse') (currentTarget as HTMLElement).focus({ preventScroll: true })
    }
    const choose = ({ run }: MenuItem) => {
      this.close()
      run()
    }
    return items.map(
      (
        item,
      ) => html`<button part="menu-item" class="action-item ${item.isDangerous ? 'delete' : ''}" type="button" role=${item.role ?? 'menuitem'} aria-checked=${item.isChosen ?? nothing} tabindex="-1"
        aria-haspopup=${item.opens ? 'menu' : nothing} @click=${() => choose(item)} @pointermove=${point}>${item.icon}<span>${item.label}</span>${item.opens ? html`<span class="opens" aria-hidden="true"></span>` : nothing}</button>`,
    )
  }

  get items(): HTMLElement[] {
    return [...(this.#box?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])]
  }

  /** Round its ends. */
  focus(at: number): void {
    const all = this.items
    all[(at + all.length) % all.length]?.focus({ preventScroll: true })
  }

  readonly onKey = (event: KeyboardEvent): void => {
    // Neither the page nor the panel has any of these keys.
    event.stopPropagation()
    if (event.key !== 'Escape') return
    event.preventDefault()
    this.close()
  }

  readonly #onMenuKey = (event: KeyboardEvent): void => {
    this.onKey(event)
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return
    const at = this.items.indexOf(this.#host.root.activeElement as HTMLElement)
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: Math.max(at, 0) - 1,
      Home: 0,
      End: -1,
    }
    const next = steps[event.key]
    if (next !== undefined) this.focus(next)
    else if (event.key === 'Tab') this.close()
    else return
    event.preventDefault()
  }

  /** Between which it stands, from left to right: those of its frame where it fits, else those of the page. */
  #edges(width: number): readonly [number, number] {
    const page = [marginPx, this.#host.ownerDocument.documentElement.clientWidth - marginPx] as const
    const frame = this.#frame()?.getBoundingClientRect()
    if (!frame) return page
    const [from, to] = [Math.max(frame.left + marginPx, page[0]), Math.min(frame.right - marginPx, page[1])]
    return to - from >= width ? [from, to] : page
  }

  /** Below the box and at its side, or wherever there is space. */
  #place(box: HTMLElement, at: DOMRect): void {
    // In pages without a doctype the root is as high as all of the page.
    const clientHeight = Math.min(this.#host.ownerDocument.documentElement.clientHeight, innerHeight)
    const { width, height } = box.getBoundingClientRect()
    const scale = width / box.offsetWidth || 1
    const isRtl = getComputedStyle(this.#host).direction === 'rtl'
    const [from, to] = this.#edges(width)
    const left = Math.min(Math.max(isRtl ? at.right - width : at.left, from), to - width)
    const isBelow = at.bottom + height + marginPx <= clientHeight || at.top < height + marginPx
    const top = Math.min(isBelow ? at.bottom : at.top - height, clientHeight - height - marginPx)
    box.style.left = `${Math.max(left, marginPx) / scale}px`
    box.style.top = `${Math.max(top, marginPx) / scale}px`
  }
}

/** Also where shadow roots lie between them. */
function isAround(box: Node, inner: Node): boolean {
  const root = inner.getRootNode()
  return box.contains(inner) || (root instanceof ShadowRoot && isAround(box, root.host))
}
