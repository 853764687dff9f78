import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { Problem } from '../../server/protocol/problems.ts'
import { aLog, aRoom, assertProblem } from '../support/builders.ts'
import { startServer } from '../support/server.ts'

const secretText = 'Nobody else may read this'

async function aServerWhere(
  t: TestContext,
  method: 'append' | 'listMemberships' | 'markRead' | 'readChanges',
) {
  const log = aLog()
  const server = await startServer({ log: log.log })
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const mina = await server.join('mina')
  const store = server.stores.forTenant('default')
  t.mock.method(store, method, () => Promise.reject(new Error('the disk is on fire')))
  return { server, room, mina, log }
}

test('a send that fails unexpectedly is internal, logged without its text, and the socket lives on', async (t) => {
  const { server: opened, room, mina, log } = await aServerWhere(t, 'append')
  await using server = opened
  const answer = await mina.err({ t: 'send', roomId: room, messageId: uuidv7(), text: secretText })
  assert.deepEqual([answer.code, answer.temporary], ['internal', true])
  assert.ok(!answer.detail.includes('fire'))
  const errors = log.lines().filter(({ level }) => level === 50)
  assert.equal(errors.length, 1)
  assert.match(JSON.stringify(errors[0]), /the disk is on fire/)
  assert.ok(!log.text().includes(secretText))
  t.mock.restoreAll()
  assert.equal((await mina.send(room, 'Again')).seq, 1)
  assert.equal((await server.fetch('mina', 'me')).status, 200)
})

test('a request that fails unexpectedly is a 500 that says nothing, logged without its body', async (t) => {
  const { server: opened, room, log } = await aServerWhere(t, 'append')
  await using server = opened
  const path = `rooms/${room}/messages/${uuidv7()}`
  const response = await server.fetch('mina', path, { method: 'PUT', body: { text: secretText } })
  const problem = await assertProblem(response, 500, 'internal')
  assert.ok(!problem.detail.includes('fire'))
  assert.match(log.text(), /the disk is on fire/)
  assert.ok(!log.text().includes(secretText))
})

test('a hello that fails unexpectedly is asked to come back', async (t) => {
  const { server: opened } = await aServerWhere(t, 'listMemberships')
  await using server = opened
  const socket = await server.socket()
  const token = await server.token('sam')
  const answer = await socket.ask({ t: 'hello', client: 'test/1', token })
  assert.equal(answer.t === 'err' && answer.code, 'internal')
  assert.equal((await socket.closed).code, 4020)
  t.mock.restoreAll()
  await server.join('sam')
})

for (const t of ['read', 'changes'] as const) {
  test(`a failing ${t} does not end the socket`, async (context) => {
    const {
      server: opened,
      room,
      mina,
    } = await aServerWhere(context, t === 'read' ? 'markRead' : 'readChanges')
    await using _server = opened
    const answer = await mina.err({ t, roomId: room, seq: 1, since: 0 })
    assert.equal(answer.code, 'internal')
    await mina.socket.settle()
  })
}

test('a database that is down makes the server not ready, and says what is down', async (t) => {
  await using server = await startServer()
  t.mock.method(server.stores, 'check', () => Promise.reject(new Error('gone')))
  const response = await fetch(`${server.url}readyz`)
  assert.equal(response.status, 503)
  assert.deepEqual(await response.json(), { status: 'unavailable', database: 'down', fanout: 'up' })
})

test('an outage of the database is overloaded for each, and a few lines of the log for all', async (t) => {
  const log = aLog()
  await using server = await startServer({ log: log.log })
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const mina = await server.join('mina')
  t.mock.method(server.stores.forTenant('default'), 'append', () => {
    const problem = new Problem('overloaded', 'the database does not answer: try again')
    problem.cause = new Error('connection refused')
    return Promise.reject(problem)
  })
  for (let left = 50; left > 0; left--) {
    const { code } = await mina.err({ t: 'send', roomId, messageId: uuidv7(), text: secretText })
    assert.equal(code, 'overloaded')
  }
  const lines = log.lines().filter(({ level }) => level === 40)
  assert.ok(lines.length > 0 && lines.length < 5, JSON.stringify(lines))
  assert.match(JSON.stringify(lines), /connection refused/)
  assert.ok(!log.text().includes(secretText))
})
