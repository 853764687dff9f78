import { Problem } from '../../server/protocol/problems.ts'
import type { Connection } from './connection.ts'
import type { Timers } from './timers.ts'

const everyMs = 1_000

/** Sends the server how far I have read: the newest mark of a room, once a second at most, until the server has it. */
export class ReadMarks {
  readonly #connection: Connection
  readonly #timers: Timers
  /** What the server does not have yet. */
  readonly #marks = new Map<string, number>()

  constructor(connection: Connection, timers: Timers) {
    this.#connection = connection
    this.#timers = timers
  }

  set(roomId: string, seq: number): void {
    this.#marks.set(roomId, seq)
    this.#send(roomId)
  }

  /** The connection is back. */
  flush(): void {
    for (const roomId of this.#marks.keys()) this.#send(roomId)
  }

  clear(): void {
    this.#marks.clear()
  }

  #send(roomId: string): void {
    const timer = `read ${roomId}`
    const seq = this.#marks.get(roomId)
    if (seq === undefined || this.#timers.has(timer) || !this.#connection.isOpen) return
    this.#timers.set(timer, everyMs, () => this.#send(roomId))
    const onStored = () => {
      if (this.#marks.get(roomId) === seq) this.#marks.delete(roomId)
    }
    this.#connection.ask({ t: 'read', roomId, seq }).then(onStored, (error) => {
      if (error instanceof Problem && !error.temporary) onStored()
    })
  }
}
