import { cut, MinuteLines } from '../log/minute-lines.ts'
import { Problem } from '../protocol/problems.ts'
import { FailingAddresses, type FailingAddressesOptions } from './failing-addresses.ts'
import type { Sender } from './tenant.ts'

/** Who is refused, and at which door: an upgrade is answered before there is a socket. */
export type Refused = { readonly sender: Sender; readonly isUpgrade?: boolean }

/** What there is to say of it. */
type Cause =
  /** The server stops. */
  | { readonly cause: 'closing' }
  /** The host is none at all, or (`expected`) no tenant's. */
  | { readonly cause: 'host'; readonly host?: string | undefined; readonly expected?: readonly string[] }
  /** Its pages may not use the tenant. */
  | {
      readonly cause: 'origin'
      readonly origin: string
      readonly host: string | undefined
      readonly tenant: { readonly id: string; readonly origins: readonly string[] }
    }
  /** No hello came in time. */
  | { readonly cause: 'hello' }
  | { readonly cause: 'token'; readonly tenant: string; readonly reason: string }
  /** A visitor, with neither a token nor a session at the host. */
  | { readonly cause: 'nobody'; readonly tenant: string; readonly reason: string }
  /** Every client's token expires: it fetches another, and nothing is wrong. */
  | { readonly cause: 'expired' }
  /** Its address failed too often. */
  | { readonly cause: 'address' }

type Count = { all: number; upgrades: number }

/** Those that are somebody's fault, and count against their address. */
const failures: ReadonlySet<Cause['cause']> = new Set(['host', 'origin', 'hello', 'token', 'nobody'])
const mostHosts = 20

/**
 * The one place that is told of everybody who is refused before they are signed in. From that follow the metrics, a line
 * in the log for the operator (nearly always something is configured wrongly; never a token), and that an address that
 * fails too often is let in no more for a while.
 */
export class Refusals {
  readonly #counts: Record<Cause['cause'], Count> = {
    closing: { all: 0, upgrades: 0 },
    host: { all: 0, upgrades: 0 },
    origin: { all: 0, upgrades: 0 },
    hello: { all: 0, upgrades: 0 },
    token: { all: 0, upgrades: 0 },
    nobody: { all: 0, upgrades: 0 },
    expired: { all: 0, upgrades: 0 },
    address: { all: 0, upgrades: 0 },
  }
  readonly #addresses: FailingAddresses
  readonly #lines: MinuteLines

  constructor(options: FailingAddressesOptions) {
    const { now, log } = options
    this.#addresses = new FailingAddresses(options)
    this.#lines = new MinuteLines(log, now)
  }

  /** Somebody was refused. */
  tell(why: Cause, { sender, isUpgrade = false }: Refused): void {
    const count = this.#counts[why.cause]
    count.all += 1
    if (isUpgrade) count.upgrades += 1
    if (failures.has(why.cause)) this.#addresses.count(sender, why.cause === 'nobody' ? 'visitor' : 'failure')
    this.#log(why)
  }

  /** Nobody was refused, but somebody who has not signed in asked something. */
  visit({ sender }: Refused): void {
    this.#addresses.count(sender, 'visitor')
  }

  /** A sign-in failed, by a token or by the host's session; a problem that is none of that is not counted. */
  tellSignIn(
    { code, message: reason }: Problem,
    { tenant, sender, hasToken }: { tenant: string; sender: Sender; hasToken: boolean },
  ): void {
    if (code === 'unauthorized')
      this.tell({ cause: hasToken ? 'token' : 'nobody', tenant, reason }, { sender })
    else if (code === 'token_expired') this.tell({ cause: 'expired' }, { sender })
  }

  /** @throws Problem `rate_limited` for an address that failed too often lately */
  requireAddress(refused: Refused): void {
    const waitS = this.#addresses.waitS(refused.sender)
    if (waitS === 0) return
    this.tell({ cause: 'address' }, refused)
    const detail = `too many failures from this address: try again in ${waitS} s`
    throw new Problem('rate_limited', detail, { retryAfter: waitS })
  }

  /** What failed before anybody was signed in, and how often an address was `refused` for it. */
  get failures() {
    const { token, nobody, host, origin, hello, address } = this.#counts
    return {
      ...{ token: token.all, nobody: nobody.all, host: host.all, origin: origin.all, hello: hello.all },
      refused: address.all,
    }
  }

  /** Upgrades that were answered with plain HTTP. */
  get upgrades() {
    const { closing, host, origin, address } = this.#counts
    return {
      ...{ closing: closing.upgrades, host: host.upgrades, origin: origin.upgrades },
      failures: address.upgrades,
    }
  }

  /** Sign-ins, on sockets and over HTTP. */
  get signIns() {
    const { expired, token, nobody } = this.#counts
    return { expired: expired.all, invalid: token.all + nobody.all }
  }

  /** For the operator: what came, and what was expected. */
  #log(why: Cause): void {
    if (why.cause === 'host' && why.expected) {
      const host = why.host ?? ''
      const said = { host: cut(host), expected: why.expected.slice(0, mostHosts) }
      this.#lines.warn('host', host, said, "refused a host: it is no tenant's")
    } else if (why.cause === 'origin') {
      const { origin, tenant, host = '' } = why
      const expected = [...tenant.origins, `that of ${host} itself`]
      const said = { origin: cut(origin), tenant: tenant.id, expected }
      this.#lines.warn('origin', origin, said, 'refused an origin')
    } else if (why.cause === 'token' || why.cause === 'nobody') {
      const { tenant, reason } = why
      this.#lines.warn('token', `${tenant} ${reason}`, { tenant, reason }, 'refused a sign-in')
    }
  }
}
