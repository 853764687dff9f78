import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { OpenRoomsPage, RoomAnswer } from '../../server/protocol/views.ts'
import { aFullGroup, aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer()
})
after(() => server[Symbol.asyncDispose]())

const join = (user: string, room: string) => server.fetch(user, `rooms/${room}/join`, { method: 'POST' })
const directory = (user: string, query = '') => jsonOf<OpenRoomsPage>(server.fetch(user, `directory${query}`))

test('a user finds an open room and joins it: all their sockets hear it, and the members who came', async () => {
  const said = { description: 'For all', pictureUrl: 'https://example.com/a.png', join: 'open' } as const
  const { id: roomId } = await aRoom(server, ['mina'], { name: 'Open sky', ...said })
  const [mina, phone, desktop] = [
    await server.join('mina'),
    await server.join('sam'),
    await server.join('sam'),
  ]
  assert.equal(phone.ready.features.openRooms, true)
  const { join: _, ...shown } = said
  const found = { id: roomId, name: 'Open sky', ...shown, memberCount: 1 }
  assert.deepEqual(await directory('sam', '?q=sky'), { rooms: [found] })
  const answer = await jsonOf<RoomAnswer>(join('sam', roomId), 201)
  assert.deepEqual([answer.memberCount, answer.join, answer.me?.unread], [2, 'open', 0])
  for (const { socket } of [phone, desktop]) {
    await socket.event('room', ({ room }) => room.id === roomId)
    await socket.event('mine', (event) => event.roomId === roomId)
  }
  const { message } = await mina.socket.event('message', (event) => event.message.roomId === roomId)
  assert.deepEqual(
    [message.authorId, message.text, message.system],
    ['sam', 'Sam joined', { event: 'joined' }],
  )
  await mina.send(roomId, 'Welcome')
  await desktop.socket.event('message', (event) => event.message.text === 'Welcome')
  const again = await jsonOf<RoomAnswer>(join('sam', roomId))
  assert.equal(again.head, 3)
  assert.deepEqual((await directory('sam', '?q=sky')).rooms, [{ ...found, memberCount: 2, joined: true }])
})

test('a room that is not open, or not there, or of another site is the same to who would join it', async () => {
  const { id } = await aRoom(server, ['mina'], { name: 'Closed' })
  const answers = [await join('sam', id), await join('sam', crypto.randomUUID())]
  const details = []
  for (const answer of answers) details.push((await assertProblem(answer, 404, 'not_found')).detail)
  assert.equal(details[0], details[1])
  await assertProblem(await join('sam', 'not-a-room'), 400, 'bad_request')
})

test('whom an owner removed joins no more until an owner adds them, and a full room takes nobody', async () => {
  const { id } = await aRoom(server, ['mina', 'sam'], { name: 'Open', join: 'open' })
  await server.fetch('mina', `rooms/${id}/members/sam`, { method: 'DELETE' })
  await assertProblem(await join('sam', id), 403, 'forbidden')
  await assertProblem(
    await join('sam', await aFullGroup(server, { name: 'Full', join: 'open' })),
    413,
    'too_large',
  )
})

test('a host opens and closes a room, and members see it', async () => {
  const { id } = await aRoom(server, ['mina'], { name: 'Now and then' })
  const mina = await server.join('mina')
  await server.chatter.updateRoom({ id, join: 'open' })
  await mina.socket.event('room', ({ room }) => room.id === id && room.join === 'open')
  assert.equal((await directory('sam', '?q=now')).rooms.length, 1)
  await server.chatter.updateRoom({ id, join: null })
  assert.deepEqual((await directory('sam', '?q=now')).rooms, [])
})

test('the directory refuses limits and cursors that are none', async () => {
  for (const query of ['?limit=0', '?limit=201', '?cursor=x'])
    await assertProblem(await server.fetch('sam', `directory${query}`), 400, 'bad_request')
})
