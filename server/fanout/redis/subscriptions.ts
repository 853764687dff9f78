/**
 * Which partitions this node hears: those of the topics that it holds, and for a while those of topics that it held
 * until lately, so that a user who reloads the page costs nothing.
 *
 * The rule: Redis takes its time to subscribe, and what others publish until then is missed. So a topic of a partition that
 * was not heard is named when Redis has acknowledged (`onHeard`), and whoever holds it reads the database after
 * that. What was published before Redis subscribed was committed still earlier, so it is read; what was published later is
 * heard. A hello that reads heads, enters rooms and is answered before the acknowledgement is no exception: its rooms
 * are topics from the moment it entered them, and so they are named. A topic whose partition is heard needs nothing.
 *
 * A connection that is made anew subscribes to all partitions before the node counts as up, and then all topics are
 * lost ones.
 */
import type { Redis } from 'ioredis'
import { partitionOf } from './partitions.ts'

/** Ticks, half seconds: longer than a reload, a restart of a node or a train's tunnel take. */
const idleTicks = 120
/** Longer than from one heartbeat of another node to the next. */
const newTicks = 4
/** Channels of one command: Redis, and this process, have others to serve between two of them. */
const mostAtOnce = 1_000

type SubscriptionsOptions = {
  channelOf: (partition: number) => string
  /** Redis has acknowledged the partitions of these topics, which were not heard until now. */
  onHeard: (topics: Iterable<string>) => void
  /** Redis did not subscribe to what it was asked for. */
  onFault: (redis: Redis, error: Error) => void
  /** Redis does not let go of a channel. */
  onRefusal: (error: Error) => void
}

export class Subscriptions {
  readonly #options: SubscriptionsOptions
  /** The topics that this node holds of each partition … */
  readonly #held = new Map<number, Set<string>>()
  /** … of which those are not acknowledged, with the topics that wait for that … */
  readonly #unheard = new Map<number, Set<string>>()
  /** … and those were at that tick, of late … */
  readonly #new = new Map<number, number>()
  /** … and the partitions of which it holds none any more, since which tick. */
  readonly #idle = new Map<number, number>()
  /** Not asked for yet: at the end of this turn, all at once. */
  #news: number[] = []
  #redis: Redis | undefined
  #ticks = 0

  constructor(options: SubscriptionsOptions) {
    this.#options = options
  }

  /** How many partitions were asked for, and are not heard for sure. */
  get pending(): number {
    return this.#unheard.size
  }

  isHeard(partition: number): boolean {
    return (this.#held.has(partition) || this.#idle.has(partition)) && !this.#unheard.has(partition)
  }

  /**
   * Whether it is heard only since the last heartbeats of others: what they published between those and the
   * acknowledgement is counted, and was never to be heard here.
   */
  isNew(partition: number): boolean {
    return this.#new.has(partition)
  }

  /** The topics that this node holds of a partition. */
  topicsOf(partition: number): Iterable<string> {
    return this.#held.get(partition) ?? []
  }

  /** This node holds one topic more. */
  hold(topic: string): void {
    const partition = partitionOf(topic)
    const topics = this.#held.get(partition)
    if (topics) topics.add(topic)
    else this.#begin(partition, topic)
    this.#unheard.get(partition)?.add(topic)
  }

  /** … or one less. */
  drop(topic: string): void {
    const partition = partitionOf(topic)
    const topics = this.#held.get(partition)
    this.#unheard.get(partition)?.delete(topic)
    topics?.delete(topic)
    if (topics?.size !== 0) return
    this.#held.delete(partition)
    this.#idle.set(partition, this.#ticks)
  }

  /**
   * Subscribes to all that is held, on a new connection, and from now on to what comes. Resolves when that is acknowledged,
   * and rejects where it is not.
   */
  async open(redis: Redis): Promise<void> {
    this.#redis = redis
    for (const partition of this.#idle.keys()) this.#unheard.delete(partition)
    this.#idle.clear()
    this.#news = []
    for (const partition of this.#held.keys())
      if (!this.#unheard.has(partition)) this.#unheard.set(partition, new Set())
    await this.#subscribe(redis, [...this.#held.keys()])
  }

  /** Half a second has passed. */
  tick(): void {
    this.#ticks += 1
    for (const [partition, since] of this.#new) {
      if (this.#ticks - since <= newTicks) break
      this.#new.delete(partition)
    }
    this.#letGo()
  }

  #letGo(): void {
    const due: number[] = []
    for (const [partition, since] of this.#idle) {
      if (this.#ticks - since < idleTicks || due.length >= mostAtOnce) break
      // One that is still asked for is let go when it is heard.
      if (!this.#unheard.has(partition)) due.push(partition)
    }
    if (due.length === 0 || !this.#redis) return
    for (const partition of due) this.#idle.delete(partition)
    // Where it fails this node goes on hearing what it does not need, or has lost the connection anyway.
    this.#redis.unsubscribe(...due.map(this.#options.channelOf)).catch(this.#options.onRefusal)
  }

  #begin(partition: number, topic: string): void {
    this.#held.set(partition, new Set([topic]))
    if (!this.#idle.delete(partition)) this.#ask(partition)
  }

  #ask(partition: number): void {
    this.#unheard.set(partition, new Set())
    if (this.#news.length === 0) setImmediate(() => this.#askForNews())
    this.#news.push(partition)
  }

  #askForNews(): void {
    const redis = this.#redis
    const news = this.#news.filter((partition) => this.#unheard.has(partition))
    this.#news = []
    if (redis) this.#subscribe(redis, news).catch((error: Error) => this.#options.onFault(redis, error))
  }

  async #subscribe(redis: Redis, partitions: readonly number[]): Promise<void> {
    const asking: Promise<void>[] = []
    for (let at = 0; at < partitions.length; at += mostAtOnce)
      asking.push(this.#subscribeSome(redis, partitions.slice(at, at + mostAtOnce)))
    await Promise.all(asking)
  }

  async #subscribeSome(redis: Redis, partitions: readonly number[]): Promise<void> {
    await redis.subscribe(...partitions.map(this.#options.channelOf))
    // Another connection asks for all of them anew.
    if (redis !== this.#redis) return
    const topics: string[] = []
    for (const partition of partitions) {
      topics.push(...(this.#unheard.get(partition) ?? []))
      this.#unheard.delete(partition)
      // Anew, so that the oldest stays the first.
      this.#new.delete(partition)
      this.#new.set(partition, this.#ticks)
    }
    if (topics.length > 0) this.#options.onHeard(topics)
  }
}
