/**
 * Groups that anybody on the site may join: a search, a page at a time, and the way in; and what a link to a group opens,
 * which asks whether to join it. A chunk of its own, loaded when somebody wants to see it.
 *
 * @csspart open-room - A group that may be joined.
 */
import { html, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import { repeat } from 'lit/directives/repeat.js'
import type { OpenRoomView } from '../../../server/protocol/views.ts'
import { empty } from '../../frame.ts'
import { faultOf, type Load } from '../../state/state.ts'
import { avatar } from '../avatar.ts'
import type { Host } from '../host.ts'
import { icons } from '../icons.ts'
import { isComposing } from '../keyboard/keys.ts'
import { roomWords } from '../menu/room-words.ts'
import { onceBack } from '../once-back.ts'
import type { Pane } from '../panel/panes.ts'
import { notLoaded } from '../placeholder.ts'
import { described, onLink } from '../timeline/described.ts'
import { directoryStyles } from './directory.styles.ts'

/** Typing rests this long before groups are looked up. */
const restMs = 150
/** A page may be short and yet not the last: with fewer groups than this the search goes on by itself, so many times. */
const fewRooms = 8
const mostRounds = 3

export class Directory implements Pane, ReactiveController {
  static readonly styles = directoryStyles
  readonly #host: Host
  readonly #done: (room?: string) => void
  /** Of the link that was followed. */
  readonly #code: string | undefined
  readonly #search = createRef<HTMLElement>()
  readonly #box = createRef<HTMLElement>()
  #query = ''
  #found: readonly OpenRoomView[] = []
  #cursor: string | undefined
  #load: Load | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = 0
  /** The group that is being joined, or could not be, and why. */
  #joining: string | undefined
  #why = ''

  /** `done` is called with the room that was opened, or with none. `code`: of a link; without one there is the list. */
  constructor(host: Host, done: (room?: string) => void, code?: string) {
    this.#host = host
    this.#done = done
    this.#code = code
    host.addController(this)
    void this.#ask()
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer)
  }

  leave(): void {
    this.#asked++
    this.hostDisconnected()
    this.#host.removeController(this)
  }

  focus(): void {
    const box = this.#box.value
    const first = box?.querySelector<HTMLElement>('.primary') ?? box?.querySelector<HTMLElement>('button')
    const target = this.#search.value ?? first
    target?.focus()
  }

  render(): TemplateResult {
    const { words } = this.#host
    const say = roomWords(this.#host)
    const isLink = this.#code !== undefined
    return html`<div class="directory" @keydown=${this.#onEscape} ${ref(this.#box)}>
      <header part="header" class="bar">
        <button part="back-button" class="icon-button" type="button" aria-label=${words.back} @click=${() => this.#done()}><slot name="icon-back">${icons.back}</slot></button>
        <h2 part="header-title" class="bar-title">${isLink ? say.invitation : words.openRooms}</h2>
      </header>
      ${isLink ? this.#invitation() : this.#list()}
    </div>`
  }

  // ── The list ───────────────────────────────────────────────────────────────────────────────────────────────────

  #list(): TemplateResult {
    const { words } = this.#host
    const say = roomWords(this.#host)
    return html`<div part="room-search" class="search">${icons.search}<input part="input" type="search" autocomplete="off" aria-label=${say.searchGroups} placeholder=${say.searchGroups}
        .value=${this.#query} @input=${this.#onQuery} ${ref(this.#search)} /></div>
      <div class="room-scroll" tabindex="-1" @scroll=${this.#onScroll}>
        <ul class="open-rooms" role="list" aria-label=${words.openRooms}>${repeat(
          this.#found,
          ({ id }) => id,
          (room) => this.#row(room),
        )}</ul>
        ${this.#aside()}
      </div>`
  }

  #row(room: OpenRoomView): TemplateResult {
    const say = roomWords(this.#host)
    const isMine = this.#isMine(room)
    const name = this.#nameOf(room)
    const label = isMine ? say.openGroup : say.join
    const act = isMine ? () => this.#open(room.id) : () => void this.#join(room)
    return html`<li part="open-room" class="open-room">${picture(room, name)}
      <span class="lines"><span class="name" dir="auto" translate="no">${name}</span>
        <span class="hint">${this.#count(room)}</span>
        ${room.description ? html`<span class="hint about" dir="auto" translate="no">${room.description}</span>` : nothing}
        ${this.#refusal(room.id)}</span>
      <button part="button" class="button" type="button" aria-label=${`${label}: ${name}`} aria-disabled=${this.#isBusy(room.id)} @click=${act}>${label}</button>
    </li>`
  }

  #aside(): unknown {
    const { words } = this.#host
    const say = roomWords(this.#host)
    if (this.#load === 'loading')
      return this.#found.length > 0
        ? nothing
        : html`<div class="spinner late" part="loading" role="status" aria-label=${words.loading}></div>`
    if (this.#load) return notLoaded(this.#host, this.#load, () => void this.#ask(this.#cursor))
    const cursor = this.#cursor
    if (cursor !== undefined && this.#found.length < fewRooms) {
      const action = { label: words.lookFurther, run: () => void this.#ask(cursor) }
      return empty({ icon: icons.people, title: say.moreGroups, action })
    }
    if (this.#found.length > 0) return nothing
    // Back to where conversations are started.
    const action = { label: words.newRoom, run: () => this.#done() }
    return this.#query
      ? empty({ icon: icons.search, title: say.noGroupFound(this.#query) })
      : empty({ icon: icons.people, title: say.noGroups, hint: say.noGroupsHint, action })
  }

  // ── What a link opens ──────────────────────────────────────────────────────────────────────────────────────────

  #invitation(): unknown {
    const { words } = this.#host
    const say = roomWords(this.#host)
    const [room] = this.#found
    if (this.#load === 'loading')
      return html`<div class="spinner late" part="loading" role="status" aria-label=${words.loading}></div>`
    if (this.#load && this.#load.code !== 'not_found')
      return notLoaded(this.#host, this.#load, () => void this.#ask())
    if (!room) {
      const action = { label: words.allRooms, run: () => this.#done() }
      return empty({ icon: icons.alert, title: say.linkGone, hint: say.linkGoneHint, action })
    }
    const name = this.#nameOf(room)
    const isMine = this.#isMine(room)
    const act = isMine ? () => this.#open(room.id) : () => void this.#join(room)
    return html`<div class="invitation" tabindex="-1">${picture(room, name)}
      <p class="name" dir="auto" translate="no">${name}</p>
      <p class="hint">${this.#count(room)}</p>
      ${room.description ? html`<div class="about" dir="auto" translate="no" @click=${(event: Event) => onLink(this.#host, event)}>${described(room.description)}</div>` : nothing}
      ${this.#refusal(room.id)}
      <div class="buttons">
        <button part="button" class="button primary" type="button" aria-disabled=${this.#isBusy(room.id)} @click=${act}>${isMine ? say.openGroup : say.join}</button>
        <button part="button" class="button" type="button" @click=${() => this.#done()}>${say.notNow}</button>
      </div>
    </div>`
  }

  // ── Of one group ───────────────────────────────────────────────────────────────────────────────────────────────

  #nameOf({ name }: OpenRoomView): string {
    return name ?? roomWords(this.#host).namelessGroup
  }

  #count({ memberCount }: OpenRoomView): string {
    const { words, format } = this.#host
    return words.members(memberCount, format.number(memberCount))
  }

  #isMine({ id, joined }: OpenRoomView): boolean {
    return this.#host.chat.state.rooms.has(id) || !!joined
  }

  #isBusy(id: string): boolean {
    return this.#joining === id && !this.#why
  }

  #refusal(id: string): unknown {
    return this.#why && this.#joining === id
      ? html`<span part="error" class="why" role="alert">${this.#why}</span>`
      : nothing
  }

  #open(roomId: string): void {
    void this.#host.chat.openRoom(roomId)
    this.#done(roomId)
  }

  async #join(room: OpenRoomView): Promise<void> {
    const { chat } = this.#host
    const code = this.#code
    if (this.#isBusy(room.id)) return
    this.#joining = room.id
    this.#why = ''
    this.#host.requestUpdate()
    try {
      await chat.joinRoom({ roomId: room.id, ...(code !== undefined && { code }) })
      this.#open(room.id)
    } catch (error) {
      this.#why = this.#refusalOf(error)
      this.#host.requestUpdate()
    }
  }

  #refusalOf(error: unknown): string {
    const { words } = this.#host
    const say = roomWords(this.#host)
    const { code } = faultOf(error)
    if (code === 'forbidden') return say.notJoined
    if (code === 'too_large') return say.groupFull
    return code === 'not_found' ? say.groupGone : words.faults[code]
  }

  // ── What is asked ──────────────────────────────────────────────────────────────────────────────────────────────

  /** The first page for the query, or the one at the cursor. Answers that were overtaken are dropped. */
  async #ask(from?: string, { isAgain = false } = {}): Promise<void> {
    const { chat } = this.#host
    const ask = ++this.#asked
    const query = this.#query.trim()
    const found: OpenRoomView[] = []
    let cursor = from
    this.#load = 'loading'
    this.#host.requestUpdate()
    try {
      if (this.#code !== undefined) found.push(await chat.previewLink(this.#code))
      else
        for (let round = 0; round < mostRounds; round++) {
          const page = await chat.listOpenRooms({ q: query, cursor })
          found.push(...page.rooms)
          cursor = page.cursor
          if (cursor === undefined || found.length >= fewRooms || ask !== this.#asked) break
        }
      if (ask !== this.#asked) return
      this.#found = from === undefined ? found : [...this.#found, ...found]
      this.#cursor = cursor
      this.#load = undefined
    } catch (error) {
      if (ask !== this.#asked) return
      this.#load = faultOf(error)
      onceBack(this.#host, () => ask === this.#asked && void this.#ask(from, { isAgain: true }))
    }
    this.#host.requestUpdate()
    if (this.#code !== undefined && !isAgain) void this.#host.updateComplete.then(() => this.focus())
  }

  readonly #onQuery = ({ target }: Event): void => {
    if (target instanceof HTMLInputElement) this.#look(target.value)
  }

  #look(query: string): void {
    this.#query = query
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#ask(), restMs)
    this.#host.requestUpdate()
  }

  readonly #onScroll = ({ target }: Event): void => {
    if (!(target instanceof Element) || this.#cursor === undefined || this.#load) return
    if (target.scrollHeight - target.scrollTop < 2 * target.clientHeight) void this.#ask(this.#cursor)
  }

  readonly #onEscape = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || isComposing(event)) return
    event.preventDefault()
    event.stopPropagation()
    if (this.#query) this.#look('')
    else this.#done()
  }
}

function picture({ id, pictureUrl }: OpenRoomView, name: string): TemplateResult {
  return avatar({ id, name, ...(pictureUrl && { avatarUrl: pictureUrl }) }, { part: 'room-avatar' })
}
