import type { ServerFrame } from '../protocol/events.ts'

/**
 * A server frame as the bytes that go onto a socket: one unmasked WebSocket text frame (RFC 6455 §5.2), header and
 * JSON in one buffer. Made once per event, for all readers on all nodes.
 */
export function encodeFrame(event: ServerFrame): Buffer {
  return frameJson(JSON.stringify(event))
}

export function frameJson(json: string): Buffer {
  const length = Buffer.byteLength(json)
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = 0x81
  if (start === 2) {
    frame[1] = length
  } else if (start === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(json, start, 'utf8')
  return frame
}

/** The JSON of a frame that `encodeFrame` made. */
export function frameText(frame: Buffer): string {
  const length = frame[1] ?? 0
  return frame.toString('utf8', length < 126 ? 2 : length === 126 ? 4 : 10)
}

/** The end of a `message` event that tells several changes of one message. No text of a user can end a frame like that. */
const severalChanges = /,"prev":(\d{1,16}),"same":true\}$/
const longestEnd = 48

/** Of a room's view. In what users write, each such quotation mark has a backslash before it. */
const sinceJoined = '"history":"since-joined"'

/**
 * Of a frame that tells several changes of one message at once: the room's rev before the first of them. Read off its end,
 * because a field of the delivery for it would be none that nodes of an earlier build know: they would refuse it with all
 * that came along.
 */
export function prevOf(frame: Buffer): number | undefined {
  const [, prev] = severalChanges.exec(frame.toString('latin1', Math.max(0, frame.length - longestEnd))) ?? []
  return prev === undefined ? undefined : Number(prev)
}

/**
 * Of a frame with a room's view: whether its members see only what came after they did. Read off the frame for the same
 * reason.
 */
export const isSinceJoined = (frame: Buffer): boolean => frame.includes(sinceJoined)
