/**
 * What a card says of somebody beyond what all others see of them: what time it is where they are, and which groups we share.
 *
 * @csspart shared-room - A group that the reader and the person are both in.
 */
import { html, nothing, type TemplateResult } from 'lit'
import type { UserAnswer } from '../../../server/protocol/views.ts'
import { roomItem } from '../../state/room-list.ts'
import { faultOf } from '../../state/state.ts'
import { roomAvatar } from '../avatar.ts'
import type { PanelHost } from '../host.ts'
import { dirOf, listed } from '../isolated.ts'
import { roomWords } from '../menu/room-words.ts'
import { onceBack } from '../once-back.ts'

const minuteMs = 60_000

/** What a server of an earlier build does not say is not shown; one that cannot be reached is asked again. */
export class Person {
  readonly #host: PanelHost
  readonly #roomId: string
  #id: string | undefined
  #answer: UserAnswer | undefined
  /** Ids of the rooms of both. */
  #shared: readonly string[] = []
  #cursor: string | undefined
  /** What is asked for once there is a connection again. */
  #isWaiting = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: PanelHost, roomId: string) {
    this.#host = host
    this.#roomId = roomId
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Asked for when a card of somebody else is drawn. */
  #of(id: string): void {
    if (id === this.#id) return
    this.#id = id
    this.#answer = undefined
    this.#shared = []
    this.#cursor = undefined
    const { chat } = this.#host
    if (id === chat.state.me) return
    this.#isWaiting = false
    const keep = (answer: UserAnswer) => {
      this.#answer = answer
    }
    void this.#learn(id, () => chat.findUser(id), keep)
    void this.#more(id)
  }

  #more(id: string): Promise<void> {
    const ask = () => this.#host.chat.listShared(id, this.#cursor)
    return this.#learn(id, ask, ({ rooms, cursor }) => {
      this.#shared = [...this.#shared, ...rooms.map((room) => room.id)]
      this.#cursor = cursor
    })
  }

  async #learn<T>(id: string, ask: () => Promise<T>, keep: (answer: T) => void): Promise<void> {
    try {
      const answer = await ask()
      if (id !== this.#id) return
      this.#isWaiting = false
      keep(answer)
    } catch (error) {
      // Else they are nobody whom this reader finds.
      if (id !== this.#id || faultOf(error).code !== 'offline') return
      this.#isWaiting = true
      onceBack(this.#host, () => id === this.#id && void this.#learn(id, ask, keep))
    }
    this.#host.requestUpdate()
  }

  /** When they were last here, where nothing was heard of it. */
  lastSeenOf(id: string): string | undefined {
    this.#of(id)
    return this.#answer?.lastSeenAt
  }

  localTime(id: string): unknown {
    this.#of(id)
    const { words, format } = this.#host
    if (this.#isWaiting) return html`<p class="info-seen">${words.waiting}</p>`
    const time = this.#answer?.timeZone && clockIn(this.#answer.timeZone, format.now())
    if (!time) return nothing
    // As long as it is shown, with each minute that begins.
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#host.requestUpdate(), minuteMs - (format.now() % minuteMs))
    return html`<p class="info-seen info-time">${roomWords(this.#host).localTime(format.time(time))}</p>`
  }

  shared(id: string): unknown {
    this.#of(id)
    const { chat, words } = this.#host
    const items = this.#shared
      .filter((one) => one !== this.#roomId)
      .flatMap((one) => roomItem(chat.state, one) ?? [])
    if (items.length === 0) return nothing
    const say = roomWords(this.#host)
    return html`<div class="info-part">
      <h3 class="info-title">${say.sharedGroups}</h3>
      <ul class="members" role="list" aria-label=${say.sharedGroups}>${items.map((item) => this.#room(item))}</ul>
      ${this.#cursor === undefined ? nothing : html`<button part="button" class="button info-more" type="button" @click=${() => void this.#more(id)}>${words.showMore}</button>`}
    </div>`
  }

  #room(item: NonNullable<ReturnType<typeof roomItem>>): TemplateResult {
    const { chat, words, format } = this.#host
    const { id, title, memberCount } = item
    return html`<li><button part="shared-room" class="action-item member" type="button" data-room=${id} @click=${() => void chat.openRoom(id)}>${roomAvatar(item)}
      <span class="lines"><span class="name" dir=${dirOf(title)}>${listed((as) => format.title(title, as))}</span><span class="hint">${words.members(memberCount, format.number(memberCount))}</span></span></button></li>`
  }
}

/** The moment at which the reader's own clock shows what theirs shows now, on a day when no clock is changed. */
function clockIn(timeZone: string, now: number): string | undefined {
  try {
    const clock = new Intl.DateTimeFormat('en', {
      timeZone,
      hourCycle: 'h23',
      hour: 'numeric',
      minute: 'numeric',
    })
    const parts = clock.formatToParts(now)
    const partOf = (type: string) => Number(parts.find((part) => part.type === type)?.value)
    return new Date(2026, 0, 15, partOf('hour'), partOf('minute')).toISOString()
  } catch {
    // This browser does not know the zone.
    return undefined
  }
}
