import type { MiddlewareHandler } from 'hono'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { Problem } from '../protocol/problems.ts'
import type { RequestContext } from './context.ts'

/** What a caller may do how often (points in so many seconds); the same for sockets and HTTP. */
export const rates = {
  /** Messages of one user: a fast typist's burst, and more than anybody keeps up. */
  send: { points: 30, duration: 15 },
  /** The same of one guest. */
  guestSend: { points: 10, duration: 30 },
  /** Guests who come from one address. */
  guest: { points: 10, duration: 600 },
  /** Frames of one socket, and HTTP requests of one user. */
  frame: { points: 200, duration: 10 },
  request: { points: 300, duration: 15 },
  /** Rooms opened by one user: finding an existing one counts too. */
  open: { points: 60, duration: 60 },
  /** What one user reads, in kilobytes: 20 MB at once, and 2 MB/s. */
  read: { points: 20_000, duration: 10 },
  /** Searches for people by one user. */
  search: { points: 60, duration: 60 },
  /** Requests by one key: those of a site's server, for all of its users. */
  key: { points: 3_000, duration: 15 },
  /** Sockets opened by one user. */
  hello: { points: 30, duration: 60 },
} as const

type Kind = keyof typeof rates

/** Counts what callers do, and refuses what is too much. */
export class RateLimit {
  /** How often it refused, since the start. */
  readonly refused: Record<Kind, number> = {
    send: 0,
    frame: 0,
    request: 0,
    open: 0,
    read: 0,
    search: 0,
    hello: 0,
    key: 0,
    guestSend: 0,
    guest: 0,
  }
  readonly #limiters = Object.fromEntries(
    Object.entries(rates).map(([kind, rate]) => [kind, new RateLimiterMemory({ keyPrefix: kind, ...rate })]),
  ) as Record<Kind, RateLimiterMemory>

  /** Counts so many more. @throws Problem `rate_limited` where that is too many */
  async take(kind: Kind, key: string, points = 1): Promise<void> {
    try {
      await this.#limiters[kind].consume(key, points)
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal
      this.refused[kind] += 1
      const retryAfter = Math.ceil(refusal.msBeforeNext / 1000)
      throw new Problem('rate_limited', `too many: try again in ${retryAfter} s`, { retryAfter })
    }
  }
}

/** Counts requests of a user against a limit of their own: those with that parameter, where it is said. */
export function counted(
  rateLimit: RateLimit | undefined,
  kind: Kind,
  parameter?: string,
): MiddlewareHandler<RequestContext> {
  return async (c, next) => {
    if (parameter !== undefined && c.req.query(parameter) === undefined) return next()
    const { topics, me } = c.var.caller
    await rateLimit?.take(kind, topics.user(me.id))
    await next()
  }
}
