import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aRoom } from '../support/builders.ts'
import { startServer } from '../support/server.ts'

test("a user's second device gets the message, and the sending one its answer first", async () => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const [phone, desktop] = [await server.join('mina'), await server.join('mina')]
  const message = await phone.send(room, 'Hello')
  const event = await desktop.socket.event('message')
  assert.deepEqual(event.message, message)
  await phone.socket.event('message')
  assert.deepEqual(
    phone.socket.frames.map(({ t }) => t),
    ['ready', 'ok', 'message'],
  )
})

test("a user's second device hears mine when the first one reads, and the first does not", async () => {
  await using server = await startServer()
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const [phone, desktop, sam] = [
    await server.join('mina'),
    await server.join('mina'),
    await server.join('sam'),
  ]
  for (const text of ['one', 'two', 'three']) await sam.send(roomId, text)
  await phone.ok({ t: 'read', roomId, seq: 2 })
  const mine = await desktop.socket.event('mine')
  assert.deepEqual(mine, { t: 'mine', roomId, readSeq: 2, unread: 1, muted: false })
  await phone.socket.settle()
  assert.deepEqual(phone.socket.events('mine'), [])
})

test('all sockets hear mine when a read comes by HTTP', async () => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  await sam.send(room, 'Hello')
  const response = await server.fetch('mina', `rooms/${room}/read`, { method: 'PUT', body: { seq: 1 } })
  assert.equal(response.status, 204)
  assert.equal((await mina.socket.event('mine')).readSeq, 1)
})

test('a member of a new room sees it, then hears its messages, and may answer at once', async () => {
  await using server = await startServer()
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  const body = { memberIds: ['sam'] }
  const { id: roomId } = await (await server.fetch('mina', 'rooms', { method: 'POST', body })).json()
  const shown = await sam.socket.event('room')
  assert.deepEqual([shown.room.id, shown.room.kind, shown.room.me], [roomId, 'direct', undefined])
  assert.deepEqual(Object.keys(shown.users).sort(), ['mina', 'sam'])
  assert.deepEqual(await sam.socket.event('mine'), { t: 'mine', roomId, readSeq: 0, unread: 0, muted: false })
  await mina.send(roomId, 'Hello')
  await sam.socket.event('message')
  await sam.send(roomId, 'Hello back')
  const received = sam.socket.frames.map(({ t }) => t)
  assert.deepEqual(received.slice(0, 4), ['ready', 'room', 'mine', 'message'])
})

test('a room that is found again is announced to nobody', async () => {
  await using server = await startServer()
  await aRoom(server, ['mina', 'sam'])
  const sam = await server.join('sam')
  const response = await server.fetch('mina', 'rooms', { method: 'POST', body: { memberIds: ['sam'] } })
  assert.equal(response.status, 200)
  await sam.socket.settle()
  assert.deepEqual(sam.socket.events('room'), [])
})

test('a room that the host makes appears on the sockets of its members', async () => {
  await using server = await startServer()
  const sam = await server.join('sam')
  const { id } = await aRoom(server, ['mina', 'sam'], { name: 'Tea' })
  assert.equal((await sam.socket.event('room')).room.id, id)
})

test('a stranger hears nothing of a room', async () => {
  await using server = await startServer()
  const stranger = await server.join('stranger')
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const mina = await server.join('mina')
  await mina.send(roomId, 'Between us')
  await mina.ok({ t: 'read', roomId, seq: 1 })
  mina.socket.raw(JSON.stringify({ t: 'typing', roomId }))
  await mina.socket.settle()
  await stranger.socket.settle()
  assert.deepEqual(
    stranger.socket.frames.map(({ t }) => t),
    ['ready', 'ok'],
  )
})
