/**
 * Where a message is written. The text is the browser's own while somebody types, and draws nothing else. The draft follows
 * into the state and into storage soon after a key, and at once before it could get lost: when the field or the page is
 * left, and when another room comes (rule C30).
 *
 * @csspart composer - Where a message is written.
 * @csspart composer-field - The box around the text field and the send button.
 * @csspart composer-input - Its text field.
 * @csspart emoji-button - Opens the emoji picker.
 * @csspart send-button - Sends it.
 */

import { html, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import { isVisible, trimmed, wellFormed } from '../../../server/protocol/visible.ts'
import { type DraftContent, rewritten } from '../../state/draft.ts'
import { placesOf } from '../../state/mentions.ts'
import type { Host } from '../host.ts'
import { icons } from '../icons.ts'
import { isComposing } from '../keyboard/keys.ts'
import type { WritingContext } from '../message-actions/writing-context.ts'

/** So much later the draft follows what is typed. */
const draftMs = 400
/** How close to the limit the count of characters appears. */
const nearLimit = 0.9

/** What stands around it. */
type Around = {
  /** What is edited or answered, once that is loaded. */
  readonly context: () => WritingContext | undefined
  readonly pickEmoji: () => void
  readonly isPickingEmoji: () => boolean
}

export class Composer implements ReactiveController {
  readonly #host: Host
  readonly #around: Around
  readonly #input = createRef<HTMLTextAreaElement>()
  readonly #button = createRef<HTMLButtonElement>()
  /** Whose room this is written in. */
  #place: string | undefined
  #room: string | undefined
  #text = ''
  /** The draft in the state, as it was last seen here. */
  #saved = ''
  #saving: ReturnType<typeof setTimeout> | undefined
  #height = ''

  constructor(host: Host, around: Around) {
    this.#host = host
    this.#around = around
    host.addController(this)
  }

  hostConnected(): void {
    // The last thing that every page is told, however it goes.
    document.addEventListener('visibilitychange', this.save)
  }

  hostDisconnected(): void {
    document.removeEventListener('visibilitychange', this.save)
    this.save()
  }

  hostUpdate(): void {
    const { me, active } = this.#host.chat.state
    const place = `${me} ${active?.roomId}`
    if (place !== this.#place) {
      this.save()
      this.#place = place
      this.#room = active?.roomId
      this.#saved = this.#text = this.#draft.text
    }
    // Somebody else changed it: sending did, or the page.
    if (this.#draft.text !== this.#saved) this.#saved = this.#text = this.#draft.text
  }

  hostUpdated(): void {
    const input = this.#input.value
    if (input && input.value !== this.#text) {
      input.value = this.#text
      this.#text = input.value
    }
    this.#grow()
    this.#showCanSend()
  }

  readonly input = (): HTMLTextAreaElement | undefined => this.#input.value

  readonly focus = (): void => {
    this.#input.value?.focus({ preventScroll: true })
  }

  /** Puts a text where the caret is, as if it was typed: the browser can take it back. */
  insert(text: string): void {
    const input = this.#input.value
    if (!input) return
    this.focus()
    if (input.ownerDocument.execCommand('insertText', false, text)) return
    input.setRangeText(text, input.selectionStart, input.selectionEnd, 'end')
    input.dispatchEvent(new InputEvent('input', { bubbles: true }))
  }

  render(title: string): TemplateResult {
    const { words, format } = this.#host
    const left = this.#left
    const context = this.#around.context()?.render() ?? nothing
    const isEdit = this.#draft.editing !== undefined
    return html`<form part="composer" class="composer" @submit=${this.#onSubmit}>
      ${context}
      <slot name="composer-start"></slot>
      <div part="composer-field" class="field">
        <textarea part="composer-input input" class="composer-input" rows="1" dir="auto" autocomplete="off"
          enterkeyhint=${this.#isEnterSending ? 'send' : 'enter'}
          aria-label=${isEdit ? words.editing : words.messageTo(title)} aria-describedby=${context === nothing ? nothing : 'composer-context'} placeholder=${words.message}
          @input=${this.#onInput} @blur=${this.save} @keydown=${this.#onKey} ${ref(this.#input)}></textarea>
        <button part="emoji-button" class="icon-button" type="button" aria-label=${words.emoji} aria-haspopup="dialog" aria-expanded=${this.#around.isPickingEmoji()}
          @mousedown=${keepFocus} @click=${this.#around.pickEmoji}>${icons.emoji}</button>
        <button part="send-button" class="send" type="submit" aria-label=${isEdit ? words.save : words.send}
          @mousedown=${keepFocus} ${ref(this.#button)}>${isEdit ? icons.check : html`<slot name="icon-send">${icons.send}</slot>`}</button>
      </div>
      <slot name="composer-end"></slot>
      ${left < this.#near ? html`<p class="left ${left < 0 ? 'over' : ''}" role="status" translate="no">${left < 0 ? words.charactersOver(-left, format.number(-left)) : words.charactersLeft(left, format.number(left))}</p>` : nothing}
      <slot name="composer-footer"></slot>
    </form>`
  }

  /** On touch keyboards Enter breaks the line and the button sends (rule C27). */
  get #isEnterSending(): boolean {
    return this.#host.sendKey === 'enter' && !matchMedia('(pointer: coarse)').matches
  }

  get #canSend(): boolean {
    return isVisible(this.#text) && this.#left >= 0
  }

  /** How many characters more the server takes. */
  get #left(): number {
    return this.#host.chat.state.limits.textChars - trimmed(this.#text).length
  }

  /** All that is drawn of the text: near the limit how much is left. */
  get #beside(): number {
    return Math.min(this.#left, this.#near)
  }

  /** Not in the template: the first key must not wait until all of the panel is drawn. */
  #showCanSend(): void {
    this.#button.value?.setAttribute('aria-disabled', `${!this.#canSend}`)
  }

  get #near(): number {
    return this.#host.chat.state.limits.textChars * (1 - nearLimit)
  }

  /** In the state. */
  get #draft(): DraftContent {
    return this.#host.chat.state.drafts.get(this.#room ?? '') ?? { text: '' }
  }

  readonly #onInput = ({ target }: InputEvent): void => {
    const room = this.#room
    if (room === undefined || !(target instanceof HTMLTextAreaElement)) return
    const before = this.#beside
    this.#text = target.value
    // What it mentions moves with each change: of several at once nobody knows what they did.
    if (placesOf(this.#draft).length > 0) this.save()
    else this.#saving ??= setTimeout(this.save, draftMs)
    this.#grow()
    this.#showCanSend()
    if (before !== this.#beside) this.#host.requestUpdate()
    this.#host.chat.typing(room, { over: !this.#text })
  }

  /** What is typed so far becomes the draft. */
  readonly save = (): void => {
    clearTimeout(this.#saving)
    this.#saving = undefined
    const { chat } = this.#host
    if (this.#room === undefined || this.#text === this.#saved) return
    this.#saved = this.#text
    if (this.#place === `${chat.state.me} ${this.#room}`) chat.setDraft(this.#room, this.#text)
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (this.#around.context()?.take(event)) {
      event.preventDefault()
      event.stopPropagation()
      return
    }
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
    const roomId = this.#room
    if (roomId === undefined || !this.#canSend) return
    // What nobody sees and no server takes came with something that was pasted.
    const text = wellFormed(this.#text)
    this.save()
    const { editing, quote, mentions, mentionsRoom } = rewritten(this.#draft, text)
    const mentioned = { mentions, mentionsRoom }
    // By what comes with it: without that nobody could undo it, and nothing would send it early.
    const undoable = !!this.#around.context()
    // What comes of an edit stands in the log. What the page holds back stays here.
    if (editing) chat.edit(roomId, editing, text, mentioned).catch(() => {})
    else if (
      chat.send(roomId, text, { ...(quote && { replyTo: quote }), ...mentioned, undoable }) === undefined
    )
      return
    if (editing && this.#draft.editing === editing) return
    // Sending took the draft, which may not have got there yet.
    this.#saved = this.#text = this.#draft.text
    this.#host.requestUpdate()
  }

  /** As high as its text; CSS says how high that may be (rule C29). */
  #grow(): void {
    const input = this.#input.value
    if (!input || growsItself) return
    const shape = `${input.value}\n${input.clientWidth}`
    if (shape === this.#height) return
    this.#height = shape
    input.style.blockSize = 'auto'
    input.style.blockSize = `${input.scrollHeight}px`
  }
}

/** Where CSS can do it, nothing has to be measured. */
const growsItself = CSS.supports('field-sizing', 'content')

/** A press on the button leaves the focus, and a touch keyboard, where they are (rule C36). */
function keepFocus(event: MouseEvent): void {
  event.preventDefault()
}
