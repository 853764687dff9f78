/**
 * Chooses the room that a message is forwarded to: a search over the reader's rooms, latest first, and the list of them; below
 * them are people of that name with whom there is none yet. Arrow keys walk the list, Enter chooses, Escape forwards nothing.
 *
 * @csspart forward-dialog - Asks where a message is forwarded to.
 * @csspart forward-search - Where rooms are searched in it.
 * @csspart forward-room - A room, or a person, to choose.
 */
import { html, nothing, render } from 'lit'
import type { MessageView, UserView } from '../../../server/protocol/views.ts'
import { messageIn } from '../../state/room.ts'
import { type RoomItem, roomList } from '../../state/room-list.ts'
import type { MessageRow } from '../../state/timeline.ts'
import { avatar, roomAvatar } from '../avatar.ts'
import type { Host } from '../host.ts'
import { icons } from '../icons.ts'
import { dirOf, listed } from '../isolated.ts'
import { isComposing } from '../keyboard/keys.ts'
import { roomWords } from '../menu/room-words.ts'
import { onceBack } from '../once-back.ts'

/** So close to its end the list is continued. */
const nearEndPx = 200
/** Typing rests this long before people are looked up. */
const restMs = 150

type Surroundings = {
  /** What it is put into, so that it looks as the rest. */
  readonly frame: () => HTMLElement | undefined
  readonly chosen: (message: MessageView, roomId: string) => void
  /** The room with this person, which may have to be made. */
  readonly chosenPerson: (message: MessageView, userId: string) => void
}

export class ForwardDialog {
  readonly #host: Host
  readonly #surroundings: Surroundings
  #box: HTMLElement | undefined
  #message: MessageView | undefined
  #query = ''
  /** People whose names the query is in. */
  #people: readonly UserView[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #before: Element | null = null
  #stop: (() => void) | undefined
  #pressed: EventTarget | null = null

  constructor(host: Host, surroundings: Surroundings) {
    this.#host = host
    this.#surroundings = surroundings
  }

  open({ message }: MessageRow): void {
    this.close()
    const frame = this.#surroundings.frame()
    if (!frame || !message) return
    const { chat, root } = this.#host
    this.#before = root.activeElement
    this.#message = message
    this.#query = ''
    this.#people = []
    this.#box = frame.ownerDocument.createElement('div')
    frame.append(this.#box)
    this.#stop = chat.subscribe(() => this.#follow(message))
    this.#draw()
    this.#dialog?.showModal()
    // What could not be loaded is tried again.
    void chat.loadMoreRooms()
  }

  /** The focus goes back to where it was. */
  close(): void {
    const box = this.#box
    if (!box) return
    this.#stop?.()
    clearTimeout(this.#timer)
    this.#box = undefined
    box.remove()
    if (this.#before instanceof HTMLElement) this.#before.focus({ preventScroll: true })
  }

  get #dialog(): HTMLDialogElement | null | undefined {
    return this.#box?.querySelector('dialog')
  }

  get #rooms(): HTMLElement[] {
    return [...(this.#box?.querySelectorAll<HTMLElement>('.forward-room') ?? [])]
  }

  /** What was deleted meanwhile goes nowhere. */
  #follow({ id, roomId }: MessageView): void {
    if (messageIn(this.#host.chat.state.rooms.get(roomId), id)?.deletedAt) this.close()
    else this.#draw()
  }

  /** Page after page while the end is in sight: those further down are found by name only once they are here. */
  readonly #more = (): void => {
    const { chat } = this.#host
    const box = this.#box?.querySelector('.forward-rooms')
    const { more, load } = chat.state.list
    const isNearEnd = box && box.scrollHeight - box.scrollTop - box.clientHeight < nearEndPx
    if (isNearEnd && more && !load) void chat.loadMoreRooms()
  }

  #draw(): void {
    if (!this.#box) return
    const { chat, words } = this.#host
    const { search } = roomWords(this.#host)
    const { more, load } = chat.state.list
    const items = roomList(chat.state, this.#query).filter(({ active }) => !active)
    const people = this.#strangers(items)
    const isOver = !more || (load !== undefined && load !== 'loading')
    const isNothing = isOver && items.length + people.length === 0
    render(
      html`<dialog part="forward-dialog dialog" class="dialog forward" aria-labelledby="forward-title" @keydown=${this.#onKey} @close=${() => this.close()} @pointerdown=${this.#onDown} @click=${this.#onPress}>
        <p id="forward-title" class="title">${words.forwardTo}</p>
        <div class="search">${icons.search}<input part="forward-search input" class="forward-search" type="search" autocomplete="off" spellcheck="false" autofocus
          aria-label=${search} placeholder=${search} @input=${this.#onInput} /></div>
        <div class="forward-rooms" tabindex="-1" @scroll=${this.#more}>
          ${items.map((item) => this.#room(item))}
          ${people.length > 0 ? html`<p class="forward-people">${words.people}</p>` : nothing}
          ${people.map((user) => this.#person(user))}
          ${isNothing ? html`<p class="hint" role="status">${words.noRoomFound(this.#query)}</p>` : nothing}
        </div>
        <div class="buttons"><button part="button" class="button" type="button" @click=${() => this.close()}>${words.cancel}</button></div>
      </dialog>`,
      this.#box,
    )
    this.#more()
  }

  #room(item: RoomItem): unknown {
    return html`<button part="forward-room" class="action-item forward-room" type="button" @click=${() => this.#choose(item.id)}
      >${roomAvatar(item)}<span class="forward-name" dir=${dirOf(item.title)}>${listed((as) => this.#host.format.title(item.title, as))}</span></button>`
  }

  #person(user: UserView): unknown {
    const choose = () => {
      const message = this.#message
      this.close()
      if (message) this.#surroundings.chosenPerson(message, user.id)
    }
    return html`<button part="forward-room" class="action-item forward-room" type="button" @click=${choose}
      >${avatar(user)}<span class="forward-name"><bdi>${this.#host.format.name(user)}</bdi></span></button>`
  }

  /** People, but for those whose room stands above or is the one the message is in. */
  #strangers(items: readonly RoomItem[]): readonly UserView[] {
    const { me, rooms, active } = this.#host.chat.state
    const known = [...items.map(({ id }) => id), active?.roomId ?? ''].flatMap((id) => {
      const room = rooms.get(id)
      return room?.kind === 'direct' ? (room.members ?? []).map(({ userId }) => userId) : []
    })
    return this.#people.filter(({ id }) => id !== me && !known.includes(id))
  }

  /** An answer to another query than the one in the field is dropped; without one the rooms are there all the same. */
  async #look(query: string): Promise<void> {
    const { chat } = this.#host
    const found = await chat.searchUsers(query).catch(() => undefined)
    if (query !== this.#query || !this.#box) return
    if (!found) onceBack(this.#host, () => query === this.#query && this.#box && void this.#look(query))
    const { users } = found ?? { users: [] }
    this.#people = users
    this.#draw()
  }

  #choose(roomId: string): void {
    const message = this.#message
    this.close()
    if (message) this.#surroundings.chosen(message, roomId)
  }

  readonly #onInput = ({ target }: InputEvent): void => {
    if (!(target instanceof HTMLInputElement)) return
    const query = target.value.trim()
    this.#query = query
    this.#people = []
    clearTimeout(this.#timer)
    if (query) this.#timer = setTimeout(() => void this.#look(query), restMs)
    this.#draw()
  }

  readonly #onDown = ({ target }: Event): void => {
    this.#pressed = target
  }

  /** A press beside it is one for nothing; what begins in it, as a selection does, is none. */
  readonly #onPress = ({ target }: Event): void => {
    if (target === this.#dialog && this.#pressed === target) this.close()
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    // Neither the page nor the panel has any of these keys.
    event.stopPropagation()
    if (isComposing(event)) return
    const rooms = this.#rooms
    const at = rooms.indexOf(this.#host.root.activeElement as HTMLElement)
    if (event.key === 'Escape') this.close()
    else if (event.key === 'ArrowDown') rooms[Math.min(at + 1, rooms.length - 1)]?.focus()
    else if (event.key === 'ArrowUp' && at > 0) rooms[at - 1]?.focus()
    else if (event.key === 'ArrowUp') this.#box?.querySelector('input')?.focus()
    else if (event.key === 'Enter' && event.target instanceof HTMLInputElement && this.#query)
      rooms[0]?.click()
    else return
    event.preventDefault()
  }
}
