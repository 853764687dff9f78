import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { MessageView, Page } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let roomId: string
let mina: TestClient
before(async () => {
  server = await startServer()
  ;({ id: roomId } = await aRoom(server, ['mina', 'sam', 'lee']))
  mina = await server.join('mina')
})
after(() => server[Symbol.asyncDispose]())

const put = (user: string, body: object, id = uuidv7()) =>
  server.fetch(user, `rooms/${roomId}/messages/${id}`, { method: 'PUT', body })
const reply = async (replyTo: string, text = 'yes', messageId = uuidv7()) =>
  (await mina.ok({ t: 'send', roomId, messageId, text, replyTo })).message as MessageView

test('an answer quotes its message to everybody, and names its author to who may not know them', async () => {
  const [sam, lee] = [await server.join('sam'), await server.join('lee')]
  const asked = await sam.send(roomId, 'Lunch?')
  const answer = await reply(asked.id)
  const { id, seq, authorId, text } = asked
  assert.deepEqual(answer.replyTo, { id, seq, authorId, text })
  for (const { socket } of [mina, sam, lee]) {
    const event = await socket.event('message', ({ message }) => message.id === answer.id)
    assert.deepEqual(event.message, answer)
    assert.deepEqual(event.users, { sam: { id: 'sam', name: 'Sam' } })
  }
  const page = await jsonOf<Page>(server.fetch('lee', `rooms/${roomId}/messages?limit=1`))
  assert.deepEqual(page.messages, [answer])
  assert.deepEqual(Object.keys(page.users).sort(), ['mina', 'sam'])
})

test('an answer to oneself names nobody else', async () => {
  const answer = await reply((await mina.send(roomId, 'one')).id)
  const event = await mina.socket.event('message', ({ message }) => message.id === answer.id)
  assert.deepEqual([event.message, event.users], [answer, undefined])
})

test('by HTTP an answer is the field `replyTo` of the body; again it is the same message, another one is a conflict', async () => {
  const asked = await mina.send(roomId, 'one')
  const id = uuidv7()
  const answer = await jsonOf<MessageView>(put('sam', { text: 'two', replyTo: asked.id }, id), 201)
  assert.equal(answer.replyTo?.id, asked.id)
  assert.deepEqual(await jsonOf(put('sam', { text: 'two', replyTo: asked.id }, id)), answer)
  await assertProblem(await put('sam', { text: 'two' }, id), 409, 'conflict')
})

test('what is no message of the room, a tombstone and what is no id are refused, and nothing is written', async () => {
  const { id: otherRoom } = await aRoom(server, ['mina'])
  const elsewhere = await mina.send(otherRoom, 'not here')
  const gone = await mina.send(roomId, 'gone')
  await mina.ok({ t: 'delete', roomId, messageId: gone.id })
  const head = async () => (await jsonOf<Page>(server.fetch('mina', `rooms/${roomId}/messages`))).head
  const before = await head()
  for (const [replyTo, status, code] of [
    [elsewhere.id, 404, 'not_found'],
    [uuidv7(), 404, 'not_found'],
    [gone.id, 409, 'conflict'],
    ['x', 400, 'bad_request'],
    [null, 400, 'bad_request'],
  ] as const) {
    const body = { text: 'yes', replyTo }
    assert.equal((await mina.err({ t: 'send', roomId, messageId: uuidv7(), ...body })).code, code)
    await assertProblem(await put('mina', body), status, code)
  }
  assert.equal(await head(), before)
})

test('a site without replies says so and refuses them, and shows those that are there', async () => {
  await using site = await startServer({ settings: { features: { replies: false } } })
  const { id } = await aRoom(site, ['mina'])
  const client = await site.join('mina')
  assert.equal(client.ready.features.replies, false)
  const { id: replyTo } = await client.send(id, 'one')
  const refused = await client.err({ t: 'send', roomId: id, messageId: uuidv7(), text: 'two', replyTo })
  assert.equal(refused.code, 'unsupported')
  assert.equal(mina.ready.features.replies, true)
})
