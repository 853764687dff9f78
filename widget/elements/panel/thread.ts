/** The room that is read: its header, its log, who is typing, and where to write. */
import { html, nothing, type TemplateResult } from 'lit'
import { createRef } from 'lit/directives/ref.js'
import { empty } from '../../frame.ts'
import { loadChunk } from '../../load-chunk.ts'
import { mentionedAt, placesOf } from '../../state/mentions.ts'
import type { PlaceInLog } from '../../state/place.ts'
import { activeRoom, type RoomItem, roomItem } from '../../state/room-list.ts'
import type { Active, Fault, Room } from '../../state/state.ts'
import { Composer } from '../composer/composer.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { notLoaded, skeletonRows } from '../placeholder.ts'
import type { RoomInfo } from '../room-info/room-info.ts'
import { Actions } from '../timeline/actions.ts'
import { isGone } from '../timeline/refusal.ts'
import { Timeline } from '../timeline/timeline.ts'
import { EmojiPlace } from './emoji-place.ts'
import { showGivenRoom } from './given-room.ts'
import { header } from './header.ts'
import { typingLine } from './typing-line.ts'

export const loadInfo = (): Promise<typeof import('../room-info/room-info.ts')> =>
  import('../room-info/room-info.ts')

type Gestures = {
  /** To the list of rooms. */
  readonly back: () => void
  /** From a room that is left, to its neighbour if there is one. */
  readonly left: (neighbour: string | undefined) => void
  /** Says that what somebody asked for could not be loaded. */
  readonly notLoaded: (error: unknown) => void
  /** Says why something had no effect. */
  readonly notice: (text: string) => void
}

export class Thread {
  readonly #host: PanelHost
  readonly #gestures: Gestures
  readonly #timeline: Timeline
  readonly #composer: Composer
  readonly #actions: Actions
  readonly #emoji: EmojiPlace
  readonly #title = createRef<HTMLElement>()
  readonly #infoButton = createRef<HTMLElement>()
  /** What there is to know of the room, while it is shown. */
  #info: RoomInfo | undefined

  constructor(host: PanelHost, gestures: Gestures) {
    this.#host = host
    this.#gestures = gestures
    this.#timeline = new Timeline(host, (key) => this.#takeBack(key))
    this.#emoji = new EmojiPlace(host, gestures.notLoaded)
    this.#composer = new Composer(host, {
      context: () => this.#actions.loaded?.context,
      pickEmoji: () => this.#pickEmoji(),
      isPickingEmoji: () => this.#emoji.isOpen,
    })
    const { focus, save, input } = this.#composer
    const takeBack = (key: string) => this.#takeBack(key)
    const writing = {
      ...{ focus, save, input, takeBack },
      pickEmoji: (choose: (emoji: string) => void) => void this.#emoji.open(choose),
      notice: gestures.notice,
      showPerson: (userId: string) => void this.#showInfo(userId),
    }
    this.#actions = new Actions(host, { log: this.#timeline.log, writing, notLoaded: gestures.notLoaded })
  }

  /** A room is opened anew: at its divider or its end. */
  enter(): void {
    this.#timeline.enter()
  }

  read(): void {
    this.#timeline.readEnd()
  }

  /** Where the reader stands in the room; nothing at its end. */
  get place(): PlaceInLog | undefined {
    return this.#timeline.place
  }

  /** Writing; on touch, not behind a keyboard that just came up (rule K52). */
  focus(): void {
    if (matchMedia('(pointer: coarse)').matches || !this.#composer.input()) this.#title.value?.focus()
    else this.focusComposer()
  }

  focusComposer(): void {
    this.#composer.focus()
  }

  render(): TemplateResult {
    const { chat } = this.#host
    const { active } = chat.state
    return html`${this.#header(active && roomItem(chat.state, active.roomId))}
      ${active ? this.#room(active) : this.#without()}${active ? (this.#info?.render() ?? nothing) : nothing}`
  }

  /** About the room, or one of its people. */
  async #showInfo(userId?: string): Promise<void> {
    try {
      const { RoomInfo } = await loadChunk('info', loadInfo)
      const openPins = () => this.#actions.loaded?.pinBar.open()
      const button = () => this.#infoButton.value
      const focus = () => this.focus()
      const gestures = { close: this.#closeInfo, openPins, left: this.#gestures.left, button, focus }
      this.#info ??= new RoomInfo(this.#host, gestures)
      if (userId !== undefined) this.#info.showPerson(userId)
    } catch (error) {
      this.#gestures.notLoaded(error)
    }
  }

  readonly #closeInfo = (): void => {
    this.#info?.leave()
    this.#info = undefined
    this.#host.requestUpdate()
  }

  /** What lies over the messages, and how it is closed. */
  get over(): readonly (() => void)[] {
    return [
      ...(this.#info ? [this.#closeInfo] : []),
      ...(this.#emoji.isOpen ? [() => this.#emoji.stepBack()] : []),
    ]
  }

  /** Closes what was opened last over the messages; false where nothing was. */
  stepBack(): boolean {
    if (this.#emoji.isOpen) this.#emoji.stepBack()
    else if (this.#info) this.#info.stepBack()
    else return false
    return true
  }

  #pickEmoji(): void {
    if (this.#emoji.isOpen) this.#emoji.close()
    else void this.#emoji.open((emoji) => this.#composer.insert(emoji))
  }

  /**
   * What was refused or is undone becomes what is being written: a message before what is there already, and so the new text of one that
   * is gone; another change in its place.
   */
  #takeBack(key: string): void {
    const { chat } = this.#host
    const { outbox } = chat.state
    const pending = outbox.find(({ id }) => id === key)
    // It may be on its way by now.
    if (!pending || !(pending.undoable || pending.status === 'failed')) return
    const { roomId, text, replyTo, change, fault } = pending
    const places = placesOf(pending)
    this.#composer.save()
    const { v: _, ...begun } = { v: 1, text: '', ...chat.state.drafts.get(roomId) }
    const later = placesOf(begun).map((place) => ({ ...place, at: place.at + text.length + 1 }))
    chat.discard(key)
    if (change && !isGone(fault))
      chat.setDraft(roomId, { text, editing: change.messageId, before: begun, ...mentionedAt(places) })
    else
      chat.setDraft(roomId, {
        ...begun,
        // Otherwise it would be refused again.
        ...(replyTo && !isGone(fault) && { replyTo: replyTo.id, quote: replyTo }),
        text: begun.text ? `${text}\n${begun.text}` : text,
        ...mentionedAt([...places, ...later]),
      })
    this.#host.requestUpdate()
    void this.#host.updateComplete.then(() => this.focusComposer())
  }

  /** Over what stands where there is no chat. */
  headerAlone(): TemplateResult {
    return header(this.#host, undefined, { back: undefined, title: this.#title })
  }

  /** Over a room, or over what stands where there is none. */
  #header(item?: RoomItem): TemplateResult {
    const info = {
      isOpen: !!this.#info,
      toggle: () => (this.#info ? this.#closeInfo() : void this.#showInfo()),
      button: this.#infoButton,
    }
    return header(this.#host, item, { back: this.#gestures.back, title: this.#title, info })
  }

  /** In the place of a room. */
  #without(): TemplateResult {
    const { chat, words } = this.#host
    const { list, unopened } = chat.state
    const again = () => void showGivenRoom(this.#host)
    if (unopened) return this.#failed(unopened, again, words.noPerson)
    return list.loaded ? this.#none() : skeletonRows(words)
  }

  #room({ roomId: id, fault }: Active): TemplateResult {
    const { chat, format, words } = this.#host
    if (fault) return this.#failed(fault, () => void chat.openRoom(id), words.noAccess, words.noAccessHint)
    const room = activeRoom(chat.state)
    const item = room && roomItem(chat.state, id)
    const title = item ? format.title(item.title) : ''
    const { rules, pinBar } = this.#actions.loaded ?? {}
    return html`${room ? pinBar?.render() : nothing}${this.#timeline.render(room, title)} ${typingLine(this.#host, item?.id)}
      ${room ? [this.#emoji.render(), this.#actions.completion?.render(), rules?.wait()] : nothing}${room ? (this.#closed(room) ?? this.#composer.render(title)) : nothing}`
  }

  /** In the place of the composer, where only owners write. */
  #closed({ post, members }: Room): unknown {
    const { me } = this.#host.chat.state
    const { rules } = this.#actions.loaded ?? {}
    if (rules) return rules.closed()
    const isOwner = members?.some(({ userId, role }) => userId === me && role === 'owner')
    return post === 'owners' && !isOwner ? html`<p class="writing-closed"></p>` : undefined
  }

  #failed(fault: Fault, retry: () => void, title: string, hint = ''): TemplateResult {
    if (fault.code !== 'not_found' && fault.code !== 'forbidden') return notLoaded(this.#host, fault, retry)
    const action = { label: this.#host.words.allRooms, run: this.#gestures.back }
    return empty({ icon: icons.alert, title, hint, action })
  }

  #none(): TemplateResult {
    const { words } = this.#host
    return html`<slot name="thread-empty">${empty({ icon: icons.chat, title: words.pickRoom, hint: words.pickRoomHint })}</slot>`
  }
}
