import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'
import type { Outbound } from '../outbound/outbound.ts'
import type { Tenant } from '../store/store.ts'

/** Keys that another server answered are asked for anew after this … */
const freshMs = 600_000
/** … and while it answers nothing, those it answered last are good for so long. */
const staleMs = 3600_000
/** Who did not answer is asked again after this: each token of anybody would ask anew. */
const retryMs = 2_000
/** Addresses of keys that are remembered at once. */
const mostSets = 1_000

/** Whoever may sign tokens of a tenant: its secrets, and who holds the keys at its address. */
export function signersOf({ secrets, settings }: Pick<Tenant, 'secrets' | 'settings'>): readonly string[] {
  return settings.jwks === '' ? secrets : [...secrets, settings.jwks]
}

/** The public keys at addresses of tenants (RFC 7517), asked for when a token is checked. */
export class KeySets {
  readonly #outbound: Outbound
  readonly #sets = new Map<string, JWTVerifyGetKey>()

  constructor(outbound: Outbound) {
    this.#outbound = outbound
  }

  /** A key that is not among them is looked for again, at most every half a minute. */
  at(url: string): JWTVerifyGetKey {
    const known = this.#sets.get(url)
    if (known) return known
    const [oldest] = this.#sets.size >= mostSets ? this.#sets.keys() : []
    if (oldest !== undefined) this.#sets.delete(oldest)
    const set = createRemoteJWKSet(new URL(url), {
      cacheMaxAge: freshMs,
      [customFetch]: this.#keeping(url),
    })
    this.#sets.set(url, set)
    return set
  }

  /** An outage of that server signs nobody out, and is not made worse by all who come meanwhile. */
  #keeping(url: string): () => Promise<Response> {
    let last: { readonly text: string; readonly at: number } | undefined
    let failed: { readonly error: unknown; readonly at: number } | undefined
    return async () => {
      if (!failed || performance.now() - failed.at > retryMs) {
        try {
          last = { text: await this.#ask(url), at: performance.now() }
          failed = undefined
        } catch (error) {
          failed = { error, at: performance.now() }
        }
      }
      if (failed && !(last && performance.now() - last.at <= staleMs)) throw failed.error
      return new Response(last?.text)
    }
  }

  async #ask(url: string): Promise<string> {
    const answer = await this.#outbound(url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
    })
    if (answer.status !== 200) throw new Error(`status ${answer.status}`)
    const text = await answer.text()
    // A page that says that it is out is an outage, too, whatever its status.
    createLocalJWKSet(JSON.parse(text))
    return text
  }
}
