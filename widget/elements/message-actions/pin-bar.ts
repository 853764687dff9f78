/**
 * Under the header: the message that was pinned last, and a list where there are more. A press leads to the message.
 *
 * @csspart pin-bar - Under the header, where messages are pinned.
 * @csspart pin-bar-message - The message that was pinned last.
 * @csspart pin-bar-author - Who wrote it.
 * @csspart pin-bar-text - What it says.
 * @csspart pins-button - How many are pinned, where there are more: opens their list.
 * @csspart pins - The list of pinned messages.
 * @csspart pin - One of them.
 */
import { html, nothing, type ReactiveController, render, type TemplateResult } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import { repeat } from 'lit/directives/repeat.js'
import type { MessageView } from '../../../server/protocol/views.ts'
import { userOf } from '../../state/people.ts'
import { pinnedIn } from '../../state/pins.ts'
import type { Host } from '../host.ts'
import { icons } from '../icons.ts'
import { isClosed } from '../menu/my-role.ts'
import { plainText } from '../timeline/rich-text.ts'
import { actionIcons } from './icons.ts'

type Surroundings = {
  /** The box that messages scroll in. */
  readonly log: () => HTMLElement | undefined
  readonly focus: (key: string) => Promise<void>
  readonly pin: (message: { readonly id: string }, on: boolean) => void
}

export class PinBar implements ReactiveController {
  readonly #host: Host
  readonly #surroundings: Surroundings
  readonly #bar = createRef<HTMLElement>()
  /** Whose bar was how high. */
  #room: string | undefined
  #heightPx = 0
  #box: HTMLElement | undefined

  constructor(host: Host, surroundings: Surroundings) {
    this.#host = host
    this.#surroundings = surroundings
    host.addController(this)
  }

  hostDisconnected(): void {
    this.#close()
  }

  hostUpdated(): void {
    this.#keepPlace()
    if (this.#box && this.#pinned.length === 0) this.#close()
    else if (this.#box) this.#drawList(this.#box)
  }

  readonly render = (): unknown => {
    const pinned = this.#pinned
    const [newest] = pinned
    if (!newest) return nothing
    const { words, format } = this.#host
    return html`<div part="pin-bar" class="pin-bar" role="group" aria-label=${words.pinned} ${ref(this.#bar)}>
      <button part="pin-bar-message" class="pin-bar-message" type="button" @click=${() => void this.#goTo(newest)}>
        ${actionIcons.pin}<span class="pin-bar-line"><bdi part="pin-bar-author">${this.#nameOf(newest)}</bdi> <span part="pin-bar-text" dir="auto">${plainText(newest.text)}</span></span>
      </button>
      ${
        pinned.length > 1
          ? html`<button part="pins-button" class="pins-button" type="button" aria-haspopup="dialog" translate="no"
              aria-label=${words.pinnedCount(pinned.length, format.number(pinned.length))} title=${words.pinned} @click=${this.open}>${format.number(pinned.length)}</button>`
          : nothing
      }
    </div>`
  }

  get #pinned(): readonly MessageView[] {
    const { state } = this.#host.chat
    return pinnedIn(state, state.active?.roomId ?? '')
  }

  #nameOf({ authorId }: MessageView): string {
    const { chat, words, format } = this.#host
    return authorId === chat.state.me ? words.you : format.name(userOf(chat.state, authorId))
  }

  /** As a quote does; and the focus comes along, since it was outside the log. */
  async #goTo({ id, seq }: MessageView): Promise<void> {
    const { chat } = this.#host
    const room = chat.state.active?.roomId
    if (room === undefined) return
    this.#close()
    await chat.seek(room, seq)
    if (chat.state.active?.sought?.messageId !== id) return
    await this.#host.updateComplete
    await this.#surroundings.focus(id)
  }

  /** A bar that comes or goes takes its height from the log or gives it back: what is read stays where it is. */
  #keepPlace(): void {
    const room = this.#host.chat.state.active?.roomId
    const heightPx = this.#bar.value?.offsetHeight ?? 0
    const by = heightPx - this.#heightPx
    const isSame = room === this.#room
    this.#room = room
    this.#heightPx = heightPx
    const log = this.#surroundings.log()
    if (!isSame || by === 0 || !log) return
    const below = log.scrollHeight - log.scrollTop - log.clientHeight
    if (by > 0 || below > -by) log.scrollTop += by
  }

  // ── The list ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Opens their list. */
  readonly open = (): void => {
    this.#close()
    const frame = this.#surroundings.log()?.parentElement
    if (!frame) return
    const box = frame.ownerDocument.createElement('div')
    frame.append(box)
    this.#box = box
    this.#drawList(box)
    const dialog = box.firstElementChild
    if (dialog instanceof HTMLDialogElement) dialog.showModal()
  }

  /** The focus goes back to where it was. */
  readonly #close = (): void => {
    const box = this.#box
    this.#box = undefined
    const dialog = box?.firstElementChild
    if (dialog instanceof HTMLDialogElement) dialog.close()
    box?.remove()
  }

  #drawList(box: HTMLElement): void {
    const { words } = this.#host
    // The event comes later, when another list may be open.
    render(
      html`<dialog part="pins" class="dialog pins" aria-labelledby="pins-title" @keydown=${this.#onKey} @pointerdown=${this.#onPress} @close=${() => this.#box === box && this.#close()}>
        <div class="pins-header">
          <h2 id="pins-title" class="pins-title">${words.pinnedMessages}</h2>
          <button part="button" class="icon-button" type="button" aria-label=${words.closeList} title=${words.closeList} @click=${this.#close}>${icons.close}</button>
        </div>
        <ul tabindex="-1">${repeat(
          this.#pinned,
          ({ id }) => id,
          (message) => this.#item(message),
        )}</ul>
      </dialog>`,
      box,
    )
  }

  #item(message: MessageView): TemplateResult {
    const { words, format } = this.#host
    return html`<li part="pin" class="pin-item">
      <button type="button" @click=${() => void this.#goTo(message)}>
        <span class="pin-head"><bdi>${this.#nameOf(message)}</bdi><time datetime=${message.createdAt} title=${format.full(message.createdAt)}>${format.ago(message.createdAt)}</time></span>
        <span class="pin-text" dir="auto">${plainText(message.text)}</span>
      </button>
      ${
        isClosed(this.#host, this.#host.chat.state.rooms.get(message.roomId))
          ? nothing
          : html`<button part="button" class="icon-button" type="button" aria-label="${words.unpin}: ${plainText(message.text)}" title=${words.unpin} @click=${(event: Event) => this.#unpin(event, message)}>${actionIcons.unpin}</button>`
      }
    </li>`
  }

  /** The next one gets the focus, or the one before, or what closes the list. */
  #unpin({ currentTarget }: Event, message: MessageView): void {
    const item = (currentTarget as HTMLElement).closest('li')
    const near = item?.nextElementSibling ?? item?.previousElementSibling
    const next = near?.querySelector('button') ?? this.#box?.querySelector('button')
    next?.focus()
    this.#surroundings.pin(message, false)
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    // Neither the page nor the panel has any of these keys.
    event.stopPropagation()
    if (event.key !== 'Escape') return
    event.preventDefault()
    this.#close()
  }

  /** What lies beside it closes it. */
  readonly #onPress = ({ target, currentTarget, clientX: x, clientY: y }: PointerEvent): void => {
    const { left, right, top, bottom } = (currentTarget as HTMLElement).getBoundingClientRect()
    const isInside = x >= left && x <= right && y >= top && y <= bottom
    if (target === currentTarget && !isInside) this.#close()
  }
}
