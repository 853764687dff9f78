/**
 * The fan-out of several nodes, through Redis channels. Topics are hashed onto partitions, channels of their database, and a
 * node hears those that it holds a topic of (subscriptions.ts says what is missed until it does, and why that is no
 * loss). What a node publishes reaches its own sockets without Redis, and other nodes in one message per turn and
 * partition. Redis keeps nothing: what gets lost, or is published while it is away, is noticed here by counting
 * (peers.ts) and by listening to oneself (echo.ts), announced as a loss, and healed from the database.
 */
import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { type Logger, silent } from '../../log/logger.ts'
import type { Delivery, Fanout, Hearing } from '../fanout.ts'
import { createInProcessFanout } from '../in-process.ts'
import { type RedisAddress, readRedisAddress } from '../redis-address.ts'
import { openRedisBus } from './bus.ts'
import { channelsOf, type Database, markReader } from './channels.ts'
import { Counters } from './counters.ts'
import {
  decodeEarlierHeartbeat,
  EarlierBuilds,
  type EarlierHeartbeat,
  earlierPartitionOf,
} from './earlier-builds.ts'
import { decodeHeartbeat, encodeHeartbeat, type Heartbeat } from './heartbeat.ts'
import { reasonOf, redisLog } from './log.ts'
import { Losses } from './losses.ts'
import { partitionOf } from './partitions.ts'
import { Peers, type Silence } from './peers.ts'
import { isRefusal } from './refusal.ts'
import { Subscriptions } from './subscriptions.ts'
import { type Batch, decodeBatch, encodeBatch } from './wire.ts'

/** What Redis does not take yet waits in this process. Beyond that, it is lost at once instead of later. */
const mostWaitingBytes = 16 * 1024 * 1024

export type RedisFanoutOptions = {
  /** One Redis, Sentinels or a Cluster (redis-address.ts). */
  url: string
  /** Default: nothing is logged. */
  log?: Logger
  /** The `Stores` whose servers are to hear each other, and no others: part of the names of their channels. */
  database: Database
  /** What the names of the channels begin with. Default `chatter`. */
  prefix?: string
  /** How long the start waits for Redis before it goes on without. */
  startWithinMs?: number
}

/**
 * Resolves when this node hears itself, or after `startWithinMs`: where Redis is away then, it is as where it goes away
 * later, and the connections are restored when it comes. Rejects where Redis refuses until then (wrong password, missing
 * rights), and at an address of a wrong form: with one line that says where and why, and holds no password. The rights it
 * needs: `+publish +subscribe +unsubscribe &chatter:*`.
 */
export async function createRedisFanout({
  url,
  log = silent,
  database,
  prefix = 'chatter',
  startWithinMs = 5_000,
}: RedisFanoutOptions): Promise<Fanout> {
  const address = addressOf(url)
  // Anew for each process, because its counters are: a name that came back would count as old news for a while.
  const node = randomBytes(9).toString('base64url')
  const local = createInProcessFanout()
  const channels = channelsOf(prefix, database)
  const pending = new Map<number, Delivery[]>()
  const counters = new Counters()
  const report = redisLog(log, address.place)
  const losses = new Losses({
    topics: local.topics,
    topicsOf: (partition) => subscriptions.topicsOf(partition),
    onLoss: (topics) => isClosed || announce(topics),
    onHeard: (topics) => isClosed || announceHeard(topics),
  })
  const subscriptions = new Subscriptions({
    channelOf: channels.ofPartition,
    // Of one that is down all topics are lost, when it is up again.
    onHeard: (topics) => bus.isUp && announceHeard(topics),
    onFault: (redis, error) => bus.distrust(redis, error),
    onRefusal: (error) => isRefusal(error) && report.kept(),
  })
  const peers = new Peers({
    onGap: noteGap,
    onGapSomewhere: () => losses.addAll(),
  })
  const earlier = new EarlierBuilds({
    onGaps: (partitions) => losses.addWhere((topic) => partitions.has(earlierPartitionOf(topic))),
    onLoss: () => losses.addAll(),
  })
  const mark = markReader(database)
  let announce: Parameters<Fanout['onLoss']>[0] = () => {}
  let announceHeard: Parameters<Fanout['onHeard']>[0] = () => {}
  let isClosed = false

  const bus = openRedisBus({
    address,
    name: `${prefix}-${node}`,
    report,
    subscribe: (redis) =>
      Promise.all([redis.subscribe(channels.earlierHeartbeats), subscriptions.open(redis)]),
    heartbeats: {
      channel: channels.heartbeats,
      encode: encodeOwn,
      onTaken: (number) => counters.taken(number),
    },
    onMessage: hear,
    onReturn() {
      peers.excuse()
      earlier.excuse()
      losses.addAll()
    },
    onTick() {
      judge(peers.tick())
      earlier.tick()
      subscriptions.tick()
    },
  })

  function encodeOwn(number: number): string {
    const about = { node, mark: mark(), beat: number, isLast: isClosed }
    // Where it fails, the heartbeat for all the others does too.
    if (earlier.areHeard)
      bus.publisher?.publish(channels.earlierHeartbeats, earlier.heartbeat(about)).catch(() => {})
    return encodeHeartbeat({ ...about, ...counters.say(number) })
  }

  /** What is not heard is not missed, and what is not heard yet is named when it is. */
  function noteGap(partition: number): void {
    if (!subscriptions.isHeard(partition)) return
    if (subscriptions.isNew(partition)) losses.addNewPartition(partition)
    else losses.addPartition(partition)
  }

  function subscribe(topic: string): void {
    const isNew = !local.has(topic)
    local.subscribe(topic)
    if (isNew) subscriptions.hold(topic)
  }

  function unsubscribe(topic: string): void {
    const wasHeld = local.has(topic)
    local.unsubscribe(topic)
    if (wasHeld && !local.has(topic)) subscriptions.drop(topic)
  }

  function publish(delivery: Delivery): void {
    local.publish(delivery)
    if (isClosed) return
    if (pending.size === 0) setImmediate(flush)
    const partition = partitionOf(delivery.topic)
    earlier.count(delivery.topic)
    const batch = pending.get(partition)
    if (batch) batch.push(delivery)
    else pending.set(partition, [delivery])
  }

  // Corked, a turn is one write: half the cost of ioredis' automatic pipelines (measured), which moreover hold the
  // next turn back until the last one is answered.
  function flush(): void {
    const redis = bus.publisher
    redis?.stream.cork()
    for (const [partition, deliveries] of pending) sendToOthers(redis, partition, deliveries)
    redis?.stream.uncork()
    pending.clear()
  }

  /** Counts what is not sent too, so that the others know what they lack. */
  function sendToOthers(redis: Redis | undefined, partition: number, deliveries: Delivery[]): void {
    const number = counters.next(partition)
    const isTooMuch = redis && redis.stream.writableLength > mostWaitingBytes
    if (!redis || isTooMuch) {
      report.unreached(isTooMuch ? 'too much is waiting for Redis' : 'not connected', deliveries.length)
      return
    }
    const batch = encodeBatch({ node, number, mark: mark() }, deliveries)
    redis.publish(channels.ofPartition(partition), batch).catch((error: Error) => {
      report.unreached(reasonOf(error), deliveries.length)
      bus.distrust(redis, error)
    })
  }

  function hear(channel: Buffer, message: Buffer): void {
    try {
      const name = channel.toString()
      if (name === channels.heartbeats) hearHeartbeat(decodeHeartbeat(message))
      else if (name === channels.earlierHeartbeats) hearEarlier(decodeEarlierHeartbeat(message))
      else hearBatch(channels.partitionOf(name), decodeBatch(message, { node, mark: mark() }))
    } catch (error) {
      report.foreign(reasonOf(error))
    }
  }

  function hearBatch(partition: number, batch: Batch): void {
    if (batch.node === node) return
    if (batch.mark !== mark()) {
      report.stranger(batch.node)
      return
    }
    if (!peers.hearBatch(batch.node, partition, batch.number)) return
    for (const delivery of batch.deliveries) local.publish(delivery)
  }

  function hearHeartbeat(heard: Heartbeat): void {
    if (heard.node === node) {
      bus.hearEcho(heard.beat)
      return
    }
    if (heard.mark !== mark()) {
      report.stranger(heard.node)
      return
    }
    // It may have come after most of what this node published.
    if (peers.hearHeartbeat(heard.node, heard)) counters.repeat()
    if (heard.isLast) peers.forget(heard.node)
  }

  function hearEarlier(heard: EarlierHeartbeat): void {
    earlier.hear(heard)
    if (earlier.areHeard) report.earlier()
  }

  function judge({ fell, stay }: Silence): void {
    for (const silent of fell) report.silent(silent)
    if (fell.length > 0) losses.addAll()
    // It may be this node that is connected to the wrong one of several.
    if (stay.length > 0 && address.kind !== 'one') bus.reconnect('another node stays silent')
  }

  function hearing(): Hearing {
    const { isUp, echoAgeMs } = bus
    const { pending } = subscriptions
    return { isUp, echoAgeMs, peers: isUp ? peers.heard : 0, missing: peers.missing, pending }
  }

  async function close(): Promise<void> {
    if (isClosed) return
    isClosed = true
    if (pending.size > 0) flush()
    await Promise.all([local.close(), bus.close()])
  }

  const deadline = setTimeout(bus.goOn, startWithinMs)
  try {
    await bus.started
  } catch (error) {
    await close()
    throw new Error(`Cannot use Redis at ${address.place}: ${reasonOf(error)}`)
  } finally {
    clearTimeout(deadline)
  }
  return {
    publish,
    subscribe,
    unsubscribe,
    onDelivery: local.onDelivery,
    onHeard(listen) {
      announceHeard = listen
    },
    onLoss(listen) {
      announce = listen
    },
    hearing,
    close,
  }
}

function addressOf(url: string): RedisAddress {
  try {
    return readRedisAddress(url)
  } catch (error) {
    throw new Error(`Cannot use Redis: ${reasonOf(error)}`)
  }
}
