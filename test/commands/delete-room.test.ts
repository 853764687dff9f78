import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { aCrowd, aRoom, assertProblem } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer()
})
after(() => server[Symbol.asyncDispose]())

const remove = (user: string, room: string) => server.fetch(user, `rooms/${room}`, { method: 'DELETE' })

test('a group that its owner deletes is gone for everybody at once, and nobody hears more of it', async () => {
  const { id: roomId } = await aRoom(server, ['mina', 'sam'], { name: 'Team' })
  const clients = [await server.join('mina'), await server.join('mina'), await server.join('sam')] as const
  const [mina, , sam] = clients
  const { id: messageId } = await sam.send(roomId, 'Hello')
  assert.equal((await remove('mina', roomId)).status, 204)
  for (const { socket } of clients) assert.deepEqual(await socket.event('gone'), { t: 'gone', roomId })
  assert.equal((await mina.err({ t: 'send', roomId, messageId, text: 'Hello?' })).code, 'not_found')
  assert.equal((await sam.err({ t: 'changes', roomId, since: 0 })).code, 'not_found')
  for (const path of ['', '/messages', '/members', `/messages/${messageId}`, '/pins', '/changes?since=0'])
    await assertProblem(await server.fetch('mina', `rooms/${roomId}${path}`), 404, 'not_found')
  await assertProblem(await remove('mina', roomId), 404, 'not_found')
  const { ready } = await server.join('sam')
  assert.equal(ready.heads[roomId], undefined)
  for (const { socket } of clients) {
    await socket.settle()
    assert.equal(socket.events('gone').length, 1)
  }
})

test('a member cannot delete a group, nor a stranger, and it stays as it is', async () => {
  const { id: roomId } = await aRoom(server, ['mina', 'sam'], { name: 'Team' })
  await assertProblem(await remove('sam', roomId), 403, 'forbidden')
  await assertProblem(await remove('stranger', roomId), 404, 'not_found')
  const mina = await server.join('mina')
  assert.equal((await mina.send(roomId, 'Still here')).seq, 1)
})

test('an owner who handed the group over and became a member deletes it no more, and the new one does', async () => {
  const { id: roomId } = await aRoom(server, ['mina', 'sam'], { name: 'Team' })
  const give = (by: string, user: string, role: string) =>
    server.fetch(by, `rooms/${roomId}/members/${user}`, { method: 'PUT', body: { role } })
  await assertProblem(await give('mina', 'mina', 'member'), 409, 'conflict')
  assert.ok((await give('mina', 'sam', 'owner')).ok)
  assert.ok((await give('mina', 'mina', 'member')).ok)
  await assertProblem(await remove('mina', roomId), 403, 'forbidden')
  assert.equal((await remove('sam', roomId)).status, 204)
})

test('a group of many is gone for all of them', async () => {
  const { id: roomId } = await aRoom(server, aCrowd(120), { name: 'Crowd' })
  const some = await Promise.all(['u0', 'u60', 'u119'].map((user) => server.join(user)))
  assert.equal((await remove('u0', roomId)).status, 204)
  for (const { socket } of some) await socket.event('gone', (event) => event.roomId === roomId)
})
