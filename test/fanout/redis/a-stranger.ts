import type { Redis } from 'ioredis'
import { channelsOf, markReader } from '../../../server/fanout/redis/channels.ts'
import { encodeHeartbeat } from '../../../server/fanout/redis/heartbeat.ts'
import { partitionOf } from '../../../server/fanout/redis/partitions.ts'
import { encodeBatch } from '../../../server/fanout/redis/wire.ts'
import { aDelivery } from '../../contract/fanout.ts'
import { aDatabase } from './a-database.ts'

/**
 * A node that only does what a test wants: it counts right or wrong, sends heartbeats or falls silent. With a database of
 * its own it says so, on the channels of the one that is tested.
 */
export function aStranger(redis: Redis, prefix: string, node = 'stranger', database = aDatabase) {
  const channels = channelsOf(prefix, aDatabase)
  const mark = markReader(database)()
  const published = new Array<number>(64).fill(0)
  let heartbeats = 0
  return {
    /** How much it has published to the partition of a topic, as it says. */
    counts(topic: string, number: number): void {
      published[partitionOf(topic)] = number
    },
    /** Publishes it with that number: by default the next one. */
    async publish(topic: string, text: string, number?: number): Promise<void> {
      const partition = partitionOf(topic)
      const next = number ?? (published[partition] ?? 0) + 1
      published[partition] = Math.max(published[partition] ?? 0, next)
      const batch = encodeBatch({ node, number: next, mark }, [aDelivery(topic, text)])
      await redis.publish(channels.partitions[partition] ?? '', batch)
    },
    async heartbeat({ isLast = false } = {}): Promise<void> {
      heartbeats += 1
      const heartbeat = encodeHeartbeat({ node, mark, beat: heartbeats, published, isLast })
      await redis.publish(channels.heartbeats, heartbeat)
    },
    /** As builds do that name no database. */
    async earlierHeartbeat({ isLast = false } = {}): Promise<void> {
      heartbeats += 1
      const heartbeat = encodeHeartbeat({ node, beat: heartbeats, published, isLast })
      await redis.publish(channels.earlierHeartbeats, heartbeat)
    },
  }
}
