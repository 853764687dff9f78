/**
 * What can be done with a message, and the ways to it: a bar on the message under the pointer or with the focus, a menu by
 * right click or the menu key, single keys, and under a finger a sheet. A chunk of its own, loaded when the page is idle.
 *
 * There is one bar. It is put into the message it is about, so that it moves with it and stands where Tab looks for it, and
 * no message is drawn again for it.
 *
 * @csspart action-bar - What can be done with the message under the pointer.
 * @csspart action-button - One of these.
 */
import { html, nothing, type ReactiveController, render, type TemplateResult } from 'lit'
import type { MessageView } from '../../../server/protocol/views.ts'
import { linkTo } from '../../message-link.ts'
import { faultOf } from '../../state/state.ts'
import type { MessageRow } from '../../state/timeline.ts'
import type { PanelHost } from '../host.ts'
import { copyText } from '../menu/clipboard.ts'
import { LongPress } from '../menu/long-press.ts'
import { menuStyles } from '../menu/menu.styles.ts'
import { roomWords } from '../menu/room-words.ts'
import { keyOf } from '../timeline/log-focus.ts'
import { type Action, actionsOf } from './actions.ts'
import { CodeCopy } from './code-copy.ts'
import { ForwardDialog } from './forward-dialog.ts'
import { actionIcons } from './icons.ts'
import { messageActionsStyles } from './message-actions.styles.ts'
import { keyOf as keyOfAction, MessageMenu } from './message-menu.ts'
import { othersIn, personAt } from './people.ts'
import { PinBar } from './pin-bar.ts'
import { pinsStyles } from './pins.styles.ts'
import { isSelectedIn } from './selected.ts'
import { UndoSend } from './undo-send.ts'
import { type Writing, WritingContext } from './writing-context.ts'
import { WritingRules } from './writing-rules.ts'

/** Between the bar and the bubble, or how far it lies over its corner. */
const asidePx = 8
/** What was done is shown for so many milliseconds. */
const doneMs = 2_000
/** A bubble of one line is about so high. */
const lineBoxPx = 40

/** The log that the messages stand in. */
export type Log = {
  readonly box: () => HTMLElement | undefined
  readonly rowOf: (key: string) => MessageRow | undefined
  readonly focus: (key: string) => Promise<void>
}

export class MessageActions implements ReactiveController {
  static readonly styles = [menuStyles, messageActionsStyles, pinsStyles]
  /** What is edited or answered. */
  readonly context: WritingContext
  readonly rules: WritingRules
  readonly pinBar: PinBar
  readonly #host: PanelHost
  readonly #log: Log
  readonly #writing: Writing
  readonly #menu: MessageMenu
  readonly #forward: ForwardDialog
  readonly #press: LongPress
  readonly #codeCopy: CodeCopy
  readonly #bar: HTMLElement
  /** Says over the log what was done where nothing else shows it; screen readers are told apart from it. */
  readonly #done: HTMLElement
  #doneTimer: ReturnType<typeof setTimeout> | undefined
  #box: HTMLElement | undefined
  #listening = new AbortController()
  /** The message that the bar is on. */
  #key: string | undefined
  #row: MessageRow | undefined
  /** Text of the message was selected before the pointer went down: some systems select a word by the right button. */
  #wasSelected = false

  constructor(host: PanelHost, log: Log, writing: Writing) {
    this.#host = host
    this.#log = log
    this.#writing = writing
    this.context = new WritingContext(host, writing)
    new UndoSend(host, this.context)
    this.rules = new WritingRules(host)
    this.#menu = new MessageMenu(host, {
      frame: () => this.#box?.parentElement ?? undefined,
      run: (action, row) => this.#run(action, row),
      react: (row, emoji, on) => this.#react(row, emoji, on),
      pickEmoji: (row) => writing.pickEmoji((emoji) => this.#react(row, emoji, true)),
      showPerson: writing.showPerson,
      closed: () => this.#settle(),
    })
    this.pinBar = new PinBar(host, {
      log: () => this.#box,
      focus: log.focus,
      pin: ({ id }, on) => this.#pin(id, on),
    })
    this.#forward = new ForwardDialog(host, {
      frame: () => this.#box?.parentElement ?? undefined,
      chosen: (message, roomId) => void this.#forwardTo(message, roomId),
      chosenPerson: (message, userId) => void this.#forwardToPerson(message, userId),
    })
    this.#codeCopy = new CodeCopy(host, (text) => void this.#copy(text))
    this.#press = new LongPress((key) => this.#openSheet(key), { keyOf, except: 'a, button:not(.reaction)' })
    this.#bar = host.ownerDocument.createElement('div')
    this.#bar.className = 'action-place'
    this.#done = host.ownerDocument.createElement('div')
    this.#done.className = 'done'
    this.#done.ariaHidden = 'true'
    host.adopt(MessageActions.styles)
    host.addController(this)
    this.#listen()
    host.requestUpdate()
  }

  hostDisconnected(): void {
    this.#unlisten()
  }

  hostUpdated(): void {
    this.#listen()
    this.#codeCopy.settle()
    if (this.#host.isShown) this.#menu.follow((key) => this.#log.rowOf(key))
    else this.#menu.close()
    // Its message may be another version by now, or nowhere.
    if (this.#key === undefined) return
    const row = this.#bar.isConnected ? this.#log.rowOf(this.#key) : undefined
    if (row !== this.#row) this.#show(row)
  }

  #listen(): void {
    const box = this.#log.box()
    if (box === this.#box) return
    this.#unlisten()
    this.#box = box
    this.#listening = new AbortController()
    const { signal } = this.#listening
    const on = <N extends keyof HTMLElementEventMap>(
      name: N,
      act: (event: HTMLElementEventMap[N]) => void,
      more: AddEventListenerOptions = {},
    ) => box?.addEventListener(name, act, { signal, ...more })
    on('pointerover', (event) => this.#onOver(event))
    on('pointerleave', () => {
      this.#codeCopy.follow(null)
      this.#settle()
    })
    on('pointerdown', (event) => this.#onDown(event), { capture: true })
    on('click', (event) => this.#onClick(event), { capture: true })
    on('focusin', ({ target }) => {
      this.#codeCopy.follow(target)
      this.#onFocus(target)
    })
    on('focusout', ({ relatedTarget }) => this.#onFocus(relatedTarget))
    on('contextmenu', (event) => this.#onContextMenu(event))
    on('keydown', (event) => this.#onKey(event))
    if (box) this.#press.listen(box, signal)
  }

  #unlisten(): void {
    this.#listening.abort()
    this.#forward.close()
    this.#box = undefined
    this.#menu.close()
    this.#done.remove()
    this.#show(undefined)
  }

  // ── The bar ────────────────────────────────────────────────────────────────────────────────────────────────────

  #onOver({ target, pointerType, buttons }: PointerEvent): void {
    // Under a finger there is nothing to hover; and whoever drags selects text.
    if (pointerType === 'touch' || this.#menu.isOpen) return
    if (buttons === 0) this.#codeCopy.follow(target)
    const key = keyOf(target)
    if (buttons === 0 && key !== undefined && key !== this.#key) this.#show(this.#log.rowOf(key))
  }

  /** What has the focus by keyboard is what the bar is on, while the pointer is on no message. */
  #onFocus(target: EventTarget | null): void {
    if (this.#menu.isOpen) return
    const key = keyOf(target)
    const isKeyboard = target instanceof Element && target.matches(':focus-visible')
    if (key === undefined) this.#show(this.#hovered)
    else if (key !== this.#key && isKeyboard) this.#show(this.#log.rowOf(key))
    this.#draw()
  }

  /** Nothing is pointed at, and no menu is open. */
  #settle(): void {
    if (this.#menu.isOpen) return
    const { activeElement } = this.#host.root
    const key = activeElement?.matches(':focus-visible') ? keyOf(activeElement) : undefined
    this.#show(key === undefined ? this.#hovered : this.#log.rowOf(key))
  }

  get #hovered(): MessageRow | undefined {
    const key = keyOf(this.#box?.querySelector('.message:hover') ?? null)
    return key === undefined || !matchMedia('(hover: hover)').matches ? undefined : this.#log.rowOf(key)
  }

  #show(row: MessageRow | undefined): void {
    // What is not stored yet has buttons of its own, where it needs any.
    const hasAny = row?.message && actionsOf(row, this.#host).length > 0
    const article = hasAny ? this.#articleOf(row.key) : undefined
    this.#row = article && row
    this.#key = this.#row?.key
    // What has the focus must not be taken away: leaving it would come here again, and the focus would be nowhere.
    const held = this.#bar.parentElement
    if (held && held !== article && this.#bar.contains(this.#host.root.activeElement))
      held.focus({ preventScroll: true })
    if (this.#bar.parentElement !== article) this.#bar.parentElement?.classList.remove('acted-on')
    article?.classList.add('acted-on')
    if (!article) {
      this.#bar.remove()
      return
    }
    this.#draw()
    if (this.#bar.parentElement !== article) article.append(this.#bar)
    this.#place(article)
  }

  #articleOf(key: string): HTMLElement | undefined {
    return this.#box?.querySelector<HTMLElement>(`.message[data-key="${CSS.escape(key)}"]`) ?? undefined
  }

  /**
   * Beside the bubble, to the middle of the log. Where it is too wide for that, over that corner of it, or inside where its
   * top is out of sight.
   */
  #place(article: HTMLElement): void {
    const bubble = article.querySelector('[part~="bubble"]')?.getBoundingClientRect()
    // The time stands beside the bubble, where there is one.
    const line = article.querySelector('.meta')?.getBoundingClientRect()
    const log = this.#box?.getBoundingClientRect()
    const row = article.getBoundingClientRect()
    if (!bubble || !log) return
    const { style } = this.#bar
    const scale = row.width / article.offsetWidth || 1
    const { width, height } = this.#bar.getBoundingClientRect()
    const isAtRight = this.#isRtl === !!this.#row?.mine
    const end = edgeOf(bubble, line, isAtRight)
    const free = isAtRight ? row.right - end : end - row.left
    const isBeside = free >= width + 2 * asidePx
    const out = isBeside ? width + asidePx : asidePx
    const from = isBeside ? end : isAtRight ? bubble.right : bubble.left
    const left = isAtRight ? from - width + out : from - out
    const top = isBeside
      ? bubble.top + (Math.min(bubble.height, lineBoxPx) - height) / 2
      : bubble.top - height + asidePx
    style.left = `${(Math.min(Math.max(left, row.left), row.right - width) - row.left) / scale}px`
    style.top = `${(Math.max(top, log.top + 4) - row.top) / scale}px`
  }

  get #isRtl(): boolean {
    return getComputedStyle(this.#host).direction === 'rtl'
  }

  #draw(): void {
    const row = this.#row
    if (!row) return
    const { words } = this.#host
    const { activeElement } = this.#host.root
    const isEntered =
      activeElement?.closest('.message')?.contains(this.#bar) && !activeElement.matches('.message')
    const all = actionsOf(row, this.#host)
    const button = (action: Action | 'more', label: string, run: (event: Event) => void): TemplateResult =>
      html`<button part="action-button" type="button" tabindex=${isEntered ? 0 : -1} aria-label=${label}
        title=${action !== 'more' && keyOfAction(action) ? `${label} (${keyOfAction(action)})` : label} aria-haspopup=${action === 'reply' ? nothing : 'menu'} @click=${run}>${actionIcons[action]}</button>`
    render(
      html`<div part="action-bar" class="action-bar" role="toolbar" aria-label=${words.messageActions}>${(['react', 'reply'] as const).filter((action) => all.includes(action)).map((action) => button(action, words[action], () => this.#run(action, row)))}
      ${button('more', words.more, ({ currentTarget }) => this.#openMenu(row, currentTarget as HTMLElement))}</div>`,
      this.#bar,
    )
  }

  // ── The ways to an action ──────────────────────────────────────────────────────────────────────────────────────

  #onDown({ target, pointerType }: PointerEvent): void {
    const key = keyOf(target)
    this.#wasSelected = key !== undefined && isSelectedIn(this.#articleOf(key))
    if (pointerType === 'touch' && key !== this.#key) this.#show(undefined)
  }

  #onClick(event: MouseEvent): void {
    if (this.#press.takesClick()) {
      event.preventDefault()
      event.stopPropagation()
      return
    }
    const person = this.#writing.showPerson && personAt(event, this.#log.rowOf, this.#host)
    if (person !== undefined) {
      event.stopPropagation()
      this.#writing.showPerson?.(person)
      return
    }
    if ((event as PointerEvent).pointerType === 'touch') this.#codeCopy.follow(event.target)
    const key = keyOf(event.target)
    // No hover leads to it: the message that is touched shows what can be done with it.
    if (
      (event as PointerEvent).pointerType === 'touch' &&
      key !== undefined &&
      !this.#bar.contains(event.target as Node)
    )
      this.#show(this.#log.rowOf(key))
  }

  /** Links, selected text and Shift keep the menu of the browser. */
  #onContextMenu(event: MouseEvent): void {
    const { target, shiftKey, clientX: x, clientY: y } = event
    const key = keyOf(target)
    const row = key === undefined ? undefined : this.#log.rowOf(key)
    const isOfBrowser = shiftKey || !(target instanceof Element) || target.closest('a')
    if (!row || isOfBrowser || !this.#hasMenu(row)) return
    if ((event as PointerEvent).pointerType === 'touch') {
      event.preventDefault()
      this.#press.fire(row.key)
      return
    }
    const isMouse = event.button === 2 || event.ctrlKey
    if (isMouse && this.#wasSelected) return
    event.preventDefault()
    this.#openMenu(row, isMouse ? { x, y } : this.#articleOf(row.key))
  }

  #onKey(event: KeyboardEvent): void {
    const { target, altKey, ctrlKey, metaKey } = event
    if (!(target instanceof HTMLElement) || altKey || ctrlKey || metaKey) return
    const isInBar = this.#bar.contains(target)
    if (isInBar && this.#stepInBar(event, target)) return
    const key = keyOf(target)
    const row =
      key !== undefined && (isInBar || target.matches('.message')) ? this.#log.rowOf(key) : undefined
    const action = row && actionsOf(row, this.#host).find((one) => this.#menu.isKeyOf(one, event))
    if (!row || !action) return
    event.preventDefault()
    event.stopPropagation()
    this.#run(action, row)
  }

  #stepInBar(event: KeyboardEvent, from: HTMLElement): boolean {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return false
    const buttons = [...this.#bar.querySelectorAll('button')]
    const by = (event.key === 'ArrowRight') === this.#isRtl ? -1 : 1
    const at = buttons.indexOf(from as HTMLButtonElement) + by
    buttons[(at + buttons.length) % buttons.length]?.focus()
    event.preventDefault()
    event.stopPropagation()
    return true
  }

  #openMenu(row: MessageRow, at: HTMLElement | { x: number; y: number } | undefined): void {
    this.#show(row)
    const bubble = at instanceof HTMLElement ? (at.querySelector('[part~="bubble"]') ?? at) : undefined
    this.#menu.open(
      row,
      bubble?.getBoundingClientRect() ?? new DOMRect((at as DOMPoint)?.x, (at as DOMPoint)?.y),
    )
  }

  #openSheet(key: string): void {
    const row = this.#log.rowOf(key)
    if (row && this.#hasMenu(row)) this.#menu.openSheet(row)
  }

  /** What only tells of people has no bar, and leads to them. */
  #hasMenu(row: MessageRow): boolean {
    return (
      actionsOf(row, this.#host).length > 0 ||
      (!!this.#writing.showPerson && othersIn(row, this.#host).length > 0)
    )
  }

  #run(action: Action, row: MessageRow): void {
    const { chat } = this.#host
    const roomId = chat.state.active?.roomId
    if (roomId === undefined) return
    if (action === 'undo') this.#writing.takeBack(row.key)
    else if (action === 'react') {
      const at =
        this.#bar.querySelector('button') ?? this.#articleOf(row.key)?.querySelector('[part~="bubble"]')
      if (at) this.#menu.open(row, at.getBoundingClientRect(), { isQuick: true })
    } else if (action === 'edit') this.context.edit(row)
    else if (action === 'reply') this.context.reply(row)
    else if (action === 'forward') this.#forward.open(row)
    else if (action === 'pin') this.#pin(row.key, !row.message?.pinned)
    else if (action === 'markUnread') void this.#markUnread(row)
    else if (action === 'copyText') void this.#copy(row.text)
    else if (action === 'copyLink') void this.#copy(linkTo(roomId, row.key))
    else if (action === 'delete') this.#menu.confirm(row, () => void this.#delete(roomId, row.key))
  }

  /** Another room may be shown by now. */
  #react({ message }: MessageRow, emoji: string, on: boolean): void {
    if (!message) return
    const { chat, words } = this.#host
    // What is refused a banner says.
    chat.react(message.roomId, message.id, emoji, on).catch(() => {})
    if (on) this.context.say(words.announce.reacted(emoji))
  }

  /** Where it went, the reader sees what became of it. */
  async #forwardTo({ id, roomId }: MessageView, toRoomId: string): Promise<void> {
    const { chat } = this.#host
    // What is refused stands there, with the reason.
    chat.forward(roomId, id, toRoomId).catch(() => {})
    await chat.openRoom(toRoomId)
    await this.#host.updateComplete
    // A room with unread messages opens at the first of them.
    const { outbox, rooms } = chat.state
    const sent = outbox.findLast((pending) => pending.roomId === toRoomId) ?? rooms.get(toRoomId)?.lastMessage
    if (sent) await this.#log.focus(sent.id)
  }

  async #forwardToPerson(message: MessageView, userId: string): Promise<void> {
    const { chat, words } = this.#host
    try {
      await this.#forwardTo(message, await chat.openDirect(userId))
    } catch (error) {
      this.#writing.notice?.(roomWords(this.#host).refused(words.faults[faultOf(error).code]))
    }
  }

  #pin(messageId: string, on: boolean): void {
    const { chat, words } = this.#host
    const roomId = chat.state.active?.roomId
    if (roomId === undefined) return
    // What is refused a banner says.
    chat.pin(roomId, messageId, on).catch(() => {})
    this.context.say(on ? words.announce.pinned : words.announce.unpinned)
  }

  /** From it on, and all after it. */
  async #markUnread({ message }: MessageRow): Promise<void> {
    if (!message) return
    const { chat, words } = this.#host
    const { said, refused } = roomWords(this.#host)
    try {
      await chat.arrange(message.roomId, { unreadFrom: message.seq })
      this.context.say(said.markedUnread)
    } catch (error) {
      this.#writing.notice?.(refused(words.faults[faultOf(error).code]))
    }
  }

  async #delete(roomId: string, messageId: string): Promise<void> {
    const { chat, words } = this.#host
    void this.#log.focus(messageId)
    try {
      await chat.remove(roomId, messageId)
      this.context.say(words.announce.deleted)
    } catch {
      // The panel says why.
    }
  }

  async #copy(text: string): Promise<void> {
    const { words } = this.#host
    const frame = this.#box?.parentElement
    await copyText(this.#host, text, frame)
    this.context.say(words.copied)
    this.#done.textContent = words.copied
    frame?.append(this.#done)
    clearTimeout(this.#doneTimer)
    this.#doneTimer = setTimeout(() => this.#done.remove(), doneMs)
  }
}

/** Where the bubble ends to that side, or what stands beside it. */
function edgeOf(bubble: DOMRect, line: DOMRect | undefined, isAtRight: boolean): number {
  const side = isAtRight ? 'right' : 'left'
  if (!line?.width || line.bottom > bubble.bottom + 1) return bubble[side]
  return isAtRight ? Math.max(bubble.right, line.right) : Math.min(bubble.left, line.left)
}
