/**
 * What there is to know of a room: its people, what is pinned, how I keep it; and of a person who they are. Beside the
 * messages where there is space, else over them. A chunk of its own, loaded when somebody presses the title of a room.
 *
 * @csspart info - The pane about a room or a person.
 * @csspart info-name - The name in it.
 * @csspart info-text - What is said about them.
 * @csspart info-edit - Changes the name of a group, or what it is for.
 * @csspart info-form - Where that is written.
 * @csspart info-row - Something to press in it.
 * @csspart info-switch - At its end: that it is on.
 * @csspart member - A member of the room.
 * @csspart join-link - A link by which people join it.
 * @csspart member-role - That they own it.
 */
import { html, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import { loadChunk } from '../../load-chunk.ts'
import { activeRoom, type RoomItem, roomItem } from '../../state/room-list.ts'
import { type Arranging, faultOf, type Room } from '../../state/state.ts'
import { avatar, roomAvatar } from '../avatar.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { dirOf, listed } from '../isolated.ts'
import { isComposing } from '../keyboard/keys.ts'
import { menuStyles } from '../menu/menu.styles.ts'
import { isClosed } from '../menu/my-role.ts'
import { Popup } from '../menu/popup.ts'
import { roomWords } from '../menu/room-words.ts'
import { onceBack } from '../once-back.ts'
import type { PeoplePicker } from '../people-picker/people-picker.ts'
import { muteItems, refusal, type Said } from '../room-menu/arrange.ts'
import { roomIcons } from '../room-menu/icons.ts'
import { Outcome } from '../room-menu/outcome.ts'
import { described, onLink } from '../timeline/described.ts'
import { Administration, menuBox, row } from './administration.ts'
import { EditText } from './edit-text.ts'
import { GroupSettings } from './group-settings.ts'
import { infoIcons } from './icons.ts'
import { JoinLinks } from './join-links.ts'
import { Members } from './members.ts'
import { Person } from './person.ts'
import { roomInfoStyles } from './room-info.styles.ts'
import { since } from './since.ts'

const loadPicker = () => import('../people-picker/people-picker.ts')

type Gestures = {
  readonly close: () => void
  /** Shows the pinned messages of the room. */
  readonly openPins: () => void
  /** I am in the room no more: this is its neighbour. */
  readonly left: (neighbour: string | undefined) => void
  /** What opens it. Panels of earlier builds move the focus there by themselves. */
  readonly button?: () => HTMLElement | undefined
  /** Moves the focus into the room, which is another one by now. */
  readonly focus?: () => void
}

export class RoomInfo implements ReactiveController {
  static readonly styles = [menuStyles, roomInfoStyles]
  readonly #host: PanelHost
  readonly #gestures: Gestures
  readonly #roomId: string
  readonly #popup: Popup
  readonly #outcome: Outcome
  readonly #members: Members
  readonly #facts: Person
  readonly #admin: Administration
  readonly #group: GroupSettings
  readonly #name: EditText
  readonly #text: EditText
  readonly #box = createRef<HTMLElement>()
  /** It had the focus before it was drawn. */
  #had = false
  /** Whose card is shown. */
  #person: string | undefined
  /** It was opened for a card: behind it is nothing but the messages. */
  #isCard = false
  /** What had the focus when it was opened. */
  #before: Element | null
  /** People are added. */
  #picker: PeoplePicker | undefined
  /** Links by which they join. */
  #links: JoinLinks | undefined

  constructor(host: PanelHost, gestures: Gestures) {
    this.#host = host
    this.#gestures = gestures
    this.#roomId = host.chat.state.active?.roomId ?? ''
    this.#before = host.root.activeElement
    this.#popup = new Popup(host)
    this.#outcome = new Outcome(host)
    this.#members = new Members(host, this.#roomId, (userId) => this.#show(userId))
    this.#facts = new Person(host, this.#roomId)
    this.#admin = new Administration(host, {
      members: this.#members,
      popup: this.#popup,
      outcome: this.#outcome,
      removed: () => this.#show(undefined),
      left: gestures.left,
    })
    this.#group = new GroupSettings(host, { popup: this.#popup, outcome: this.#outcome })
    this.#name = this.#editName()
    this.#text = this.#editText()
    host.adopt(RoomInfo.styles)
    host.addController(this)
    host.requestUpdate()
    this.#focus('.icon-button')
  }

  get hasFocus(): boolean {
    return !!this.#box.value?.contains(this.#host.root.activeElement)
  }

  get #room(): Room | undefined {
    return activeRoom(this.#host.chat.state)
  }

  hostUpdate(): void {
    this.#had = this.hasFocus
  }

  /** It is of one room: with another it closes. What had the focus may be gone, with somebody or something (rule K55). */
  hostUpdated(): void {
    const { chat, ownerDocument } = this.#host
    const { active } = chat.state
    if (active?.roomId !== this.#roomId || active?.fault) this.#gestures.close()
    else if (this.#had && ownerDocument.activeElement === ownerDocument.body)
      void this.#host.updateComplete.then(() => {
        if (ownerDocument.activeElement === ownerDocument.body) this.#focus('.icon-button')
      })
  }

  hostDisconnected(): void {
    this.#members.stop()
    this.#facts.stop()
    this.#popup.close()
  }

  /** The focus goes back to where it was, or to the header, if there still is one; or into the room that was opened from here. */
  leave(): void {
    const { chat, ownerDocument } = this.#host
    const { active } = chat.state
    const isElsewhere = !!active && active.roomId !== this.#roomId
    const isLost = this.#had && ownerDocument.activeElement === ownerDocument.body
    const focus = () => {
      if (isElsewhere && this.#gestures.focus) return this.#gestures.focus()
      const before = this.#before?.isConnected ? (this.#before as HTMLElement) : undefined
      ;(before ?? this.#gestures.button?.())?.focus({ preventScroll: true })
    }
    if (this.hasFocus || isLost) {
      this.#host.requestUpdate()
      void this.#host.updateComplete.then(focus)
    }
    this.hostDisconnected()
    this.#picker?.leave()
    this.#host.removeController(this)
  }

  /** Somebody was chosen among the messages. */
  showPerson(userId: string): void {
    const { chat, root } = this.#host
    if (!this.hasFocus) this.#before = root.activeElement
    this.#isCard ||= !this.#box.value
    this.#picker?.leave()
    this.#picker = undefined
    this.#links = undefined
    // Of a direct room the other one's card is all that there is.
    const isAll = this.#room?.kind === 'direct' && userId !== chat.state.me
    this.#person = isAll ? undefined : userId
    this.#outcome.clear()
    this.#host.requestUpdate()
    this.#focus('.icon-button')
    this.#look(userId)
  }

  /** What they are in a large room is known after it. */
  #look(userId: string): void {
    const again = () => userId === this.#person && this.#look(userId)
    this.#members.look(this.#members.userOf(userId).name).catch(() => onceBack(this.#host, again))
  }

  #focus(selector: string): void {
    const focus = () => this.#box.value?.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true })
    void this.#host.updateComplete.then(focus)
  }

  render(): unknown {
    const { chat, words } = this.#host
    const room = this.#room
    const item = room && roomItem(chat.state, room.id)
    if (!room || !item || room.id !== this.#roomId) return nothing
    const say = roomWords(this.#host)
    const person = this.#person
    const label =
      person === undefined
        ? words.roomInfo
        : say.profileOf(this.#host.format.name(this.#members.userOf(person)))
    return html`<section part="info" class="info" aria-label=${label} @keydown=${this.#onKey} ${ref(this.#box)}>
      ${this.#picker ? this.#picker.render() : this.#links ? this.#links.render() : html`${this.#bar(room)}<div class="info-scroll" tabindex="-1" @scroll=${this.#members.onScroll}>${person === undefined ? this.#all(room, item) : this.#profile(room, person)}</div>`}
    </section>`
  }

  #bar({ kind }: Room): TemplateResult {
    const { words } = this.#host
    const say = roomWords(this.#host)
    const isCard = this.#person !== undefined
    const back = isCard && !this.#isCard ? say.closeProfile : say.closeInfo
    return html`<header part="header" class="bar">
      <button part="back-button" class="icon-button" type="button" aria-label=${back} @click=${this.#back}><slot name="icon-back">${icons.back}</slot></button>
      <h2 part="header-title" class="bar-title">${isCard || kind === 'direct' ? say.profile : words.roomInfo}</h2>
    </header>`
  }

  #all(room: Room, item: RoomItem): TemplateResult {
    const other = room.members?.find(({ userId }) => userId !== this.#host.chat.state.me)?.userId
    const isGroup = room.kind === 'group'
    return html`${room.kind === 'direct' && other !== undefined ? this.#card(other) : this.#head(room, item)}
      ${this.#settings(item)}${isGroup || other === undefined ? nothing : this.#facts.shared(other)}${isGroup && this.#admin.isOwner ? this.#group.render(room, this.#admin.ending(item)) : nothing}${this.#pins(room)}
      ${isGroup ? this.#members.render(room, this.#add()) : nothing}`
  }

  // ── What it is ─────────────────────────────────────────────────────────────────────────────────────────────────

  #head(room: Room, item: RoomItem): TemplateResult {
    const { format } = this.#host
    const isGroup = room.kind === 'group'
    const name = html`<div class="info-line"><p part="info-name" class="info-name" dir=${dirOf(item.title)} translate="no">${listed((as) => format.title(item.title, as))}</p>${isGroup && !isClosed(this.#host, room) ? this.#name.button() : nothing}</div>`
    return html`<div class="info-head">${roomAvatar(item)}
      ${this.#name.isEditing ? this.#name.render() : name}
      ${isGroup ? this.#description(room) : nothing}
    </div>`
  }

  #description(room: Room): TemplateResult {
    const { description } = room
    if (this.#text.isEditing) return this.#text.render()
    const canEdit = !isClosed(this.#host, room)
    return description
      ? html`<div class="info-line"><div part="info-text" class="info-text" dir="auto" translate="no" @click=${(event: Event) => onLink(this.#host, event)}>${described(description)}</div>${canEdit ? this.#text.button() : nothing}</div>`
      : html`${canEdit ? this.#text.button(roomWords(this.#host).addText) : nothing}`
  }

  #editName(): EditText {
    const { chat } = this.#host
    return new EditText(this.#host, this.#outcome, {
      name: 'name',
      hasLines: false,
      words: () => {
        const { groupName, editName, isRenamed } = roomWords(this.#host)
        return { label: groupName, edit: editName, saved: isRenamed }
      },
      value: () => this.#room?.name ?? '',
      most: () => chat.state.limits.nameChars,
      save: (name) => chat.rename(this.#roomId, name),
    })
  }

  #editText(): EditText {
    const { chat } = this.#host
    return new EditText(this.#host, this.#outcome, {
      name: 'text',
      hasLines: true,
      words: () => {
        const { groupText, editText, isDescribed } = roomWords(this.#host)
        return { label: groupText, edit: editText, saved: isDescribed }
      },
      value: () => this.#room?.description ?? '',
      most: () => chat.state.limits.descriptionChars,
      save: (text) => chat.describe(this.#roomId, text),
    })
  }

  // ── Who somebody is ────────────────────────────────────────────────────────────────────────────────────────────

  #profile(room: Room, userId: string): TemplateResult {
    return html`${this.#card(userId, this.#members.roleOf(userId) === 'owner')}${this.#message(userId)}${this.#facts.shared(userId)}${this.#admin.person(room, userId)}`
  }

  #card(id: string, isOwner = false): TemplateResult {
    const { chat, words, format } = this.#host
    const { online, busy, lastSeen } = chat.state
    const user = this.#members.userOf(id)
    const seen = lastSeen.get(id) ?? this.#facts.lastSeenOf(id)
    const here = online.has(id)
      ? busy.has(id)
        ? words.doNotDisturb
        : words.online
      : seen === undefined
        ? ''
        : roomWords(this.#host).lastSeen(since(format, seen))
    return html`<div class="info-head">${avatar(user, { online: online.has(id), busy: busy.has(id) })}
      <p part="info-name" class="info-name" dir="auto" translate="no">${this.#members.nameOf(id)}</p>
      ${user.about ? html`<p part="info-text" class="info-text" dir="auto" translate="no">${user.about}</p>` : nothing}
      ${here ? html`<p class="info-seen">${here}</p>` : nothing}
      ${this.#facts.localTime(id)}
      ${isOwner ? html`<p part="member-role" class="member-role">${roomWords(this.#host).owner}</p>` : nothing}
    </div>`
  }

  #message(id: string): TemplateResult {
    const { chat, words } = this.#host
    const isMe = id === chat.state.me
    const label = isMe ? words.startNotes : words.startDirect(this.#members.userOf(id).name)
    const open = () => void this.#outcome.of('message', isMe ? chat.openNotes() : chat.openDirect(id), '')
    return html`<div class="info-part">
      <button part="button" class="button primary info-message" type="button" @click=${open}>${label}</button>${this.#outcome.render('message')}
    </div>`
  }

  // ── How I keep it ──────────────────────────────────────────────────────────────────────────────────────────────

  #settings(item: RoomItem): TemplateResult {
    const { id, kind, pinned, muted, archived } = item
    const words = roomWords(this.#host)
    const set = (wish: Arranging, said: Said) =>
      void this.#outcome.of('settings', this.#host.chat.arrange(id, wish), words.said[said], (error) =>
        refusal(this.#host, error, wish),
      )
    const mute = ({ currentTarget }: Event) =>
      this.#popup.menu(words.mute, muteItems(this.#host, set), menuBox(currentTarget))
    const pin = () => set({ pinned: !pinned }, pinned ? 'unpinned' : 'pinned')
    const archive = () => set({ archived: !archived }, archived ? 'unarchived' : 'archived')
    const unmute = () => set({ mutedUntil: null }, 'unmuted')
    return html`<div class="info-part" role="group" aria-label=${words.settings}>
      <h3 class="info-title">${words.settings}</h3>
      ${row(muted ? roomIcons.unmute : roomIcons.mute, muted ? words.unmute : words.mute, muted ? unmute : mute, { opens: !muted })}
      ${row(pinned ? roomIcons.unpin : roomIcons.pin, pinned ? words.unpin : words.pin, pin)}
      ${row(archived ? roomIcons.unarchive : roomIcons.archive, archived ? words.unarchive : words.archive, archive)}
      ${kind === 'group' ? this.#admin.leaving(item) : nothing}
      ${this.#outcome.render('settings')}
    </div>`
  }

  #pins(room: Room): unknown {
    const { words, format } = this.#host
    const count = room.pins?.messages.filter(({ pinned }) => pinned).length ?? 0
    if (count === 0) return nothing
    const open = () => {
      this.#gestures.close()
      this.#gestures.openPins()
    }
    return html`<div class="info-part">${row(roomIcons.pin, words.pinnedCount(count, format.number(count)), open)}</div>`
  }

  // ── Its people ─────────────────────────────────────────────────────────────────────────────────────────────────

  #add(): unknown {
    return html`${row(infoIcons.add, roomWords(this.#host).addPeople, () => void this.#pick(), { kind: 'info-add-people' })}${this.#outcome.render('adding')}
      ${this.#admin.isOwner && this.#host.chat.state.features.joinLinks ? row(infoIcons.link, roomWords(this.#host).joinLinks, this.#openLinks, { kind: 'info-links' }) : nothing}`
  }

  readonly #openLinks = (): void => {
    const back = () => this.#closeLinks()
    this.#outcome.clear()
    this.#links = new JoinLinks(this.#host, this.#roomId, {
      popup: this.#popup,
      outcome: this.#outcome,
      back,
    })
    this.#host.requestUpdate()
    this.#focus('.icon-button')
  }

  #closeLinks(): void {
    this.#links = undefined
    this.#outcome.clear()
    this.#host.requestUpdate()
    this.#focus('.info-links')
  }

  async #pick(): Promise<void> {
    try {
      const { PeoplePicker } = await loadChunk('people', loadPicker)
      const room = this.#room
      if (!room) return
      this.#host.adopt([PeoplePicker.styles])
      this.#picker = new PeoplePicker(this.#host, this.#picked, this.#admin.adding(room))
      this.#outcome.clear()
      this.#host.requestUpdate()
      await this.#host.updateComplete
      this.#picker?.focus()
    } catch (error) {
      const { notLoaded, notLoadedBecause, faults } = this.#host.words
      const isOffline = faultOf(error).code === 'offline' && !navigator.onLine
      this.#outcome.refuse('adding', isOffline ? notLoadedBecause(faults.offline) : notLoaded)
    }
  }

  readonly #picked = (): void => {
    this.#picker?.leave()
    this.#picker = undefined
    this.#members.refresh()
    this.#host.requestUpdate()
    this.#focus('.info-add-people')
  }

  #show(person: string | undefined): void {
    const before = this.#person
    this.#person = person
    this.#outcome.clear()
    this.#host.requestUpdate()
    const row = `[data-user="${CSS.escape(before ?? '')}"]`
    // Of somebody who was removed there is no row to go back to.
    this.#focus(person === undefined && this.#members.roleOf(before) ? row : '.icon-button')
  }

  readonly #back = (): void => {
    if (this.#person === undefined || this.#isCard) this.#gestures.close()
    else this.#show(undefined)
  }

  /** From what was opened in it last, and at last out of it. */
  stepBack(): void {
    const edit = [this.#name, this.#text].find(({ isEditing }) => isEditing)
    if (edit) edit.close()
    else if (this.#picker) this.#picked()
    else if (this.#links) this.#closeLinks()
    else if (!this.#members.clearSearch()) this.#back()
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || isComposing(event)) return
    event.preventDefault()
    event.stopPropagation()
    if (this.#links) this.#closeLinks()
    else if (!this.#members.clearSearch()) this.#back()
  }
}
