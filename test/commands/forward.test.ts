import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { MessageView, Page } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let source: string
let target: string
let mina: TestClient
let sam: TestClient
before(async () => {
  server = await startServer()
  ;({ id: source } = await aRoom(server, ['mina', 'sam']))
  ;({ id: target } = await aRoom(server, ['mina', 'lee']))
  mina = await server.join('mina')
  sam = await server.join('sam')
})
after(() => server[Symbol.asyncDispose]())

const put = (user: string, body: object, { room = target, id = uuidv7() } = {}) =>
  server.fetch(user, `rooms/${room}/messages/${id}`, { method: 'PUT', body })
const of = ({ roomId, id: messageId }: MessageView) => ({ roomId, messageId })
const forward = async (message: MessageView, messageId = uuidv7(), roomId = target) =>
  (await mina.ok({ t: 'send', roomId, messageId, forward: of(message) })).message as MessageView
const headOf = async (room: string) =>
  (await jsonOf<Page>(server.fetch('mina', `rooms/${room}/messages`))).head

test('a forwarded message has the text and names who said it, and nothing of the room it is from', async () => {
  const lee = await server.join('lee')
  const said = await sam.send(source, 'The dome is open')
  const message = await forward(said)
  assert.deepEqual(
    [message.text, message.authorId, message.forwarded],
    [said.text, 'mina', { authorId: 'sam' }],
  )
  const event = await lee.socket.event('message', (one) => one.message.id === message.id)
  assert.deepEqual(event.message, message)
  assert.deepEqual(event.users, { sam: { id: 'sam', name: 'Sam' } })
  const page = await jsonOf<Page>(server.fetch('lee', `rooms/${target}/messages?limit=1`))
  assert.deepEqual([page.messages, Object.keys(page.users).sort()], [[message], ['mina', 'sam']])
  const heard = JSON.stringify([lee.socket.frames, page])
  for (const id of [source, said.id]) assert.ok(!heard.includes(id))
})

test('forwarded again it names who said it first, in the same room too, and it may answer another', async () => {
  const said = await sam.send(source, 'first')
  const once = await forward(said)
  const { forwarded } = await forward(once, uuidv7(), source)
  assert.deepEqual(forwarded, { authorId: 'sam' })
  const answer = await jsonOf<MessageView>(put('mina', { forward: of(said), replyTo: once.id }), 201)
  assert.deepEqual([answer.replyTo?.id, answer.forwarded], [once.id, { authorId: 'sam' }])
})

test('sent again it is the same message, whatever became of the other one', async () => {
  const said = await sam.send(source, 'first')
  const id = uuidv7()
  const message = await forward(said, id)
  await sam.ok({ t: 'edit', roomId: source, messageId: said.id, text: 'second' })
  assert.deepEqual(await forward(said, id), message)
  await sam.ok({ t: 'delete', roomId: source, messageId: said.id })
  assert.deepEqual(await forward(said, id), message)
  await assertProblem(await put('mina', { text: 'first' }, { id }), 409, 'conflict')
  await mina.ok({ t: 'delete', roomId: target, messageId: id })
  const tombstone = await forward(said, id)
  assert.deepEqual([tombstone.text, tombstone.forwarded], ['', undefined])
  const plain = await mina.send(target, 'first')
  await assertProblem(await put('mina', { forward: of(said) }, { id: plain.id }), 409, 'conflict')
})

test('what one may not read, a tombstone, a system message and both or neither are refused, and nothing is written', async () => {
  const { id: strange } = await aRoom(server, ['sam', 'lee'])
  const secret = await sam.send(strange, 'secret')
  const gone = await sam.send(source, 'gone')
  await sam.ok({ t: 'delete', roomId: source, messageId: gone.id })
  const said = await sam.send(source, 'said')
  const before = await headOf(target)
  for (const [body, status, code] of [
    [{ forward: of(secret) }, 404, 'not_found'],
    [{ forward: { ...of(secret), roomId: source } }, 404, 'not_found'],
    [{ forward: { ...of(said), messageId: uuidv7() } }, 404, 'not_found'],
    [{ forward: of(gone) }, 409, 'conflict'],
    [{ forward: of(said), text: 'mine' }, 400, 'bad_request'],
    [{ forward: 'x' }, 400, 'bad_request'],
    [{}, 400, 'bad_request'],
  ] as const) {
    const answer = await assertProblem(await put('mina', body), status, code)
    assert.doesNotMatch(JSON.stringify(answer), /secret/)
    const frame = { t: 'send', roomId: target, messageId: uuidv7(), ...body }
    assert.equal((await mina.err(frame)).code, code)
  }
  await assertProblem(await put('sam', { forward: of(said) }), 404, 'not_found')
  assert.equal(await headOf(target), before)
})

test('a site without forwards says so and refuses them', async () => {
  await using site = await startServer({ settings: { features: { forwards: false } } })
  const { id } = await aRoom(site, ['mina'])
  const client = await site.join('mina')
  assert.equal(client.ready.features.forwards, false)
  const said = await client.send(id, 'one')
  const refused = await client.err({ t: 'send', roomId: id, messageId: uuidv7(), forward: of(said) })
  assert.equal(refused.code, 'unsupported')
})
