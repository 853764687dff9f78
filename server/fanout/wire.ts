/**
 * What one node tells the others: the deliveries of one turn, for one channel. Frames travel as the client's bytes,
 * so that no receiver parses what it only passes on.
 *
 *   batch     0xc1 · start (1 byte) · node: length (1 byte), text · … · from `start` on: deliveries
 *   delivery  flags (1 byte) · topic · each text whose flag is set, in the order of TEXTS · frame
 *             (topic, texts and frame: length (4 bytes, big endian), bytes)
 *
 * Receivers skip what stands between the node and `start`, so a later release can put counters there.
 */
import type { Delivery } from './fanout.ts'

// 0xc1 occurs in no UTF-8 text, so the first byte tells a stranger's message from ours. Another layout, another byte.
const VERSION = 0xc1
const PASSING = 32

// A record, so that a new field of Delivery does not compile until it travels too.
const FLAGS: Record<Exclude<keyof Delivery, 'topic' | 'frame' | 'passing'>, number> = {
  changed: 1,
  exceptUser: 2,
  exceptSession: 4,
  join: 8,
  leave: 16,
}
const TEXTS = Object.entries(FLAGS) as [keyof typeof FLAGS, number][]
const KNOWN_FLAGS = TEXTS.reduce((flags, [, flag]) => flags | flag, PASSING)

export function encodeBatch(node: string, deliveries: readonly Delivery[]): Buffer {
  const start = 3 + Buffer.byteLength(node)
  const batch = Buffer.allocUnsafe(deliveries.reduce((bytes, delivery) => bytes + sizeOf(delivery), start))
  batch[0] = VERSION
  batch.writeUInt8(start, 1)
  batch.writeUInt8(start - 3, 2)
  batch.write(node, 3)
  deliveries.reduce((at, delivery) => write(batch, at, delivery), start)
  return batch
}

function sizeOf(delivery: Delivery): number {
  let bytes = 9 + Buffer.byteLength(delivery.topic) + delivery.frame.length
  for (const [name] of TEXTS) {
    const text = delivery[name]
    if (text !== undefined) bytes += 4 + Buffer.byteLength(text)
  }
  return bytes
}

function write(batch: Buffer, start: number, delivery: Delivery): number {
  let flags = delivery.passing ? PASSING : 0
  let at = writeText(batch, start + 1, delivery.topic)
  for (const [name, flag] of TEXTS) {
    const text = delivery[name]
    if (text === undefined) continue
    flags |= flag
    at = writeText(batch, at, text)
  }
  batch[start] = flags
  at = batch.writeUInt32BE(delivery.frame.length, at)
  return at + delivery.frame.copy(batch, at)
}

function writeText(batch: Buffer, at: number, text: string): number {
  const bytes = batch.write(text, at + 4)
  return batch.writeUInt32BE(bytes, at) + bytes
}

/** The deliveries of a batch: none if this node wrote it. Throws at bytes that are no whole batch of this version. */
export function decodeBatch(batch: Buffer, self: string): Delivery[] {
  if (batch[0] !== VERSION) throw new Error(`expected a batch that begins with ${VERSION}, got ${batch[0]}`)
  const nodeEnd = 3 + batch.readUInt8(2)
  let at = batch.readUInt8(1)
  if (at < nodeEnd || at > batch.length)
    throw new Error(`a batch of ${batch.length} bytes cannot start at ${at}`)
  if (batch.toString('utf8', 3, nodeEnd) === self) return []
  const deliveries: Delivery[] = []
  while (at < batch.length) at = read(batch, at, deliveries)
  return deliveries
}

function read(batch: Buffer, start: number, deliveries: Delivery[]): number {
  const flags = batch.readUInt8(start)
  if (flags & ~KNOWN_FLAGS) throw new Error(`unknown flags ${flags}`)
  let at = endOf(batch, start + 1)
  const topic = batch.toString('utf8', start + 5, at)
  const texts: { [Name in keyof typeof FLAGS]?: string } = {}
  for (const [name, flag] of TEXTS) {
    if (!(flags & flag)) continue
    const end = endOf(batch, at)
    texts[name] = batch.toString('utf8', at + 4, end)
    at = end
  }
  const end = endOf(batch, at)
  const frame = batch.subarray(at + 4, end)
  deliveries.push({ topic, frame, ...texts, ...(flags & PASSING && { passing: true }) })
  return end
}

// Checked here, because toString and subarray stop at the end of the bytes without a word.
function endOf(batch: Buffer, at: number): number {
  const end = at + 4 + batch.readUInt32BE(at)
  if (end > batch.length) throw new Error(`cut short: ${end} bytes expected, got ${batch.length}`)
  return end
}
