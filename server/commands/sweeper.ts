import { setTimeout as delay } from 'node:timers/promises'
import type { TenantSettings } from '../rules/settings.ts'
import type { Store, Tenant } from '../store/store.ts'

const everyMs = 3_600_000
/** Between two slices: everybody else has their turn. */
const pauseMs = 5

type SweeperOptions = {
  readonly now: () => number
  tenants(): readonly Pick<Tenant, 'id'>[]
  /** Undefined of one who is no longer there. */
  settingsOf(tenant: string): Pick<TenantSettings, 'keepDays'> | undefined
  forTenant(tenant: string): Pick<Store, 'removeOld'>
  /** Some of the answers that are kept no longer, which have what rooms said: 0 when none is left. */
  forgetAnswers(): Promise<number>
  onError(error: unknown): void
}

/** Once an hour removes what is older than its tenant or room keeps it. Tenants that keep everything cost one look each. */
export class Sweeper {
  readonly #options: SweeperOptions
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> | undefined

  constructor(options: SweeperOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => void this.sweep(), everyMs)
    this.#timer.unref()
    void this.sweep()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#closing.abort()
    await this.#working
  }

  /** All tenants once. */
  sweep(): Promise<void> {
    this.#working ??= this.#sweep().finally(() => {
      this.#working = undefined
    })
    return this.#working
  }

  async #sweep(): Promise<void> {
    const { tenants, onError } = this.#options
    for (const { id } of tenants()) await this.#sweepTenant(id).catch(onError)
    await this.#forgetAnswers().catch(onError)
  }

  /** Requests forget those of before, too: but where nobody asks again, they would stay. */
  async #forgetAnswers(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted && (await this.#options.forgetAnswers()) > 0) await this.#pause()
  }

  async #sweepTenant(tenant: string): Promise<void> {
    const { now, settingsOf, forTenant } = this.#options
    const { signal } = this.#closing
    let after = ''
    while (!signal.aborted) {
      // Each time anew: whoever keeps messages longer from now on loses no more of them.
      const settings = settingsOf(tenant)
      if (!settings) return
      const { keepDays } = settings
      const slice = await forTenant(tenant).removeOld({ now: now(), keepDays, after })
      if (slice.isDone) return
      after = slice.after
      await this.#pause()
    }
  }

  async #pause(): Promise<void> {
    await delay(pauseMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {})
  }
}
