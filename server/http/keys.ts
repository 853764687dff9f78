import type { Context } from 'hono'
import { Problem } from '../protocol/problems.ts'
import { isSecretOf, type Key, type KeyScope, mayDo, readKey } from '../rules/keys.ts'
import type { KeyStore } from '../store/store.ts'
import type { RequestContext } from './context.ts'
import type { RateLimit } from './rate-limits.ts'

/** When a key was used, it is known to the minute: not every request writes. */
const usedEveryMs = 60_000

type KeysOptions = {
  readonly store: KeyStore
  readonly rateLimit: RateLimit | undefined
  readonly now: () => number
}

/** Finds the key that a request names. It is read each time: one that was removed is none from the next request on. */
export class Keys {
  readonly #options: KeysOptions

  constructor(options: KeysOptions) {
    this.#options = options
  }

  /** @throws Problem `unauthorized` for none of the tenant's, `rate_limited` for one that asks too often */
  async find(tenant: string, text: string): Promise<Key> {
    const { store, rateLimit, now } = this.#options
    const asked = readKey(text)
    const key = asked && (await store.find(tenant, asked.id))
    if (!asked || !key || !isSecretOf(asked.secret, key))
      throw new Problem('unauthorized', 'key: no key of this tenant')
    await rateLimit?.take('key', `${tenant} ${key.id}`)
    const at = now()
    const isDue = at - (key.usedAt ?? 0) >= usedEveryMs
    // Where the database takes no writes, it answers all the same what is read.
    if (isDue) await store.markUsed(tenant, key.id, at).catch(() => {})
    return key
  }
}

/** @throws Problem `forbidden` for a key without that scope; whoever asks with a token has no scopes */
export function requireScope({ var: { key } }: Context<RequestContext>, scope: KeyScope): void {
  if (key && !mayDo(key, scope))
    throw new Problem(
      'forbidden',
      `key ${key.id}: expected the scope ${scope}, it has ${key.scopes.join(', ')}`,
    )
}
