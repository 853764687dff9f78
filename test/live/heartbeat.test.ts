import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { aRoom } from '../support/builders.ts'
import { aClock } from '../support/clock.ts'
import { startServer } from '../support/server.ts'

const roundMs = 25_000
const deadlineMs = 20_000

test('a socket that answers no ping is closed with the reason', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const socket = await server.socket({ autoPong: false })
  await socket.hello(await server.token('mina'))
  clock.pass(roundMs)
  clock.pass(roundMs)
  await socket.closed
  assert.equal(socket.events('bye')[0]?.code, 4012)
})

test('a silent socket that answers pings stays', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const { socket } = await server.join('mina')
  for (let round = 0; round < 4; round++) {
    const signal = AbortSignal.timeout(deadlineMs)
    const pinged = once(socket.ws, 'ping', { signal })
    clock.pass(roundMs)
    await pinged
    // A ping of its own is no frame; its answer says that what went before, our pong, has arrived.
    socket.ws.ping()
    await once(socket.ws, 'pong', { signal })
  }
  await socket.settle()
})

test('a frame counts as a sign of life', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const socket = await server.socket({ autoPong: false })
  await socket.hello(await server.token('mina'))
  for (let round = 0; round < 4; round++) {
    clock.pass(roundMs)
    await socket.settle()
  }
})

test('heads are sent where a message or a mark of mine moved, once, with my own mark', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  await aRoom(server, ['mina'])
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  const headsOf = async ({ socket }: typeof mina) => {
    const before = socket.events('heads').length
    clock.pass(roundMs)
    for (const client of [mina, sam]) await client.socket.settle()
    return socket.events('heads').slice(before)
  }
  await headsOf(mina)
  for (const text of ['one', 'two']) await sam.send(roomId, text)
  assert.deepEqual(await headsOf(mina), [{ t: 'heads', heads: { [roomId]: [2, 0] } }])
  await mina.ok({ t: 'read', roomId, seq: 1 })
  assert.deepEqual(await headsOf(mina), [{ t: 'heads', heads: { [roomId]: [2, 1] } }])
  assert.deepEqual(await headsOf(mina), [])
  await sam.send(roomId, 'three')
  assert.deepEqual(await headsOf(sam), [{ t: 'heads', heads: { [roomId]: [3, 0] } }])
})
