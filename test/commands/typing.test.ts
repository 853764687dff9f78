import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { spans } from '../../server/protocol/limits.ts'
import { aCrowd, aRoom } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { startServer } from '../support/server.ts'

function type({ socket }: TestClient, roomId: string): Promise<void> {
  socket.raw(JSON.stringify({ t: 'typing', roomId }))
  return socket.settle()
}

test('typing reaches the others and no socket of the one who types', async () => {
  await using server = await startServer()
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const [phone, desktop, sam] = [
    await server.join('mina'),
    await server.join('mina'),
    await server.join('sam'),
  ]
  await type(phone, roomId)
  assert.deepEqual(await sam.socket.event('typing'), { t: 'typing', roomId, userId: 'mina' })
  await desktop.socket.settle()
  assert.deepEqual([...phone.socket.events('typing'), ...desktop.socket.events('typing')], [])
})

test('typing is passed on once in 3 seconds for each room', async () => {
  let now = Date.now()
  await using server = await startServer({ now: () => now })
  const { id: first } = await aRoom(server, ['mina', 'sam'])
  const { id: second } = await aRoom(server, ['mina', 'sam', 'ann'])
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  const heard = async () => {
    await sam.socket.settle()
    return sam.socket.events('typing').map(({ roomId }) => roomId)
  }
  for (let count = 0; count < 5; count++) await type(mina, first)
  assert.deepEqual(await heard(), [first])
  await type(mina, second)
  assert.deepEqual(await heard(), [first, second])
  now += spans.typingEveryMs
  await type(mina, first)
  assert.deepEqual(await heard(), [first, second, first])
})

test('that typing is over reaches the others at once', async () => {
  await using server = await startServer()
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  await type(mina, roomId)
  for (let count = 0; count < 3; count++) {
    mina.socket.raw(JSON.stringify({ t: 'typing', roomId, over: true }))
    await mina.socket.settle()
  }
  await sam.socket.settle()
  const typing = { t: 'typing', roomId, userId: 'mina' }
  assert.deepEqual(sam.socket.events('typing'), [typing, { ...typing, over: true }])
})

test('nobody hears typing in a room of 51', async () => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, aCrowd(51))
  const [first, second] = [await server.join('u0'), await server.join('u1')]
  await type(first, room)
  await second.socket.settle()
  assert.deepEqual(second.socket.events('typing'), [])
})

test('typing in a room of others is refused and sent to nobody', async () => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const [stranger, sam] = [await server.join('stranger'), await server.join('sam')]
  await type(stranger, room)
  assert.equal((await stranger.socket.event('err')).code, 'not_found')
  await sam.socket.settle()
  assert.deepEqual(sam.socket.events('typing'), [])
})

for (const roomId of [undefined, 1, '', '__proto__', 'constructor', uuidv7().toUpperCase()]) {
  test(`typing in ${JSON.stringify(roomId)} is a bad_request`, async () => {
    await using server = await startServer()
    const { socket } = await server.join('mina')
    socket.raw(JSON.stringify({ t: 'typing', roomId }))
    assert.equal((await socket.event('err')).code, 'bad_request')
    await socket.settle()
  })
}
