import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../server/protocol/limits.ts'
import type { Changes, RoomAnswer } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer()
})
after(() => server[Symbol.asyncDispose]())

const configure = (user: string, room: string, body: object) =>
  server.fetch(user, `rooms/${room}/settings`, { method: 'PATCH', body })

test('an owner says who writes; everybody is shown the room and the message about it, and nothing more for nothing', async () => {
  const { id: roomId } = await aRoom(server, ['mina', 'sam'], { name: 'News' })
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  const answer = await jsonOf<RoomAnswer>(configure('mina', roomId, { post: 'owners', slowMode: 30 }))
  assert.deepEqual([answer.post, answer.slowMode, answer.rev, answer.head], ['owners', 30, 1, 2])
  assert.deepEqual(answer.me, { readSeq: 0, unread: 0, muted: false })
  for (const { socket } of [mina, sam]) {
    const { room } = await socket.event('room', (event) => event.room.id === roomId)
    assert.deepEqual([room.post, room.slowMode, room.me], ['owners', 30, undefined])
    const { message } = await socket.event('message', (event) => event.message.roomId === roomId)
    const settings = { post: 'owners', slowMode: 30 }
    assert.deepEqual([message.seq, message.system], [2, { event: 'configured', settings }])
    assert.equal(message.text, 'Mina changed the settings: only owners write; slow mode: a message in 30 s')
  }
  const same = await jsonOf<RoomAnswer>(configure('mina', roomId, { post: 'owners', slowMode: 30 }))
  assert.equal(same.head, 2)
  await sam.socket.settle()
  assert.equal(sam.socket.events('room').length, 1)
  const usual = await jsonOf<RoomAnswer>(configure('mina', roomId, { post: 'all', slowMode: 0 }))
  assert.deepEqual([usual.post, usual.slowMode, usual.head], [undefined, undefined, 4])
})

test('where only owners write, a member is told so, over socket and HTTP, and reads and reacts as before', async () => {
  const { id: roomId } = await aRoom(server, ['mina', 'sam'], { name: 'News', post: 'owners' })
  const sam = await server.join('sam')
  const refused = await sam.err({ t: 'send', roomId, messageId: uuidv7(), text: 'Me too' })
  assert.deepEqual([refused.code, refused.temporary], ['forbidden', false])
  assert.equal(refused.detail, 'only owners of the group write here')
  const path = `rooms/${roomId}/messages/${uuidv7()}`
  await assertProblem(
    await server.fetch('sam', path, { method: 'PUT', body: { text: 'x' } }),
    403,
    'forbidden',
  )
  const mina = await server.join('mina')
  const { id: messageId } = await mina.send(roomId, 'News')
  await sam.ok({ t: 'react', roomId, messageId, emoji: '👍', on: true })
  await sam.ok({ t: 'read', roomId, seq: 1 })
  assert.equal((await sam.err({ t: 'pin', roomId, messageId, on: true })).code, 'forbidden')
})

test('in slow mode a member who writes too soon is told how long to wait, and a retry is answered as ever', async () => {
  const { id: roomId } = await aRoom(server, ['mina', 'sam'], { name: 'Talk', slowMode: 600 })
  const sam = await server.join('sam')
  const first = { t: 'send' as const, roomId, messageId: uuidv7(), text: 'First' }
  await sam.ok(first)
  const refused = await sam.err({ ...first, messageId: uuidv7() })
  assert.deepEqual([refused.code, refused.temporary], ['rate_limited', true])
  assert.ok(refused.retryAfter !== undefined && refused.retryAfter > 590 && refused.retryAfter <= 600)
  await sam.ok(first)
  const path = `rooms/${roomId}/messages/${uuidv7()}`
  const response = await server.fetch('sam', path, { method: 'PUT', body: { text: 'x' } })
  assert.ok(Number(response.headers.get('retry-after')) > 590)
  await assertProblem(response, 429, 'rate_limited')
})

test('a client that missed a change of settings learns it from `changes`', async () => {
  const { id: roomId } = await aRoom(server, ['mina', 'sam'], { name: 'News' })
  await configure('mina', roomId, { slowMode: 5 })
  const { room, messages } = await jsonOf<Changes>(server.fetch('sam', `rooms/${roomId}/changes?since=0`))
  assert.equal(room?.slowMode, 5)
  assert.deepEqual(messages[0]?.system?.settings, { slowMode: 5 })
})

test('settings that are none are refused with what was expected', async () => {
  const { id: roomId } = await aRoom(server, ['mina', 'sam'], { name: 'News' })
  for (const bad of [
    { post: 'nobody' },
    { slowMode: -1 },
    { slowMode: 1.5 },
    { slowMode: limits.slowMode + 1 },
    { history: 'some' },
  ])
    await assertProblem(await configure('mina', roomId, bad), 400, 'bad_request')
  assert.equal(
    (await jsonOf<RoomAnswer>(configure('mina', roomId, { slowMode: limits.slowMode }))).slowMode,
    21_600,
  )
})
