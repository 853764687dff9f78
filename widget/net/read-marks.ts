import { Problem } from '../../server/protocol/problems.ts'
import type { Socket } from './socket.ts'
import type { Timers } from './timers.ts'

const everyMs = 1_000

/** Tells the server how far I have read: the newest mark of a room, once a second at most, until the server has it. */
export class ReadMarks {
  readonly #socket: Socket
  readonly #timers: Timers
  /** What the server does not have yet. */
  readonly #marks = new Map<string, number>()

  constructor(socket: Socket, timers: Timers) {
    this.#socket = socket
    this.#timers = timers
  }

  set(room: string, seq: number): void {
    this.#marks.set(room, seq)
    this.#send(room)
  }

  /** The connection is back. */
  flush(): void {
    for (const room of this.#marks.keys()) this.#send(room)
  }

  clear(): void {
    this.#marks.clear()
  }

  #send(room: string): void {
    const timer = `read ${room}`
    const seq = this.#marks.get(room)
    if (seq === undefined || this.#timers.has(timer) || !this.#socket.isOpen) return
    this.#timers.set(timer, everyMs, () => this.#send(room))
    const isTaken = () => {
      if (this.#marks.get(room) === seq) this.#marks.delete(room)
    }
    this.#socket.ask({ t: 'read', room, seq }).then(isTaken, (error) => {
      if (error instanceof Problem && !error.temporary) isTaken()
    })
  }
}
