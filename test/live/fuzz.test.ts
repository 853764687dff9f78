import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
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
