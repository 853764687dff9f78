import type { ServerResponse } from 'node:http'
import type { Context, MiddlewareHandler } from 'hono'
import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import type { RequestContext } from './context.ts'
import type { RateLimit } from './rate-limits.ts'

/** Bytes of answers that were asked for and have not been taken yet, by one user and by all of them. */
const mostOfUser = 8 * 1024 * 1024
const mostOfAll = 256 * 1024 * 1024
/** An answer that is not taken by then never will be. */
const patienceMs = 30_000
/** What a row that was looked at costs, beside the bytes of the answer. */
const rowBytes = 1_000

/**
 * Bounds what reading costs: a user who asks and does not take the answers fills the memory, and one who asks for more
 * and more takes the processor from everybody.
 */
export class Reads {
  readonly #rateLimit: RateLimit
  readonly #pending = new Map<string, number>()
  #total = 0

  constructor(rateLimit: RateLimit) {
    this.#rateLimit = rateLimit
  }

  /**
   * Before a read: room for the largest answer is taken. @throws Problem `rate_limited` for a user who has too much pending
   * or has read too much lately, `overloaded` where too much is pending in all
   */
  async begin(user: string): Promise<Read> {
    const pending = this.#pending.get(user) ?? 0
    if (pending + limits.pageBytes > mostOfUser)
      throw new Problem('rate_limited', 'too many answers are not taken yet', { retryAfter: 1 })
    if (this.#total + limits.pageBytes > mostOfAll)
      throw new Problem('overloaded', 'too many answers are not taken yet')
    this.#hold(user, limits.pageBytes)
    const read = new Read((change) => this.#hold(user, change))
    try {
      await this.charge(user, 0, 1)
    } catch (error) {
      read.end()
      throw error
    }
    return read
  }

  /** Counts what was read. @throws Problem `rate_limited` where that is too much */
  charge(user: string, bytes: number, rows: number): Promise<void> {
    return this.#rateLimit.take('read', user, Math.ceil((bytes + rows * rowBytes) / 1_000))
  }

  #hold(user: string, change: number): void {
    this.#total += change
    const pending = (this.#pending.get(user) ?? 0) + change
    if (pending > 0) this.#pending.set(user, pending)
    else this.#pending.delete(user)
  }
}

/** One answer on its way: what it holds, until it is taken. */
class Read {
  readonly #hold: (change: number) => void
  #held: number = limits.pageBytes

  constructor(hold: (change: number) => void) {
    this.#hold = hold
  }

  /** The answer has so many bytes, and leaves by this response. */
  leave(bytes: number, response: ServerResponse): void {
    this.#hold(bytes - this.#held)
    this.#held = bytes
    const patience = setTimeout(() => response.destroy(), patienceMs)
    patience.unref()
    response.once('close', () => {
      clearTimeout(patience)
      this.end()
    })
  }

  end(): void {
    this.#hold(-this.#held)
    this.#held = 0
  }
}

/** Counts what is read by `GET`, where limits are on. */
export function boundReads(reads: Reads | undefined): MiddlewareHandler<RequestContext> {
  return async (c, next) => {
    if (!reads || c.req.method !== 'GET') return next()
    const { topics, me } = c.var.caller
    const user = topics.user(me.id)
    const read = await reads.begin(user)
    await next()
    const { answered } = c.var
    const { outgoing }: { outgoing?: ServerResponse } = c.env ?? {}
    if (!answered || !outgoing || outgoing.destroyed) return read.end()
    read.leave(answered.bytes, outgoing)
    // It was read: a user who has read too much by it is refused the next time.
    reads.charge(user, answered.bytes, answered.rows).catch(() => {})
  }
}

/** A JSON answer, counted. `rows`: how many were looked at for it. */
export function answerRead<T>(c: Context<RequestContext>, value: T, rows: number): Response {
  const body = JSON.stringify(value)
  c.set('answered', { bytes: Buffer.byteLength(body), rows })
  return c.body(body, 200, { 'Content-Type': 'application/json' })
}
