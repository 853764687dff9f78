import { spans } from '../protocol/limits.ts'
import { type CloseReason, closeCodes } from '../protocol/problems.ts'
import type { Hub } from './hub.ts'
import type { Listener } from './listener.ts'

const stuckMs = 10_000

/** Why a socket ended: we closed it, or its peer did (or the network between). */
export type EndReason = CloseReason | 'peer'

const reasons = [...Object.keys(closeCodes), 'peer'] as readonly EndReason[]

/**
 * One timer for all sockets. They lie in as many buckets as there are seconds between two pings, and each second one
 * bucket has its turn: pinged (or ended, if the last ping went unanswered), its sign-in checked, its heads sent.
 */
export class Heartbeat {
  readonly #hub: Hub
  readonly #now: () => number
  readonly #buckets: Set<Listener>[] = Array.from({ length: spans.pingEveryMs / 1000 }, () => new Set())
  readonly #timer: NodeJS.Timeout
  /** How many sockets there are, signed in or not. */
  size = 0
  /** … and how many there were, by why they ended. */
  readonly closed = Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<EndReason, number>
  #next = 0
  #onEmpty: () => void = () => {}

  constructor(hub: Hub, now: () => number) {
    this.#hub = hub
    this.#now = now
    this.#timer = setInterval(() => this.tick(), 1000)
    this.#timer.unref()
  }

  /** @returns the bucket it lies in */
  add(listener: Listener): number {
    const bucket = this.#next++ % this.#buckets.length
    this.#buckets[bucket]?.add(listener)
    this.size += 1
    return bucket
  }

  /** Its socket is gone. */
  remove(listener: Listener, bucket: number): void {
    if (!this.#buckets[bucket]?.delete(listener)) return
    this.size -= 1
    if (this.size === 0) this.#onEmpty()
  }

  /** Resolves as soon as there is no socket left. */
  whenEmpty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.size === 0) resolve()
      else this.#onEmpty = resolve
    })
  }

  /** One second has passed. */
  tick(): void {
    this.#hub.tick += 1
    const bucket = this.#buckets[this.#hub.tick % this.#buckets.length]
    for (const listener of bucket ?? []) void listener.onHeartbeat()
    const now = this.#now()
    for (const listener of this.listeners()) {
      if (listener.isStuck(now, stuckMs)) listener.close('tooSlow', 'too slow: come back and catch up')
    }
  }

  *listeners(): Iterable<Listener> {
    for (const bucket of this.#buckets) yield* bucket
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
