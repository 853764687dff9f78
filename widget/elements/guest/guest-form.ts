/**
 * The small form by which a visitor chats whom the site does not know: a name, and nothing else. A chunk of its own, loaded
 * where nobody is signed in.
 *
 * @csspart guest - The form that asks a visitor for a name.
 * @csspart guest-name - Its field.
 */
import { html, type TemplateResult } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import { Problem } from '../../../server/protocol/problems.ts'
import { isVisible } from '../../../server/protocol/visible.ts'
import type { RoomWords } from '../../locale/en-rooms.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { roomWords } from '../menu/room-words.ts'
import { guestFormStyles } from './guest-form.styles.ts'

/** Shows the form where the site lets guests in. Asked again by the next who finds nobody signed in, where that is not known. */
export async function offer(host: PanelHost): Promise<void> {
  const { guests } = host.chat
  try {
    const { areGuestsAllowed } = await host.chat.loadGuest()
    if (!(await areGuestsAllowed(guests))) return
    host.adopt([guestFormStyles])
    const form = new GuestForm(host)
    guests.render = (signedOut) => form.render(signedOut)
    host.draw()
  } catch {
    guests.form = undefined
  }
}

class GuestForm {
  readonly #host: PanelHost
  readonly #field = createRef<HTMLInputElement>()
  #name = ''
  #why = ''
  #isAsking = false
  /** The site had guests when it was asked, and has none now. */
  #isOff = false

  constructor(host: PanelHost) {
    this.#host = host
  }

  get #words(): RoomWords {
    return roomWords(this.#host)
  }

  /** @param signedOut what stands in its place where there are no guests any more */
  render(signedOut: () => unknown): TemplateResult {
    if (this.#isOff) return html`<div role="alert" class="unseen">${this.#words.noGuests}</div>${signedOut()}`
    const say = this.#words
    return html`<form part="guest" class="guest" novalidate @submit=${this.#onSubmit}>
      <span class="emblem">${icons.chat}</span>
      <h2 class="title">${say.asGuest}</h2>
      <p class="hint" id="guest-hint">${say.asGuestHint}</p>
      <label for="guest-name">${say.guestName}</label>
      <input ${ref(this.#field)} part="guest-name" class="guest-name" id="guest-name" name="name" autocomplete="nickname"
        required dir="auto" enterkeyhint="go" aria-describedby="guest-hint guest-why" aria-invalid=${this.#why !== ''}
        .value=${this.#name} @input=${this.#onInput} />
      <p role="alert" class="guest-why" id="guest-why">${this.#why}</p>
      <button type="submit" part="button" class="button primary" aria-disabled=${this.#isAsking}>${say.startAsGuest}</button>
    </form>`
  }

  readonly #onInput = (event: Event): void => {
    this.#name = (event.target as HTMLInputElement).value
    this.#say('')
  }

  readonly #onSubmit = (event: Event): void => {
    event.preventDefault()
    // Enter, and a press behind it, are one wish.
    if (!this.#isAsking) void this.#enter()
  }

  async #enter(): Promise<void> {
    const { chat } = this.#host
    if (!isVisible(this.#name)) return this.#refuse(this.#words.guestNameMissing)
    this.#isAsking = true
    this.#say('')
    try {
      const { enter } = await chat.loadGuest()
      const { roomId } = await enter(chat.guests, this.#name)
      void this.#arrive(roomId)
    } catch (error) {
      this.#isOff = error instanceof Problem && error.code === 'forbidden'
      this.#refuse(this.#whyOf(error))
    } finally {
      this.#isAsking = false
    }
  }

  /** The form goes, and the focus to where a guest writes. */
  async #arrive(roomId: string | undefined): Promise<void> {
    const { chat } = this.#host
    const ready = Promise.withResolvers<void>()
    const stop = chat.on('ready', () => ready.resolve())
    chat.connect()
    await ready.promise
    stop()
    if (roomId === undefined) return
    await chat.openRoom(roomId)
    await this.#host.updateComplete
    this.#host.frame?.querySelector('textarea')?.focus()
  }

  #whyOf(error: unknown): string {
    const { words } = this.#host
    if (!(error instanceof Problem)) return words.faults.offline
    const { code, retryAfter = 60 } = error
    if (code === 'rate_limited') return this.#words.tooManyGuests(soon(retryAfter, words.language))
    if (code === 'too_large') return this.#words.guestNameTooLong
    return code === 'bad_request' ? this.#words.guestNameUnseen : words.faults[code]
  }

  #refuse(why: string): void {
    this.#say(why)
    this.#field.value?.focus()
  }

  #say(why: string): void {
    this.#why = why
    this.#host.draw()
  }
}

/** “in 12 minutes”. */
function soon(seconds: number, language: string): string {
  const minutes = Math.ceil(seconds / 60)
  return new Intl.RelativeTimeFormat(language).format(minutes, 'minute')
}
