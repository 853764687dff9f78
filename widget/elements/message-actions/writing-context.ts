/**
 * What is being edited or answered: a strip over the text field, with the message as it stands. Escape steps back, and what
 * was written before comes back (rule C34).
 *
 * @csspart composer-context - Over the text field: the message that is edited or answered.
 * @csspart composer-context-title - Which of the two.
 * @csspart composer-context-text - What it says.
 * @csspart cancel-button - Takes that back.
 */
import { html, nothing } from 'lit'
import { type Draft, type DraftContent, isEmpty } from '../../state/draft.ts'
import { mentionedAt, placesOf } from '../../state/mentions.ts'
import { quoteOf } from '../../state/quote.ts'
import { type MessageRow, timeline } from '../../state/timeline.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { isolated } from '../isolated.ts'
import { isComposing } from '../keyboard/keys.ts'
import { Announcer } from '../panel/announcer.ts'
import { plainText } from '../timeline/rich-text.ts'
import { actionsOf } from './actions.ts'
import { actionIcons } from './icons.ts'

/** Where messages are written. */
export type Writing = {
  readonly input: () => HTMLTextAreaElement | undefined
  readonly focus: () => void
  /** What is typed so far becomes the draft. */
  readonly save: () => void
  /** What can be undone becomes what is being written. */
  readonly takeBack: (key: string) => void
  /** Opens the emoji picker, which calls `choose` unless it is closed. */
  readonly pickEmoji: (choose: (emoji: string) => void) => void
  /** Says why something had no effect. Panels of builds before it cannot. */
  readonly notice?: (text: string) => void
  /** Opens somebody's card. Panels of builds before it cannot. */
  readonly showPerson?: (userId: string) => void
}

export class WritingContext {
  readonly #host: PanelHost
  readonly #writing: Writing
  readonly #announcer: Announcer

  constructor(host: PanelHost, writing: Writing) {
    this.#host = host
    this.#writing = writing
    const place = () => (host.frame?.matches(':modal') ? host.frame : host.ownerDocument.body)
    this.#announcer = new Announcer(place, () => '')
  }

  get isThere(): boolean {
    return !isEmpty({ ...this.#draft, text: '' })
  }

  say(text: string): void {
    this.#announcer.say(text)
  }

  edit({ key, text, ...row }: MessageRow): void {
    this.#writing.save()
    const { editing, before, ...draft } = this.#draft
    const { words } = this.#host
    if (editing !== key)
      this.#write(
        {
          text,
          editing: key,
          before: editing ? (before ?? { text: '' }) : draft,
          ...mentionedAt(placesOf(row)),
        },
        words.editing,
      )
    else this.#writing.focus()
  }

  reply({ key, message, author, mine }: MessageRow): void {
    if (!message) return
    const { words, format } = this.#host
    this.#writing.save()
    const draft = this.#withoutEdit
    const quote = quoteOf(message)
    this.#write(
      { ...draft, replyTo: key, quote },
      `${mine ? words.replyingToYou : words.replyingTo(format.name(author))}: ${plainText(quote.text)}`,
    )
  }

  /** A key that goes down in the text field: whether it was for this. */
  readonly take = (event: KeyboardEvent): boolean => {
    const { key, altKey, ctrlKey, metaKey, shiftKey, target } = event
    if (isComposing(event) || altKey || ctrlKey || metaKey || shiftKey) return false
    if (key === 'Escape') return this.#back()
    const isEmpty = target instanceof HTMLTextAreaElement && target.value === ''
    return key === 'ArrowUp' && isEmpty && !this.#draft.editing && this.#editLast()
  }

  readonly render = (): unknown => {
    const { chat, words, format } = this.#host
    const { editing, quote } = this.#draft
    const id = editing ?? quote?.id
    if (id === undefined) return nothing
    const row = this.#rows.find(({ key }) => key === id)
    const authorId = quote?.authorId ?? ''
    const author = format.name(chat.state.users.get(authorId) ?? { id: authorId, name: authorId })
    const isMine = quote?.authorId === chat.state.me
    const title = editing
      ? words.editing
      : isMine
        ? words.replyingToYou
        : isolated((as) => words.replyingTo(as(author)))
    const said = row?.deleted ? words.deleted : (this.#original(id) ?? row?.text ?? quote?.text ?? '')
    return html`<div part="composer-context" class="context" id="composer-context">
      ${editing ? actionIcons.edit : actionIcons.reply}
      <div class="said">
        <div part="composer-context-title" class="title" dir="auto">${title}</div>
        <div part="composer-context-text" class="original" dir="auto">${editing ? said : plainText(said)}</div>
      </div>
      <button part="cancel-button" class="icon-button" type="button" aria-label=${words.cancel} title=${words.cancel} @click=${this.#cancel}>${icons.close}</button>
    </div>`
  }

  get #room(): string {
    return this.#host.chat.state.active?.roomId ?? ''
  }

  get #draft(): DraftContent {
    const { v: _, ...draft }: Partial<Draft> = this.#host.chat.state.drafts.get(this.#room) ?? {}
    return { text: '', ...draft }
  }

  /** What was written before something was edited. */
  get #withoutEdit(): DraftContent {
    const { editing, before, ...draft } = this.#draft
    return editing ? (before ?? { text: '' }) : draft
  }

  get #rows(): readonly MessageRow[] {
    return timeline(this.#host.chat.state, this.#room).rows.filter((row) => row.type === 'message')
  }

  /** As it is stored, and not as it is to become. */
  #original(id: string): string | undefined {
    const { log, lastMessage } = this.#host.chat.state.rooms.get(this.#room) ?? {}
    const isIt = (message: { id: string } | undefined) => message?.id === id
    return (log?.messages.find(isIt) ?? (isIt(lastMessage) ? lastMessage : undefined))?.text
  }

  #editLast(): boolean {
    // Far up in the log nobody knows which one that is.
    if (this.#host.chat.state.rooms.get(this.#room)?.log?.newer) return false
    const last = this.#rows.findLast(
      (row) => row.undoable || (row.mine && actionsOf(row, this.#host).includes('edit')),
    )
    if (last?.undoable) this.#writing.takeBack(last.key)
    else if (last) this.edit(last)
    return !!last
  }

  readonly #cancel = (): void => {
    this.#back()
    this.#writing.focus()
  }

  /** One step: from the edit, then from the answer. */
  #back(): boolean {
    const { editing, replyTo, quote: _, ...rest } = this.#draft
    if (!editing && !replyTo) return false
    this.#set(editing ? this.#withoutEdit : rest)
    return true
  }

  #write(draft: DraftContent, said: string): void {
    this.#set(draft)
    this.#announcer.say(said)
    void this.#host.updateComplete.then(() => this.#writing.focus())
  }

  #set(draft: DraftContent): void {
    this.#host.chat.setDraft(this.#room, draft)
    this.#host.requestUpdate()
  }
}
