import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { MessageView, Page, RoomAnswer } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let roomId: string
let mina: TestClient
before(async () => {
  server = await startServer()
  ;({ id: roomId } = await aRoom(server, ['mina', 'sam']))
  mina = await server.join('mina')
})
after(() => server[Symbol.asyncDispose]())

const erase = (user: string, message: string, target = roomId) =>
  server.fetch(user, `rooms/${target}/messages/${message}`, { method: 'DELETE' })
const shown = (user = 'mina') => jsonOf<RoomAnswer>(server.fetch(user, `rooms/${roomId}`))
const remove = async (messageId: string) =>
  (await mina.ok({ t: 'delete', roomId, messageId })).message as MessageView

test('a deletion is sent to everybody as a tombstone, and the text is nowhere any more', async () => {
  const sam = await server.join('sam')
  const sent = await mina.send(roomId, 'a secret')
  const tombstone = await remove(sent.id)
  const { deletedAt = '', ...rest } = tombstone
  assert.deepEqual(rest, { ...sent, rev: sent.rev + 1, text: '' })
  assert.ok(deletedAt >= sent.createdAt)
  for (const { socket } of [mina, sam]) {
    const { message } = await socket.event('message', (event) => event.message.rev === tombstone.rev)
    assert.deepEqual(message, tombstone)
  }
  const page = await jsonOf<Page>(server.fetch('sam', `rooms/${roomId}/messages`))
  assert.deepEqual([page.messages.at(-1), page.head], [tombstone, tombstone.rev])
  assert.deepEqual((await shown()).lastMessage, tombstone)
  const changes = await mina.changes(roomId, sent.rev - 1)
  assert.deepEqual(changes.messages, [tombstone])
  assert.doesNotMatch(JSON.stringify([page, changes, await shown()]), /secret/)
})

test('again, by socket or HTTP, it is the same tombstone, sent once', async () => {
  const sam = await server.join('sam')
  const { id } = await mina.send(roomId, 'gone soon')
  const answers = await Promise.all([
    ...Array.from({ length: 5 }, () => jsonOf<MessageView>(erase('mina', id))),
    ...Array.from({ length: 5 }, () => remove(id)),
  ])
  for (const answer of answers) assert.deepEqual(answer, answers[0])
  await sam.socket.settle()
  assert.equal(sam.socket.events('message').length, 2)
})

test('what was deleted takes no new text, and the send again answers the tombstone', async () => {
  const id = uuidv7()
  await mina.send(roomId, 'once', id)
  const tombstone = await remove(id)
  const path = `rooms/${roomId}/messages/${id}`
  assert.equal((await mina.err({ t: 'edit', roomId, messageId: id, text: 'again' })).code, 'conflict')
  const patched = await server.fetch('mina', path, { method: 'PATCH', body: { text: 'again' } })
  await assertProblem(patched, 409, 'conflict')
  assert.deepEqual(await mina.send(roomId, 'once', id), tombstone)
  assert.deepEqual(
    await jsonOf(server.fetch('mina', path, { method: 'PUT', body: { text: 'once' } })),
    tombstone,
  )
  assert.equal((await mina.err({ t: 'send', roomId, messageId: id, text: 'other' })).code, 'conflict')
})

test('an unread message that is deleted is unread no more', async () => {
  const before = (await shown('sam')).me?.unread ?? 0
  const { id } = await mina.send(roomId, 'one')
  await mina.send(roomId, 'two')
  assert.equal((await shown('sam')).me?.unread, before + 2)
  await remove(id)
  assert.equal((await shown('sam')).me?.unread, before + 1)
  assert.equal((await server.join('sam')).ready.unread, before + 1)
})

test('only its author deletes a message, not even an owner of the group', async () => {
  const { id: group } = await aRoom(server, ['sam', 'mina'], { name: 'Team' })
  const sam = await server.join('sam')
  const sent = await mina.send(group, 'mine')
  assert.equal((await sam.err({ t: 'delete', roomId: group, messageId: sent.id })).code, 'forbidden')
  await assertProblem(await erase('sam', sent.id, group), 403, 'forbidden')
  await sam.socket.settle()
  assert.deepEqual(
    sam.socket.events('message').map(({ message }) => message),
    [sent],
  )
})

test('nobody changes what the room itself tells, not even who did it', async () => {
  const { id: group } = await aRoom(server, ['mina', 'sam'], { name: 'Team' })
  const renamed = await server.fetch('mina', `rooms/${group}`, { method: 'PATCH', body: { name: 'Crew' } })
  const { lastMessage } = (await renamed.json()) as RoomAnswer
  const messageId = lastMessage?.id ?? ''
  assert.equal(lastMessage?.kind, 'system')
  assert.equal((await mina.err({ t: 'delete', roomId: group, messageId })).code, 'forbidden')
  await assertProblem(await erase('mina', messageId, group), 403, 'forbidden')
  assert.equal((await mina.err({ t: 'edit', roomId: group, messageId, text: 'x' })).code, 'forbidden')
})

test('a stranger learns nothing, and who has left deletes nothing', async () => {
  const { id: group } = await aRoom(server, ['sam', 'mina'], { name: 'Team' })
  const sent = await mina.send(group, 'still here')
  const stranger = await server.join('stranger')
  for (const [target, message] of [
    [group, sent.id],
    [group, uuidv7()],
    [uuidv7(), sent.id],
  ] as const) {
    assert.equal((await stranger.err({ t: 'delete', roomId: target, messageId: message })).code, 'not_found')
    await assertProblem(await erase('stranger', message, target), 404, 'not_found')
  }
  await server.fetch('mina', `rooms/${group}/members/mina`, { method: 'DELETE' })
  await mina.socket.event('gone', (event) => event.roomId === group)
  assert.equal((await mina.err({ t: 'delete', roomId: group, messageId: sent.id })).code, 'not_found')
  await assertProblem(await erase('mina', sent.id, group), 404, 'not_found')
  const page = await jsonOf<Page>(server.fetch('sam', `rooms/${group}/messages`))
  assert.deepEqual(page.messages[0], sent)
})

for (const id of ['x', '__proto__', uuidv7().toUpperCase(), 1, null]) {
  test(`a deletion of a message ${JSON.stringify(id)} is a bad_request`, async () => {
    assert.equal((await mina.err({ t: 'delete', roomId, messageId: id })).code, 'bad_request')
    await assertProblem(await erase('mina', String(id)), 400, 'bad_request')
  })
}
