/**
 * Finishes what is begun in the text field: `@` a mention (rule C35), `:` an emoji. A combobox after ARIA 1.2, while there is
 * something to choose: the focus stays in the field, the arrow keys walk the list, Enter and Tab choose, Escape leaves the
 * text as it is. A chunk of its own, loaded when the page is idle.
 *
 * @csspart completions - Over the text field: people or emoji to choose from.
 * @csspart completion - One of them.
 * @csspart completion-active - With `completion`: the one that Enter chooses.
 */
import { html, nothing, type ReactiveController, type TemplateResult } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import { loadChunk } from '../../load-chunk.ts'
import type { DraftContent } from '../../state/draft.ts'
import { type Mention, mentionedAt, placesOf } from '../../state/mentions.ts'
import { activeRoom } from '../../state/room-list.ts'
import { type Fault, faultOf, type Room } from '../../state/state.ts'
import { avatar } from '../avatar.ts'
import type { EmojiFinder } from '../emoji-picker/emoji-picker.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { isolated } from '../isolated.ts'
import { isComposing } from '../keyboard/keys.ts'
import { Listbox } from '../keyboard/listbox.ts'
import { roomWords } from '../menu/room-words.ts'
import { loadEmojiPicker } from '../panel/emoji-place.ts'
import { measureSpaceOver } from '../space-over.ts'
import { completionStyles } from './completion.styles.ts'
import { type Candidate, MentionCandidates } from './mention-candidates.ts'
import { type Trigger, triggerBefore } from './trigger.ts'

/** Typing rests this long before the server is asked. */
const restMs = 150
const mostEmoji = 20
const mostPeople = 50

type Writing = {
  readonly input: () => HTMLTextAreaElement | undefined
  /** What is typed so far becomes the draft. */
  readonly save: () => void
}

type Option = { readonly key: string; readonly content: unknown; readonly choose: () => void }

export class Completion implements ReactiveController {
  readonly #host: PanelHost
  readonly #writing: Writing
  readonly #listbox: Listbox
  readonly #candidates: MentionCandidates
  readonly #place = createRef<HTMLElement>()
  #input: HTMLTextAreaElement | undefined
  #listening = new AbortController()
  #roomId: string | undefined
  /** What is being finished. */
  #trigger: Trigger | undefined
  /** All that stood in the field then. */
  #text = ''
  /** Where Escape was pressed. */
  #dismissed: number | undefined
  #options: readonly Option[] = []
  /** The members among whom it offers somebody. */
  #membersShown: Room['members']
  /** Why somebody could not be added. */
  #fault: Fault | undefined
  #finder: EmojiFinder | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #isReplacing = false

  constructor(host: PanelHost, writing: Writing) {
    this.#host = host
    this.#writing = writing
    this.#candidates = new MentionCandidates(host)
    this.#listbox = new Listbox(host, {
      id: 'completions',
      count: () => this.#options.length,
      choose: (at) => this.#options[at]?.choose(),
      isSettled: () => true,
    })
    host.adopt([completionStyles])
    host.addController(this)
    this.#listen()
  }

  hostDisconnected(): void {
    this.#unlisten()
  }

  hostUpdate(): void {
    const { active } = this.#host.chat.state
    if (active?.roomId !== this.#roomId) this.#close()
    // Somebody came or went while the list is open.
    else if (this.#trigger?.kind === 'mention' && this.#room?.members !== this.#membersShown)
      this.#showPeople(this.#trigger, { isMore: true })
  }

  hostUpdated(): void {
    this.#listen()
    measureSpaceOver(this.#place.value)
    const input = this.#input
    if (!input) return
    // Somebody else changed it: sending did, the page, or another tab. Nothing is begun in what stands there now.
    if (input.value !== this.#text) this.#close()
    const isOpen = this.#options.length > 0
    // No role: HTML allows a field of several lines no other than its own.
    const attributes = {
      'aria-haspopup': 'listbox',
      'aria-autocomplete': 'list',
      'aria-controls': this.#listbox.id,
      'aria-activedescendant': this.#listbox.activeId,
    }
    for (const [name, value] of Object.entries(attributes)) {
      if (isOpen && value !== undefined) input.setAttribute(name, value)
      else input.removeAttribute(name)
    }
  }

  render(): unknown {
    const { words } = this.#host
    if (this.#options.length === 0 && !this.#fault) return nothing
    const label = this.#trigger?.kind === 'emoji' ? words.emoji : words.mentionSomebody
    return html`<div class="completion-place" ${ref(this.#place)}>
      <div part="completions" class="completions" @mousedown=${keepFocus}>
        ${this.#fault ? html`<p part="error" class="why" role="alert">${words.notAdded(this.#whyOf(this.#fault))}</p>` : nothing}
        <ul id=${this.#listbox.id} class="completion-list" role="listbox" aria-label=${label} ?hidden=${this.#options.length === 0} ${ref(this.#listbox.box)}>
          ${this.#options.map((option, at) => this.#option(option, at))}
        </ul>
      </div>
    </div>`
  }

  #whyOf({ code }: Fault): string {
    const { chat, format, words } = this.#host
    const { members: most } = chat.state.limits
    return code === 'too_large' ? roomWords(this.#host).full(most, format.number(most)) : words.faults[code]
  }

  #option({ content, choose }: Option, at: number): TemplateResult {
    const isActive = this.#listbox.isActive(at)
    return html`<li id=${this.#listbox.idOf(at)} part="completion ${isActive ? 'completion-active' : ''}" class="completion ${isActive ? 'at' : ''}"
      role="option" aria-selected=${isActive} @click=${choose}>${content}</li>`
  }

  #listen(): void {
    const input = this.#writing.input()
    if (input === this.#input) return
    this.#unlisten()
    this.#input = input
    this.#listening = new AbortController()
    const { signal } = this.#listening
    // Before the field itself, which sends on Enter.
    input?.addEventListener('keydown', this.#onKey, { signal, capture: true })
    // After it: by then it knows the text.
    input?.addEventListener('input', this.#onInput, { signal })
    input?.addEventListener('blur', this.#close, { signal })
    for (const moved of ['keyup', 'click']) input?.addEventListener(moved, this.#follow, { signal })
  }

  #unlisten(): void {
    this.#listening.abort()
    this.#input = undefined
    this.#close()
  }

  readonly #onInput = (): void => {
    if (this.#isReplacing) return
    this.#fault = undefined
    const trigger = this.#triggerNow()
    if (trigger?.at !== this.#dismissed) this.#dismissed = undefined
    if (!trigger || trigger.at === this.#dismissed) this.#close()
    else this.#look(trigger)
  }

  /** The caret may have moved away from it; where it moves to, nothing is begun. */
  readonly #follow = (): void => {
    if (!this.#trigger) return
    const trigger = this.#triggerNow()
    if (trigger?.at !== this.#trigger.at) this.#close()
    else if (trigger.query !== this.#trigger.query) this.#look(trigger)
  }

  #triggerNow(): Trigger | undefined {
    const { chat } = this.#host
    const { value = '', selectionStart = 0, selectionEnd } = this.#input ?? {}
    const trigger =
      selectionStart === selectionEnd ? triggerBefore(value.slice(0, selectionStart)) : undefined
    if (trigger?.kind !== 'mention') return trigger
    const isMentioned = ({ at, length }: Mention) => at <= trigger.at && trigger.at < at + length
    return chat.state.features.mentions && !placesOf(this.#draft).some(isMentioned) ? trigger : undefined
  }

  #look(trigger: Trigger): void {
    this.#trigger = trigger
    this.#text = this.#input?.value ?? ''
    this.#roomId = this.#room?.id
    clearTimeout(this.#timer)
    if (trigger.kind === 'emoji') void this.#findEmoji(trigger)
    else this.#findPeople(trigger)
  }

  // ── Emoji ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #findEmoji(trigger: Trigger): Promise<void> {
    const { language } = this.#host.words
    try {
      if (this.#finder?.language !== language) {
        const { EmojiPicker } = await loadChunk('emoji', loadEmojiPicker)
        this.#finder = await EmojiPicker.finder(language)
      }
    } catch {
      // What was typed stays, and the picker says what is wrong.
      return this.#close()
    }
    if (trigger !== this.#trigger) return
    const finder = this.#finder
    const found = finder.search(trigger.query, mostEmoji)
    this.#show(
      found.map(({ emoji, label }) => ({
        key: emoji,
        content: html`<span class="completion-emoji" translate="no">${emoji}</span><span class="completion-name" dir="auto">${label}</span>`,
        choose: () => {
          finder.use(emoji)
          this.#replace(trigger, emoji)
        },
      })),
    )
  }

  // ── People ─────────────────────────────────────────────────────────────────────────────────────────────────────

  get #room(): Room | undefined {
    return activeRoom(this.#host.chat.state)
  }

  get #draft(): DraftContent {
    return this.#host.chat.state.drafts.get(this.#room?.id ?? '') ?? { text: '' }
  }

  #findPeople(trigger: Trigger): void {
    const room = this.#room
    if (!room) return
    this.#showPeople(trigger)
    this.#timer = setTimeout(async () => {
      // Without an answer those that are known here are all there are.
      await this.#candidates.ask(room, trigger.query).catch(() => {})
      if (trigger === this.#trigger) this.#showPeople(trigger, { isMore: true })
    }, restMs)
  }

  #showPeople(trigger: Trigger, { isMore = false } = {}): void {
    const room = this.#room
    this.#membersShown = room?.members
    const found = room ? this.#candidates.now(room, trigger.query).slice(0, mostPeople) : []
    this.#show(
      found.map((candidate) => this.#candidateOption(candidate, trigger)),
      { isMore },
    )
  }

  #candidateOption(candidate: Candidate, trigger: Trigger): Option {
    const { words } = this.#host
    if (candidate.kind === 'everybody')
      return {
        key: '',
        content: html`<span class="avatar notes" aria-hidden="true">${icons.people}</span><span class="lines"><bdi>@${words.everybody}</bdi><span class="hint">${words.everybodyHint}</span></span>`,
        choose: () => this.#mention(trigger, words.everybody),
      }
    const { user, kind } = candidate
    return kind === 'member'
      ? {
          key: user.id,
          content: html`${avatar(user)}<span class="lines"><bdi>${this.#host.format.name(user)}</bdi>${user.about ? html`<span part="about" class="hint" dir="auto">${user.about}</span>` : nothing}</span>`,
          choose: () => this.#mention(trigger, user.name, user.id),
        }
      : {
          key: user.id,
          content: html`${avatar(user)}<span class="completion-name" dir="auto">${isolated((as) => words.addToGroup(as(this.#host.format.name(user))))}</span>`,
          choose: () => void this.#add(trigger, user.id, user.name),
        }
  }

  /** Makes somebody a member; then they are mentioned, if that is still what stands there. */
  async #add(trigger: Trigger, userId: string, name: string): Promise<void> {
    const { chat } = this.#host
    const roomId = this.#room?.id
    const typed = this.#typed(trigger)
    if (roomId === undefined) return
    this.#close()
    try {
      await chat.setMember(roomId, userId)
      if (this.#room?.id === roomId && this.#typed(trigger) === typed) this.#mention(trigger, name, userId)
    } catch (error) {
      if (this.#room?.id === roomId) this.#fault = faultOf(error)
      this.#text = this.#input?.value ?? ''
      this.#host.requestUpdate()
    }
  }

  #typed({ at, query }: Trigger): string | undefined {
    return this.#input?.value.slice(at, at + 1 + query.length)
  }

  #mention(trigger: Trigger, name: string, userId?: string): void {
    const { chat } = this.#host
    const roomId = this.#room?.id
    if (roomId === undefined) return
    const said = `@${name}`
    // Before it is a text like any other; what it mentions already moves with it.
    this.#writing.save()
    this.#replace(trigger, said, ' ')
    this.#writing.save()
    const { v: _, ...draft } = { v: 1, ...this.#draft }
    const place = { at: trigger.at, length: said.length, ...(userId !== undefined && { userId }) }
    if (this.#input?.value.startsWith(said, trigger.at))
      chat.setDraft(roomId, { ...draft, ...mentionedAt([...placesOf(draft), place]) })
  }

  // ── The list ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** `isMore`: where the active one is still among them, it stays so. */
  #show(options: readonly Option[], { isMore = false } = {}): void {
    const active = isMore ? this.#options[this.#listbox.active]?.key : undefined
    const at = options.findIndex(({ key }) => key === active)
    this.#listbox.reset(Math.max(at, Math.min(options.length, 1) - 1))
    this.#options = options
    this.#host.requestUpdate()
  }

  readonly #close = (): void => {
    clearTimeout(this.#timer)
    if (!this.#trigger && !this.#fault) return
    this.#trigger = undefined
    this.#fault = undefined
    this.#show([])
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event
    const isOpen = this.#options.length > 0 || this.#fault
    if (!isOpen || isComposing(event) || altKey || ctrlKey || metaKey || shiftKey) return
    if (key === 'Escape') this.#dismiss()
    else if (!this.#listbox.take(event, ['Enter', 'Tab'])) return
    event.preventDefault()
    event.stopImmediatePropagation()
  }

  #dismiss(): void {
    this.#dismissed = this.#trigger?.at
    this.#close()
  }

  /** Puts a text in the place of what is being finished, as if it was typed: the browser can take it back. */
  #replace({ at, query }: Trigger, text: string, after = ''): void {
    const input = this.#input
    if (!input) return
    this.#isReplacing = true
    const end = at + 1 + query.length
    const put = input.value.startsWith(after, end) ? text : text + after
    input.focus({ preventScroll: true })
    input.setSelectionRange(at, end)
    if (!input.ownerDocument.execCommand('insertText', false, put)) {
      input.setRangeText(put, at, end, 'end')
      input.dispatchEvent(new InputEvent('input', { bubbles: true }))
    }
    this.#isReplacing = false
    this.#close()
  }
}

function keepFocus(event: MouseEvent): void {
  event.preventDefault()
}
