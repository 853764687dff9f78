/** How the two wires look to a reader that must not parse: a byte here and there says everything it counts. */

export type FrameKind = 'message' | 'ack' | 'other'

export type Dialect = {
  readonly path: string
  readonly protocol: string | undefined
  /** What a client says after the upgrade. */
  hello(token: string): string
  isWelcome(text: string): boolean
  send(message: { ack: number; roomId: string; messageId: string; text: string }): string
  /** What the frame is whose text starts at `start`. */
  kindOf(bytes: Buffer, start: number): FrameKind
  /** Where in a message's text the digits of its seq start: ids have one length, so it is always the same place. */
  readonly seqAt: number
}

const anyUuid = '00000000-0000-7000-8000-000000000000'
const seqAfter = (opening: string) => `${opening}{"id":"${anyUuid}","roomId":"${anyUuid}","seq":`.length
const [e, k, s, three] = Buffer.from('eks3')

/** Chatter's own, which the bare servers speak too. */
export const chatterWire: Dialect = {
  path: '/v1/socket',
  protocol: 'chatter.v1',
  hello: (token) => JSON.stringify({ t: 'hello', id: 'hello', client: 'bench/1', token }),
  isWelcome: (text) => text.startsWith('{"t":"ready"'),
  send: ({ ack, roomId, messageId, text }) =>
    `{"t":"send","id":"${ack}","roomId":"${roomId}","messageId":"${messageId}","text":"${text}"}`,
  // {"t":"message" and {"t":"ok" are the only frames with these letters in these places.
  kindOf(bytes, start) {
    if (bytes[start + 7] === e && bytes[start + 8] === s) return 'message'
    return bytes[start + 7] === k ? 'ack' : 'other'
  },
  seqAt: seqAfter('{"t":"message","message":'),
}

/** Socket.IO 4 over Engine.IO 4, WebSocket from the start. */
export const socketIoWire: Dialect = {
  path: '/socket.io/?EIO=4&transport=websocket',
  protocol: undefined,
  hello: (token) => `40${JSON.stringify({ token })}`,
  isWelcome: (text) => text.startsWith('42["ready"'),
  send: ({ ack, roomId, messageId, text }) =>
    `42${ack}["send",{"roomId":"${roomId}","messageId":"${messageId}","text":"${text}"}]`,
  // 42["message",… and 43<id>[…
  kindOf(bytes, start) {
    if (bytes[start + 1] === three) return 'ack'
    return bytes[start + 5] === e && bytes[start + 6] === s ? 'message' : 'other'
  },
  seqAt: seqAfter('42["message",{"message":'),
}
