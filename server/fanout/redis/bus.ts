/**
 * The two connections of a node to Redis, one to publish and one to listen, and the judgement whether they work. Only
 * heartbeats of its own that come back prove that: a connection to a Redis that is stuck, or cut off from the others,
 * looks healthy.
 */
import type { Redis } from 'ioredis'
import type { RedisAddress } from '../redis-address.ts'
import { type RedisRole, redisClient } from './client.ts'
import { Echo } from './echo.ts'
import { openRedisLink, type RedisLink } from './link.ts'
import { type RedisLog, reasonOf } from './log.ts'
import { isRefusal } from './refusal.ts'

const tickMs = 500
const ticksPerHeartbeat = 2
/** Heartbeats. Redis may hear this node all the same, but each answer is waited for, and that fills memory. */
const mostUnanswered = 3

export type RedisBus = {
  /** Resolves when this node hears itself, or at `goOn`; rejects if Redis refuses it before that. */
  readonly started: Promise<void>
  /** The start waits no longer: what is not up by now is down, and restored as after any outage. */
  goOn(): void
  readonly isUp: boolean
  /** Milliseconds since this node last heard itself. */
  readonly echoAgeMs: number
  /** The connection to publish on, if there is one. */
  readonly publisher: Redis | undefined
  /** A command on that connection failed. */
  distrust(redis: Redis, error: Error): void
  /** What should be heard is not: both connections are made anew. */
  reconnect(reason: string): void
  /** A heartbeat of this node came back. */
  hearEcho(number: number): void
  /** Publishes one heartbeat more, and closes when all has been sent. */
  close(): Promise<void>
}

type RedisBusOptions = {
  address: RedisAddress
  name: string
  report: RedisLog
  /** Subscribes a new connection to all that is to be heard beside its own heartbeats. */
  subscribe: (redis: Redis) => Promise<unknown>
  heartbeats: {
    channel: string
    encode: (number: number) => string
    /** Redis took the heartbeat of that number. */
    onTaken: (number: number) => void
  }
  onMessage: (channel: Buffer, message: Buffer) => void
  /** This node hears itself again: what was published meanwhile may be lost. */
  onReturn: () => void
  /** Another half second has passed in which this node heard itself. */
  onTick: () => void
}

export function openRedisBus(options: RedisBusOptions): RedisBus {
  const { address, name, report, subscribe, heartbeats, onMessage, onReturn, onTick } = options
  const echo = new Echo()
  const start = Promise.withResolvers<void>()
  let lastFault: Error | undefined
  let isStarted = false
  let ticks = 0
  let unanswered = 0

  const connect = (role: RedisRole, prove: (redis: Redis) => Promise<unknown>) =>
    openRedisLink({
      client: (attempt) => redisClient(address, role, name, attempt),
      prove,
      onUp: heartbeat,
      onFault,
    })
  const publisher = connect('publisher', (redis) => {
    unanswered = 0
    return publishHeartbeat(redis)
  })
  const subscriber = connect('subscriber', (redis) => {
    redis.on('messageBuffer', onMessage)
    return Promise.all([redis.subscribe(heartbeats.channel), subscribe(redis)])
  })
  const ticking = setInterval(tick, tickMs).unref()

  async function publishHeartbeat(redis: Redis): Promise<void> {
    const number = echo.next()
    await redis.publish(heartbeats.channel, heartbeats.encode(number))
    heartbeats.onTaken(number)
  }

  function heartbeat(): void {
    const { redis } = publisher
    if (!redis) return
    if (unanswered >= mostUnanswered) {
      publisher.distrust(redis, new Error('no answer'))
      return
    }
    unanswered += 1
    publishHeartbeat(redis).then(
      () => {
        unanswered = 0
      },
      (error: Error) => publisher.distrust(redis, error),
    )
  }

  function hearEcho(number: number): void {
    if (!publisher.redis || !subscriber.redis || !echo.hear(number)) return
    report.up()
    if (isStarted) onReturn()
    isStarted = true
    start.resolve()
  }

  function onFault(error: Error): void {
    lastFault = error
    echo.lose()
    if (isStarted) report.down(reasonOf(error))
    else if (isRefusal(error)) start.reject(error)
  }

  function tick(): void {
    ticks += 1
    if (ticks % ticksPerHeartbeat === 0) heartbeat()
    const suspects = echo.isUp ? [publisher, subscriber] : unproven()
    if (echo.tick()) renew(suspects, 'it does not hear itself')
    if (echo.isUp) onTick()
  }

  /** Where both seem to work: the one that nobody answers. */
  function unproven(): RedisLink[] {
    const links = [publisher, subscriber].filter(({ redis }) => !redis)
    return links.length > 0 ? links : [subscriber]
  }

  function renew(links: RedisLink[], reason: string): void {
    if (isStarted) report.down(reason)
    echo.lose()
    for (const link of links) link.renew()
  }

  return {
    started: start.promise,
    goOn() {
      if (isStarted) return
      isStarted = true
      report.down(lastFault ? reasonOf(lastFault) : 'no answer')
      start.resolve()
    },
    get isUp() {
      return echo.isUp
    },
    get echoAgeMs() {
      return echo.ageMs
    },
    get publisher() {
      return publisher.redis
    },
    distrust(redis, error) {
      publisher.distrust(redis, error)
      subscriber.distrust(redis, error)
    },
    reconnect: (reason) => renew([publisher, subscriber], reason),
    hearEcho,
    async close() {
      clearInterval(ticking)
      if (publisher.redis) publishHeartbeat(publisher.redis).catch(() => {})
      echo.lose()
      await Promise.all([publisher.close(), subscriber.close()])
    },
  }
}
