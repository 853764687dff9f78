import type { Listener } from './listener.ts'

/** Sockets that have not said hello, in all: nobody knows whose they are, and each costs as much as a user's. */
export const mostSilent = 1_000

/** The sockets that have not said hello yet. Where there are too many, the one that was silent longest goes. */
export class SilentSockets {
  readonly #sockets = new Set<Listener>()

  get size(): number {
    return this.#sockets.size
  }

  add(socket: Listener): void {
    this.#sockets.add(socket)
    const [longest] = this.#sockets.size > mostSilent ? this.#sockets : []
    longest?.close('tooFast', 'too many sockets without hello', 5)
  }

  /** It said hello, or is gone. */
  delete(socket: Listener): void {
    this.#sockets.delete(socket)
  }
}
