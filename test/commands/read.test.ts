import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { MembersPage, RoomAnswer } from '../../server/protocol/views.ts'
import { aCrowd, aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

const putRead = (server: TestServer, user: string, room: string, body: unknown) =>
  server.fetch(user, `rooms/${room}/read`, { method: 'PUT', body })

const markOf = async (server: TestServer, user: string, room: string) =>
  (await jsonOf<RoomAnswer>(server.fetch(user, `rooms/${room}`))).me

test('reading moves the mark and tells the others, and when it was shows only who asks for the members', async () => {
  const now = Date.UTC(2030, 0, 1)
  await using server = await startServer({ now: () => now })
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const exp = now / 1000 + 3600
  const mina = await (await server.socket()).hello(await server.token('mina', { exp }))
  const sam = await (await server.socket()).hello(await server.token('sam', { exp }))
  await sam.send(roomId, 'Hello')
  await mina.ok({ t: 'read', roomId, seq: 1 })
  assert.deepEqual(await sam.socket.event('read'), { t: 'read', roomId, userId: 'mina', seq: 1 })
  await mina.socket.settle()
  assert.deepEqual(mina.socket.events('read'), [])
  const authorization = `Bearer ${await server.token('sam', { exp })}`
  const asked = async <T>(path: string) =>
    jsonOf<T>(fetch(`${server.url}v1/rooms/${roomId}${path}`, { headers: { authorization } }))
  const mark = { userId: 'mina', role: 'owner', readSeq: 1 } as const
  const ofMina = ({ members }: Pick<RoomAnswer, 'members'>) =>
    members?.find(({ userId }) => userId === 'mina')
  assert.deepEqual(ofMina(await asked<RoomAnswer>('')), mark)
  assert.deepEqual(ofMina(await asked<MembersPage>('/members')), {
    ...mark,
    readAt: new Date(now).toISOString(),
  })
})

test('the mark never goes back, and a read that moves nothing is sent to nobody', async () => {
  await using server = await startServer()
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  for (const text of ['one', 'two']) await sam.send(roomId, text)
  for (const seq of [2, 1, 2, 0]) await mina.ok({ t: 'read', roomId, seq })
  await sam.socket.settle()
  assert.deepEqual(
    sam.socket.events('read').map(({ seq }) => seq),
    [2],
  )
  assert.deepEqual(await markOf(server, 'mina', roomId), { readSeq: 2, unread: 0, muted: false })
})

test("the mark stops at the room's head", async () => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const sam = await server.join('sam')
  await sam.send(room, 'one')
  assert.equal((await putRead(server, 'mina', room, { seq: Number.MAX_SAFE_INTEGER })).status, 204)
  assert.equal((await sam.socket.event('read')).seq, 1)
  await sam.send(room, 'two')
  assert.deepEqual(await markOf(server, 'mina', room), { readSeq: 1, unread: 1, muted: false })
})

test('sending does not move the mark of the sender', async () => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  await sam.send(room, 'Hello')
  await mina.send(room, 'Hello back')
  assert.deepEqual(await markOf(server, 'mina', room), { readSeq: 0, unread: 1, muted: false })
})

test('in a room of 51 a read is sent to the sockets of its reader only', async () => {
  await using server = await startServer()
  const { id: roomId } = await aRoom(server, aCrowd(51))
  const [phone, desktop, other] = [await server.join('u0'), await server.join('u0'), await server.join('u1')]
  await other.send(roomId, 'Hello')
  await phone.ok({ t: 'read', roomId, seq: 1 })
  await desktop.socket.event('mine', ({ readSeq }) => readSeq === 1)
  await other.socket.settle()
  assert.deepEqual(other.socket.events('read'), [])
})

test('in a room of 50 a read is sent to all', async () => {
  await using server = await startServer()
  const { id: roomId } = await aRoom(server, aCrowd(50))
  const [reader, other] = [await server.join('u0'), await server.join('u1')]
  await other.send(roomId, 'Hello')
  await reader.ok({ t: 'read', roomId, seq: 1 })
  assert.equal((await other.socket.event('read')).userId, 'u0')
})

test('a stranger cannot read in a room, nor anybody in a room that is none', async () => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const stranger = await server.join('stranger')
  for (const target of [room, uuidv7()]) {
    assert.equal((await stranger.err({ t: 'read', roomId: target, seq: 1 })).code, 'not_found')
    await assertProblem(await putRead(server, 'stranger', target, { seq: 1 }), 404, 'not_found')
  }
})

for (const seq of [undefined, -1, 1.5, '1', null, 2 ** 53]) {
  test(`a read up to ${JSON.stringify(seq)} is a bad_request`, async () => {
    await using server = await startServer()
    const { id: room } = await aRoom(server, ['mina', 'sam'])
    await assertProblem(await putRead(server, 'mina', room, { seq }), 400, 'bad_request')
  })
}

test('whoever reads in a room that they have arranged is told what became of it', async () => {
  await using server = await startServer()
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  for (const text of ['one', 'two', 'three']) await sam.send(roomId, text)
  await mina.ok({ t: 'arrange', roomId, unreadFrom: 1 })
  await mina.ok({ t: 'read', roomId, seq: 2 })
  const kept = await mina.socket.event('mine')
  assert.deepEqual([kept.readSeq, kept.arranged], [2, { rev: 1, unreadFrom: 1 }])
  await mina.ok({ t: 'read', roomId, seq: 3 })
  const cleared = await mina.socket.event('mine', ({ readSeq }) => readSeq === 3)
  assert.deepEqual(cleared.arranged, { rev: 2 })
})
