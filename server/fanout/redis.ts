/**
 * The fan-out of several nodes, through Redis channels. Topics are hashed onto a few fixed channels, which every node
 * hears all of: subscribing to a topic is then a local matter, without a race and with nothing to replay when Redis
 * returns. What a node publishes reaches its own sockets without Redis, and other nodes in one message per turn and
 * channel. Redis keeps nothing: what gets lost, or is published while it is away, is healed from the database.
 */
import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { Delivery, Fanout } from './fanout.ts'
import { createInProcessFanout } from './in-process.ts'
import { openRedisLink, type RedisLink, reasonOf } from './redis-link.ts'
import { decodeBatch, encodeBatch } from './wire.ts'

const PARTITIONS = 64
const quietMs = 5_000

export type RedisFanoutOptions = {
  url: string
  log: Logger
  /** Tells this process from all others: what bears its own name, it drops. */
  node?: string
  /** Two Chatters that share one Redis differ here. */
  prefix?: string
  /** How long Redis may be out of reach at the start before that is an error. */
  startWithinMs?: number
}

/**
 * Resolves when this node hears and is heard. Rejects with one line that says where and why, and holds no password: at
 * once where Redis refuses (wrong password, missing rights), after `startWithinMs` where nothing usable answers.
 * From then on it mends its connections itself. The rights it needs: `+publish +subscribe &chatter:*`.
 */
export async function createRedisFanout({
  url,
  log,
  node = randomBytes(9).toString('base64url'),
  prefix = 'chatter',
  startWithinMs = 5_000,
}: RedisFanoutOptions): Promise<Fanout> {
  const redis = placeOf(url)
  const local = createInProcessFanout()
  const channels = Array.from({ length: PARTITIONS }, (_, partition) => `${prefix}:${partition}`)
  const nothing = encodeBatch(node, [])
  const pending = new Map<string, Delivery[]>()
  const tell = tellerOf(log, redis)
  let isStarted = false
  let isClosed = false
  const onUp = () => isUp() && tell.up()
  const onFault = (reason: string) => isStarted && !isClosed && tell.down(reason)
  const link = (prove: (redis: Redis) => Promise<unknown>) =>
    openRedisLink({ url, name: `${prefix}-${node}`, prove, onUp, onFault })
  const publisher = link((redis) => redis.publish(`${prefix}:0`, nothing))
  const subscriber = link((redis) => redis.subscribe(...channels))

  const isUp = () => publisher.isUp() && subscriber.isUp()

  subscriber.redis.on('messageBuffer', (_channel: Buffer, batch: Buffer) => {
    try {
      for (const delivery of decodeBatch(batch, node)) local.publish(delivery)
    } catch (error) {
      tell.foreign(reasonOf(error))
    }
  })

  function publish(delivery: Delivery): void {
    local.publish(delivery)
    if (isClosed) return
    if (publisher.isUp()) enqueue(delivery)
    else tell.unreached('not connected')
  }

  function enqueue(delivery: Delivery): void {
    if (pending.size === 0) setImmediate(flush)
    const channel = `${prefix}:${partitionOf(delivery.topic)}`
    const batch = pending.get(channel)
    if (batch) batch.push(delivery)
    else pending.set(channel, [delivery])
  }

  // Corked, a turn is one write: half the cost of ioredis' automatic pipelines (measured), which moreover hold the
  // next turn back until the last one is answered.
  function flush(): void {
    const { stream } = publisher.redis
    stream.cork()
    for (const [channel, deliveries] of pending) {
      publisher.redis.publish(channel, encodeBatch(node, deliveries)).catch((error: unknown) => {
        tell.unreached(reasonOf(error), deliveries.length)
        publisher.renew()
      })
    }
    stream.uncork()
    pending.clear()
  }

  async function close(): Promise<void> {
    if (isClosed) return
    isClosed = true
    if (pending.size > 0) flush()
    await Promise.all([local.close(), publisher.close(), subscriber.close()])
  }

  await start([publisher, subscriber], startWithinMs).catch(async (error: unknown) => {
    await close()
    throw new Error(`Cannot use Redis at ${redis}: ${reasonOf(error)}`)
  })
  isStarted = true
  return { ...local, publish, isUp, close }
}

async function start(links: RedisLink[], withinMs: number): Promise<void> {
  const deadline = setTimeout(() => {
    for (const link of links) link.giveUp()
  }, withinMs)
  await Promise.all(links.map((link) => link.started)).finally(() => clearTimeout(deadline))
}

/** FNV-1a: any hash would do, if it is cheap and the same on every node. */
function partitionOf(topic: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < topic.length; at++) hash = Math.imul(hash ^ topic.charCodeAt(at), 0x01000193)
  return (hash >>> 16) % PARTITIONS
}

/** The address, without what nobody may read. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) throw new Error('Cannot use Redis: its address is not a URL like redis://host:6379')
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}

/** What the log hears. Never an error or a delivery, for those may hold passwords and messages. */
function tellerOf(log: Logger, redis: string) {
  let isKnownDown = true
  return {
    unreached: seldom((reason, deliveries) =>
      log.warn({ redis, reason, deliveries }, 'other nodes were not reached'),
    ),
    foreign: seldom((reason, messages) =>
      log.warn({ redis, reason, messages }, 'ignored what no node of ours wrote'),
    ),
    down: seldom(
      (reason, faults) => {
        isKnownDown = true
        log.warn({ redis, reason, faults }, 'Redis is down: this node and others do not hear each other')
      },
      { unlessNew: true },
    ),
    up() {
      if (isKnownDown) log.info({ redis }, 'Redis is up')
      isKnownDown = false
    },
  }
}

/** Tells of trouble at once, then at most once in a while, with the number of times since. */
function seldom(tell: (reason: string, times: number) => void, { unlessNew = false } = {}) {
  let told: { reason: string; at: number } | undefined
  let times = 0
  return (reason: string, count = 1): void => {
    times += count
    const at = performance.now()
    const isNew = unlessNew && reason !== told?.reason
    if (told && at - told.at < quietMs && !isNew) return
    tell(reason, times)
    told = { reason, at }
    times = 0
  }
}
