import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RateLimit } from '../../server/http/rate-limits.ts'
import { Turns } from '../../server/live/turns.ts'
import { limits } from '../../server/protocol/limits.ts'
import { aRoom } from '../support/builders.ts'
import { aClock } from '../support/clock.ts'
import { databaseOf } from '../support/database.ts'
import { startServer } from '../support/server.ts'

test('ready shows me, my rooms with the people in them, and what is unread', async () => {
  await using server = await startServer()
  const room = await aRoom(server, ['mina', 'sam'])
  const sam = await server.join('sam')
  const message = await sam.send(room.id, 'Hello')
  const { ready } = await server.join('mina')
  assert.deepEqual(ready.me, { id: 'mina', name: 'Mina' })
  assert.equal(ready.epoch, server.stores.epoch)
  assert.equal(ready.limits.textChars, limits.textChars)
  assert.equal(ready.unread, 1)
  assert.deepEqual(ready.heads, { [room.id]: 1 })
  assert.equal(ready.more, false)
  assert.deepEqual(
    ready.rooms.map(({ id, lastMessage, me }) => ({ id, lastMessage, me })),
    [{ id: room.id, lastMessage: message, me: { readSeq: 0, unread: 1, muted: false } }],
  )
  assert.deepEqual(Object.keys(ready.users).sort(), ['mina', 'sam'])
})

test('ready lists the newest 1,000 heads, newest first, and says that there are more', async () => {
  await using server = await startServer()
  await server.fetch('mina', 'me')
  using database = databaseOf(server)
  const rooms = database.fillRooms('mina', limits.rooms + 1)
  const { ready } = await server.join('mina')
  assert.deepEqual(Object.keys(ready.heads), rooms.slice(1).reverse())
  assert.equal(ready.more, true)
  assert.equal(ready.rooms.length, limits.listDefault)
})

// Each of the reads between hello and ready, and the moment before it: a message sent then must not get lost.
for (const read of ['listMemberships', 'listRooms', 'readVersions', 'findUsers', 'countUnread'] as const) {
  test(`a message sent while a hello waits for ${read} is in the heads of ready or follows it`, async (t) => {
    await using server = await startServer()
    const { id: room } = await aRoom(server, ['mina', 'sam'])
    using database = databaseOf(server)
    // More than a page: what of a single one is unread is on it.
    database.fillRooms('mina', limits.listDefault)
    const sam = await server.join('sam')
    const store = server.stores.forTenant('default')
    const original = store[read] as (...args: unknown[]) => Promise<never>
    let sent = 0
    t.mock.method(store, read, async (...args: unknown[]) => {
      const before = await original(...args)
      await sam.send(room, `${++sent}`)
      return before
    })
    const { socket, ready } = await server.join('mina')
    t.mock.restoreAll()
    const last = await sam.send(room, 'last')
    await socket.event('message', ({ message }) => message.id === last.id)
    const head = ready.heads[room] ?? 0
    assert.ok(sent > 0)
    assert.deepEqual(
      socket.events('message').flatMap(({ message: { seq } }) => (seq > head ? [seq] : [])),
      Array.from({ length: sent + 1 - head }, (_, index) => head + 1 + index),
    )
    assert.equal(socket.frames[0]?.t, 'ready')
  })
}

test('a socket that says nothing for 5 seconds is closed with 4502', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const socket = await server.socket()
  clock.pass(5_000)
  assert.equal((await socket.closed).code, 4502)
  assert.deepEqual(socket.events('bye'), [{ t: 'bye', code: 4502, retryAfter: 0 }])
})

test('a socket that said hello in time stays', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const mina = await server.join('mina')
  clock.pass(5_000)
  await mina.socket.settle()
})

test('a frame before hello is refused at once, and the socket closed with 4502', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const socket = await server.socket()
  const answer = await socket.ask({ t: 'ping' })
  assert.equal(answer.t === 'err' && answer.code, 'unauthorized')
  assert.equal((await socket.closed).code, 4502)
})

test('a frame between hello and ready is asked to wait, and hello goes on', async () => {
  await using server = await startServer()
  const socket = await server.socket()
  const hello = socket.hello(await server.token('mina'))
  const early = await socket.ask({ t: 'ping' })
  assert.equal(early.t === 'err' && early.code, 'bad_request')
  await (await hello).socket.settle()
})

test('a second hello is refused, and the first one holds', async () => {
  await using server = await startServer()
  const mina = await server.join('mina')
  const { code } = await mina.err({ t: 'hello', client: 'test/1', token: await server.token('sam') })
  assert.equal(code, 'bad_request')
  const { id: room } = await aRoom(server, ['mina'])
  assert.equal((await mina.send(room, 'Still me')).authorId, 'mina')
})

test('a hello over 8 KiB closes the socket with 1009', async () => {
  await using server = await startServer()
  const socket = await server.socket()
  socket.post({ t: 'hello', client: 'test/1', token: 'x'.repeat(limits.helloBytes) })
  assert.equal((await socket.closed).code, 1009)
})

test('a hello of exactly 8 KiB is read', async () => {
  await using server = await startServer()
  const socket = await server.socket()
  const hello = { id: 'h', t: 'hello', client: 'test/1', token: await server.token('mina'), padding: '' }
  const padding = 'x'.repeat(limits.helloBytes - JSON.stringify(hello).length)
  socket.raw(JSON.stringify({ ...hello, padding }))
  await socket.event('ready')
})

test('a hello without token closes the socket with 4500', async () => {
  await using server = await startServer()
  const socket = await server.socket()
  const answer = await socket.ask({ t: 'hello', client: 'test/1' })
  assert.equal(answer.t === 'err' && answer.code, 'unauthorized')
  assert.equal((await socket.closed).code, 4500)
})

for (const protocol of ['', 'chatter.v0', 'chatter.v2']) {
  test(`a socket that offers ${protocol || 'no subprotocol'} is closed with 4510`, async () => {
    await using server = await startServer()
    const socket = await server.socket({ protocol })
    assert.equal((await socket.closed).code, 4510)
  })
}

for (const hello of [{ token: 1 }, { client: {} }, { client: 'x'.repeat(101) }, { epoch: [] }]) {
  test(`a hello with ${JSON.stringify(hello).slice(0, 30)} is refused at once, and the socket closed`, async (t) => {
    const clock = aClock(t)
    await using server = await startServer({ now: clock.now })
    const socket = await server.socket()
    const answer = await socket.ask({ t: 'hello', client: 'test/1', token: 'x', ...hello })
    assert.ok(answer.t === 'err' && ['bad_request', 'too_large'].includes(answer.code))
    assert.equal((await socket.closed).code, 4502)
  })
}

test(`a user has at most ${limits.sockets} sockets: the next one is told to wait a minute, others are let in`, async (t) => {
  // Hellos have a rate of their own, which would come first.
  t.mock.method(RateLimit.prototype, 'take', async () => {})
  await using server = await startServer({ isLimited: true })
  for (let n = 0; n < limits.sockets; n++) await server.join('mina')
  const socket = await server.socket()
  const answer = await socket.ask({ t: 'hello', client: 'test/1', token: await server.token('mina') })
  assert.equal(answer.t === 'err' && answer.retryAfter, 60)
  assert.equal((await socket.closed).code, 4013)
  assert.equal(socket.events('bye')[0]?.retryAfter, 60)
  await server.join('sam')
})

test('a hello that waits for its turn longer than 5 seconds is served all the same', async (t) => {
  const clock = aClock(t)
  const turn = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  t.mock.method(Turns.prototype, 'take', () => {
    asked.resolve()
    return turn.promise
  })
  await using server = await startServer({ now: clock.now })
  const joining = server.join('mina')
  await asked.promise
  clock.pass(6_000)
  turn.resolve()
  await (await joining).socket.settle()
})
