/**
 * What one node sends the others: the deliveries of one turn, for one channel. Frames travel as the client's bytes,
 * so that no receiver parses what it only passes on.
 *
 *   batch     0xc1 · start (1 byte) · node: length (1 byte), text · number · mark: length (1 byte), text · … · from
 *             `start` on: deliveries
 *   delivery  flags (2 bytes) · topic · each text, then each number whose flag is set, in the order of FLAGS · frame
 *             (topic, texts and frame: length (4 bytes), bytes; numbers: a double; all big endian)
 *
 * Receivers skip what stands between the mark and `start`: room for a later release.
 */
import type { Delivery } from '../fanout.ts'
import type { TopicName } from '../topics.ts'

// 0xc1 occurs in no UTF-8 text, so the first byte shows whether a message is ours. Another layout, another byte.
const VERSION = 0xc1
const VOLATILE = 1

/** Who sent a batch, how many it had sent to that channel, this one included, and of which database it is (channels.ts). */
export type Origin = { readonly node: string; readonly number: number; readonly mark: string }

export type Batch = Origin & { readonly deliveries: readonly Delivery[] }

type Fields<Type> = {
  [Name in keyof Delivery as Name extends 'topic' | 'frame'
    ? never
    : NonNullable<Delivery[Name]> extends Type
      ? Name
      : never]-?: number
}

// Records, so that a new field of Delivery does not compile until it travels too.
const TEXT_FLAGS: Fields<string> = { changed: 2, exceptUser: 4, exceptSession: 8, join: 16, leave: 32 }
const NUMBER_FLAGS: Fields<number> = { rev: 64, membershipRev: 128 }
const TEXTS = Object.entries(TEXT_FLAGS) as [keyof typeof TEXT_FLAGS, number][]
const NUMBERS = Object.entries(NUMBER_FLAGS) as [keyof typeof NUMBER_FLAGS, number][]
const KNOWN_FLAGS = [...TEXTS, ...NUMBERS].reduce((flags, [, flag]) => flags | flag, VOLATILE)

export function encodeBatch({ node, number, mark }: Origin, deliveries: readonly Delivery[]): Buffer {
  const nodeEnd = 3 + Buffer.byteLength(node)
  const markAt = nodeEnd + 8
  const markBytes = Buffer.byteLength(mark)
  const start = markAt + 1 + markBytes
  const batch = Buffer.allocUnsafe(deliveries.reduce((bytes, delivery) => bytes + sizeOf(delivery), start))
  batch[0] = VERSION
  batch.writeUInt8(start, 1)
  batch.writeUInt8(nodeEnd - 3, 2)
  batch.write(node, 3)
  batch.writeDoubleBE(number, nodeEnd)
  batch.writeUInt8(markBytes, markAt)
  batch.write(mark, markAt + 1)
  deliveries.reduce((at, delivery) => write(batch, at, delivery), start)
  return batch
}

function sizeOf(delivery: Delivery): number {
  let bytes = 10 + Buffer.byteLength(delivery.topic) + delivery.frame.length
  for (const [name] of TEXTS) {
    const text = delivery[name]
    if (text !== undefined) bytes += 4 + Buffer.byteLength(text)
  }
  for (const [name] of NUMBERS) if (delivery[name] !== undefined) bytes += 8
  return bytes
}

function write(batch: Buffer, start: number, delivery: Delivery): number {
  let flags = delivery.volatile ? VOLATILE : 0
  let at = writeText(batch, start + 2, delivery.topic)
  for (const [name, flag] of TEXTS) {
    const text = delivery[name]
    if (text === undefined) continue
    flags |= flag
    at = writeText(batch, at, text)
  }
  for (const [name, flag] of NUMBERS) {
    const number = delivery[name]
    if (number === undefined) continue
    flags |= flag
    at = batch.writeDoubleBE(number, at)
  }
  batch.writeUInt16BE(flags, start)
  at = batch.writeUInt32BE(delivery.frame.length, at)
  return at + delivery.frame.copy(batch, at)
}

function writeText(batch: Buffer, at: number, text: string): number {
  const bytes = batch.write(text, at + 4)
  return batch.writeUInt32BE(bytes, at) + bytes
}

/**
 * What a batch holds: no deliveries if this node wrote it, or one of another database. Throws at bytes that are no whole
 * batch of this version.
 */
export function decodeBatch(batch: Buffer, self: Omit<Origin, 'number'>): Batch {
  if (batch[0] !== VERSION) throw new Error(`expected a batch that begins with ${VERSION}, got ${batch[0]}`)
  const nodeEnd = 3 + batch.readUInt8(2)
  let at = batch.readUInt8(1)
  const markAt = nodeEnd + 8
  const markEnd = markAt + 1 + batch.readUInt8(markAt)
  if (at < markEnd || at > batch.length)
    throw new Error(`a batch of ${batch.length} bytes cannot start at ${at}`)
  const node = batch.toString('utf8', 3, nodeEnd)
  const number = batch.readDoubleBE(nodeEnd)
  const mark = batch.toString('utf8', markAt + 1, markEnd)
  const deliveries: Delivery[] = []
  if (node !== self.node && mark === self.mark) while (at < batch.length) at = read(batch, at, deliveries)
  return { node, number, mark, deliveries }
}

function read(batch: Buffer, start: number, deliveries: Delivery[]): number {
  const flags = batch.readUInt16BE(start)
  if (flags & ~KNOWN_FLAGS) throw new Error(`unknown flags ${flags}`)
  let at = endOf(batch, start + 2)
  const topic = batch.toString('utf8', start + 6, at) as TopicName
  const fields: { -readonly [Name in keyof Delivery]?: Delivery[Name] } = {}
  for (const [name, flag] of TEXTS) {
    if (!(flags & flag)) continue
    const end = endOf(batch, at)
    // Of the texts only `changed` is the name of a topic.
    fields[name] = batch.toString('utf8', at + 4, end) as TopicName
    at = end
  }
  for (const [name, flag] of NUMBERS) {
    if (!(flags & flag)) continue
    fields[name] = batch.readDoubleBE(at)
    at += 8
  }
  const end = endOf(batch, at)
  const frame = batch.subarray(at + 4, end)
  deliveries.push({ topic, frame, ...fields, ...(flags & VOLATILE && { volatile: true }) })
  return end
}

// Checked here, because toString and subarray stop at the end of the bytes without an error.
function endOf(batch: Buffer, at: number): number {
  const end = at + 4 + batch.readUInt32BE(at)
  if (end > batch.length) throw new Error(`cut short: ${end} bytes expected, got ${batch.length}`)
  return end
}
