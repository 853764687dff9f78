import type { Logger } from 'pino'
import type { Problem } from '../protocol/problems.ts'

const quietMs = 60_000
/** Different ones of one kind that are logged within a minute: strangers choose what comes. */
const mostLogged = 20
const mostChars = 200

export type RefusedSignIn = 'expired' | 'invalid'
type Kind = 'origin' | 'host' | 'token'

/**
 * Logs for the operator who was refused, and what was expected: nearly always something is configured wrongly. Each origin,
 * host and reason once a minute, with the number of times since. Never a token.
 */
export class Refusals {
  /** Sign-ins that were refused, on sockets and over HTTP. */
  readonly signIns: Record<RefusedSignIn, number> = { expired: 0, invalid: 0 }
  readonly #log: Logger
  readonly #now: () => number
  readonly #logged = new Map<string, { at: number; times: number }>()

  constructor(log: Logger, now: () => number) {
    this.#log = log
    this.#now = now
  }

  /** Its pages may not use the tenant. */
  origin(
    origin: string,
    tenant: { readonly id: string; readonly origins: readonly string[] },
    host = '',
  ): void {
    const expected = [...tenant.origins, `that of ${host} itself`]
    this.#warn('origin', origin, { tenant: tenant.id, expected }, 'refused an origin')
  }

  /** It is no tenant's. */
  host(host: string | undefined, expected: readonly string[]): void {
    this.#warn(
      'host',
      host ?? '',
      { expected: expected.slice(0, mostLogged) },
      "refused a host: it is no tenant's",
    )
  }

  /** A sign-in that failed; other problems are none of these. */
  signIn({ code, message: reason }: Problem, tenant: string): void {
    if (code !== 'unauthorized' && code !== 'token_expired') return
    this.signIns[code === 'unauthorized' ? 'invalid' : 'expired'] += 1
    // Every client's token expires: it fetches another, and nothing is wrong.
    if (code === 'unauthorized')
      this.#warn('token', `${tenant} ${reason}`, { tenant, reason }, 'refused a sign-in')
  }

  #warn(kind: Kind, key: string, said: Record<string, unknown>, message: string): void {
    const now = this.#now()
    const known = `${kind} ${key.slice(0, mostChars)}`
    const before = this.#logged.get(known)
    if (before && now - before.at < quietMs) {
      before.times += 1
      return
    }
    for (const [old, { at }] of this.#logged) if (now - at >= quietMs) this.#logged.delete(old)
    const ofKind = [...this.#logged.keys()].filter((one) => one.startsWith(`${kind} `))
    if (ofKind.length >= mostLogged) return
    this.#logged.set(known, { at: now, times: 0 })
    const got = kind === 'token' ? {} : { [kind]: key.slice(0, mostChars) }
    this.#log.warn({ ...got, ...said, times: 1 + (before?.times ?? 0) }, message)
  }
}
