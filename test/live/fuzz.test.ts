import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import { frames } from '../../server/protocol/commands.ts'
import { aRoom } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { inRounds } from '../support/rounds.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let roomId: string
const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)

before(async () => {
  process.on('unhandledRejection', note)
  server = await startServer()
  ;({ id: roomId } = await aRoom(server, ['mina', 'sam']))
})
after(async () => {
  await server[Symbol.asyncDispose]()
  process.off('unhandledRejection', note)
})

const names = [...Object.keys(frames), '__proto__', 'constructor', '']
const anything = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(-1, 0, 1, 1.5, 2 ** 53, null, '__proto__', '\0', '\ud800', uuidv7()),
)
/** What a field should hold, most of the time. */
const fields: Record<string, fc.Arbitrary<unknown>> = {
  roomId: fc.constantFrom('ROOM', uuidv7()),
  messageId: fc.uuid({ version: 7 }),
  text: fc.string({ unit: 'grapheme', maxLength: 50 }),
  seq: fc.nat(20),
  since: fc.nat(20),
  limit: fc.integer({ min: 1, max: 200 }),
  token: fc.string(),
  client: fc.string(),
  replyTo: anything,
  mentions: fc.array(
    fc.record({ userId: fc.constantFrom('mina', 'sam', 'eve'), at: fc.nat(60), length: fc.nat(5) }),
    { maxLength: 60 },
  ),
  mentionsRoom: fc.record({ at: fc.nat(60), length: fc.nat(5) }),
  attachments: anything,
}

const nearFrame = fc
  .record(
    Object.fromEntries(
      Object.entries({ t: fc.constantFrom(...names), ...fields }).map(([name, value]) => [
        name,
        fc.oneof({ weight: 5, arbitrary: value }, { weight: 1, arbitrary: anything }),
      ]),
    ),
    { requiredKeys: [] },
  )
  .map((frame): Record<string, unknown> => ({ ...frame, ...(frame.roomId === 'ROOM' && { roomId }) }))

test('any frame with an id gets exactly one answer; the server goes on', async (t) => {
  await inRounds(t, 1_000, async (parameters) => {
    const mina = await server.join('mina')
    const answered = fc.asyncProperty(nearFrame, async (frame) => {
      if (frame.t === 'typing') return
      const id = mina.socket.post(frame)
      await mina.socket.answer(id)
      await mina.socket.settle()
      const answers = mina.socket.frames.filter((one) => 'id' in one && one.id === id)
      assert.equal(answers.length, 1)
    })
    await fc.assert(answered, parameters)
    await mina.socket.close()
  })
})

test('anything else that is sent is answered or closes the socket; the server goes on', async (t) => {
  const sam = await server.join('sam')
  let mina: TestClient | undefined
  const bytes = fc.uint8Array({ maxLength: 100 }).map((array) => Buffer.from(array))
  const raw = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    bytes,
    nearFrame.map((f) => JSON.stringify(f)),
  )
  const survived = fc.asyncProperty(raw, async (data) => {
    mina ??= await server.join('mina')
    const { socket } = mina
    socket.raw(data)
    const id = socket.ws.readyState === socket.ws.OPEN ? socket.post({ t: 'ping' }) : ''
    const ended = await Promise.race([socket.answer(id).catch(() => 'closed'), socket.closed])
    if (ended === 'closed' || 'code' in Object(ended)) mina = undefined
    assert.equal((await sam.ok({ t: 'ping' })).t, 'ok')
  })
  await inRounds(t, 600, async (parameters) => {
    await fc.assert(survived, parameters)
    await mina?.socket.close()
    mina = undefined
  })
  await sam.send(roomId, 'Still here')
  assert.deepEqual(unhandled, [])
})

test('any first frame is answered or closes the socket; the server goes on', async (t) => {
  const raw = fc.oneof(
    fc.string(),
    fc.json(),
    nearFrame.map((f) => JSON.stringify(f)),
  )
  const survived = fc.asyncProperty(raw, async (data) => {
    const socket = await server.socket()
    socket.raw(data)
    await Promise.race([socket.event('err').catch(() => 'closed'), socket.closed])
    socket.ws.terminate()
  })
  await inRounds(t, 200, (parameters) => fc.assert(survived, parameters))
  await (await server.join('mina')).socket.settle()
  assert.deepEqual(unhandled, [])
})

/** Frames of the WebSocket protocol, with everything in them that may be wrong, as the suite of Autobahn has it. */
const wireFrame = fc.record({
  isFinal: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.boolean() }),
  reserved: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(7) }),
  // A continuation, text, binary, close, ping, pong, and all that are none.
  opcode: fc.oneof(fc.constantFrom(0, 1, 2, 8, 9, 10), fc.nat(15)),
  isMasked: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.boolean() }),
  // How long it says that it is, where that is a lie.
  says: fc.option(fc.constantFrom(0, 1, 125, 126, 65_535, 65_537, 2 ** 31, 2 ** 40), { freq: 9 }),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    nearFrame.map((frame) => Buffer.from(JSON.stringify(frame))),
    // Codes to close with: good ones, reserved ones, and half of one.
    fc.constantFrom(1000, 999, 1004, 1005, 1006, 1015, 1016, 2999, 4000, 65_535).map((code) => {
      const bytes = Buffer.alloc(2)
      bytes.writeUInt16BE(code)
      return bytes
    }),
    fc.constantFrom('\xff', '\xc0\x80', '\xed\xa0\x80', '\xf5').map((text) => Buffer.from(text, 'latin1')),
    fc.constantFrom(125, 126, 65_535, 65_536, 70_000).map((length) => Buffer.alloc(length, 'a')),
  ),
})

type WireFrame = typeof wireFrame extends fc.Arbitrary<infer T> ? T : never

function bytesOf({ isFinal, reserved, opcode, isMasked, says, payload }: WireFrame): Buffer {
  const length = says ?? payload.length
  const short = length < 126 ? length : length < 65_536 ? 126 : 127
  const head = [(isFinal ? 0x80 : 0) | (reserved << 4) | opcode, (isMasked ? 0x80 : 0) | short]
  const extended = Buffer.alloc(short === 126 ? 2 : short === 127 ? 8 : 0)
  if (short === 126) extended.writeUInt16BE(length)
  if (short === 127) extended.writeBigUInt64BE(BigInt(length))
  const mask = isMasked ? [7, 77, 177, 250] : []
  const body = Buffer.from(new Uint8Array(payload)).map((byte, at) => byte ^ (mask[at % 4] ?? 0))
  return Buffer.concat([Buffer.from(head), extended, Buffer.from(mask), body])
}

/** After everything that is held by nobody has gone. */
function heapUsed(): number {
  setFlagsFromString('--expose_gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

test('whatever frames of the WebSocket protocol come, good or bad, at most that socket ends, and the heap stays flat', async (t) => {
  const sam = await server.join('sam')
  const { hostname, port } = new URL(server.url)
  const handshake = [
    ...['GET /v1/socket HTTP/1.1', 'Host: chat.test', 'Connection: Upgrade', 'Upgrade: websocket'],
    ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
    ...['Sec-WebSocket-Protocol: chatter.v1', '\r\n'],
  ].join('\r\n')
  const token = await server.token('mina')
  const hello = bytesOf({
    ...{ isFinal: true, reserved: 0, opcode: 1, isMasked: true, says: null },
    payload: Buffer.from(JSON.stringify({ t: 'hello', id: '1', client: 'fuzz/1', token })),
  })
  const survived = fc.asyncProperty(
    fc.boolean(),
    fc.array(wireFrame, { minLength: 1, maxLength: 12 }),
    fc.nat(40),
    async (isSignedIn, frames, cutAt) => {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.write(handshake)
      await once(socket, 'data')
      if (isSignedIn) {
        socket.write(hello)
        await once(socket, 'data')
      }
      const all = Buffer.concat(frames.map(bytesOf))
      // In two pieces, wherever in a frame that is.
      socket.write(all.subarray(0, cutAt))
      socket.write(all.subarray(cutAt))
      assert.equal((await sam.ok({ t: 'ping' })).t, 'ok')
      const closed = once(socket, 'close')
      socket.destroy()
      await closed
    },
  )
  let warm = 0
  await inRounds(t, 250, async (round) => {
    await fc.assert(survived, round)
    if (warm === 0) {
      // What is kept for good, such as compiled code and the signatures of tokens, is there by now.
      await fc.assert(survived, { ...round, seed: round.seed + 1_000 })
      warm = heapUsed()
      await fc.assert(survived, { ...round, seed: round.seed + 2_000 })
    }
  })
  const grown = (heapUsed() - warm) / 1_000_000
  t.diagnostic(`the heap grew by ${grown.toFixed(1)} MB`)
  assert.ok(grown < 8, `the heap grew by ${grown} MB`)
  assert.deepEqual(unhandled, [])
  await sam.socket.close()
})
