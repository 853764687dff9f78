import { setTimeout as delay } from 'node:timers/promises'
import { hashKeptMs } from '../rules/erasing.ts'
import type { ErasureMark, ErasureStore } from '../store/store.ts'
import type { Caller } from './caller.ts'
import { outcomeOf, type Run } from './run.ts'

const lookEveryMs = 1_000
/** Commits become visible late. */
const overlapMs = 30_000
/** Between two slices: everybody else has their turn, and sockets take what was said. */
const pauseMs = 5
/** While another node is at it, or the database takes no writes. */
const patienceMs = 1_000

type EraserOptions = {
  readonly store: ErasureStore
  readonly run: Run
  readonly now: () => number
  /** Whoever acts for a tenant; undefined for one that this server does not know, or that is gone. */
  hostOf(tenant: string): Caller | undefined
  /** A user whose erasing has begun, here or on another node: all they have open is to end. */
  onErased(mark: ErasureMark): void | Promise<void>
  onError(error: unknown): void
}

/**
 * Erases users, slice by slice, whoever asked for it: this server, another one, or the command line beside it. The database
 * says who is to be erased, and how far that has come; what a server leaves when it ends, the next one takes up.
 */
export class Eraser {
  readonly #options: EraserOptions
  readonly #known = new Map<string, number>()
  readonly #closing = new AbortController()
  #latest = 0
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #working: Promise<void> | undefined
  #forgotAt = 0

  constructor(options: EraserOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    for (const { at } of await this.#options.store.list(0)) this.#latest = Math.max(this.#latest, at)
    this.#timer = setInterval(() => void this.look(), lookEveryMs)
    this.#timer.unref()
    await this.look()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#closing.abort()
    await this.#looking
    await this.#working
  }

  /** Somebody may be to be erased. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }

  async #look(): Promise<void> {
    const { store, now, onErased } = this.#options
    const marks = await store.list(this.#latest - overlapMs)
    for (const mark of marks) {
      const key = `${mark.tenant} ${mark.hash}`
      if ((this.#known.get(key) ?? -1) >= mark.at) continue
      this.#known.set(key, mark.at)
      this.#latest = Math.max(this.#latest, mark.at)
      await onErased(mark)
    }
    const open = marks.filter(({ user }) => user !== null)
    if (open.length > 0)
      this.#working ??= this.#work(open).finally(() => {
        this.#working = undefined
      })
    const hour = Math.floor(now() / 3_600_000)
    if (hour === this.#forgotAt) return
    this.#forgotAt = hour
    await store.forget(now() - hashKeptMs)
    const listed = new Set(marks.map(({ tenant, hash }) => `${tenant} ${hash}`))
    for (const key of this.#known.keys()) if (!listed.has(key)) this.#known.delete(key)
  }

  async #work(open: readonly ErasureMark[]): Promise<void> {
    for (const { tenant, user } of open) {
      try {
        if (user !== null) await this.#erase(tenant, user)
      } catch (error) {
        this.#options.onError(error)
        await this.#pause(patienceMs)
      }
    }
  }

  async #erase(tenant: string, userId: string): Promise<void> {
    const { run, hostOf } = this.#options
    while (!this.#closing.signal.aborted) {
      const caller = hostOf(tenant)
      if (!caller) return
      const { reply, created } = await outcomeOf(run, caller, 'eraseSome', { userId })
      if (reply.isDone) return
      await this.#pause(created ? pauseMs : 0)
    }
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {})
  }
}
