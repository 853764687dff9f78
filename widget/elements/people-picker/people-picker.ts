/**
 * Choosing people: one for a direct room, several for a group, oneself for notes. A combobox after ARIA 1.2: the focus
 * stays in the text field, the arrow keys walk the list, Enter chooses, Backspace takes the last one back. A chunk of
 * its own, loaded when somebody is about to want it.
 *
 * @csspart open-rooms-button - Over the people, where a conversation is started: shows the groups that anybody may join.
 * @csspart menu - The people to choose from.
 * @csspart menu-item - One of them.
 * @csspart about - What the host says about a person.
 * @csspart chip - One that is chosen.
 */
import { html, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import { repeat } from 'lit/directives/repeat.js'
import type { UsersPage, UserView } from '../../../server/protocol/views.ts'
import { empty } from '../../frame.ts'
import { userOf } from '../../state/people.ts'
import { faultOf, type Load } from '../../state/state.ts'
import { avatar } from '../avatar.ts'
import type { Host } from '../host.ts'
import { icons } from '../icons.ts'
import { isComposing } from '../keyboard/keys.ts'
import { Listbox } from '../keyboard/listbox.ts'
import { roomWords } from '../menu/room-words.ts'
import { onceBack } from '../once-back.ts'
import type { Pane } from '../panel/panes.ts'
import { notLoaded } from '../placeholder.ts'
import { peoplePickerStyles } from './people-picker.styles.ts'

/** Typing rests this long before people are looked up. */
const restMs = 150
/**
 * An answer with fewer people than this may be short because the server looks at so many names for one answer and no more.
 * Then the search goes on by itself, so many times; after that it is for the reader to say.
 */
const fewPeople = 10
const mostRounds = 3

/** What people are chosen for, where that is not a conversation with them. */
export type Purpose = {
  readonly title: string
  /** Of one who cannot be chosen: why, in a few words. */
  readonly taken: (user: UserView) => string | undefined
  /** Knows after it who of those who match is taken. Rejects like `searchUsers`. */
  readonly look: (query: string) => Promise<void>
  /** How many more may be chosen, and what is said when they are. */
  readonly most: number
  readonly full: string
  readonly action: (count: number) => string
  /** Does it. Answers those with whom it could not be done, who stay chosen, and why. */
  readonly run: (users: readonly UserView[]) => Promise<{ users: readonly UserView[]; why: unknown }>
}

export class PeoplePicker implements Pane, ReactiveController {
  static readonly styles = peoplePickerStyles
  readonly #host: Host
  readonly #done: (room?: string) => void
  readonly #purpose: Purpose | undefined
  readonly #findOpen: (() => void) | undefined
  readonly #input = createRef<HTMLInputElement>()
  readonly #name = createRef<HTMLInputElement>()
  readonly #listbox: Listbox
  #query = ''
  /** What the list answers: another query than the one in the field, while the answer to that is on its way. */
  #answered = ''
  /** Enter was pressed before the answer was there: it takes the first of it. */
  #isEager = false
  #found: readonly UserView[] = []
  #cursor: string | undefined
  #load: Load | undefined
  #picked: readonly UserView[] = []
  /** Why it was not done. */
  #why: unknown = ''
  #isBusy = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = 0

  /**
   * Looks for everybody at first. `done` is called with the room that was opened, or with none. `findOpen` shows the groups that
   * anybody may join: panels of builds before it have a button of their own for that.
   */
  constructor(host: Host, done: (room?: string) => void, purpose?: Purpose, findOpen?: () => void) {
    this.#host = host
    this.#done = done
    this.#purpose = purpose
    this.#findOpen = findOpen
    this.#listbox = new Listbox(host, {
      // Both may be shown.
      id: purpose ? 'adding' : 'people',
      count: () => this.#people.length,
      choose: (at) => this.#choose(at),
      isSettled: () => this.#query === this.#answered,
    })
    host.addController(this)
    void this.#search()
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
    this.#input.value?.focus()
  }

  render(): TemplateResult {
    const { words } = this.#host
    const people = this.#people
    const isOpen = people.length > 0
    return html`<div class="picker" @keydown=${this.#onEscape}>
      <header part="header" class="bar">
        <button part="back-button" class="icon-button" type="button" aria-label=${words.cancel} @click=${() => this.#done()}><slot name="icon-back">${icons.back}</slot></button>
        <h2 part="header-title" class="bar-title">${this.#purpose?.title ?? words.newRoom}</h2>
      </header>
      <div class="picked" part="room-search" tabindex="-1" @click=${() => this.focus()}>
        ${icons.search}${this.#chips()}
        <input part="input" class="picker-input" type="text" autocomplete="off" spellcheck="false" role="combobox"
          aria-label=${words.searchPeople} placeholder=${this.#picked.length > 0 ? '' : words.searchPeople}
          aria-expanded=${isOpen} aria-controls=${this.#listbox.id} aria-autocomplete="list"
          aria-activedescendant=${this.#listbox.activeId ?? nothing}
          .value=${this.#query} @input=${this.#onInput} @keydown=${this.#onKey} ${ref(this.#input)} />
      </div>
      <div class="people-scroll" tabindex="-1" @scroll=${this.#onScroll}>
        ${this.#findOpen && !this.#query && this.#picked.length === 0 ? html`<button part="open-rooms-button" class="open-rooms-button" type="button" @click=${this.#findOpen}><span class="avatar" aria-hidden="true">${icons.people}</span><span>${words.openRooms}</span></button>` : nothing}
        <ul id=${this.#listbox.id} part="menu" class="people" role="listbox" aria-multiselectable="true" aria-label=${words.people} ${ref(this.#listbox.box)}>
          ${repeat(
            people,
            ({ id }) => id,
            (user, at) => this.#option(user, at),
          )}
        </ul>
        ${this.#aside(people)}
      </div>
      ${this.#footer()}
    </div>`
  }

  #chips(): unknown {
    const { words } = this.#host
    return repeat(
      this.#picked,
      ({ id }) => id,
      (user) =>
        html`<span part="chip" class="chip"><bdi>${this.#nameOf(user)}</bdi><button type="button" part="button" aria-label=${words.remove(this.#nameOf(user))} @click=${() => this.#toggle(user)}>${icons.close}</button></span>`,
    )
  }

  #option(user: UserView, at: number): TemplateResult {
    const isPicked = this.#isPicked(user)
    const { words } = this.#host
    // Two people may have one name: what the host says about them tells them apart, an id never does.
    const taken = this.#purpose?.taken(user)
    const about = taken ?? (this.#isMe(user) ? words.notes : user.about)
    return html`<li id=${this.#listbox.idOf(at)} part="menu-item" class="person ${this.#listbox.isActive(at) ? 'at' : ''} ${taken === undefined ? '' : 'taken'}" role="option" aria-selected=${isPicked} aria-disabled=${taken === undefined ? nothing : 'true'}
      @mousedown=${(event: MouseEvent) => event.preventDefault()} @click=${() => this.#toggle(user)}>
      ${avatar(user)}<span class="lines"><bdi>${this.#nameOf(user)}</bdi>${about ? html`<span part="about" class="hint" dir="auto">${about}</span>` : nothing}</span>
      <span class="tick">${isPicked || taken !== undefined ? icons.check : nothing}</span>
    </li>`
  }

  #aside(people: readonly UserView[]): unknown {
    const { words } = this.#host
    if (this.#load === 'loading')
      return people.length > 0
        ? nothing
        : html`<div class="spinner late" part="loading" role="status" aria-label=${words.loading}></div>`
    if (this.#load) return notLoaded(this.#host, this.#load, () => void this.#search())
    // Not the end, and no scrolling leads on.
    const cursor = this.#cursor
    if (cursor !== undefined && this.#found.length < fewPeople) {
      const action = { label: words.lookFurther, run: () => void this.#search(cursor) }
      return empty({ icon: icons.people, title: words.morePeople, action })
    }
    if (this.#query && people.length === 0)
      return empty({ icon: icons.people, title: words.noPeople(this.#query) })
    return nothing
  }

  #footer(): unknown {
    const { words, chat } = this.#host
    const others = this.#others
    const [first] = others
    if (this.#picked.length === 0 && !this.#why) return nothing
    const label =
      this.#purpose?.action(others.length) ??
      (others.length > 1
        ? words.startGroup
        : first
          ? words.startDirect(this.#host.format.name(first))
          : words.startNotes)
    const isGroup = others.length > 1 && !this.#purpose
    return html`<form class="start" @submit=${this.#onSubmit}>
      ${isGroup ? html`<input part="input" class="group-name" type="text" autocomplete="off" maxlength=${chat.state.limits.nameChars} dir="auto" aria-label=${words.groupName} placeholder=${words.groupName} ${ref(this.#name)} />` : nothing}
      ${this.#why ? html`<p part="error" class="why" role="alert">${this.#why}</p>` : nothing}
      ${this.#picked.length > 0 ? html`<button part="button" class="button primary" type="submit" aria-disabled=${this.#isBusy}>${label}</button>` : nothing}
    </form>`
  }

  /** How many others a group that is made here may have, and what is said of more. */
  get #whole(): { readonly most: number; readonly full: string } {
    const { chat, format } = this.#host
    const { limits } = chat.state
    const { members, memberIds = members } = limits
    const say = roomWords(this.#host)
    return memberIds < members
      ? { most: memberIds - 1, full: say.fullAtFirst(memberIds, format.number(memberIds)) }
      : { most: members - 1, full: say.full(members, format.number(members)) }
  }

  get #others(): readonly UserView[] {
    return this.#picked.filter((user) => !this.#isMe(user))
  }

  /** Everybody who was found; I am among them as the way to my notes. */
  get #people(): readonly UserView[] {
    const { state } = this.#host.chat
    if (this.#purpose) return this.#found
    const me = userOf(state, state.me ?? '')
    const others = this.#found.filter(({ id }) => id !== me.id)
    const isMeant = me.name.toLocaleLowerCase().includes(this.#query.trim().toLocaleLowerCase())
    return isMeant && state.me !== undefined ? [...others, me] : others
  }

  #isMe({ id }: UserView): boolean {
    return id === this.#host.chat.state.me
  }

  #nameOf(user: UserView): string {
    return this.#isMe(user) ? this.#host.words.nameYou(user.name) : this.#host.format.name(user)
  }

  #isPicked({ id }: UserView): boolean {
    return this.#picked.some((user) => user.id === id)
  }

  #choose(at: number): void {
    const user = this.#people[at]
    if (user) this.#toggle(user)
  }

  #toggle(user: UserView): void {
    const { taken, most, full } = this.#purpose ?? { ...this.#whole, taken: undefined }
    const isPicked = this.#isPicked(user)
    if (taken?.(user) !== undefined) return
    // In a group I am one of them, whether I chose myself or not.
    const count = this.#purpose ? this.#picked.length : this.#others.length
    const isFull = !isPicked && !(this.#isMe(user) && !this.#purpose) && count >= most
    if (isPicked) this.#picked = this.#picked.filter(({ id }) => id !== user.id)
    else if (!isFull) this.#picked = [...this.#picked, user]
    this.#why = isFull ? full : ''
    if (this.#query) this.#look('')
    this.#host.requestUpdate()
    this.focus()
  }

  #look(query: string): void {
    this.#query = query
    this.#listbox.reset()
    this.#isEager = false
    // From here on an answer on its way is to another query: an eager Enter must not take the first of it.
    this.#asked++
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#search(), restMs)
    this.#host.requestUpdate()
  }

  /** The first page for the query, or the one at the cursor. Answers that were overtaken are dropped. */
  async #search(cursor?: string): Promise<void> {
    const ask = ++this.#asked
    const query = this.#query
    this.#load = 'loading'
    this.#host.requestUpdate()
    try {
      const page = await this.#read(query.trim(), cursor)
      if (ask !== this.#asked) return
      this.#found = cursor === undefined ? page.users : [...this.#found, ...page.users]
      this.#cursor = page.cursor
      this.#load = undefined
      if (cursor === undefined) this.#answer(query)
    } catch (error) {
      if (ask !== this.#asked) return
      this.#load = faultOf(error)
      this.#isEager = false
      onceBack(this.#host, () => ask === this.#asked && void this.#search(cursor))
    }
    this.#host.requestUpdate()
  }

  /** A page, put together from several answers where they are short and yet not the last. */
  async #read(query: string, from: string | undefined): Promise<UsersPage> {
    const ask = this.#asked
    const users: UserView[] = []
    let cursor = from
    const looked = this.#purpose?.look(query)
    for (let round = 0; round < mostRounds; round++) {
      const page = await this.#host.chat.searchUsers(query, cursor)
      users.push(...page.users)
      cursor = page.cursor
      if (cursor === undefined || users.length >= fewPeople || ask !== this.#asked) break
    }
    await looked
    return { users, ...(cursor !== undefined && { cursor }) }
  }

  #answer(query: string): void {
    const [first] = this.#people
    this.#answered = query
    this.#listbox.reset(first && query.trim() ? 0 : -1)
    if (this.#isEager && first) this.#toggle(first)
    this.#isEager = false
  }

  readonly #onScroll = ({ target }: Event): void => {
    if (!(target instanceof Element) || this.#cursor === undefined || this.#load) return
    if (target.scrollHeight - target.scrollTop < 2 * target.clientHeight) void this.#search(this.#cursor)
  }

  readonly #onInput = ({ target }: Event): void => {
    if (target instanceof HTMLInputElement) this.#look(target.value)
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (isComposing(event) || this.#listbox.take(event)) return
    if (event.key === 'Enter' && this.#query.trim()) this.#isEager = true
    else if (event.key === 'Enter') void this.#start()
    else if (event.key === 'Backspace' && this.#query === '') this.#unpick()
    else return
    if (event.key !== 'Backspace') event.preventDefault()
  }

  readonly #onEscape = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || isComposing(event)) return
    event.preventDefault()
    event.stopPropagation()
    if (this.#query) this.#look('')
    else this.#done()
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    void this.#start()
  }

  #unpick(): void {
    this.#picked = this.#picked.slice(0, -1)
    this.#host.requestUpdate()
  }

  async #start(): Promise<void> {
    if (this.#picked.length === 0 || this.#isBusy) return
    this.#isBusy = true
    this.#why = ''
    this.#host.requestUpdate()
    if (this.#purpose) await this.#run(this.#purpose)
    else
      try {
        this.#done(await this.#open())
      } catch (error) {
        const { code } = faultOf(error)
        // A name can be no longer than the field takes.
        this.#why = code === 'too_large' ? this.#whole.full : this.#host.words.faults[code]
      }
    this.#isBusy = false
    this.#host.requestUpdate()
  }

  async #run({ run }: Purpose): Promise<void> {
    const { users, why } = await run(this.#picked)
    this.#picked = users
    this.#why = why
    if (users.length === 0) this.#done()
  }

  #open(): Promise<string> {
    const { chat } = this.#host
    const memberIds = this.#others.map(({ id }) => id)
    const [first, second] = memberIds
    if (first === undefined) return chat.openNotes()
    if (second === undefined) return chat.openDirect(first)
    const name = this.#name.value?.value.trim()
    return chat.createRoom({ memberIds, ...(name && { name }) })
  }
}
