import { Problem } from '../../server/protocol/problems.ts'

/** Why a token is asked for: the first, the last one is about to expire, or the server did not take it. */
export type TokenReason = 'initial' | 'expiring' | 'rejected'

/** Where tokens come from: the first that is given. Without any, the host's own session cookie signs in. */
export type TokenSource = {
  /**
   * Answers null, or nothing, when nobody is signed in, and throws where that is not known: then it is asked again later.
   */
  readonly provider?: (why: { reason: TokenReason }) => TokenAnswer | Promise<TokenAnswer>
  /**
   * A URL of the page's own origin that answers a JWT or `{"token": …}`, and 401 when nobody is signed in. After any
   * other answer it is asked again later: an outage is no sign-out.
   */
  readonly url?: string
  /** A JWT, empty where nobody is signed in. Nobody is asked for another when it expires. */
  readonly token?: string
}
type TokenAnswer = string | null | undefined

/** A token is renewed this long before it expires, or after four fifths of a short life. */
const earlyMs = 120_000
const soonestMs = 5_000
const longestTimerMs = 2 ** 31 - 1

/**
 * The token, and the one place that asks the host for it. A host that says "nobody" is a Problem `unauthorized`;
 * any other failure, and whatever is no token, is an error to try again after.
 */
export class Tokens {
  #source: TokenSource
  readonly #fetch: typeof fetch
  readonly #guest: ((reason: TokenReason) => Promise<string | undefined>) | undefined
  #current: string | undefined
  #asking: Promise<string | undefined> | undefined
  /** Why the last one could not be had; for developers. @internal */
  failure: string | undefined

  /** @param guest asked for the token of a guest, where the host says that nobody is signed in */
  constructor(
    source: TokenSource,
    fetchFn: typeof fetch,
    guest?: (reason: TokenReason) => Promise<string | undefined>,
  ) {
    this.#source = source
    this.#fetch = fetchFn
    this.#guest = guest
    this.#current = source.provider || source.url ? undefined : source.token || undefined
  }

  /** The token in use, or a first one. `undefined` where a cookie signs in. */
  async current(): Promise<string | undefined> {
    this.failure = undefined
    return this.#current ?? this.renew('initial')
  }

  /** A new token; everybody who asks at once gets the same. `stale`: the one that failed, in case a newer is here. */
  renew(reason: TokenReason, stale?: string): Promise<string | undefined> {
    if (stale !== undefined && this.#current !== stale) return this.current()
    if (this.#asking !== undefined) return this.#asking
    const asking = this.#ask(reason)
      .catch(async (error) => {
        if (!(error instanceof Problem)) this.failure = String(error)
        const guest = error instanceof Problem && (await this.#guest?.(reason))
        if (!guest) throw error
        this.#current = guest
        return guest
      })
      .finally(() => {
        if (this.#asking === asking) this.#asking = undefined
      })
    this.#asking = asking
    return asking
  }

  /** The host does not answer: it is asked anew. What it says later is a token all the same. @internal */
  giveUp(): void {
    this.#asking = undefined
    this.failure = 'no answer'
  }

  /** A newer token of the same user, from the host. @internal */
  replace(token: string): void {
    this.#current = token
  }

  /** Where the next one comes from. @internal */
  askFrom(source: TokenSource): void {
    this.#source = source
  }

  /** Whether this is another function only, as frameworks make one for each draw. @internal */
  isLike({ provider }: TokenSource): boolean {
    return !!provider && !!this.#source.provider
  }

  /** When to renew the token, in milliseconds from now; never without `exp` or without a place to ask. */
  renewInMs(now: number): number | undefined {
    if (!this.#source.provider && !this.#source.url) return undefined
    const { exp, iat } = claims(this.#current)
    if (!exp) return undefined
    const left = exp * 1_000 - now
    // This device's clock may be wrong by hours: then the token's own two times say how long it lives.
    const life = iat ? (exp - iat) * 1_000 : left
    const ms = left > 0 && left <= life ? left : life
    return ms > 0 ? Math.min(Math.max(ms - Math.min(earlyMs, ms / 5), soonestMs), longestTimerMs) : undefined
  }

  /** Nobody is asked for another one. @internal */
  get isFixed(): boolean {
    return !this.#source.provider && !this.#source.url
  }

  async #ask(reason: TokenReason): Promise<string | undefined> {
    const { provider, url, token } = this.#source
    if (provider) this.#current = checked(await provider({ reason }))
    else if (url) this.#current = checked(await this.#fetchToken(url))
    else if (reason === 'rejected') throw new Problem('unauthorized', 'nobody is signed in')
    else if (token !== undefined) this.#current ??= checked(token)
    return this.#current
  }

  async #fetchToken(url: string): Promise<TokenAnswer> {
    const answer = await this.#fetch(url, {
      cache: 'no-store',
      credentials: 'same-origin',
      mode: 'same-origin',
    })
    if (answer.status === 401) return undefined
    if (!answer.ok) throw new Error(`token-url answered ${answer.status}`)
    const body = (await answer.text()).trim()
    if (!body.startsWith('{')) return body
    // Null says that nobody is signed in. Without the name it is no answer to that.
    const { token = body } = JSON.parse(body) as { token?: string | null }
    return token
  }
}

/** What is no token may be a login page, or what a proxy says of an outage. */
function checked(token: unknown): string {
  if (token === undefined || token === null || token === '')
    throw new Problem('unauthorized', 'nobody is signed in')
  if (typeof token === 'string' && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) return token
  throw new Error(`expected a JWT, got ${token}`.slice(0, 80))
}

/** What a token says, unverified: good for a timer and for knowing whose it is, for nothing else. */
export function claims(token: string | undefined): { sub?: string; exp?: number; iat?: number } {
  try {
    const body = atob((token ?? '').split('.')[1]?.replace(/-/g, '+').replace(/_/g, '/') ?? '')
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(body, (char) => char.charCodeAt(0))))
  } catch {
    return {}
  }
}
