/**
 * The menu of a message, or under a finger a sheet, and the question before it is deleted. They stand in the top layer of
 * the page: nothing that clips the chat clips them.
 *
 * @csspart action-sheet - Under a finger, in the place of the menu.
 * @csspart quick-reactions - The emoji that are one press away.
 * @csspart quick-reaction - One of them.
 * @csspart dialog - Asks before something is done.
 */
import { html, nothing, render, type TemplateResult } from 'lit'
import type { MessageRow } from '../../state/timeline.ts'
import type { Host } from '../host.ts'
import { isolated } from '../isolated.ts'
import { namesOf } from '../timeline/reactions.ts'
import { type Action, actionsOf } from './actions.ts'
import { actionIcons } from './icons.ts'
import { wordOf } from './words.ts'

type Surroundings = {
  /** What they are put into, so that they look as the rest. */
  readonly frame: () => HTMLElement | undefined
  readonly run: (action: Action, row: MessageRow) => void
  readonly react: (row: MessageRow, emoji: string, on: boolean) => void
  /** Another emoji than those that are one press away. */
  readonly pickEmoji: (row: MessageRow) => void
  /** It is gone, and what had the focus has it again. */
  readonly closed: () => void
}

/** The single keys in the log, as they stand beside the words. */
const keys: Readonly<Partial<Record<Action, string>>> = {
  undo: 'Z',
  react: '+',
  reply: 'R',
  edit: 'E',
  delete: 'Delete',
}
export const keyOf = (action: Action): string | undefined => keys[action]
/** What most people want, without a search. */
const quickEmoji = ['👍', '❤️', '😂', '😮', '😢', '🎉'] as const
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

  /** Beside a box of the page: all of it, or the emoji alone. */
  open(row: MessageRow, at: DOMRect, { isQuick = false } = {}): void {
    const { words, ownerDocument: document } = this.#host
    const box = this.#start(
      row,
      html`<div part="menu" class="action-menu ${isQuick ? 'quick-menu' : ''}" popover="manual" role="menu" aria-label=${isQuick ? words.react : words.messageActions}
        @keydown=${this.#onMenuKey}>${isQuick ? this.#quick(row) : this.#items(row)}</div>`,
    )
    if (!box) return
    box.showPopover()
    this.#place(box, at)
    this.#focus(isQuick ? 0 : this.#emoji.length)
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
        ${this.#reactors(row)}
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

  /** Its message may be another version by now, a tombstone, sent, or in a room that is not shown any more. */
  follow(rowOf: (key: string) => MessageRow | undefined): void {
    if (!this.#box || !this.#row) return
    const row = rowOf(this.#row.key)
    if (!row || row.deleted || row.undoable !== this.#row.undoable) this.close()
    else this.#row = row
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
    const { words } = this.#host
    const all = actionsOf(row, this.#host).filter((action) => action !== 'react')
    const point = ({ currentTarget, pointerType }: PointerEvent) => {
      if (pointerType === 'mouse') (currentTarget as HTMLElement).focus({ preventScroll: true })
    }
    return html`${this.#quick(row)}${all.map(
      (
        action,
      ) => html`<button part="menu-item" class="action-item ${action}" type="button" role="menuitem" tabindex="-1"
        aria-keyshortcuts=${keyOf(action) ?? nothing} @click=${() => this.#choose(action)} @pointermove=${point}
        >${actionIcons[action === 'pin' && row.message?.pinned ? 'unpin' : action]}<span>${wordOf(action, row, words)}</span>${this.#keyBeside(action)}</button>`,
    )}`
  }

  #keyBeside(action: Action): unknown {
    const key = action === 'delete' ? this.#host.words.deleteKey : keyOf(action)
    return key === undefined ? nothing : html`<kbd aria-hidden="true" translate="no">${key}</kbd>`
  }

  /** A few emoji, one press away. */
  #quick(row: MessageRow): unknown {
    const { words } = this.#host
    if (!actionsOf(row, this.#host).includes('react')) return nothing
    const isMine = (emoji: string) => !!row.reactions?.some((one) => one.emoji === emoji && one.mine)
    return html`<div part="quick-reactions" class="quick" role="group" aria-label=${words.react}>${quickEmoji.map(
      (
        emoji,
      ) => html`<button part="quick-reaction" class="quick-reaction" type="button" role="menuitemcheckbox" tabindex="-1"
        aria-checked=${isMine(emoji)} aria-label=${words.reactWith(emoji)} translate="no" @click=${() => this.#react(emoji, !isMine(emoji))}>${emoji}</button>`,
    )}<button part="quick-reaction" class="quick-reaction" type="button" role="menuitem" tabindex="-1" aria-haspopup="dialog"
      aria-label=${words.searchEmoji} title=${words.searchEmoji} @click=${this.#more}>${actionIcons.plus}</button></div>`
  }

  readonly #more = (): void => {
    const row = this.#row
    this.close()
    if (row) this.#surroundings.pickEmoji(row)
  }

  #react(emoji: string, on: boolean): void {
    const row = this.#row
    this.close()
    if (row) this.#surroundings.react(row, emoji, on)
  }

  /** Under a finger nothing hovers: names stand here. */
  #reactors(row: MessageRow): unknown {
    const { words, format } = this.#host
    if (!row.reactions?.length) return nothing
    return html`<ul class="reactors">${row.reactions.map(
      (reaction) =>
        html`<li>${isolated((as) => `${reaction.emoji} ${namesOf(reaction, { words, format, me: this.#host.chat.state.me }, as)}`)}</li>`,
    )}</ul>`
  }

  #choose(action: Action): void {
    const row = this.#row
    this.close()
    if (row) this.#surroundings.run(action, row)
  }

  get #emoji(): HTMLElement[] {
    return this.#all.filter((one) => one.matches('.quick-reaction'))
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
    const next = this.#stepOf(event.key)
    const row = this.#row
    const action = row && actionsOf(row, this.#host).find((one) => this.isKeyOf(one, event))
    if (next !== undefined) this.#focus(next)
    else if (event.key === 'Tab') this.close()
    else if (action) this.#choose(action)
    else return
    event.preventDefault()
  }

  /** The emoji are one line: along it with the arrows to the sides, past it with the others. */
  #stepOf(key: string): number | undefined {
    const at = Math.max(0, this.#all.indexOf(this.#host.root.activeElement as HTMLElement))
    const emoji = this.#emoji.length
    const isOnEmoji = at < emoji
    if (key === 'ArrowDown') return isOnEmoji && emoji < this.#all.length ? emoji : at + 1
    if (key === 'ArrowUp') return isOnEmoji ? -1 : at === emoji ? 0 : at - 1
    if (key === 'Home') return 0
    if (key === 'End') return -1
    return isOnEmoji ? this.#stepAlong(key, at) : undefined
  }

  #stepAlong(key: string, at: number): number | undefined {
    if (key !== 'ArrowLeft' && key !== 'ArrowRight') return undefined
    const isForward = (key === 'ArrowRight') === (getComputedStyle(this.#host).direction === 'ltr')
    const { length } = this.#emoji
    return (at + (isForward ? 1 : length - 1)) % length
  }

  /** Below the box that it is about and at its side, or wherever there is space; where it fits, between the edges of the log. */
  #place(box: HTMLElement, at: DOMRect): void {
    const { clientWidth, clientHeight } = this.#host.ownerDocument.documentElement
    const { width, height } = box.getBoundingClientRect()
    const scale = width / box.offsetWidth || 1
    const isRtl = getComputedStyle(this.#host).direction === 'rtl'
    const end = isRtl ? at.right - width : at.left
    const [from, to] = this.#edges(clientWidth, width)
    const left = Math.min(Math.max(end, from), to - width)
    const isBelow = at.bottom + height + marginPx <= clientHeight || at.top < height + marginPx
    const top = Math.min(
      Math.max(isBelow ? at.bottom : at.top - height, marginPx),
      clientHeight - height - marginPx,
    )
    box.style.left = `${left / scale}px`
    box.style.top = `${Math.max(top, marginPx) / scale}px`
  }

  /** Between which it stands, from left to right. */
  #edges(pageWidth: number, width: number): readonly [number, number] {
    const log = this.#surroundings.frame()?.getBoundingClientRect()
    const page = [marginPx, pageWidth - marginPx] as const
    if (!log) return page
    const [from, to] = [Math.max(log.left + marginPx, page[0]), Math.min(log.right - marginPx, page[1])]
    return to - from >= width ? [from, to] : page
  }
}
