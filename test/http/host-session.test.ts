import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../../server/protocol/problems.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { aClock } from '../support/clock.ts'
import { startServer, type TestServer } from '../support/server.ts'

const allowed = 'https://a.example'
const askAgainMs = 5 * 60_000
const roundMs = 25_000

/** A host whose session cookie is simply the user's id. */
function aHost() {
  const host = {
    asked: 0,
    signedOut: new Set<string>(),
    authenticate(request: Request) {
      host.asked += 1
      const id = /user=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1]
      return id === undefined || host.signedOut.has(id) ? undefined : { id, name: `${id} of the host` }
    },
  }
  return host
}

const own = ({ url }: TestServer) => new URL(url).origin
const cookie = 'user=mina'

function post(server: TestServer, headers: Record<string, string>): Promise<Response> {
  const body = JSON.stringify({ memberIds: [] })
  return fetch(`${server.url}v1/rooms`, { method: 'POST', headers: { cookie, ...headers }, body })
}

const json = { 'content-type': 'application/json' }

test("the host's session signs in: a GET without Origin, a write with the server's own", async () => {
  await using server = await startServer({ authenticate: aHost().authenticate })
  const { user } = await jsonOf<{ user: object }>(fetch(`${server.url}v1/me`, { headers: { cookie } }))
  assert.deepEqual(user, { id: 'mina', name: 'mina of the host' })
  assert.equal((await post(server, { origin: own(server), ...json })).status, 201)
})

test("the host's session signs a socket in from the server's own origin", async () => {
  await using server = await startServer({ authenticate: aHost().authenticate })
  const socket = await server.socket({ headers: { cookie, origin: own(server) } })
  const { ready } = await socket.hello(undefined)
  assert.equal(ready.me.name, 'mina of the host')
})

test('a write by the session without an Origin, or from an allowed other site, is unauthorized', async () => {
  const host = aHost()
  await using server = await startServer({ authenticate: host.authenticate, origins: [allowed] })
  await assertProblem(await post(server, json), 401, 'unauthorized')
  await assertProblem(await post(server, { origin: allowed, ...json }), 401, 'unauthorized')
  assert.equal(host.asked, 0)
})

test('a write by the session that does not say it is JSON is refused', async () => {
  await using server = await startServer({ authenticate: aHost().authenticate })
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '',
  ]) {
    const response = await post(server, { origin: own(server), 'content-type': type })
    await assertProblem(response, 400, 'bad_request')
  }
})

test('a read by the session from an allowed other site is unauthorized: the host is not asked', async () => {
  const host = aHost()
  await using server = await startServer({ authenticate: host.authenticate, origins: [allowed] })
  const response = await fetch(`${server.url}v1/me`, { headers: { cookie, origin: allowed } })
  await assertProblem(response, 401, 'unauthorized')
  assert.equal(host.asked, 0)
})

test('the session opens no socket for another site, nor without an Origin', async () => {
  const host = aHost()
  await using server = await startServer({ authenticate: host.authenticate, origins: [allowed] })
  for (const headers of [{ cookie, origin: allowed }, { cookie }]) {
    const socket = await server.socket({ headers })
    const answer = await socket.ask({ t: 'hello', client: 'test/1' })
    assert.equal(answer.t === 'err' && answer.code, 'unauthorized')
    assert.equal((await socket.closed).code, 4500)
  }
  assert.equal(host.asked, 0)
})

test('what a browser says of another site refuses the session, and what it says of this one gives nothing', async () => {
  const host = aHost()
  await using server = await startServer({ authenticate: host.authenticate, origins: [allowed] })
  for (const site of ['cross-site', 'same-site']) {
    const headers = { cookie, 'sec-fetch-site': site }
    await assertProblem(await fetch(`${server.url}v1/me`, { headers }), 401, 'unauthorized')
    await assertProblem(await post(server, { ...headers, origin: own(server), ...json }), 401, 'unauthorized')
    const socket = await server.socket({ headers: { ...headers, origin: own(server) } })
    const answer = await socket.ask({ t: 'hello', client: 'test/1' })
    assert.equal(answer.t === 'err' && answer.code, 'unauthorized')
  }
  const claimed = { 'sec-fetch-site': 'same-origin', ...json }
  await assertProblem(await post(server, claimed), 401, 'unauthorized')
  await assertProblem(await post(server, { ...claimed, origin: allowed }), 401, 'unauthorized')
  assert.equal(host.asked, 0)
  assert.equal((await post(server, { ...claimed, origin: own(server) })).status, 201)
})

test('a page without TLS is not the own one of a server that was asked by TLS', async () => {
  const host = aHost()
  await using server = await startServer({ authenticate: host.authenticate, trustedProxies: ['127.0.0.0/8'] })
  const headers = { 'x-forwarded-proto': 'https', ...json }
  await assertProblem(await post(server, { ...headers, origin: own(server) }), 403, 'forbidden')
  assert.equal((await post(server, { ...headers, origin: own(server).replace('http', 'https') })).status, 201)
  assert.equal(host.asked, 1)
})

test('a host whose sign-in hangs: 503 and close 4020 at the deadline of hello, and nobody is signed in later', async (t) => {
  const clock = aClock(t)
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<{ id: string }>()
  let times = 0
  const authenticate = () => {
    times += 1
    if (times === 2) asked.resolve()
    return answer.promise
  }
  await using server = await startServer({ authenticate, now: clock.now })
  const response = fetch(`${server.url}v1/me`, { headers: { cookie } })
  const socket = await server.socket({ headers: { cookie, origin: own(server) } })
  socket.post({ t: 'hello', client: 'test/1' })
  await asked.promise
  clock.pass(5_000)
  assert.equal((await socket.closed).code, 4020)
  await assertProblem(await response, 503, 'overloaded')
  answer.resolve({ id: 'mina' })
  assert.deepEqual(socket.events('ready'), [])
})

test('nobody in the session: 401 and close 4500', async () => {
  await using server = await startServer({ authenticate: () => null })
  await assertProblem(await fetch(`${server.url}v1/me`, { headers: { cookie } }), 401, 'unauthorized')
  const socket = await server.socket({ headers: { cookie, origin: own(server) } })
  await socket.ask({ t: 'hello', client: 'test/1' })
  assert.equal((await socket.closed).code, 4500)
})

test('an impossible user of the host is refused, not served', async () => {
  await using server = await startServer({ authenticate: () => ({ id: 'a\0b' }) })
  await assertProblem(await fetch(`${server.url}v1/me`, { headers: { cookie } }), 401, 'unauthorized')
})

test('a token wins over the session, by socket and HTTP, also when it is bad', async () => {
  const host = aHost()
  await using server = await startServer({ authenticate: host.authenticate })
  const token = await server.token('sam')
  const headers = { cookie, authorization: `Bearer ${token}` }
  const { user } = await jsonOf<{ user: { id: string } }>(fetch(`${server.url}v1/me`, { headers }))
  assert.equal(user.id, 'sam')
  const how = { headers: { cookie, origin: own(server) } }
  const { ready } = await (await server.socket(how)).hello(token)
  assert.equal(ready.me.id, 'sam')
  const bad = { ...headers, authorization: 'Bearer garbage' }
  await assertProblem(await fetch(`${server.url}v1/me`, { headers: bad }), 401, 'unauthorized')
  assert.equal(host.asked, 0)
})

test('a host whose sign-in fails: 500 and close 4020, so that clients come back', async () => {
  const authenticate = () => Promise.reject(new Error('the session store is down'))
  await using server = await startServer({ authenticate })
  await assertProblem(await fetch(`${server.url}v1/me`, { headers: { cookie } }), 500, 'internal')
  const socket = await server.socket({ headers: { cookie, origin: own(server) } })
  await socket.ask({ t: 'hello', client: 'test/1' })
  assert.equal((await socket.closed).code, 4020)
})

test('a host that refuses with a long explanation: the socket gets all of it, and is closed with 4500', async () => {
  const detail = 'Your account is locked, because of reasons that take a while to explain. '.repeat(4)
  const authenticate = () => Promise.reject(new Problem('unauthorized', detail))
  await using server = await startServer({ authenticate })
  const socket = await server.socket({ headers: { cookie, origin: own(server) } })
  const answer = await socket.ask({ t: 'hello', client: 'test/1' })
  assert.equal(answer.t === 'err' && answer.detail, detail)
  assert.equal((await socket.closed).code, 4500)
})

test('the host is asked again after five minutes, and who has signed out is closed with 4500', async (t) => {
  const clock = aClock(t)
  const host = aHost()
  await using server = await startServer({ authenticate: host.authenticate, now: clock.now })
  const socket = await server.socket({ headers: { cookie, origin: own(server) } })
  await socket.hello(undefined)
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += roundMs) {
      clock.pass(roundMs)
      await socket.settle()
    }
  }
  await pass(askAgainMs - roundMs)
  assert.equal(host.asked, 1)
  await pass(roundMs)
  assert.equal(host.asked, 2)
  host.signedOut.add('mina')
  await pass(askAgainMs - roundMs)
  clock.pass(roundMs)
  assert.equal((await socket.closed).code, 4500)
})

test('disconnect ends all sockets of that user with 4503, and of nobody else', async () => {
  await using server = await startServer()
  await aRoom(server, ['mina', 'sam'])
  const minas = [await server.join('mina'), await server.join('mina')]
  const sam = await server.join('sam')
  await server.chatter.disconnect('mina')
  for (const { socket } of minas) assert.equal((await socket.closed).code, 4503)
  await sam.socket.settle()
  await server.chatter.disconnect('nobody')
  await assert.rejects(server.chatter.disconnect('sam', 'another-tenant'), { code: 'not_found' })
  await sam.socket.settle()
})
