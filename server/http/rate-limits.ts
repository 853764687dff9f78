import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { Problem } from '../protocol/problems.ts'

/** What a caller may do how often; the same for both doors. */
const rates = {
  /** Messages of one user: a fast typist's burst, and more than anybody keeps up. */
  send: { points: 30, duration: 15 },
  /** Frames of one socket, and HTTP requests of one user. */
  frame: { points: 200, duration: 10 },
  request: { points: 300, duration: 15 },
  /** Rooms opened by one user: finding an existing one counts too. */
  open: { points: 60, duration: 60 },
  /** Sockets opened by one user. */
  hello: { points: 30, duration: 60 },
} as const

type Kind = keyof typeof rates

export type RateLimit = {
  (kind: Kind, key: string): Promise<void>
  /** How often it refused, since the start. */
  readonly refused: Readonly<Record<Kind, number>>
}

/** @returns a function that rejects with Problem `rate_limited` where the caller is too fast; undefined without limits */
export function createRateLimit(isOn: boolean): RateLimit | undefined {
  if (!isOn) return undefined
  const limiters = Object.fromEntries(
    Object.entries(rates).map(([kind, rate]) => [kind, new RateLimiterMemory({ keyPrefix: kind, ...rate })]),
  ) as Record<Kind, RateLimiterMemory>
  const refused = { send: 0, frame: 0, request: 0, open: 0, hello: 0 }
  const rateLimit = async (kind: Kind, key: string) => {
    try {
      await limiters[kind].consume(key)
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal
      refused[kind] += 1
      const retryAfter = Math.ceil(refusal.msBeforeNext / 1000)
      throw new Problem('rate_limited', `too many: try again in ${retryAfter} s`, { retryAfter })
    }
  }
  return Object.assign(rateLimit, { refused })
}
