import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  importJWK,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose'
import type { Logger } from '../log/logger.ts'
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

/** With a key at the tenant's address. HS256 is none of them: a public key is no secret. */
export const byKeySet: readonly string[] = ['RS256', 'ES256', 'EdDSA', 'Ed25519']

/** Whoever may sign tokens of a tenant: its secrets, and who holds the keys at its address. */
export function signersOf({ secrets, settings }: Pick<Tenant, 'secrets' | 'settings'>): readonly string[] {
  return settings.jwks === '' ? secrets : [...secrets, settings.jwks]
}

/** The public keys at addresses of tenants (RFC 7517), asked for when a token is checked. */
export class KeySets {
  readonly #outbound: Outbound
  readonly #log: Logger
  readonly #sets = new Map<string, JWTVerifyGetKey>()
  /** By address: why keys there cannot be used, by what they are called. */
  readonly #faults = new Map<string, ReadonlyMap<string, string>>()

  constructor(outbound: Outbound, log: Logger) {
    this.#outbound = outbound
    this.#log = log
  }

  /** Why the key of that name at the address cannot be used; undefined where there is none such. */
  faultOf(url: string, kid: string | undefined): string | undefined {
    return kid === undefined ? undefined : this.#faults.get(url)?.get(kid)
  }

  /** A key that is not among them is looked for again, at most every half a minute. */
  at(url: string): JWTVerifyGetKey {
    const known = this.#sets.get(url)
    if (known) return known
    const [oldest] = this.#sets.size >= mostSets ? this.#sets.keys() : []
    if (oldest !== undefined) {
      this.#sets.delete(oldest)
      this.#faults.delete(oldest)
    }
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
    const { keys } = createLocalJWKSet(JSON.parse(text)).jwks()
    const checked = await Promise.all(keys.map(async (key) => ({ key, fault: await faultOf(key) })))
    const faults = checked.flatMap(({ key: { kid = '' }, fault }) =>
      fault === undefined ? [] : [[kid, fault] as const],
    )
    this.#remember(url, faults)
    return JSON.stringify({ keys: checked.filter(({ fault }) => fault === undefined).map(({ key }) => key) })
  }

  /** What is said of them once is not said again each time that they are asked for. */
  #remember(url: string, faults: readonly (readonly [kid: string, fault: string])[]): void {
    const before = JSON.stringify([...(this.#faults.get(url) ?? [])])
    const now = new Map(faults)
    this.#faults.set(url, now)
    if (now.size === 0 || JSON.stringify([...now]) === before) return
    const unusable = Object.fromEntries(now)
    this.#log.warn(
      { jwks: url, keys: unusable },
      'keys of a tenant cannot be used, and tokens by them are refused',
    )
  }
}

const leastRsaBits = 2_048
const curves: Readonly<Record<string, string>> = { RSA: 'RS256', EC: 'ES256', OKP: 'EdDSA' }

/** Why no token can be checked with it, though it is for that; undefined for a good one, and for one of another use. */
async function faultOf(key: JWK): Promise<string | undefined> {
  const { kty = '', alg = curves[kty], use = 'sig' } = key
  const isOfOurs =
    alg !== undefined && byKeySet.includes(alg) && use === 'sig' && !(kty === 'EC' && key.crv !== 'P-256')
  if (!isOfOurs) return undefined
  try {
    const imported = await importJWK(key, alg)
    if (imported instanceof Uint8Array || imported.type !== 'public') return 'expected a public key'
    const { modulusLength = leastRsaBits } = imported.algorithm as { modulusLength?: number }
    return modulusLength < leastRsaBits
      ? `expected an RSA key of 2,048 bits or more, got ${modulusLength}`
      : undefined
  } catch (error) {
    return (error as Error).message.slice(0, 200)
  }
}
