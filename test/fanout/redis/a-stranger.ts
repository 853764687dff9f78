import type { Redis } from 'ioredis'
import { encodeHeartbeat } from '../../../server/fanout/redis/heartbeat.ts'
import { partitionOf } from '../../../server/fanout/redis/partitions.ts'
import { encodeBatch } from '../../../server/fanout/redis/wire.ts'
import { aDelivery } from '../../contract/fanout.ts'

/** A node that only does what a test wants: it counts right or wrong, sends heartbeats or falls silent. */
export function aStranger(redis: Redis, prefix: string, node = 'stranger') {
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
      await redis.publish(
        `${prefix}:${partition}`,
        encodeBatch({ node, number: next }, [aDelivery(topic, text)]),
      )
    },
    async heartbeat({ isLast = false } = {}): Promise<void> {
      heartbeats += 1
      await redis.publish(`${prefix}:beat`, encodeHeartbeat({ node, beat: heartbeats, published, isLast }))
    },
  }
}
