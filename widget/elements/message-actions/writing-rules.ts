/**
 * What a group lets its members write: where only owners do, a line stands in the place of the text field; in slow mode
 * one above it counts down to the next message. Whoever sends before that may: the message waits its turn.
 *
 * @csspart writing-closed - In the place of the composer: why nothing can be written here.
 * @csspart slow-mode - Over the composer: how long the next message waits.
 */
import { html, nothing, type TemplateResult } from 'lit'
import { ref } from 'lit/directives/ref.js'
import { activeRoom } from '../../state/room-list.ts'
import type { Room } from '../../state/state.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { isClosed, myRole } from '../menu/my-role.ts'
import { roomWords } from '../menu/room-words.ts'

const secondMs = 1_000
const minuteMs = 60 * secondMs

export class WritingRules {
  readonly #host: PanelHost
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: PanelHost) {
    this.#host = host
  }

  /** What stands in the place of the composer where nothing can be written; undefined elsewhere. */
  closed(): TemplateResult | undefined {
    const { chat } = this.#host
    const room = activeRoom(chat.state)
    // What somebody wrote before they may go on to edit.
    if (!isClosed(this.#host, room) || chat.state.drafts.get(room?.id ?? '')?.editing) return undefined
    return html`<p part="writing-closed" class="writing-closed">${icons.alert}<span>${roomWords(this.#host).onlyOwners}</span></p>`
  }

  /** Over the composer, while the next message has to wait. */
  wait(): unknown {
    const room = activeRoom(this.#host.chat.state)
    if (room && this.#waitMs(room) > 0)
      return html`<p part="slow-mode" class="slow-mode" role="timer" ${ref(this.#count)}></p>`
    clearTimeout(this.#timer)
    return nothing
  }

  /** Draws the time that is left, and again when it is another one. While nobody looks only the end of it counts. */
  readonly #count = (line: Element | undefined): void => {
    clearTimeout(this.#timer)
    const room = activeRoom(this.#host.chat.state)
    const waitMs = room && line ? this.#waitMs(room) : 0
    if (!line) return
    if (waitMs <= 0) {
      this.#host.draw()
      return
    }
    const { words } = this.#host
    const isShort = waitMs <= minuteMs
    const stepMs = isShort ? secondMs : minuteMs
    const unit = isShort ? 'second' : 'minute'
    const left = Math.ceil(waitMs / stepMs)
    const style = { style: 'unit', unit, unitDisplay: 'short' } as const
    const time = new Intl.NumberFormat(words.language, style).format(left)
    line.textContent = roomWords(this.#host).slowWait(time)
    const isHidden = line.ownerDocument.visibilityState === 'hidden'
    const nextMs = isHidden ? waitMs : waitMs - (left - 1) * stepMs
    this.#timer = setTimeout(() => this.#count(line.isConnected ? line : undefined), nextMs)
  }

  /** From the server's clock, which may be another one: never longer than a message waits. */
  #waitMs(room: Room): number {
    const { chat, format } = this.#host
    const { slowMode, log, lastMessage } = room
    if (!slowMode || myRole(this.#host, room) === 'owner') return 0
    const all = log && !log.newer ? log.messages : lastMessage ? [lastMessage] : []
    const last = all.findLast(({ authorId, kind }) => authorId === chat.state.me && kind === 'text')
    const waitMs = slowMode * secondMs
    return last ? Math.min(Date.parse(last.createdAt) + waitMs - format.now(), waitMs) : 0
  }
}
