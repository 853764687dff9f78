/**
 * Choosing an emoji: a search, the groups, those that were used lately, and the skin tones. The focus is in the search or in the
 * grid, which is one tab stop: arrow keys walk it. A chunk of its own, with another one for the names of each language.
 *
 * @csspart emoji-picker - The emoji to choose from.
 * @csspart emoji-search - Where they are searched.
 * @csspart emoji-group - The button of a group, or of a skin tone.
 * @csspart emoji - An emoji to choose.
 */
import { html, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import type { Host } from '../host.ts'
import { isComposing } from '../keyboard/keys.ts'
import { makeDrawable } from './drawable.ts'
import { type Emoji, type EmojiGroup, EmojiIndex, emojiLanguages, toned, tones } from './emoji-data.ts'
import { emojiPickerStyles } from './emoji-picker.styles.ts'
import { RecentEmoji } from './recent-emoji.ts'

/** So many are found at most: further down nobody looks. */
const mostFound = 80

/** The emoji of a language, in the reader's tone. */
export type EmojiFinder = {
  readonly language: string
  readonly search: (query: string, most: number) => readonly { emoji: string; label: string }[]
  /** It was chosen: it stands among those that were used lately. */
  readonly use: (emoji: string) => void
}

type Gestures = {
  readonly choose: (emoji: string) => void
  readonly close: () => void
  /** The names of the emoji are not there, so it has nothing to show. */
  readonly notLoaded: (error: unknown) => void
}

export class EmojiPicker implements ReactiveController {
  static readonly styles = emojiPickerStyles

  /** Finds emoji by what is typed elsewhere. Rejects where their names cannot be loaded. */
  static async finder(language: string): Promise<EmojiFinder> {
    const index = await indexIn(language)
    return {
      language,
      search(query, most) {
        const { tone } = new RecentEmoji()
        return index.search(query, most).map((one) => ({ emoji: toned(one, tone), label: one.label }))
      },
      use: (emoji) => new RecentEmoji().add(emoji),
    }
  }

  readonly #host: Host
  readonly #gestures: Gestures
  readonly #recent = new RecentEmoji()
  readonly #search = createRef<HTMLInputElement>()
  readonly #grid = createRef<HTMLElement>()
  #index: EmojiIndex | undefined
  #language: string | undefined
  #query = ''
  /** Which group is shown. */
  #group = 0
  #isToning = false
  /** Which of those that are shown is the tab stop of the grid. */
  #current = 0
  /** The focus is to go to the first emoji, as soon as there is one. */
  #isAwaited = false

  constructor(host: Host, gestures: Gestures) {
    this.#host = host
    this.#gestures = gestures
    host.addController(this)
  }

  hostUpdate(): void {
    const { language } = this.#host.words
    if (language === this.#language) return
    this.#language = language
    void this.#load(language)
  }

  hostUpdated(): void {
    const [first] = this.#buttons
    if (!this.#isAwaited || !first) return
    this.#isAwaited = false
    // Who went to the search meanwhile stays there.
    if (this.#host.root.activeElement !== this.#search.value) first.focus({ preventScroll: true })
  }

  leave(): void {
    this.#host.removeController(this)
  }

  focus(): void {
    // A keyboard that comes up would cover what is to be chosen from. The emoji themselves may still be loaded.
    this.#isAwaited = matchMedia('(pointer: coarse)').matches
    if (this.#isAwaited) this.hostUpdated()
    else this.#search.value?.focus({ preventScroll: true })
  }

  render(): TemplateResult {
    const { words } = this.#host
    const shown = this.#shown
    return html`<div part="emoji-picker" class="emoji-picker" role="dialog" aria-label=${words.emoji} @keydown=${this.#onKey}>
      <div class="emoji-bar">
        <input part="emoji-search input" class="emoji-search" type="search" autocomplete="off" spellcheck="false"
          aria-label=${words.searchEmoji} placeholder=${words.searchEmoji} .value=${this.#query}
          @input=${this.#onInput} ${ref(this.#search)} />
        ${this.#toneButton()}
      </div>
      ${this.#isToning ? this.#tones() : this.#query ? nothing : this.#tabs()}
      <div class="emoji-scroll" role="group" tabindex="-1" aria-label=${this.#query ? words.searchEmoji : (this.#groups[this.#group]?.name ?? '')} ${ref(this.#grid)} @click=${this.#onClick}>
        ${this.#index && shown.length === 0 ? html`<p class="emoji-none" role="status">${words.noEmoji(this.#query)}</p>` : nothing}
        ${shown.map((one, at) => this.#button(one, at))}
      </div>
    </div>`
  }

  /** Those that were used lately come first, if there are any. */
  get #groups(): readonly EmojiGroup[] {
    const { groups = [] } = this.#index ?? {}
    const recent = this.#recent.emoji.map(
      (emoji) => ({ ...(this.#index?.find(emoji) ?? { label: emoji }), emoji, hasTones: false }) as const,
    )
    return recent.length > 0 ? [{ name: this.#host.words.recentEmoji, emoji: recent }, ...groups] : groups
  }

  get #shown(): readonly Emoji[] {
    if (this.#query) return this.#index?.search(this.#query, mostFound) ?? []
    return this.#groups[this.#group]?.emoji ?? []
  }

  get #buttons(): HTMLElement[] {
    return [...(this.#grid.value?.querySelectorAll<HTMLElement>('.emoji-one') ?? [])]
  }

  #button(one: Emoji, at: number): TemplateResult {
    return html`<button part="emoji" class="emoji-one" type="button" data-at=${at} tabindex=${at === this.#current ? 0 : -1}
      aria-label=${one.label} title=${one.label}>${toned(one, this.#recent.tone)}</button>`
  }

  #tabs(): TemplateResult {
    return html`<div class="emoji-groups" tabindex="-1" translate="no">${this.#groups.map(
      ({ name, emoji: [first] }, at) =>
        html`<button part="emoji-group" class="emoji-group" type="button" aria-label=${name} title=${name} aria-pressed=${at === this.#group}
          @click=${() => this.#show(at)}>${first?.emoji}</button>`,
    )}</div>`
  }

  #toneButton(): TemplateResult {
    const { words } = this.#host
    return html`<button part="emoji-group" class="emoji-group" type="button" aria-label=${words.skinTone} title=${words.skinTone}
      aria-expanded=${this.#isToning} @click=${this.#toggleTones}>${toned(hand, this.#recent.tone)}</button>`
  }

  #tones(): TemplateResult {
    return html`<div class="emoji-groups" role="group" tabindex="-1" aria-label=${this.#host.words.skinTone}>${tones.map(
      (tone) =>
        html`<button part="emoji-group" class="emoji-group" type="button" aria-pressed=${tone === this.#recent.tone}
          @click=${() => this.#setTone(tone)}>${toned(hand, tone)}</button>`,
    )}</div>`
  }

  async #load(language: string): Promise<void> {
    try {
      const index = await indexIn(language)
      if (language === this.#language) this.#index = index
      this.#host.requestUpdate()
    } catch (error) {
      this.#gestures.notLoaded(error)
    }
  }

  #show(group: number): void {
    this.#group = group
    this.#current = 0
    this.#grid.value?.scrollTo({ top: 0 })
    this.#host.requestUpdate()
  }

  readonly #toggleTones = (): void => {
    this.#isToning = !this.#isToning
    this.#host.requestUpdate()
  }

  #setTone(tone: (typeof tones)[number]): void {
    this.#recent.tone = tone
    this.#toggleTones()
  }

  readonly #onInput = ({ target }: InputEvent): void => {
    if (!(target instanceof HTMLInputElement)) return
    this.#query = target.value.trim()
    this.#isToning = false
    this.#show(this.#group)
  }

  readonly #onClick = ({ target }: MouseEvent): void => {
    const button = target instanceof Element ? target.closest<HTMLElement>('.emoji-one') : null
    if (button) this.#choose(Number(button.dataset.at))
  }

  #choose(at: number): void {
    const one = this.#shown[at]
    if (!one) return
    const emoji = toned(one, this.#recent.tone)
    this.#recent.add(emoji)
    this.#gestures.choose(emoji)
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (isComposing(event)) return
    if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      this.#gestures.close()
      return
    }
    const isInGrid = event.target instanceof Element && event.target.matches('.emoji-one')
    if (isInGrid) this.#walk(event)
    else if (event.target === this.#search.value) this.#fromSearch(event)
  }

  #fromSearch(event: KeyboardEvent): void {
    if (event.key === 'ArrowDown') {
      event.preventDefault()
      this.#goTo(this.#current)
    } else if (event.key === 'Enter' && this.#query) {
      event.preventDefault()
      this.#choose(0)
    }
  }

  /** By rows and columns, as they lie; from the first row up is back to the search. */
  #walk(event: KeyboardEvent): void {
    const buttons = this.#buttons
    const at = buttons.indexOf(event.target as HTMLElement)
    const columns = columnsOf(buttons)
    const forward = getComputedStyle(this.#host).direction === 'rtl' ? -1 : 1
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: forward,
      ArrowLeft: -forward,
      ArrowDown: columns,
      ArrowUp: -columns,
      Home: -at,
      End: buttons.length - 1 - at,
    }
    const step = steps[event.key]
    if (step === undefined) return
    event.preventDefault()
    event.stopPropagation()
    if (event.key === 'ArrowUp' && at < columns) this.#search.value?.focus()
    else this.#goTo(Math.min(Math.max(at + step, 0), buttons.length - 1))
  }

  #goTo(at: number): void {
    this.#current = at
    this.#buttons[at]?.focus()
    this.#host.requestUpdate()
  }
}

let drawable: ((emoji: string) => boolean) | undefined

async function indexIn(language: string): Promise<EmojiIndex> {
  const load = emojiLanguages[language] ?? emojiLanguages.en
  const { emoji } = (await load?.()) ?? { emoji: '' }
  drawable ??= makeDrawable(document)
  return new EmojiIndex(emoji, drawable)
}

const hand = { emoji: '✋', hasTones: true } as const

function columnsOf(buttons: readonly HTMLElement[]): number {
  const top = buttons[0]?.offsetTop
  const next = buttons.findIndex(({ offsetTop }) => offsetTop !== top)
  return next < 0 ? buttons.length : next
}
