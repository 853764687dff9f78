import type { Redis } from 'ioredis'
import { encodeHeartbeat } from '../../../server/fanout/redis/heartbeat.ts'
import { partitionOf } from '../../../server/fanout/redis/partitions.ts'
import { encodeBatch } from '../../../server/fanout/redis/wire.ts'
import { aDelivery } from '../../contract/fanout.ts'

/** A node that only does what a test wants: it counts right or wrong, beats or falls silent. */
export function aStranger(redis: Redis, prefix: string, node = 'stranger') {
  const published = new Array<number>(64).fill(0)
  let beats = 0
  return {
    /** How much it has told to the partition of a topic, as it says. */
    counts(topic: string, number: number): void {
      published[partitionOf(topic)] = number
    },
    /** Tells it with that number: the next one, unless said. */
    async tell(topic: string, text: string, number?: number): Promise<void> {
      const partition = partitionOf(topic)
      const next = number ?? (published[partition] ?? 0) + 1
      published[partition] = Math.max(published[partition] ?? 0, next)
      await redis.publish(
        `${prefix}:${partition}`,
        encodeBatch({ node, number: next }, [aDelivery(topic, text)]),
      )
    },
    async beat({ isLast = false } = {}): Promise<void> {
      beats += 1
      await redis.publish(`${prefix}:beat`, encodeHeartbeat({ node, beat: beats, published, isLast }))
    },
  }
}
