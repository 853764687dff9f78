/** How far the user has read: what is in view counts while the page is visible and has the focus (rule U16). */
import type { ReactiveController } from 'lit'
import type { MessageView } from '../../../server/protocol/views.ts'
import { readMark } from '../../state/arranging.ts'
import type { Row } from '../../state/timeline.ts'
import type { Host } from '../host.ts'

export class ReadTracker implements ReactiveController {
  readonly #host: Host
  readonly #read: () => void

  /** `read` is called when the user comes back to the page. */
  constructor(host: Host, read: () => void) {
    this.#host = host
    this.#read = read
    host.addController(this)
  }

  hostConnected(): void {
    addEventListener('focus', this.#read)
    document.addEventListener('visibilitychange', this.#read)
  }

  hostDisconnected(): void {
    removeEventListener('focus', this.#read)
    document.removeEventListener('visibilitychange', this.#read)
  }

  /** Up to this message everything is read. */
  markTo({ roomId, seq }: MessageView): void {
    const mark = this.#markOf(roomId)
    if (mark !== undefined && seq > mark) this.#host.chat.markRead(roomId, seq)
  }

  mark(room: string, log: HTMLElement, rows: readonly Row[]): void {
    const mark = this.#markOf(room)
    if (mark === undefined) return
    // Most of the time all of it is read, and nothing has to be measured.
    const isRead = !rows.some((row) => row.type === 'message' && (row.message?.seq ?? 0) > mark)
    const seq = isRead ? 0 : readableTo(log, rows)
    if (seq <= mark) return
    this.#host.chat.markRead(room, seq)
    // In this frame: what was read as it came is never shown as unread.
    this.#host.requestUpdate()
  }

  /** Where somebody reads a room now, how far they have. */
  #markOf(room: string): number | undefined {
    const { chat, isShown } = this.#host
    const isReading = isShown && document.visibilityState === 'visible' && document.hasFocus()
    const { rooms, active } = chat.state
    const me = rooms.get(room)?.me
    return me && isReading && !active?.isMarked ? readMark(me) : undefined
  }
}

/** The newest message of which half can be seen, or which fills half of the log; 0 for none. */
function readableTo(log: HTMLElement, rows: readonly Row[]): number {
  const seqs = new Map(rows.map((row) => [row.key, row.type === 'message' ? row.message?.seq : undefined]))
  const box = log.getBoundingClientRect()
  for (const row of [...log.querySelectorAll<HTMLElement>('[data-key]')].reverse()) {
    const { top, bottom, height } = row.getBoundingClientRect()
    if (bottom <= box.top) return 0
    const seq = seqs.get(row.dataset.key ?? '')
    const visible = Math.min(bottom, box.bottom) - Math.max(top, box.top)
    if (seq !== undefined && visible > 0 && visible >= Math.min(height, box.height) / 2) return seq
  }
  return 0
}
