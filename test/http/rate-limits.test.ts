import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { Page } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

function put(server: TestServer, room: string, message = uuidv7()): Promise<Response> {
  const path = `rooms/${room}/messages/${message}`
  return server.fetch('mina', path, { method: 'PUT', body: { text: 'Hello' } })
}

test('sends beyond the rate answer 429 with Retry-After; what was answered 201 is kept', async () => {
  await using server = await startServer({ isLimited: true })
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const answers = await Promise.all(Array.from({ length: 40 }, () => put(server, room)))
  const refused = answers.filter(({ status }) => status === 429)
  assert.equal(refused.length, 10)
  for (const response of refused) {
    assert.ok(Number(response.headers.get('retry-after')) > 0)
    assert.equal((await assertProblem(response, 429, 'rate_limited')).temporary, true)
  }
  const { messages } = await jsonOf<Page>(server.fetch('sam', `rooms/${room}/messages`))
  assert.equal(messages.length, answers.filter(({ status }) => status === 201).length)
})

test('the socket and HTTP share one rate', async () => {
  await using server = await startServer({ isLimited: true })
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const mina = await server.join('mina')
  await Promise.all(Array.from({ length: 30 }, () => put(server, roomId)))
  const { code, retryAfter } = await mina.err({ t: 'send', roomId, messageId: uuidv7(), text: 'Hello' })
  assert.equal(code, 'rate_limited')
  assert.ok((retryAfter ?? 0) > 0)
})

test('opening rooms beyond the rate answers 429', async () => {
  await using server = await startServer({ isLimited: true })
  const open = () => server.fetch('mina', 'rooms', { method: 'POST', body: { memberIds: [] } })
  const answers = await Promise.all(Array.from({ length: 61 }, open))
  assert.deepEqual(answers.map(({ status }) => status).filter((status) => status === 429).length, 1)
})

test('requests of any kind beyond the rate answer 429, and others are served', async () => {
  await using server = await startServer({ isLimited: true })
  const answers = await Promise.all(Array.from({ length: 301 }, () => server.fetch('mina', 'me')))
  assert.equal(answers.filter(({ status }) => status === 429).length, 1)
  assert.equal((await server.fetch('sam', 'me')).status, 200)
})

test('without limits nothing is refused', async () => {
  await using server = await startServer({ isLimited: false })
  const answers = await Promise.all(Array.from({ length: 301 }, () => server.fetch('mina', 'me')))
  assert.ok(answers.every(({ status }) => status === 200))
})
