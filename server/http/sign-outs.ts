import { parse } from '../protocol/parse.ts'
import { Problem } from '../protocol/problems.ts'
import { UserId } from '../protocol/views.ts'
import { asWritten } from '../rules/sign-outs.ts'
import { longestTokenMs } from '../rules/token-times.ts'
import type { SignOut, SignOutStore } from '../store/store.ts'
import type { Identity } from './identity.ts'

const lookEveryMs = 1_000

export type SignOutWatcher = {
  /** All sockets of these users are to end. */
  onSignOuts(signOuts: readonly SignOut[]): void
  onError(error: unknown): void
}

/** What the site asks for, beside that the sockets of the user end. */
export type NewSignOut = Pick<SignOut, 'tenant' | 'user'> & {
  /** No token that was issued until now is good any more. */
  readonly isRevoking?: boolean
  readonly isDisabled?: boolean
  /** They may sign in again. */
  readonly isEnabled?: boolean
}

type SignOutsOptions = { readonly store: SignOutStore; readonly now: () => number }

/**
 * Who was signed out by the site, or may not sign in at all. The database says it to every node, within about a second: a
 * word between nodes could get lost.
 */
export class SignOuts {
  readonly #options: SignOutsOptions
  readonly #known = new Map<string, SignOut>()
  #latest = 0
  #looking: Promise<void> | undefined
  #lookingNext: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #watcher: SignOutWatcher | undefined

  constructor(options: SignOutsOptions) {
    this.#options = options
  }

  /** Reads them, and goes on watching for more. */
  async start(watcher: SignOutWatcher): Promise<void> {
    const { store, now } = this.#options
    for (const one of await store.list(now() - longestTokenMs)) this.#keep(one)
    this.#watcher = watcher
    this.#timer = setInterval(() => {
      if (this.#looking === undefined) this.look().catch((error: unknown) => watcher.onError(error))
    }, lookEveryMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /**
   * Writes one, and ends the sockets here at once: also where the database cannot take it, and others learn nothing.
   * @throws Problem `bad_request` for what is no user's id
   */
  async add({
    tenant,
    user: id,
    isRevoking = false,
    isDisabled = false,
    isEnabled = false,
  }: NewSignOut): Promise<void> {
    const { store, now } = this.#options
    const user = parse(UserId, id)
    const at = now()
    const tokensFrom = isRevoking ? at : null
    const signOut = asWritten({ tenant, user, at, tokensFrom, isDisabled, isEnabled })
    try {
      await store.put(signOut, at - longestTokenMs)
    } catch (error) {
      if (!isEnabled) this.#watcher?.onSignOuts([signOut])
      throw error
    }
    await this.look()
  }

  /** Whoever asks while it is being read waits for the next time, with all others who do: what they wrote is read then. */
  look(): Promise<void> {
    if (this.#looking === undefined) {
      this.#looking = this.#readNews().finally(() => {
        this.#looking = undefined
      })
      return this.#looking
    }
    this.#lookingNext ??= this.#looking
      .catch(() => {})
      .then(() => {
        this.#lookingNext = undefined
        return this.look()
      })
    return this.#lookingNext
  }

  async #readNews(): Promise<void> {
    const { store, now } = this.#options
    // What is older is forgotten here, and must not be news again.
    const old = now() - longestTokenMs
    const news = await store.listSince(Math.max(this.#latest + 1, old))
    for (const one of news) this.#keep(one)
    // Also of who may sign in again: they may have been signed out since the last look, and one row says only how it is now.
    if (news.length > 0) this.#watcher?.onSignOuts(news)
    for (const [key, { at, isDisabled }] of this.#known) if (at < old && !isDisabled) this.#known.delete(key)
  }

  /**
   * @throws Problem `forbidden` for a user who may not sign in, `unauthorized` for a token that was revoked
   */
  require(tenant: string, { profile, signer, issuedAt }: Identity): void {
    const found = this.#known.get(keyOf({ tenant, user: profile.id }))
    if (!found) return
    if (found.isDisabled) throw new Problem('forbidden', 'this user may not sign in')
    const { tokensFrom } = found
    // A token that does not say when it was issued may be an old one.
    if (tokensFrom !== null && signer !== undefined && (issuedAt ?? 0) < tokensFrom)
      throw new Problem('unauthorized', 'token: it was revoked')
  }

  isDisabled(tenant: string, user: string): boolean {
    return this.#known.get(keyOf({ tenant, user }))?.isDisabled ?? false
  }

  #keep(one: SignOut): void {
    this.#known.set(keyOf(one), one)
    this.#latest = Math.max(this.#latest, one.at)
  }
}

const keyOf = ({ tenant, user }: Pick<SignOut, 'tenant' | 'user'>): string => `${tenant} ${user}`
