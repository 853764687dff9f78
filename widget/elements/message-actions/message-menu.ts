/**
 * The menu of a message, or under a finger a sheet, and the question before it is deleted. They stand in the top layer of
 * the page: nothing that clips the chat clips them.
 *
 * @csspart action-sheet - Under a finger, in the place of the menu.
 * @csspart dialog - Asks before something is done.
 */
import { html, nothing, render, type TemplateResult } from 'lit'
import type { MessageRow } from '../../state/timeline.ts'
import type { Host } from '../host.ts'
import { type Action, actionsOf } from './actions.ts'
import { actionIcons } from './icons.ts'
import { wordOf } from './words.ts'

type Surroundings = {
  /** What they are put into, so that they look as the rest. */
  readonly frame: () => HTMLElement | undefined
  readonly run: (action: Action, row: MessageRow) => void
  /** It is gone, and what had the focus has it again. */
  readonly closed: () => void
}

/** The single keys in the log, as they stand beside the words. */
const keys: Readonly<Partial<Record<Action, string>>> = { reply: 'R', edit: 'E', delete: 'Delete' }
/** How far from the edges of the page. */
const marginPx = 8

export class MessageMenu {
  readonly #host: Host
  readonly #surroundings: Surroundings
  #box: HTMLElement | undefined
  #row: MessageRow | undefined
  #before: Element | null = null
  #open = new AbortController()

  constructor(host: Host, surroundings: Surroundings) {
    this.#host = host
    this.#surroundings = surroundings
  }

  get isOpen(): boolean {
    return this.#box !== undefined
  }

  /** Whether a key is the one of an action, on keyboards of any script. */
  isKeyOf(action: Action, { key, code }: KeyboardEvent): boolean {
    const wanted = keys[action]
    const isLatin = key.length > 1 || /^[\x20-\x7e]$/.test(key)
    return (
      wanted !== undefined && (isLatin ? key : code.replace('Key', '')).toUpperCase() === wanted.toUpperCase()
    )
  }

  /** Beside a box of the page. */
  open(row: MessageRow, at: DOMRect): void {
    const { words, ownerDocument: document } = this.#host
    const box = this.#start(
      row,
      html`<div part="menu" class="action-menu" popover="manual" role="menu" aria-label=${words.messageActions} @keydown=${this.#onMenuKey}>${this.#items(row)}</div>`,
    )
    if (!box) return
    box.showPopover()
    this.#place(box, at)
    this.#focus(0)
    const { signal } = this.#open
    const elsewhere = (event: Event) => event.composedPath().includes(box) || this.close()
    document.addEventListener('pointerdown', elsewhere, { signal, capture: true })
    document.addEventListener('scroll', elsewhere, { signal, capture: true })
    for (const name of ['blur', 'resize'] as const)
      window.addEventListener(name, () => this.close(), { signal })
  }

  openSheet(row: MessageRow): void {
    const { words } = this.#host
    this.#showModal(
      row,
      html`<dialog part="action-sheet" class="dialog sheet" aria-label=${words.messageActions} @keydown=${this.#onMenuKey}>
        <div role="menu" aria-label=${words.messageActions}>${this.#items(row)}</div>
      </dialog>`,
    )
  }

  /** Asks whether a message is to be deleted. */
  confirm(row: MessageRow, act: () => void): void {
    const { words } = this.#host
    const confirmed = () => {
      this.close()
      act()
    }
    this.#showModal(
      row,
      html`<dialog part="dialog" class="dialog confirm" role="alertdialog" aria-labelledby="confirm-title" aria-describedby="confirm-hint" @keydown=${this.#onKey}>
        <p id="confirm-title" class="title">${words.deleteQuestion}</p>
        <p id="confirm-hint" class="hint">${words.deleteHint}</p>
        <div class="buttons">
          <button part="button" class="button" type="button" autofocus @click=${() => this.close()}>${words.cancel}</button>
          <button part="button" class="button danger" type="button" @click=${confirmed}>${words.discard}</button>
        </div>
      </dialog>`,
    )
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
    this.#surroundings.closed()
  }

  #start(row: MessageRow, content: TemplateResult): HTMLElement | undefined {
    this.close()
    const frame = this.#surroundings.frame()
    if (!frame) return undefined
    this.#before = this.#host.root.activeElement
    this.#open = new AbortController()
    this.#row = row
    this.#box = frame.ownerDocument.createElement('div')
    frame.append(this.#box)
    render(content, this.#box)
    return this.#box.firstElementChild as HTMLElement
  }

  #showModal(row: MessageRow, content: TemplateResult): void {
    const box = this.#start(row, content)
    if (!(box instanceof HTMLDialogElement)) return
    const { signal } = this.#open
    let pressed: EventTarget | null = null
    const press = ({ target }: Event) => {
      pressed = target
    }
    box.addEventListener('pointerdown', press, { signal })
    // What lies beside it is it, too, and only that.
    box.addEventListener('click', ({ target }) => target === box && pressed === box && this.close(), {
      signal,
    })
    box.addEventListener('close', () => this.close(), { signal })
    box.showModal()
  }

  #items(row: MessageRow): TemplateResult {
    return html`${actionsOf(row, this.#host).map(
      (
        action,
      ) => html`<button part="menu-item" class="action-item ${action}" type="button" role="menuitem" tabindex="-1"
        aria-keyshortcuts=${keys[action] ?? nothing} @click=${() => this.#choose(action)}
        @pointermove=${({ currentTarget, pointerType }: PointerEvent) => pointerType === 'mouse' && (currentTarget as HTMLElement).focus({ preventScroll: true })}
        >${actionIcons[action]}<span>${wordOf(action, this.#host.words)}</span>${
          keys[action]
            ? html`<kbd aria-hidden="true" translate="no">${action === 'delete' ? this.#host.words.deleteKey : keys[action]}</kbd>`
            : nothing
        }</button>`,
    )}`
  }

  #choose(action: Action): void {
    const row = this.#row
    this.close()
    if (row) this.#surroundings.run(action, row)
  }

  get #all(): HTMLElement[] {
    return [...(this.#box?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])]
  }

  #focus(at: number): void {
    const all = this.#all
    all[(at + all.length) % all.length]?.focus({ preventScroll: true })
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    // Neither the page nor the panel has any of these keys.
    event.stopPropagation()
    if (event.key !== 'Escape') return
    event.preventDefault()
    this.close()
  }

  readonly #onMenuKey = (event: KeyboardEvent): void => {
    this.#onKey(event)
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return
    const at = this.#all.indexOf(this.#host.root.activeElement as HTMLElement)
    const to: Partial<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: Math.max(at, 0) - 1,
      Home: 0,
      End: -1,
    }
    const next = to[event.key]
    const row = this.#row
    const action = row && actionsOf(row, this.#host).find((one) => this.isKeyOf(one, event))
    if (next !== undefined) this.#focus(next)
    else if (event.key === 'Tab') this.close()
    else if (action) this.#choose(action)
    else return
    event.preventDefault()
  }

  /** Below the box that it is about and at its side, or wherever there is space. */
  #place(box: HTMLElement, at: DOMRect): void {
    const { clientWidth, clientHeight } = this.#host.ownerDocument.documentElement
    const { width, height } = box.getBoundingClientRect()
    const scale = width / box.offsetWidth || 1
    const isRtl = getComputedStyle(this.#host).direction === 'rtl'
    const end = isRtl ? at.right - width : at.left
    const left = Math.min(Math.max(end, marginPx), clientWidth - width - marginPx)
    const isBelow = at.bottom + height + marginPx <= clientHeight || at.top < height + marginPx
    const top = Math.min(
      Math.max(isBelow ? at.bottom : at.top - height, marginPx),
      clientHeight - height - marginPx,
    )
    box.style.left = `${left / scale}px`
    box.style.top = `${Math.max(top, marginPx) / scale}px`
  }
}
