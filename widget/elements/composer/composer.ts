/**
 * Where a message is written. The draft lives in the state, so it survives room switches and reloads (rule C30).
 *
 * @csspart composer - Where a message is written.
 * @csspart composer-field - The box around the text field and the send button.
 * @csspart composer-input - Its text field.
 * @csspart send-button - Sends it.
 */

import { html, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import { createRef, ref } from 'lit/directives/ref.js'
import { isVisible } from '../../../server/protocol/visible.ts'
import { ChatterBeforeSendEvent } from '../../events.ts'
import type { Room } from '../../state/state.ts'
import type { Host } from '../host.ts'
import { icons } from '../icons.ts'
import { isComposing } from '../keyboard/keys.ts'

/** How close to the limit the count of characters appears. */
const nearLimit = 0.9

export class Composer implements ReactiveController {
  readonly #host: Host
  readonly #input = createRef<HTMLTextAreaElement>()
  #height = ''

  constructor(host: Host) {
    this.#host = host
    host.addController(this)
  }

  hostUpdated(): void {
    this.#grow()
  }

  focus(): void {
    this.#input.value?.focus({ preventScroll: true })
  }

  render(room: Room, title: string): TemplateResult {
    const { words, chat, format } = this.#host
    const text = chat.state.drafts.get(room.id)?.text ?? ''
    const { textChars } = chat.state.limits
    const left = textChars - text.length
    const canSend = isVisible(text) && left >= 0
    return html`<form part="composer" class="composer" @submit=${this.#onSubmit}>
      <slot name="composer-start"></slot>
      <div part="composer-field" class="field">
        <textarea part="composer-input input" class="composer-input" rows="1" dir="auto" autocomplete="off"
          enterkeyhint=${this.#isEnterSending ? 'send' : 'enter'}
          aria-label=${words.messageTo(title)} placeholder=${words.message}
          .value=${live(text)} @input=${this.#onInput} @keydown=${this.#onKey} ${ref(this.#input)}></textarea>
        <button part="send-button" class="send" type="submit" aria-label=${words.send} aria-disabled=${!canSend}
          @mousedown=${keepFocus}><slot name="icon-send">${icons.send}</slot></button>
      </div>
      <slot name="composer-end"></slot>
      ${left < textChars * (1 - nearLimit) ? html`<p class="left ${left < 0 ? 'over' : ''}" role="status">${left < 0 ? words.charactersOver(-left, format.number(-left)) : words.charactersLeft(left, format.number(left))}</p>` : nothing}
      <slot name="composer-footer"></slot>
    </form>`
  }

  /** On touch keyboards Enter breaks the line and the button sends (rule C27). */
  get #isEnterSending(): boolean {
    return this.#host.sendKey === 'enter' && !matchMedia('(pointer: coarse)').matches
  }

  readonly #onInput = ({ target }: InputEvent): void => {
    const room = this.#host.chat.state.active?.roomId
    if (room === undefined || !(target instanceof HTMLTextAreaElement)) return
    this.#host.chat.setDraft(room, target.value)
    if (target.value) this.#host.chat.typing(room)
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return
    if (!this.#isEnterSending && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    this.#send()
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    this.#send()
    this.focus()
  }

  #send(): void {
    const { chat } = this.#host
    const roomId = chat.state.active?.roomId
    const text = this.#input.value?.value ?? ''
    if (roomId === undefined || !isVisible(text) || text.length > chat.state.limits.textChars) return
    const event = new ChatterBeforeSendEvent(roomId, text)
    if (!this.#host.emit(event)) return
    chat.send(roomId, event.text)
    this.#host.requestUpdate()
  }

  /** As high as its text; CSS says how high that may be (rule C29). */
  #grow(): void {
    const input = this.#input.value
    if (!input) return
    const shape = `${input.value}\n${input.clientWidth}`
    if (shape === this.#height) return
    this.#height = shape
    input.style.blockSize = 'auto'
    input.style.blockSize = `${input.scrollHeight}px`
  }
}

/** A press on the button leaves the focus, and a touch keyboard, where they are (rule C36). */
function keepFocus(event: MouseEvent): void {
  event.preventDefault()
}
