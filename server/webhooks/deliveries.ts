/**
 * Delivers what webhooks have yet to say: at least once, and of each room in order. A room whose delivery failed waits alone and
 * is tried alone, so that nothing in it holds up another. What stands in the database is the truth: who delivers it may be
 * killed at any time.
 */
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from '../log/logger.ts'
import type { Outbound } from '../outbound/outbound.ts'
import { deliverForMs, pauseMs, userOfRoom } from '../rules/webhooks.ts'
import type {
  PendingEvent,
  PendingPlace,
  PendingRoom,
  StoreReads,
  Tenant,
  Webhook,
  WebhookStore,
} from '../store/store.ts'
import { deliveryOf, eventsOf, type SentEvent } from './events.ts'
import { type Sent, send } from './send.ts'
import { lookForUnread } from './unread.ts'

/** An answer that takes longer is none. */
export const answerWithinMs = 10_000
const lookEveryMs = 1_000
/** A server that died keeps its webhooks for up to half as long again. */
const leaseMs = 20_000
const leaseEveryMs = 2_000
const unreadEveryMs = 10_000
/** Of the log: as a guard, for nobody writes faster than that. */
const partsAtOnce = 200
const roomsAtOnce = 500
const pagesAtOnce = 20
const requestsAtOnce = 4
const mostEvents = 100
const mostBytes = 256 * 1024
const stopWithinMs = 5_000

type DeliveriesOptions = {
  readonly store: WebhookStore
  forTenant(tenant: string): StoreReads
  /** Undefined for one that this server does not know. */
  /** Whether a user may not sign in. */
  isDisabled(tenant: string, user: string): boolean
  tenantOf(tenant: string): Pick<Tenant, 'disabledAt' | 'enabledAt'> | undefined
  readonly outbound: Outbound
  /** Of this server. */
  readonly node: string
  readonly now: () => number
  readonly random: () => number
  readonly log: Logger
  onError(error: unknown): void
}

/** Of one room: what a delivery has of it. */
type Part = {
  readonly place: PendingRoom
  readonly pending: readonly PendingEvent[]
  readonly isAll: boolean
}

export class Deliveries {
  /** Events that arrived, requests that did not, events that were given up, and webhooks that wanted no more. */
  readonly counts = { delivered: 0, failed: 0, dropped: 0, disabled: 0 }
  readonly #options: DeliveriesOptions
  #mine = new Map<string, Webhook>()
  #leasedAt = Number.NEGATIVE_INFINITY
  #unreadAt = Number.NEGATIVE_INFINITY
  #after: PendingPlace | undefined
  /** Rooms that are being delivered or are about to be, and those that wait for it, by webhook. */
  readonly #taken = new Set<string>()
  readonly #queues = new Map<string, PendingRoom[]>()
  readonly #working = new Map<string, Set<Promise<void>>>()
  #looking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: DeliveriesOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), lookEveryMs)
    this.#timer.unref()
  }

  /** Takes up what is due. Resolves when what it began has ended. */
  async look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => {
        this.#looking = undefined
      })
    await this.#looking
    await this.#whenIdle()
  }

  /** Begins nothing more, and waits a little for what is under way. What is not done by then is delivered again by others. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    await this.#looking
    let patience: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, stopWithinMs)
    })
    await Promise.race([this.#whenIdle(), late])
    clearTimeout(patience)
    if (this.#mine.size > 0)
      await this.#options.store.release(this.#options.node).catch((error) => this.#options.onError(error))
  }

  async #whenIdle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all([...this.#working.values()].flatMap((one) => [...one]))
  }

  async #look(): Promise<void> {
    const { store } = this.#options
    // For all, whoever delivers it: another server may be of a version that knows nothing of the log.
    for (let part = 0; part < partsAtOnce && !this.#isStopped && (await store.sortOut()); part++);
    await this.#lease()
    if (this.#isStopped || this.#mine.size === 0) return
    if (this.#time() - this.#unreadAt >= unreadEveryMs) {
      this.#unreadAt = this.#time()
      await lookForUnread(
        this.#options,
        [...this.#mine.values()].filter(({ tenant }) => !this.#isPaused(tenant)),
      )
    }
    // Pages of nothing but rooms that wait are passed over: what nothing holds may come behind very many of them.
    for (let page = 0; page < pagesAtOnce && !this.#isStopped; page++) {
      const pending = await store.listPending(this.#after, roomsAtOnce)
      this.#after = pending.length < roomsAtOnce ? undefined : pending.at(-1)
      if (this.#queue(pending) > 0 || this.#after === undefined) break
      await nextTurn()
    }
    for (const key of this.#queues.keys()) this.#work(key)
  }

  /** @returns how many are due, and this server's to deliver */
  #queue(pending: readonly PendingRoom[]): number {
    const { now } = this.#options
    let count = 0
    for (const place of pending) {
      const key = keyOf({ tenant: place.tenant, id: place.webhook })
      const waitsMs = (place.hold?.nextAt ?? 0) - now()
      // Nothing waits longer than a day: that was said by a clock that was wrong.
      const isDue = waitsMs <= 0 || waitsMs > deliverForMs
      if (!isDue || !this.#mine.has(key) || this.#taken.has(nameOf(place)) || this.#isPaused(place.tenant))
        continue
      this.#taken.add(nameOf(place))
      const queue = this.#queues.get(key) ?? []
      queue.push(place)
      this.#queues.set(key, queue)
      count += 1
    }
    return count
  }

  /** Nothing goes out of a site that is disabled. What waits stays as it is. */
  #isPaused(tenant: string): boolean {
    return this.#options.tenantOf(tenant)?.disabledAt !== undefined
  }

  /**
   * What is older is given up. An event's day does not run out while its site is disabled, so it begins again with the end of
   * that: events written before are kept a little longer than others, and none was tried for less than a day.
   */
  #oldest(tenant: string, at: number): number {
    const old = at - deliverForMs
    const { enabledAt } = this.#options.tenantOf(tenant) ?? {}
    return enabledAt !== undefined && enabledAt > old ? 0 : old
  }

  /** By a clock of its own: it is about this server alone. */
  #time(): number {
    return performance.now()
  }

  async #lease(): Promise<void> {
    const { store, node } = this.#options
    const at = this.#time()
    if (at - this.#leasedAt < leaseEveryMs) return
    const mine = await store.lease(node, leaseMs)
    this.#leasedAt = at
    this.#mine = new Map(mine.map((webhook) => [keyOf(webhook), webhook]))
  }

  /** Nobody else may begin before what this server began has ended. */
  #mayBegin(): boolean {
    return !this.#isStopped && this.#time() + answerWithinMs < this.#leasedAt + leaseMs
  }

  #work(key: string): void {
    const workers = this.#working.get(key) ?? new Set()
    const queue = this.#queues.get(key) ?? []
    for (let count = workers.size; count < requestsAtOnce && queue.length > 0; count++) {
      const work: Promise<void> = this.#deliverAll(key, queue)
        .catch((error: unknown) => this.#options.onError(error))
        .finally(() => {
          workers.delete(work)
          if (workers.size === 0) this.#working.delete(key)
        })
      workers.add(work)
      this.#working.set(key, workers)
    }
  }

  async #deliverAll(key: string, queue: PendingRoom[]): Promise<void> {
    while (queue.length > 0) {
      const webhook = this.#mine.get(key)
      const places = takeSome(queue)
      try {
        if (webhook && this.#mayBegin() && !this.#isPaused(webhook.tenant))
          queue.push(...(await this.#deliver(webhook, places)))
      } finally {
        for (const place of places) if (!queue.includes(place)) this.#taken.delete(nameOf(place))
      }
    }
  }

  /** @returns the rooms that have more to deliver */
  async #deliver(webhook: Webhook, places: readonly PendingRoom[]): Promise<PendingRoom[]> {
    const { store, forTenant, now } = this.#options
    const reads = forTenant(webhook.tenant)
    const events: SentEvent[] = []
    const parts: Part[] = []
    let bytes = 0
    for (const place of places) {
      const left = mostEvents - events.length
      if (left <= 0 || bytes >= mostBytes) break
      const pending = await store.readEvents(place, left)
      const user = userOfRoom(place.room)
      // Who was disabled since is told of no more.
      const isNothing = user !== undefined && this.#options.isDisabled(webhook.tenant, user)
      const sent = isNothing ? [] : await eventsOf(reads, place.room, pending)
      events.push(...sent)
      bytes += JSON.stringify(sent).length
      parts.push({ place, pending, isAll: pending.length < left })
    }
    const more = () => [
      ...parts.filter(({ isAll }) => !isAll).map(({ place }) => place),
      ...places.slice(parts.length),
    ]
    if (events.length > 0) {
      const body = JSON.stringify(await deliveryOf(reads, events))
      const id = idOf(webhook, events)
      const sent = await send(this.#options.outbound, webhook, { id, body, now: now() })
      if (!sent.isDelivered) {
        await this.#onFailure(webhook, parts, sent)
        return places.slice(parts.length)
      }
      this.counts.delivered += events.length
    }
    const delivered = parts.map(({ place: { room }, pending }) => ({
      room,
      revs: pending.map(({ rev }) => rev),
    }))
    await store.markDelivered(webhook, delivered, now())
    return more()
  }

  async #onFailure(
    webhook: Webhook,
    parts: readonly Part[],
    { why, afterMs, isGone }: Sent & { readonly isDelivered: false },
  ): Promise<void> {
    const { store, now, random, log } = this.#options
    const { tenant, id } = webhook
    const named = { tenant, webhook: id, why }
    this.counts.failed += 1
    if (isGone) {
      this.#mine.delete(keyOf(webhook))
      this.counts.disabled += 1
      log.error(named, 'a webhook is gone (410): it is told nothing more')
      return store.disable(webhook, now(), why)
    }
    const at = now()
    const rooms = parts.map(({ place: { room, hold } }) => {
      const attempts = (hold?.attempts ?? 0) + 1
      return { room, attempts, nextAt: at + Math.max(afterMs, pauseMs(attempts, random())), why }
    })
    log.warn({ ...named, rooms: rooms.length }, 'a webhook did not take what it was told: it is tried again')
    const dropped = await store.holdRooms(webhook, rooms, { at, old: this.#oldest(tenant, at) })
    this.counts.dropped += dropped
    if (dropped > 0)
      log.error({ ...named, dropped }, 'a webhook was not reached for a day: events are given up')
  }
}

/** Rooms for one delivery: several together, or one that failed, alone. */
function takeSome(queue: PendingRoom[]): PendingRoom[] {
  const end = queue.findIndex(({ hold }) => hold !== undefined)
  return queue.splice(0, end === -1 ? mostEvents : Math.max(1, end))
}

/** The same for the same events, whoever sends them when. */
function idOf({ id }: Webhook, events: readonly SentEvent[]): string {
  const names = events.map((event) => event.id).join(' ')
  return `msg_${id}_${createHash('sha256').update(names).digest('base64url').slice(0, 22)}`
}

const keyOf = ({ tenant, id }: Pick<Webhook, 'tenant' | 'id'>): string => `${tenant} ${id}`
const nameOf = ({ tenant, webhook, room }: PendingPlace): string => `${tenant} ${webhook} ${room}`
