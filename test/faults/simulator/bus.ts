import type { Delivery, Fanout, Hearing } from '../../../server/fanout/fanout.ts'
import { createInProcessFanout } from '../../../server/fanout/in-process.ts'
import type { Chance } from './chance.ts'
import { Ears } from './ears.ts'
import type { SimulatedTime } from './time.ts'

/** So few that topics share them, and so many that a node does not hear all. */
const partitions = 16
const heartbeatMs = 1_000
const downAfterMs = 2_500
const missingAfterMs = 3_000
/** A node that does not come back is mourned no longer. */
const forgottenAfterMs = 60_000

/** How the bus loses what nodes send each other: so that the next heartbeat shows it, or so that nothing does. */
export type Loss = 'announced' | 'silent'

/**
 * What nodes send each other, as Redis carries it: what a node publishes reaches its own sockets at once, and every
 * other node later, in order within a partition, now and then twice, and sometimes never.
 */
export class Bus {
  /** Which share of all deliveries is lost, and how. */
  lossy: { share: number; how: Loss } | undefined
  readonly #time: SimulatedTime
  readonly #chance: Chance
  readonly #isHealed: boolean
  readonly #ends = new Set<BusEnd>()

  /** Without `isHealed` no node ever learns that anything was lost. */
  constructor(time: SimulatedTime, chance: Chance, isHealed: boolean) {
    this.#time = time
    this.#chance = chance
    this.#isHealed = isHealed
    this.#heartbeat()
  }

  join(name: string): BusEnd {
    const end = new BusEnd(name, {
      now: this.#time.now,
      carry: (delivery) => this.#carry(end, delivery),
      ears: new Ears({
        time: this.#time,
        chance: this.#chance.branch(name),
        partitionOf,
        isSilent: () => end.isSilent,
        onHeard: (topics) => this.#isHealed && !end.isGone && end.onHeardLate(topics),
      }),
      hearing: () => (this.#isHealed ? this.#hearingOf(end) : undefined),
    })
    this.#ends.add(end)
    return end
  }

  /** All nodes hear each other again, and nothing is lost. */
  repair(): void {
    this.lossy = undefined
    for (const end of this.#ends) this.reconnect(end)
  }

  reconnect(end: BusEnd): void {
    if (!end.isSilent || end.isGone) return
    const wasDown = end.silentMs >= downAfterMs
    end.speakAgain()
    if (wasDown) this.#announce(end, () => true)
  }

  #carry(from: BusEnd, delivery: Delivery): void {
    for (const to of this.#ends) if (to !== from && !to.isGone) this.#send(from, to, delivery)
  }

  #send(from: BusEnd, to: BusEnd, delivery: Delivery): void {
    const { lossy } = this
    if (!to.listensTo(delivery)) return
    const isLost = lossy && this.#chance.happens(lossy.share) && isLosable(delivery, lossy.how)
    if (from.isSilent || to.isSilent) to.miss(from, delivery)
    else if (!isLost) this.#deliver(from, to, delivery)
    else if (lossy.how === 'announced') to.miss(from, delivery)
  }

  #deliver(from: BusEnd, to: BusEnd, delivery: Delivery): void {
    const latencyMs = this.#chance.happens(0.05) ? this.#chance.between(20, 400) : this.#chance.between(0, 5)
    const inMs = to.queue(from, delivery, latencyMs)
    const arrive = () => to.hear(from, delivery)
    this.#time.after(inMs, arrive)
    if (this.#chance.happens(0.02)) this.#time.after(inMs + this.#chance.between(0, 300), arrive)
  }

  /**
   * Every second each node says how much it published: whoever missed something notices, and who is silent is missed.
   */
  #heartbeat(): void {
    this.#time.after(heartbeatMs, () => this.#heartbeat())
    for (const end of this.#ends) {
      const missed = end.isSilent ? new Set() : end.noticed()
      if (missed.size > 0) this.#announce(end, (topic) => missed.has(partitionOf(topic)))
      if (end.silentMs >= missingAfterMs && !end.isMissing) this.#miss(end)
      if (end.isGone && end.silentMs >= forgottenAfterMs) this.#ends.delete(end)
    }
  }

  #miss(end: BusEnd): void {
    end.isMissing = true
    for (const other of this.#ends) if (other !== end) this.#announce(other, () => true)
  }

  #announce(end: BusEnd, concerns: (topic: string) => boolean): void {
    if (this.#isHealed && !end.isGone && !end.isSilent) end.onLost([...end.topics()].filter(concerns))
  }

  #hearingOf({ silentMs }: BusEnd): Hearing {
    const missing = [...this.#ends].filter(({ isMissing }) => isMissing).length
    const peers = this.#ends.size - 1 - missing
    return { isUp: silentMs < downAfterMs, echoAgeMs: silentMs, peers, missing, pending: 0 }
  }
}

type Ways = {
  readonly now: () => number
  carry(delivery: Delivery): void
  readonly ears: Ears
  hearing(): Hearing | undefined
}

/** A node's end of the bus. */
export class BusEnd implements Fanout {
  /** Others noticed that it is silent. */
  isMissing = false
  /** Its node is dead. */
  isGone = false
  onLost: (topics: Iterable<string>) => void = () => {}
  onHeardLate: (topics: Iterable<string>) => void = () => {}
  readonly #name: string
  readonly #ways: Ways
  readonly #local = createInProcessFanout()
  #silentSince: number | undefined
  /** By who published it: the partitions of which something did not come. */
  readonly #missed = new Map<BusEnd, Set<number>>()
  /** When the last delivery of each node and partition arrives. */
  readonly #lastAt = new Map<string, number>()

  constructor(name: string, ways: Ways) {
    this.#name = name
    this.#ways = ways
  }

  // ── For its node ─────────────────────────────────────────────────────────────────────────────────────────────

  publish(delivery: Delivery): void {
    if (this.isGone) return
    this.#local.publish(delivery)
    this.#ways.carry(delivery)
  }

  subscribe(topic: string): void {
    const isNew = !this.#local.has(topic)
    this.#local.subscribe(topic)
    if (isNew) this.#ways.ears.hold(topic)
  }

  unsubscribe(topic: string): void {
    const wasHeld = this.#local.has(topic)
    this.#local.unsubscribe(topic)
    if (wasHeld && !this.#local.has(topic)) this.#ways.ears.drop(topic)
  }

  onDelivery(listen: (delivery: Delivery) => void): void {
    this.#local.onDelivery((delivery) => this.isGone || listen(delivery))
  }

  onHeard(listen: (topics: Iterable<string>) => void): void {
    this.onHeardLate = listen
  }

  onLoss(listen: (topics: Iterable<string>) => void): void {
    this.onLost = listen
  }

  hearing(): Hearing | undefined {
    return this.#ways.hearing()
  }

  async close(): Promise<void> {
    this.die()
  }

  // ── For the world ────────────────────────────────────────────────────────────────────────────────────────────

  get isSilent(): boolean {
    return this.#silentSince !== undefined
  }

  topics(): Iterable<string> {
    return this.#local.topics()
  }

  listensTo({ topic }: Delivery): boolean {
    return this.#ways.ears.isOpen(partitionOf(topic))
  }

  /** For how long it neither heard nor was heard. */
  get silentMs(): number {
    return this.#silentSince === undefined ? 0 : this.#ways.now() - this.#silentSince
  }

  fallSilent(): void {
    this.#silentSince ??= this.#ways.now()
  }

  speakAgain(): void {
    this.#silentSince = undefined
    this.isMissing = false
  }

  die(): void {
    this.fallSilent()
    this.isGone = true
  }

  /** In how many milliseconds a delivery arrives: after all that its node published before in the same partition. */
  queue(from: BusEnd, { topic }: Delivery, latencyMs: number): number {
    const way = `${from.#name} ${partitionOf(topic)}`
    const now = this.#ways.now()
    const at = Math.max(this.#lastAt.get(way) ?? 0, now + latencyMs)
    this.#lastAt.set(way, at)
    return at - now
  }

  hear(from: BusEnd, delivery: Delivery): void {
    if (this.isSilent) this.miss(from, delivery)
    else this.#local.publish(delivery)
  }

  miss(from: BusEnd, { topic }: Delivery): void {
    this.#missed.set(from, (this.#missed.get(from) ?? new Set()).add(partitionOf(topic)))
  }

  /** The gaps that show now, because who published what is missing is heard (again). */
  noticed(): Set<number> {
    const gaps = new Set<number>()
    for (const [from, missed] of this.#missed) {
      if (from.isSilent) continue
      this.#missed.delete(from)
      for (const partition of missed) gaps.add(partition)
    }
    return gaps
  }
}

/**
 * All but a read mark can be lost without a trace: one that nobody knows to be lost is sent again only when something
 * else happens in its room, or to the next connection.
 */
function isLosable({ rev, changed }: Delivery, how: Loss): boolean {
  return how === 'announced' || rev !== undefined || changed === undefined
}

function partitionOf(topic: string): number {
  let hash = 0
  for (let at = 0; at < topic.length; at++) hash = (Math.imul(hash, 31) + topic.charCodeAt(at)) | 0
  return Math.abs(hash) % partitions
}
