import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostSilent } from '../../server/live/silent.ts'
import { aLog, assertProblem } from '../support/builders.ts'
import { aClock } from '../support/clock.ts'
import { startServer, type TestServer } from '../support/server.ts'

const limited = { isLimited: true, trustedProxies: ['127.0.0.1'] }
const office = { 'x-forwarded-for': '203.0.113.7' }
const others = { 'x-forwarded-for': '203.0.113.8' }

const ask = async (server: TestServer, headers: Record<string, string>, user?: string) => {
  const authorization = user === undefined ? 'Bearer nonsense' : `Bearer ${await server.token(user)}`
  return fetch(`${server.url}v1/me`, { headers: { ...headers, authorization } })
}

async function fail(server: TestServer, times: number, headers = office): Promise<Response[]> {
  const answers: Response[] = []
  for (let n = 0; n < times; n++) answers.push(await ask(server, headers))
  return answers
}

test('an address that fails 100 times a minute is refused, by HTTP and at the socket; others are served', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ ...limited, now: clock.now })
  const answers = await fail(server, 102)
  assert.deepEqual(new Set(answers.slice(0, 101).map(({ status }) => status)), new Set([401]))
  const refused = answers.at(-1) ?? assert.fail('asked')
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  await assertProblem(refused, 429, 'rate_limited')
  await assert.rejects(server.socket({ headers: office }), /HTTP 429/)
  assert.equal((await ask(server, others, 'sam')).status, 200)
  assert.equal((await ask(server, {}, 'sam')).status, 200)
  assert.equal(server.chatter.stats().failures.token, 101)
  clock.pass(60_000)
  assert.equal((await ask(server, office, 'mina')).status, 200)
})

test('what succeeds is not counted: an office of many users gets in', async () => {
  await using server = await startServer(limited)
  for (let n = 0; n < 150; n++) assert.equal((await ask(server, office, `user-${n}`)).status, 200)
})

test('visitors without a sign-in lock nobody out: ten of them are one failure', async () => {
  await using server = await startServer({ ...limited, authenticate: () => null })
  const headers = { ...office, origin: new URL(server.url).origin }
  for (let n = 0; n < 101; n++) {
    const socket = await server.socket({ headers })
    socket.post({ t: 'hello', client: 'test/1' })
    assert.equal((await socket.closed).code, 4500)
  }
  assert.equal((await ask(server, office, 'mina')).status, 200)
  const look = () => fetch(`${server.url}v1/me`, { headers: office })
  for (let n = 0; n < 900; n++) assert.equal((await look()).status, 401)
  assert.equal((await look()).status, 429)
  assert.equal(server.chatter.stats().failures.nobody, 1001)
})

test('bad hellos and refused upgrades count for the same', async () => {
  await using server = await startServer(limited)
  for (let n = 0; n < 60; n++) {
    const socket = await server.socket({ headers: office })
    socket.post({ t: 'hello', client: 'test/1', token: 'nonsense' })
    assert.equal((await socket.closed).code, 4500)
  }
  const foreign = { headers: { ...office, origin: 'https://elsewhere.example' } }
  for (let n = 0; n < 41; n++) await assert.rejects(server.socket(foreign), /HTTP 403/)
  await assert.rejects(server.socket({ headers: office }), /HTTP 429/)
})

test('where nobody named the proxy, nobody is refused for others, and the log says so once', async () => {
  const { log, lines } = aLog()
  await using server = await startServer({ isLimited: true, log })
  assert.deepEqual(new Set((await fail(server, 150)).map(({ status }) => status)), new Set([401]))
  const said = lines().filter(({ msg }) => String(msg).includes('CHATTER_TRUST_PROXY'))
  assert.equal(said.length, 1)
})

test('a trusted proxy that names nobody is refused as itself, and the log has an error that says what that means', async () => {
  const { log, lines } = aLog()
  const proxy = '198.51.100.1'
  await using server = await startServer({ ...limited, trustedProxies: ['127.0.0.1', proxy], log })
  const answers = await fail(server, 102, { 'x-forwarded-for': proxy })
  assert.equal(answers.at(-1)?.status, 429)
  await fail(server, 102)
  const said = lines().filter(({ msg }) => String(msg).includes('refused for a while'))
  assert.deepEqual(
    said.map(({ level, address }) => [level, address]),
    [
      [50, proxy],
      [40, '203.0.113.7'],
    ],
  )
  assert.match(String(said[0]?.msg), /everybody behind it.*X-Forwarded-For/)
})

test(`of more than ${mostSilent} sockets without hello the one that was silent longest goes`, async () => {
  await using server = await startServer()
  const first = await server.socket()
  const second = await server.socket()
  for (let n = 2; n < mostSilent; n++) await server.socket()
  const mina = await server.join('mina')
  const { code } = await first.closed
  assert.equal(code, 4013)
  assert.deepEqual(first.events('bye'), [{ t: 'bye', code: 4013, retryAfter: 5 }])
  assert.equal(second.ws.readyState, second.ws.OPEN)
  await mina.socket.settle()
})
