import { setTimeout as delay } from 'node:timers/promises'
import type { Store, Tenant } from '../store/store.ts'

const dayMs = 86_400_000
const everyMs = 3_600_000
/** Between two slices: everybody else has their turn. */
const pauseMs = 5

type SweeperOptions = {
  readonly now: () => number
  tenants(): readonly Tenant[]
  forTenant(tenant: string): Pick<Store, 'removeOld'>
  onError(error: unknown): void
}

/** Once an hour removes what is older than its tenant keeps it. Tenants that keep everything cost nothing. */
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
    for (const { id, settings } of tenants()) {
      if (settings.keepDays === null) continue
      await this.#sweepTenant(id, settings.keepDays).catch(onError)
    }
  }

  async #sweepTenant(tenant: string, keepDays: number): Promise<void> {
    const before = this.#options.now() - keepDays * dayMs
    const { signal } = this.#closing
    let after = ''
    while (!signal.aborted) {
      const slice = await this.#options.forTenant(tenant).removeOld({ before, after })
      if (slice.isDone) return
      after = slice.after
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }
}
