import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { MessageView, Pins } from '../../server/protocol/views.ts'
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

const put = (user: string, message: string, on: boolean) =>
  server.fetch(user, `rooms/${roomId}/messages/${message}/pin`, { method: 'PUT', body: { on } })
const pins = (user: string) => server.fetch(user, `rooms/${roomId}/pins`)

test('a pin is told to everybody, by socket and HTTP, and stands in the list with who is named', async () => {
  const sam = await server.join('sam')
  const sent = await mina.send(roomId, 'The dome opens at nine')
  const pinned = await jsonOf<MessageView>(put('sam', sent.id, true), 201)
  assert.deepEqual([pinned.rev, pinned.pinned?.userId], [sent.rev + 1, 'sam'])
  for (const { socket } of [mina, sam]) {
    const event = await socket.event('message', ({ message }) => message.rev === pinned.rev)
    assert.deepEqual([event.message, event.user.id], [pinned, 'mina'])
    assert.deepEqual(event.users, { sam: { id: 'sam', name: 'Sam' } })
  }
  assert.deepEqual(await jsonOf(put('sam', sent.id, true)), pinned)
  const { users, ...list } = await jsonOf<Pins>(pins('mina'))
  assert.deepEqual(
    [list, Object.keys(users).sort()],
    [{ messages: [pinned], head: pinned.rev }, ['mina', 'sam']],
  )
  const { message } = await mina.ok({ t: 'pin', roomId, messageId: sent.id, on: false })
  assert.equal((message as MessageView).pinned, undefined)
  assert.deepEqual((await jsonOf<Pins>(pins('mina'))).messages, [])
})

test('a pinned message in the list says which reactions are mine', async () => {
  const sent = await mina.send(roomId, 'one')
  await mina.ok({ t: 'react', roomId, messageId: sent.id, emoji: '👍', on: true })
  await mina.ok({ t: 'pin', roomId, messageId: sent.id, on: true })
  const mine = async (user: string) => (await jsonOf<Pins>(pins(user))).messages[0]?.me?.reactions
  assert.deepEqual([await mine('mina'), await mine('sam')], [['👍'], []])
})

test('a stranger neither pins nor reads the list, and a tombstone is not pinned', async () => {
  const sent = await mina.send(roomId, 'one')
  await server.join('eve')
  await assertProblem(await put('eve', sent.id, true), 404, 'not_found')
  await assertProblem(await pins('eve'), 404, 'not_found')
  await mina.ok({ t: 'delete', roomId, messageId: sent.id })
  await assertProblem(await put('mina', sent.id, true), 409, 'conflict')
})

test('a site without pins says so and refuses them', async () => {
  await using site = await startServer({ settings: { features: { pins: false } } })
  const { id } = await aRoom(site, ['mina'])
  const client = await site.join('mina')
  assert.equal(client.ready.features.pins, false)
  const { id: messageId } = await client.send(id, 'one')
  const refused = await client.err({ t: 'pin', roomId: id, messageId, on: true })
  assert.equal(refused.code, 'unsupported')
})
