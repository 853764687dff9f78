/**
 * A text of a room that is changed where it stands: a button turns it into a field. What is typed is the reader's own: a
 * change that arrives meanwhile does not touch it, and the later wish wins.
 */
import { html, nothing, type TemplateResult } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import { isVisible, trimmed } from '../../../server/protocol/visible.ts'
import type { PanelHost } from '../host.ts'
import { isComposing } from '../keyboard/keys.ts'
import type { Outcome } from '../room-menu/outcome.ts'
import { infoIcons } from './icons.ts'

/** With less than this part of the characters left, their number is said. */
const nearLimit = 0.1

type Text = {
  /** Of its place, where refusals stand. */
  readonly name: string
  readonly hasLines: boolean
  readonly words: () => { readonly label: string; readonly edit: string; readonly saved: string }
  /** What it is now. */
  readonly value: () => string
  /** Characters, where the server says so. */
  readonly most: () => number | undefined
  /** `null`: it is taken away. */
  readonly save: (text: string | null) => Promise<unknown>
}

export class EditText {
  readonly #host: PanelHost
  readonly #outcome: Outcome
  readonly #text: Text
  readonly #field = createRef<HTMLInputElement | HTMLTextAreaElement>()
  readonly #button = createRef<HTMLElement>()
  /** What is typed, while it is. */
  #typed: string | undefined
  #isBusy = false

  constructor(host: PanelHost, outcome: Outcome, text: Text) {
    this.#host = host
    this.#outcome = outcome
    this.#text = text
  }

  get isEditing(): boolean {
    return this.#typed !== undefined
  }

  /** The button that turns it into a field; with `label`, in words. */
  button(label?: string): TemplateResult {
    const { edit } = this.#text.words()
    return label === undefined
      ? html`<button part="info-edit" class="icon-button info-edit" type="button" aria-label=${edit} title=${edit} @click=${this.#open} ${ref(this.#button)}>${infoIcons.edit}</button>`
      : html`<button part="info-edit" class="link-button info-add" type="button" @click=${this.#open} ${ref(this.#button)}>${label}</button>`
  }

  /** The field, in the place of what it is about. */
  render(): TemplateResult {
    const { words } = this.#host
    const { hasLines, name } = this.#text
    const { label } = this.#text.words()
    const left = this.#left
    const id = `info-left-${name}`
    const isNear = left !== undefined && left < (this.#text.most() ?? 0) * nearLimit
    const described = isNear ? id : nothing
    return html`<form part="info-form" class="info-form" @submit=${this.#onSubmit} @keydown=${this.#onKey}>
      ${
        hasLines
          ? html`<textarea part="input" class="info-input" rows="3" dir="auto" autocomplete="off" aria-label=${label} placeholder=${label} aria-describedby=${described} aria-invalid=${!this.#isGood}
            .value=${this.#typed ?? ''} @input=${this.#onInput} ${ref(this.#field)}></textarea>`
          : html`<input part="input" class="info-input" type="text" dir="auto" autocomplete="off" aria-label=${label} placeholder=${label} aria-describedby=${described} aria-invalid=${!this.#isGood}
            .value=${this.#typed ?? ''} @input=${this.#onInput} ${ref(this.#field)} />`
      }
      ${isNear ? html`<p id=${id} class="left ${left < 0 ? 'over' : ''}" role="status" translate="no">${this.#count(left)}</p>` : nothing}
      ${this.#outcome.render(name)}
      <div class="buttons">
        <button part="button" class="button" type="button" @click=${() => this.close()}>${words.cancel}</button>
        <button part="button" class="button primary" type="submit" aria-disabled=${!this.#isGood || this.#isBusy}>${words.save}</button>
      </div>
    </form>`
  }

  #count(left: number): string {
    const { words, format } = this.#host
    const shown = format.number(Math.abs(left))
    return left < 0 ? words.charactersOver(-left, shown) : words.charactersLeft(left, shown)
  }

  /** Without what no server takes and nobody sees; a name has no lines. */
  get #wish(): string {
    const clean = (this.#typed ?? '').toWellFormed()
    return trimmed(this.#text.hasLines ? clean.replace(/[^\P{Cc}\n]/gu, '') : clean.replace(/\p{Cc}/gu, ' '))
  }

  get #left(): number | undefined {
    const most = this.#text.most()
    return most === undefined ? undefined : most - this.#wish.length
  }

  get #isGood(): boolean {
    return (this.#left ?? 0) >= 0
  }

  readonly #open = (): void => {
    this.#typed = this.#text.value()
    this.#outcome.clear()
    this.#host.requestUpdate()
    void this.#host.updateComplete.then(() => {
      this.#field.value?.focus()
      this.#field.value?.select()
    })
  }

  /** What was typed is dropped. */
  close(): void {
    if (this.#typed === undefined) return
    this.#typed = undefined
    this.#outcome.clear()
    this.#host.requestUpdate()
    void this.#host.updateComplete.then(() => this.#button.value?.focus())
  }

  readonly #onInput = ({ target }: Event): void => {
    this.#typed = (target as HTMLInputElement).value
    this.#host.requestUpdate()
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (isComposing(event)) return
    const { key, shiftKey } = event
    // As in the composer: on touch keyboards Enter breaks the line.
    const breaksLine = this.#text.hasLines && (shiftKey || matchMedia('(pointer: coarse)').matches)
    if (key === 'Escape') this.close()
    else if (key === 'Enter' && !breaksLine && event.target === this.#field.value) void this.#save()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    void this.#save()
  }

  async #save(): Promise<void> {
    const wish = this.#wish
    if (!this.#isGood || this.#isBusy) return
    const isSame = wish === this.#text.value()
    this.#isBusy = true
    this.#host.requestUpdate()
    const { name, save, words } = this.#text
    const act = isSame ? Promise.resolve() : save(isVisible(wish) ? wish : null)
    const isDone = await this.#outcome.of(name, act, isSame ? '' : words().saved)
    this.#isBusy = false
    if (isDone) this.close()
    else this.#field.value?.focus()
  }
}
