import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../server/protocol/limits.ts'
import { aRoom } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let roomId: string
before(async () => {
  server = await startServer()
  ;({ id: roomId } = await aRoom(server, ['mina', 'sam']))
})
after(() => server[Symbol.asyncDispose]())

const kibibytes64 = limits.frameBytes

const fatal: Record<string, [data: string | Buffer, code: number]> = {
  'malformed JSON': ['{"t":"ping","id":"x"', 4501],
  'an empty frame': ['', 4501],
  'a JSON array': ['[{"t":"ping","id":"x"}]', 4501],
  'a JSON number': ['1', 4501],
  'a JSON string': ['"ping"', 4501],
  'JSON null': ['null', 4501],
  'a binary frame': [Buffer.from('{"t":"ping","id":"x"}'), 4501],
  'a frame over 64 KiB': [`{"t":"ping","id":"x","padding":"${'x'.repeat(kibibytes64)}"}`, 1009],
}

for (const [what, [data, code]] of Object.entries(fatal)) {
  test(`${what} closes the socket with ${code}; what was acknowledged before stays, others go on`, async () => {
    const [mina, sam] = [await server.join('mina'), await server.join('sam')]
    const message = await mina.send(roomId, `before ${what}`)
    mina.socket.raw(data)
    assert.equal((await mina.socket.closed).code, code)
    await sam.socket.event('message', (event) => event.message.id === message.id)
    assert.equal((await sam.send(roomId, 'after')).seq, message.seq + 1)
    await sam.socket.close()
  })
}

test('a frame of exactly 64 KiB is answered', async () => {
  const { socket } = await server.join('mina')
  const empty = '{"t":"ping","id":"big","padding":""}'
  const full = empty.replace('""}', `"${'x'.repeat(kibibytes64 - empty.length)}"}`)
  assert.equal(Buffer.byteLength(full), kibibytes64)
  socket.raw(full)
  await socket.answer('big')
})

const refused: Record<string, object> = {
  'an unknown frame': { t: 'dance' },
  'a frame without t': {},
  'a t that is no string': { t: 1 },
  'a t called __proto__': JSON.parse('{"t":"__proto__"}'),
  'a t called constructor': { t: 'constructor' },
  'a t called toString': { t: 'toString' },
  'a command that has no frame': { t: 'open', memberIds: ['sam'] },
  'a send without text': { t: 'send', roomId: uuidv7(), messageId: uuidv7() },
  'a read of a negative seq': { t: 'read', roomId: uuidv7(), seq: -1 },
  'a read of half a seq': { t: 'read', roomId: uuidv7(), seq: 1.5 },
  'a read of a seq as text': { t: 'read', roomId: uuidv7(), seq: '1' },
  'a send to a room that is an object without toString': {
    ...{ t: 'send', messageId: uuidv7(), text: 'x' },
    roomId: { toString: null, valueOf: null },
  },
  'typing in a room that is an object without toString': {
    t: 'typing',
    roomId: { toString: null, valueOf: null },
  },
  'changes without since': { t: 'changes', roomId: uuidv7() },
  'changes since -1': { t: 'changes', roomId: uuidv7(), since: -1 },
  'changes since 2 ** 53': { t: 'changes', roomId: uuidv7(), since: 2 ** 53 },
  'changes with limit 0': { t: 'changes', roomId: uuidv7(), since: 0, limit: 0 },
  'changes with limit 201': { t: 'changes', roomId: uuidv7(), since: 0, limit: 201 },
  'changes with limit 1.5': { t: 'changes', roomId: uuidv7(), since: 0, limit: 1.5 },
  'changes with limit as text': { t: 'changes', roomId: uuidv7(), since: 0, limit: '5' },
  'an auth without token': { t: 'auth' },
  'an auth with an empty token': { t: 'auth', token: '' },
}

for (const [what, frame] of Object.entries(refused)) {
  test(`${what} is a bad_request, and the socket lives on`, async () => {
    const { socket } = await server.join('mina')
    const answer = await socket.ask(frame)
    assert.equal(answer.t === 'err' && answer.code, 'bad_request', JSON.stringify(answer))
    assert.ok(answer.t === 'err' && answer.detail && !answer.temporary)
    await socket.settle()
  })
}

const badIds = { absent: undefined, 'a number': 1, empty: '', 'too long': 'x'.repeat(65), 'an object': {} }

for (const [what, id] of Object.entries(badIds)) {
  test(`a frame whose id is ${what} is answered without one`, async () => {
    const { socket } = await server.join('mina')
    socket.raw(JSON.stringify({ t: 'ping', id }))
    const answer = await socket.event('err')
    assert.deepEqual([answer.code, answer.id], ['bad_request', undefined])
    await socket.settle()
  })
}

test('an id of 64 characters is answered', async () => {
  const { socket } = await server.join('mina')
  const id = '🙂'.repeat(32)
  socket.raw(JSON.stringify({ t: 'ping', id }))
  assert.deepEqual(await socket.answer(id), { t: 'ok', id })
})

test('deeply nested JSON harms nothing', async () => {
  const { socket } = await server.join('mina')
  const depth = 30_000
  const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`
  socket.raw(`{"t":"ping","id":"deep","x":${nested}}`)
  assert.equal((await socket.answer('deep')).t, 'ok')
  socket.raw(`{"t":"send","id":"text","roomId":"${roomId}","messageId":"${uuidv7()}","text":${nested}}`)
  const answer = await socket.answer('text')
  assert.equal(answer.t === 'err' && answer.code, 'bad_request')
})

test('a frame with prototype keys is taken without them', async () => {
  const { socket } = await server.join('mina')
  socket.raw('{"t":"ping","id":"p","__proto__":{"id":"q"},"constructor":{"prototype":{"t":"x"}}}')
  assert.deepEqual(await socket.answer('p'), { t: 'ok', id: 'p' })
  assert.equal(Object.hasOwn(Object.prototype, 'id'), false)
})
