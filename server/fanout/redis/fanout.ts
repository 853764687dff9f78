/**
 * The fan-out of several nodes, through Redis channels. Topics are hashed onto a few channels of their database, which
 * every node of it hears all of: subscribing to a topic is then a local matter, without a race and with nothing to replay when Redis
 * returns. What a node publishes reaches its own sockets without Redis, and other nodes in one message per turn and
 * channel. Redis keeps nothing: what gets lost, or is published while it is away, is noticed here by counting
 * (peers.ts) and by listening to oneself (echo.ts), announced as a loss, and healed from the database.
 */
import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { Delivery, Fanout, Hearing } from '../fanout.ts'
import { createInProcessFanout } from '../in-process.ts'
import { type RedisAddress, readRedisAddress } from '../redis-address.ts'
import { openRedisBus } from './bus.ts'
import { channelsOf, type Database, markReader } from './channels.ts'
import { EarlierBuilds } from './earlier-builds.ts'
import { decodeHeartbeat, encodeHeartbeat, type Heartbeat } from './heartbeat.ts'
import { reasonOf, redisLog } from './log.ts'
import { Losses } from './losses.ts'
import { partitionCount, partitionOf } from './partitions.ts'
import { Peers, type Silence } from './peers.ts'
import { type Batch, decodeBatch, encodeBatch } from './wire.ts'

/** What Redis does not take yet waits in this process. Beyond that, it is lost at once instead of later. */
const mostWaitingBytes = 16 * 1024 * 1024

export type RedisFanoutOptions = {
  /** One Redis, Sentinels or a Cluster (redis-address.ts). */
  url: string
  log: Logger
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
 * rights), and at an address of a wrong form: with one line that says where and why, and holds no password. The rights it needs: `+publish +subscribe &chatter:*`.
 */
export async function createRedisFanout({
  url,
  log,
  database,
  prefix = 'chatter',
  startWithinMs = 5_000,
}: RedisFanoutOptions): Promise<Fanout> {
  const address = addressOf(url)
  // Anew for each process, because its counters are: a name that came back would count as old news for a while.
  const node = randomBytes(9).toString('base64url')
  const local = createInProcessFanout()
  const channels = channelsOf(prefix, database)
  const partitions = new Map(channels.partitions.map((channel, partition) => [channel, partition]))
  const pending = new Map<number, Delivery[]>()
  /** By partition: the number of this node's newest batch. */
  const published = new Array<number>(partitionCount).fill(0)
  const report = redisLog(log, address.place)
  const losses = new Losses((concerns) => isClosed || announce(concerns))
  const peers = new Peers((partition) => losses.add(partition))
  const earlier = new EarlierBuilds({
    onGap: (partition) => losses.add(partition),
    onLoss: () => losses.addAll(),
  })
  const mark = markReader(database)
  let announce: Parameters<Fanout['onLoss']>[0] = () => {}
  let isClosed = false

  const bus = openRedisBus({
    address,
    name: `${prefix}-${node}`,
    report,
    channels: [...channels.partitions, channels.earlierHeartbeats],
    heartbeats: { channel: channels.heartbeats, encode: encodeOwn },
    onMessage: hear,
    onReturn() {
      peers.excuse()
      earlier.excuse()
      losses.addAll()
    },
    onTick() {
      judge(peers.tick())
      earlier.tick()
    },
  })

  function encodeOwn(number: number): string {
    const heartbeat = encodeHeartbeat({ node, mark: mark(), beat: number, published, isLast: isClosed })
    // Where it fails, its own heartbeat does too.
    if (earlier.areHeard) bus.publisher?.publish(channels.earlierHeartbeats, heartbeat).catch(() => {})
    return heartbeat
  }

  function publish(delivery: Delivery): void {
    local.publish(delivery)
    if (isClosed) return
    if (pending.size === 0) setImmediate(flush)
    const partition = partitionOf(delivery.topic)
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
    const number = (published[partition] ?? 0) + 1
    published[partition] = number
    const isTooMuch = redis && redis.stream.writableLength > mostWaitingBytes
    if (!redis || isTooMuch) {
      report.unreached(isTooMuch ? 'too much is waiting for Redis' : 'not connected', deliveries.length)
      return
    }
    const batch = encodeBatch({ node, number, mark: mark() }, deliveries)
    redis.publish(channels.partitions[partition] ?? '', batch).catch((error: Error) => {
      report.unreached(reasonOf(error), deliveries.length)
      bus.distrust(redis, error)
    })
  }

  function hear(channel: Buffer, message: Buffer): void {
    try {
      const name = channel.toString()
      const partition = partitions.get(name)
      if (partition !== undefined) hearBatch(partition, decodeBatch(message, { node, mark: mark() }))
      else if (name === channels.heartbeats) hearHeartbeat(decodeHeartbeat(message))
      else hearEarlier(decodeHeartbeat(message))
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
    peers.hearHeartbeat(heard.node, heard.published)
    if (heard.isLast) peers.forget(heard.node)
  }

  function hearEarlier(heard: Heartbeat): void {
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
    return { isUp, echoAgeMs, peers: isUp ? peers.heard : 0, missing: peers.missing }
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
    ...local,
    publish,
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
