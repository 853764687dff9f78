/**
 * The language of the text around the element, and its words. Between a change of that and the moment its words are
 * here, all stays as it was: words, times and numbers change at once.
 */
import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Strings } from './locale/en.ts'
import { loadLocale } from './locale/locales.ts'
import { languageOf } from './page.ts'

type Owner = ReactiveControllerHost & Element

export class Language implements ReactiveController {
  readonly #owner: Owner
  readonly #changed: () => void
  readonly #page = new MutationObserver(() => this.#owner.requestUpdate())
  #asked: string | undefined
  #loading: Promise<void> | undefined
  #lang: string | undefined
  /** Nothing for English, or while no other is loaded. */
  words: Strings | undefined

  /** `changed` is called when words are here, and when the language became another. */
  constructor(owner: Owner, changed: () => void) {
    this.#owner = owner
    this.#changed = changed
    owner.addController(this)
  }

  get lang(): string {
    return this.#lang ?? languageOf(this.#owner)
  }

  hostConnected(): void {
    this.#page.observe(this.#owner.ownerDocument.documentElement, { attributeFilter: ['lang'] })
  }

  hostDisconnected(): void {
    this.#page.disconnect()
  }

  hostUpdate(): void {
    if (this.#asked !== undefined && this.#asked !== languageOf(this.#owner)) void this.load()
  }

  /** Resolves when the words are here. Where they cannot be loaded they are English, and the next call tries again. */
  load(): Promise<void> {
    const lang = languageOf(this.#owner)
    if (this.#loading && lang === this.#asked) return this.#loading
    this.#asked = lang
    this.#loading = this.#load(lang)
    return this.#loading
  }

  async #load(lang: string): Promise<void> {
    const loading = loadLocale(lang)
    // In this turn: where nothing is loaded nothing is waited for.
    if (!loading) return this.#show(lang)
    try {
      const words = await loading
      if (lang === this.#asked) this.#show(lang, words)
    } catch {
      if (lang !== this.#asked) return
      this.#loading = undefined
      this.#show(lang)
    }
  }

  #show(lang: string, words?: Strings): void {
    const isSame = lang === this.lang && words === this.words
    this.#lang = lang
    this.words = words
    if (!isSame) this.#changed()
  }
}
