/**
 * The menu of a message, or under a finger a sheet, and the question before it is deleted. They stand in the top layer of
 * the page: nothing that clips the chat clips them.
 *
 * @csspart action-sheet - Under a finger, in the place of the menu.
 * @csspart quick-reactions - The emoji that are one press away.
 * @csspart quick-reaction - One of them.
 * @csspart dialog - Asks before something is done.
 */
import { html, nothing, type TemplateResult } from 'lit'
import type { MessageRow } from '../../state/timeline.ts'
import type { PanelHost } from '../host.ts'
import { isolated, marked } from '../isolated.ts'
import { Popup } from '../menu/popup.ts'
import { roomWords } from '../menu/room-words.ts'
import { namesOf } from '../timeline/reactions.ts'
import { type Action, actionsOf } from './actions.ts'
import { actionIcons } from './icons.ts'
import { othersIn } from './people.ts'
import { wordOf } from './words.ts'

type Surroundings = {
  /** What they are put into, so that they look as the rest. */
  readonly frame: () => HTMLElement | undefined
  readonly run: (action: Action, row: MessageRow) => void
  readonly react: (row: MessageRow, emoji: string, on: boolean) => void
  /** Another emoji than those that are one press away. */
  readonly pickEmoji: (row: MessageRow) => void
  /** Panels of earlier builds cannot. */
  readonly showPerson: ((userId: string) => void) | undefined
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

export class MessageMenu {
  readonly #host: PanelHost
  readonly #surroundings: Surroundings
  readonly #popup: Popup
  #row: MessageRow | undefined

  constructor(host: PanelHost, surroundings: Surroundings) {
    this.#host = host
    this.#surroundings = surroundings
    this.#popup = new Popup(host, surroundings.closed, surroundings.frame)
  }

  get isOpen(): boolean {
    return this.#popup.isOpen
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
    const { words } = this.#host
    this.#row = row
    this.#popup.show(
      html`<div part="menu" class="action-menu ${isQuick ? 'quick-menu' : ''}" popover="manual" role="menu" aria-label=${isQuick ? words.react : words.messageActions}
        @keydown=${this.#onMenuKey}>${isQuick ? this.#quick(row) : this.#items(row)}</div>`,
      at,
    )
    this.#popup.focus(isQuick ? 0 : this.#emoji.length)
  }

  openSheet(row: MessageRow): void {
    const { words } = this.#host
    this.#row = row
    this.#popup.showModal(
      html`<dialog part="action-sheet" class="dialog sheet" tabindex="-1" aria-label=${words.messageActions} @keydown=${this.#onMenuKey}>
        ${this.#reactors(row)}
        <div role="menu" aria-label=${words.messageActions}>${this.#items(row)}</div>
      </dialog>`,
    )
  }

  /** Asks whether a message is to be deleted. */
  confirm(row: MessageRow, act: () => void): void {
    const { deleteQuestion: title, deleteHint: hint, discard: action } = this.#host.words
    this.#row = row
    this.#popup.ask({ title, hint, action, run: act })
  }

  /** Its message may be another version by now, a tombstone, sent, or in a room that is not shown any more. */
  follow(rowOf: (key: string) => MessageRow | undefined): void {
    if (!this.isOpen || !this.#row) return
    const row = rowOf(this.#row.key)
    if (!row || row.deleted || row.undoable !== this.#row.undoable) this.close()
    else this.#row = row
  }

  /** The focus goes back to where it was. */
  close(): void {
    this.#popup.close()
  }

  #items(row: MessageRow): TemplateResult {
    const all = actionsOf(row, this.#host).filter((action) => action !== 'react')
    const point = ({ currentTarget, pointerType }: PointerEvent) => {
      if (pointerType === 'mouse') (currentTarget as HTMLElement).focus({ preventScroll: true })
    }
    const item = (
      action: Action,
    ) => html`<button part="menu-item" class="action-item ${action}" type="button" role="menuitem" tabindex="-1"
      aria-keyshortcuts=${keyOf(action) ?? nothing} @click=${() => this.#choose(action)} @pointermove=${point}
      >${actionIcons[action === 'pin' && row.message?.pinned ? 'unpin' : action]}<span>${wordOf(action, row, this.#host)}</span>${this.#keyBeside(action)}</button>`
    const isLast = (action: Action) => action === 'delete'
    return html`${this.#quick(row)}${all.filter((one) => !isLast(one)).map(item)}${this.#people(row, point)}${all.filter(isLast).map(item)}`
  }

  /** To the cards of those it names. */
  #people(row: MessageRow, point: (event: PointerEvent) => void): unknown {
    const { showPerson } = this.#surroundings
    if (!showPerson) return nothing
    const { profileOf } = roomWords(this.#host)
    const open = (id: string) => {
      this.close()
      showPerson(id)
    }
    return othersIn(row, this.#host).map(
      ({
        id,
        name,
      }) => html`<button part="menu-item" class="action-item profile" type="button" role="menuitem" tabindex="-1"
        @click=${() => open(id)} @pointermove=${point}>${actionIcons.person}<span>${isolated((as) => profileOf(as(name)))}</span></button>`,
    )
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
    const { me } = this.#host.chat.state
    return html`<ul class="reactors">${row.reactions.map((reaction) => {
      const ids = reaction.users.map(({ id }) => id)
      const say = (as: (name: string) => string) =>
        `${reaction.emoji} ${namesOf(reaction, { words, format, me }, as)}`
      return html`<li>${marked(say, (name) => this.#reactor(name, ids.shift()))}</li>`
    })}</ul>`
  }

  /** Leads to their card. */
  #reactor(name: string, id: string | undefined): TemplateResult {
    const { showPerson } = this.#surroundings
    if (!showPerson || id === undefined) return html`<bdi>${name}</bdi>`
    const open = () => {
      this.close()
      showPerson(id)
    }
    // No button: it breaks within its line as the words around it do.
    return html`<bdi class="reactor" role="button" @click=${open}>${name}</bdi>`
  }

  #choose(action: Action): void {
    const row = this.#row
    this.close()
    if (row) this.#surroundings.run(action, row)
  }

  get #emoji(): HTMLElement[] {
    return this.#popup.items.filter((one) => one.matches('.quick-reaction'))
  }

  readonly #onMenuKey = (event: KeyboardEvent): void => {
    this.#popup.onKey(event)
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return
    const next = this.#stepOf(event.key)
    const row = this.#row
    const action = row && actionsOf(row, this.#host).find((one) => this.isKeyOf(one, event))
    if (next !== undefined) this.#popup.focus(next)
    else if (event.key === 'Tab') this.close()
    else if (action) this.#choose(action)
    else return
    event.preventDefault()
  }

  /** The emoji are one line: along it with the arrows to the sides, past it with the others. */
  #stepOf(key: string): number | undefined {
    const at = Math.max(0, this.#popup.items.indexOf(this.#host.root.activeElement as HTMLElement))
    const emoji = this.#emoji.length
    const isOnEmoji = at < emoji
    if (key === 'ArrowDown') return isOnEmoji && emoji < this.#popup.items.length ? emoji : at + 1
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
}
