/**
 * What every node sends all nodes each second: that it lives, and what it has published, so that they notice what they
 * missed of it even when nothing follows. The last one is its goodbye.
 *
 * It names the partitions that were written since the last one, about ten bytes for each. Every node reads those of all
 * others, heard or not: that is a few hundredths of what a delivery costs it, and a heartbeat on each partition would be one message
 * more for each message of a quiet room.
 */
import * as v from 'valibot'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

// By hand: there may be thousands.
const pairs = v.custom<readonly number[]>(
  (value) => Array.isArray(value) && value.length % 2 === 0 && value.every(isCount),
)

const Heartbeat = v.object({
  node: v.string(),
  /** Of which database it is (channels.ts). */
  mark: v.string(),
  /** The number of this heartbeat: 1, 2, 3 … */
  beat: count,
  /** See `Written`. */
  written: pairs,
  total: count,
  isLast: v.boolean(),
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

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
