import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Logger } from '../log/logger.ts'
import { type AddressTest, addressIn } from './address.ts'
import type { Sender } from './tenant.ts'

/** Failures of one address, in so many seconds. What succeeds is not counted: an office and a reconnect storm get in. */
const most = { failures: 100, duration: 60 }

/** Each page that a visitor opens says hello as nobody: ten of these are one failure, or they would lock an office out. */
const points = { failure: 10, visitor: 1 }

/** Addresses that are refused at the moment: those that may come back are dropped where there are too many. */
const mostRefused = 10_000

export type FailingAddressesOptions = {
  readonly isLimited: boolean
  /** As the operator names them. What fails is one's own fault only where it says whom it heard. */
  readonly trustedProxies: readonly string[]
  readonly now: () => number
  readonly log: Logger
}

/** Counts failures by address, and knows which ones fail too often. */
export class FailingAddresses {
  readonly #limiter: RateLimiterMemory | undefined
  readonly #isProxy: AddressTest
  readonly #now: () => number
  readonly #log: Logger
  /** Until when, in milliseconds since 1970. */
  readonly #refused = new Map<string, number>()
  #isUnknownLogged = false

  constructor({ isLimited, trustedProxies, now, log }: FailingAddressesOptions) {
    if (isLimited)
      this.#limiter = new RateLimiterMemory({
        keyPrefix: 'failure',
        points: most.failures * points.failure,
        duration: most.duration,
      })
    this.#isProxy = addressIn(trustedProxies)
    this.#now = now
    this.#log = log
  }

  /** Seconds for which an address that failed too often has to wait; 0 for others. */
  waitS(sender: Sender): number {
    const until = sender === undefined ? undefined : this.#refused.get(sender)
    if (sender === undefined || until === undefined) return 0
    const waitS = Math.max(0, Math.ceil((until - this.#now()) / 1000))
    if (waitS === 0) this.#refused.delete(sender)
    return waitS
  }

  /** Something failed, or a visitor looked in. */
  count(sender: Sender, what: keyof typeof points): void {
    if (sender === undefined) this.#logUnknown()
    else
      this.#limiter?.consume(sender, points[what]).catch((refusal) => {
        if (refusal instanceof RateLimiterRes) this.#refuse(sender, refusal.msBeforeNext)
        else this.#log.error({ err: refusal }, 'failures are not counted')
      })
  }

  #refuse(sender: string, forMs: number): void {
    const isNew = !this.#refused.has(sender)
    this.#refused.set(sender, this.#now() + forMs)
    if (isNew) this.#logRefused(sender)
    if (this.#refused.size <= mostRefused) return
    for (const [address, until] of this.#refused) if (until <= this.#now()) this.#refused.delete(address)
    const [oldest] = this.#refused.size > mostRefused ? this.#refused.keys() : []
    if (oldest !== undefined) this.#refused.delete(oldest)
  }

  #logRefused(address: string): void {
    const why = `more than ${most.failures} failures a minute`
    // Everybody behind it is refused with it: whoever runs the site should hear of that.
    if (this.#isProxy(address))
      this.#log.error(
        { address },
        `a proxy of CHATTER_TRUST_PROXY is refused for a while, with everybody behind it: ${why}, and it does not say in X-Forwarded-For whom it heard`,
      )
    else this.#log.warn({ address }, `refused for a while: ${why}`)
  }

  #logUnknown(): void {
    if (this.#isUnknownLogged || !this.#limiter) return
    this.#isUnknownLogged = true
    const why = 'they come from a loopback or private address that CHATTER_TRUST_PROXY does not name'
    this.#log.info(`failures are not counted by address: ${why}`)
  }
}
