/** What one user may do in an hour or a day, as clients meet it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { aCrowd, aRoom, assertProblem } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

const settings = { limits: { strangerRoomsPerHour: 2, addedMembersPerHour: 2, textBytesPerDay: 100 } }
const start = (isLimited = true) => startServer({ isLimited, settings })

const open = (server: TestServer, memberIds: readonly string[], more: object = {}) =>
  server.fetch('mina', 'rooms', { method: 'POST', body: { memberIds, ...more } })
const add = (server: TestServer, room: string, user: string) =>
  server.fetch('mina', `rooms/${room}/members/${user}`, { method: 'PUT' })
const put = (server: TestServer, room: string, text: string, id = uuidv7()) =>
  server.fetch('mina', `rooms/${room}/messages/${id}`, { method: 'PUT', body: { text } })

async function assertRefused(answer: Response, limit: string): Promise<void> {
  const retryAfter = Number(answer.headers.get('retry-after'))
  const { detail } = await assertProblem(answer, 429, 'rate_limited')
  assert.match(detail ?? '', new RegExp(`^${limit}: `))
  assert.ok(retryAfter > 0 && retryAfter <= 86_400, `${retryAfter} s`)
}

test('rooms with people one shares no room with beyond the limit of an hour: 429; found ones and those of the host come', async () => {
  await using server = await start()
  for (const user of aCrowd(6)) await aRoom(server, [user])
  for (const user of ['u0', 'u1']) assert.equal((await open(server, [user])).status, 201)
  await assertRefused(await open(server, ['u2']), 'strangerRoomsPerHour')
  await assertRefused(await open(server, ['u0', 'u2'], { name: 'Team' }), 'strangerRoomsPerHour')
  assert.equal((await open(server, ['u0'])).status, 200)
  assert.equal((await open(server, ['u0', 'u1'], { name: 'Team' })).status, 201)
  for (const user of ['u3', 'u4', 'u5']) assert.ok((await aRoom(server, ['mina', user])).id)
})

test('members added beyond the limit of an hour: 429, and they are not in the room', async () => {
  await using server = await start()
  for (const user of aCrowd(4)) await aRoom(server, [user])
  const { id: room } = await aRoom(server, ['mina', 'sam'], { name: 'Team' })
  for (const user of ['u0', 'u0', 'u1']) assert.ok((await add(server, room, user)).ok)
  await assertRefused(await add(server, room, 'u2'), 'addedMembersPerHour')
  assert.equal(await server.stores.forTenant('default').isMember(room, 'u2'), false)
  assert.ok((await add(server, room, 'u1')).ok)
})

test('text beyond the limit of a day: 429 by HTTP and socket, for new and edited messages; a retry is answered', async () => {
  await using server = await start()
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const messageId = uuidv7()
  assert.equal((await put(server, roomId, 'é'.repeat(45), messageId)).status, 201)
  await assertRefused(await put(server, roomId, 'x'.repeat(11)), 'textBytesPerDay')
  const mina = await server.join('mina')
  const late = await mina.err({ t: 'edit', roomId, messageId, text: 'x'.repeat(11) })
  assert.deepEqual([late.code, (late.retryAfter ?? 0) > 0], ['rate_limited', true])
  assert.equal((await put(server, roomId, 'é'.repeat(45), messageId)).status, 200)
  await mina.ok({ t: 'edit', roomId, messageId, text: 'x'.repeat(10) })
  await mina.ok({ t: 'delete', roomId, messageId })
})

test('the message about a new name counts as text: beyond the limit of a day 429, and the group keeps its name', async () => {
  await using server = await start()
  const { id: room } = await aRoom(server, ['mina', 'sam'], { name: 'Team' })
  const rename = (name: string) => server.fetch('mina', `rooms/${room}`, { method: 'PATCH', body: { name } })
  assert.equal((await rename('x'.repeat(60))).status, 200)
  await assertRefused(await rename('y'.repeat(60)), 'textBytesPerDay')
  assert.equal((await rename('x'.repeat(60))).status, 200)
  await assertRefused(await put(server, room, 'x'.repeat(90)), 'textBytesPerDay')
})

test('without limits none of this counts', async () => {
  await using server = await start(false)
  for (const user of aCrowd(4)) await aRoom(server, [user])
  const { id: room } = await aRoom(server, ['mina', 'sam'], { name: 'Team' })
  for (const user of aCrowd(4)) {
    assert.equal((await open(server, [user])).status, 201)
    assert.ok((await add(server, room, user)).ok)
  }
  assert.equal((await put(server, room, 'x'.repeat(200))).status, 201)
})
