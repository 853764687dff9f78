/**
 * What every node sends all nodes each second: that it lives, and how much it has published so far, so that they notice
 * what they missed of it even when nothing follows. The last one is its goodbye.
 */
import * as v from 'valibot'
import { partitionCount } from './partitions.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const Heartbeat = v.object({
  node: v.string(),
  /** The number of this heartbeat: 1, 2, 3 … Named so for nodes of earlier builds on the same bus. */
  beat: count,
  /** By partition: the number of its newest batch. */
  published: v.pipe(v.array(count), v.length(partitionCount)),
  isLast: v.boolean(),
  /** Of which database it is (channels.ts). Builds up to 2026-11-29 say none. */
  mark: v.exactOptional(v.string()),
})

const Json = v.pipe(v.string(), v.parseJson(), Heartbeat)

export type Heartbeat = v.InferOutput<typeof Heartbeat>

export const encodeHeartbeat = (heartbeat: Heartbeat): string => JSON.stringify(heartbeat)

/** Throws at anything else, without its text: it may be a message. */
export function decodeHeartbeat(bytes: Buffer): Heartbeat {
  const { success, output } = v.safeParse(Json, bytes.toString())
  if (!success) throw new Error('expected a heartbeat')
  return output
}
