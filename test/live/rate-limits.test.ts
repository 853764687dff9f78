import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { Page } from '../../server/protocol/views.ts'
import { aRoom, jsonOf } from '../support/builders.ts'
import type { Socket } from '../support/client.ts'
import { startServer } from '../support/server.ts'

const flood = 300

function pour(socket: Socket, roomId: string): Map<string, string> {
  const sent = new Map<string, string>()
  for (let count = 0; count < flood; count++) {
    const messageId = uuidv7()
    sent.set(socket.post({ t: 'send', roomId, messageId, text: `${count}` }), messageId)
  }
  return sent
}

test('a flood is asked to wait and then closed with 4013', async () => {
  await using server = await startServer({ isLimited: true })
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const { socket } = await server.join('mina')
  pour(socket, room)
  assert.equal((await socket.closed).code, 4013)
  const [refusal] = socket.events('err')
  assert.equal(refusal?.code, 'rate_limited')
  assert.equal(refusal?.temporary, true)
  assert.ok((refusal?.retryAfter ?? 0) > 0)
  assert.equal(socket.events('bye')[0]?.code, 4013)
})

test('of a flood, what was acknowledged is kept and what was refused is not', async () => {
  await using server = await startServer({ isLimited: true })
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const { socket } = await server.join('mina')
  const sent = pour(socket, room)
  await socket.closed
  const idsOf = (answers: { id?: string | undefined }[]) => answers.map(({ id = '' }) => sent.get(id) ?? '')
  const acknowledged = idsOf(socket.events('ok'))
  const refused = idsOf(socket.events('err'))
  const { messages } = await jsonOf<Page>(server.fetch('sam', `rooms/${room}/messages?limit=200`))
  const kept = new Set(messages.map(({ id }) => id))
  assert.ok(refused.length > 0 && kept.size > 0)
  assert.ok(acknowledged.every((id) => kept.has(id)))
  assert.ok(refused.every((id) => !kept.has(id)))
})

test('others are not slowed by a flood', async () => {
  await using server = await startServer({ isLimited: true })
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  pour(mina.socket, room)
  await sam.send(room, 'Still here')
  await mina.socket.closed
  await sam.send(room, 'And now')
})

test('the rate is of the user, not of the socket: a second one brings no more', async () => {
  await using server = await startServer({ isLimited: true })
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const first = await server.join('mina')
  pour(first.socket, roomId)
  await first.socket.closed
  const second = await server.join('mina')
  const { code } = await second.err({ t: 'send', roomId, messageId: uuidv7(), text: 'Me again' })
  assert.equal(code, 'rate_limited')
})

test('a flood of frames that are no sends is ended too', async () => {
  await using server = await startServer({ isLimited: true })
  const { socket } = await server.join('mina')
  for (let count = 0; count < flood; count++) socket.post({ t: 'ping' })
  assert.equal((await socket.closed).code, 4013)
})

test('a user who signs in over and over is asked to wait', async () => {
  await using server = await startServer({ isLimited: true })
  const token = await server.token('mina')
  for (let count = 0; count < 30; count++) {
    const socket = await server.socket()
    await socket.hello(token)
    await socket.close()
  }
  const socket = await server.socket()
  const answer = await socket.ask({ t: 'hello', client: 'test/1', token })
  assert.equal(answer.t === 'err' && answer.code, 'rate_limited')
  assert.equal((await socket.closed).code, 4013)
  assert.ok((socket.events('bye')[0]?.retryAfter ?? 0) > 0)
})
