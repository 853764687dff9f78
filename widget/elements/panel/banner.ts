/**
 * A strip over all panes: that the connection is lost, once it has been for two seconds (rule D43), or why it could not
 * be made; and for a while, why something that somebody did had no effect.
 */
import { html, nothing, type ReactiveController } from 'lit'
import type { Host } from '../host.ts'
import { icons } from '../icons.ts'
import { refusalOf } from '../timeline/refusal.ts'
import { whyOf } from './unavailable.ts'

const patienceMs = 2000
const noticeMs = 6000

type Announce = {
  /** When there is time. */
  say(text: string): void
  /** At once. */
  warn(text: string): void
}

export class Banner implements ReactiveController {
  readonly #host: Host
  readonly #announce: Announce
  #timer: ReturnType<typeof setTimeout> | undefined
  #text = ''
  #noticeTimer: ReturnType<typeof setTimeout> | undefined
  #notice = ''
  #stops: (() => void)[] = []

  constructor(host: Host, announce: Announce) {
    this.#host = host
    this.#announce = announce
    host.addController(this)
  }

  hostConnected(): void {
    // What somebody did to a message is undone again, and nothing in its place could say why.
    const { chat } = this.#host
    const onSendError = chat.on('send-error', ({ change, fault }) => {
      const { words } = this.#host
      if (change === 'delete') this.notice(words.notDeleted(refusalOf(fault, words, change)))
      if (change === 'pin') this.notice(words.notPinned(refusalOf(fault, words, change)))
      if (change === 'react') this.notice(words.notReacted(refusalOf(fault, words, change)))
    })
    // The reader stays where they were, and nothing there could say why.
    const onError = chat.on('error', ({ fault, roomId }) => {
      const { notLoadedBecause, faults } = this.#host.words
      if (roomId !== undefined && roomId === chat.state.active?.roomId && !chat.state.active.fault)
        this.notice(notLoadedBecause(faults[fault.code]))
    })
    this.#stops = [onSendError, onError]
  }

  hostDisconnected(): void {
    for (const stop of this.#stops.splice(0)) stop()
    clearTimeout(this.#timer)
    this.#endNotice()
  }

  hostUpdate(): void {
    const { chat, words } = this.#host
    clearTimeout(this.#timer)
    const text = this.#outage()
    if (text && text !== this.#text) this.#announce.say(text)
    if (this.#text && chat.state.connection.status === 'open') this.#announce.say(words.backOnline)
    this.#text = text
  }

  /** Says why what somebody did just now had no effect. */
  notice(text: string): void {
    clearTimeout(this.#noticeTimer)
    this.#noticeTimer = setTimeout(this.#endNotice, noticeMs)
    this.#notice = text
    this.#announce.warn(text)
    this.#host.requestUpdate()
  }

  /** `isSaid`: what is drawn below says already how the connection is. */
  render({ isSaid = false } = {}): unknown {
    const { chat, words } = this.#host
    if (this.#notice)
      return html`<div part="banner" class="banner">${icons.alert}<span>${this.#notice}</span></div>`
    if (!this.#text || isSaid) return nothing
    const { status, fault } = chat.state.connection
    const isTrying = status === 'connecting'
    const again = () => {
      chat.connect()
      chat.wake()
    }
    return html`<slot name="offline"><div part="banner ${isTrying ? 'reconnecting' : 'offline'}" class="banner">
      ${icons.cloud}<span>${this.#text}</span>
      ${fault ? html`<button part="button" class="link-button" type="button" aria-disabled=${isTrying} @click=${again}>${isTrying ? words.reconnecting : words.retry}</button>` : nothing}
    </div></slot>`
  }

  /** What there is to say of the connection; nothing where it is there, or was a moment ago. */
  #outage(): string {
    const { chat, format, words } = this.#host
    const { session, connection } = chat.state
    const { status, since, fault } = connection
    if (status === 'open' || status === 'idle') return ''
    const left = since + patienceMs - format.now()
    if (left > 0) this.#timer = setTimeout(() => this.#host.requestUpdate(), left)
    if (left > 0) return ''
    if (!fault) return words.reconnecting
    const isHeld = session.status === 'signed-in' && status !== 'failed' && fault.code !== 'site_disabled'
    return isHeld ? words.offline : words.notConnected(whyOf(words, fault))
  }

  readonly #endNotice = (): void => {
    clearTimeout(this.#noticeTimer)
    this.#notice = ''
    this.#host.requestUpdate()
  }
}
