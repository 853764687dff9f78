import type { Redis } from 'ioredis'
import { channelsOf, markReader } from '../../../server/fanout/redis/channels.ts'
import { earlierPartitionOf, encodeEarlierHeartbeat } from '../../../server/fanout/redis/earlier-builds.ts'
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
  const published = new Map<number, number>()
  const earlier = new Array<number>(64).fill(0)
  let heartbeats = 0
  return {
    /** How much it has published to the partition of a topic, as it says. */
    counts(topic: string, number: number): void {
      published.set(partitionOf(topic), number)
      earlier[earlierPartitionOf(topic)] = number
    },
    /** Publishes it with that number: by default the next one. */
    async publish(topic: string, text: string, number?: number): Promise<void> {
      const partition = partitionOf(topic)
      const last = published.get(partition) ?? 0
      const next = number ?? last + 1
      published.set(partition, Math.max(last, next))
      const batch = encodeBatch({ node, number: next, mark }, [aDelivery(topic, text)])
      await redis.publish(channels.ofPartition(partition), batch)
    },
    /** Names all that it has published; with `isTerse` nothing, only how much that was. */
    async heartbeat({ isLast = false, isTerse = false } = {}): Promise<void> {
      heartbeats += 1
      const total = [...published.values()].reduce((sum, number) => sum + number, 0)
      const written = isTerse ? [] : [...published].flat()
      const heartbeat = encodeHeartbeat({ node, mark, beat: heartbeats, written, total, isLast })
      await redis.publish(channels.heartbeats, heartbeat)
    },
    /** As builds do that name no database. */
    async earlierHeartbeat({ isLast = false } = {}): Promise<void> {
      heartbeats += 1
      const heartbeat = encodeEarlierHeartbeat({ node, beat: heartbeats, published: earlier, isLast })
      await redis.publish(channels.earlierHeartbeats, heartbeat)
    },
  }
}
