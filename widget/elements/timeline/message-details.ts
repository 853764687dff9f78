/** The one message that shows more of itself: when it was sent, to the minute, and who has seen it (rules M24, U20). */
import type { Seen } from '../../state/people.ts'
import type { MessageRow } from '../../state/timeline.ts'
import type { Host } from '../host.ts'
import { onceBack } from '../once-back.ts'

export class MessageDetails {
  readonly #host: Host
  #key: string | undefined
  #readers: readonly Seen[] | undefined

  constructor(host: Host) {
    this.#host = host
  }

  isOf(key: string): boolean {
    return key === this.#key
  }

  /** Who has seen my message, once that is known. */
  readersOf({ key, mine }: MessageRow): readonly Seen[] | undefined {
    return mine && this.isOf(key) ? this.#readers : undefined
  }

  reset(): void {
    this.#key = undefined
    this.#readers = undefined
  }

  toggle({ key, mine, message }: MessageRow): void {
    const isOpen = this.isOf(key)
    this.reset()
    if (!isOpen) {
      this.#key = key
      if (mine && message) void this.#ask(key, message.seq)
    }
    this.#host.requestUpdate()
  }

  async #ask(key: string, seq: number): Promise<void> {
    const { chat } = this.#host
    const room = chat.state.active?.roomId
    if (room === undefined || chat.state.rooms.get(room)?.kind === 'self') return
    try {
      const readers = await chat.seenBy(room, seq)
      if (!this.isOf(key)) return
      this.#readers = readers
      this.#host.requestUpdate()
    } catch {
      // Offline: until it is back, the message shows its time, and says nothing about its readers.
      onceBack(this.#host, () => this.isOf(key) && void this.#ask(key, seq))
    }
  }
}
