import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { version } from '../../server/version.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let room: string
before(async () => {
  server = await startServer()
  ;({ id: room } = await aRoom(server, ['mina', 'sam']))
})
after(() => server[Symbol.asyncDispose]())

test('nobody changes a user by a token of theirs', async () => {
  const response = await server.fetch('mina', 'users/mina', { method: 'PUT', body: { name: 'Sam' } })
  await assertProblem(response, 403, 'forbidden')
})

for (const [method, path] of [
  ['GET', 'nothing'],
  ['GET', ''],
  ['PUT', 'rooms/ROOM/nothing'],
] as const) {
  test(`${method} v1/${path} is not_found`, async () => {
    const response = await server.fetch('mina', path.replace('ROOM', room), { method })
    await assertProblem(response, 404, 'not_found')
  })
}

for (const [method, path, allowed] of [
  ['DELETE', 'rooms', 'GET, HEAD, POST'],
  ['POST', 'me', 'GET, HEAD'],
  ['PUT', 'rooms/ROOM/changes', 'GET, HEAD'],
  ['POST', 'rooms/ROOM/messages', 'GET, HEAD'],
  ['GET', 'rooms/ROOM/read', 'PUT'],
  ['PUT', 'rooms/shared', 'DELETE, GET, HEAD, PATCH'],
] as const) {
  test(`${method} v1/${path} is not done: the answer says what is`, async () => {
    const response = await server.fetch('mina', path.replace('ROOM', room), { method })
    assert.equal(response.headers.get('allow'), allowed)
    await assertProblem(response, 405, 'not_found')
  })
}

test('healthz is read and nothing else', async () => {
  const response = await fetch(`${server.url}healthz`, { method: 'DELETE' })
  assert.equal(response.headers.get('allow'), 'GET, HEAD')
  await assertProblem(response, 405, 'not_found')
})

for (const [path, allowed] of [
  ['openapi.json', 'GET, HEAD'],
  ['check', 'GET, HEAD'],
  ['guests', 'GET, HEAD, POST'],
] as const)
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
    (one) => !allowed.includes(one),
  ))
    test(`${method} v1/${path}, which is for anybody, is not done: the answer says what is`, async () => {
      const response = await fetch(`${server.url}v1/${path}`, { method })
      assert.deepEqual([response.status, response.headers.get('allow')], [405, allowed])
      if (method !== 'HEAD') await assertProblem(response, 405, 'not_found')
    })

test('every route of v1 wants a sign-in, also those that are not there', async () => {
  for (const path of ['me', 'users', 'rooms', `rooms/${room}`, `rooms/${room}/messages`, 'nothing']) {
    await assertProblem(await fetch(`${server.url}v1/${path}`), 401, 'unauthorized')
  }
})

test('HEAD answers as GET does, without a body', async () => {
  const response = await server.fetch('mina', 'me', { method: 'HEAD' })
  assert.equal(response.status, 200)
  assert.equal(await response.text(), '')
})

/** A request whose path is sent as it is: `fetch` would tidy it. */
async function raw(path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const { hostname, port } = new URL(server.url)
  const authorization = `Bearer ${await server.token('mina')}`
  const asked = request({ hostname, port, path, headers: { authorization, ...headers } }).end()
  const [response] = await once(asked, 'response')
  response.resume()
  return response.statusCode
}

const junk = [
  '/v1/rooms/%',
  '/v1/rooms/%zz',
  '/v1/rooms/%00',
  '/v1/rooms/%E0%A4%A/messages',
  '/v1/rooms/%ff%fe/changes?since=0',
  '/v1/rooms/..%2f..%2fme',
  '/v1/rooms/__proto__',
  '/v1/rooms/constructor/messages',
  `/v1/rooms/${'x'.repeat(4_000)}`,
  '/v1//rooms',
  '//v1/rooms',
  '/v1/rooms/%F0%9F%99%82/members',
  '/v1/rooms/;DROP TABLE rooms'.replaceAll(' ', '%20'),
]

for (const path of junk) {
  test(`the path ${path.slice(0, 40)} is not found, and harms nothing`, async () => {
    const status = await raw(path)
    assert.ok(status === 404 || status === 400, `${status}`)
    assert.equal(await raw('/v1/me'), 200)
  })
}

for (const host of ['a b', '[', 'user@127.0.0.1', '127.0.0.1/x', '\u00e4']) {
  test(`a Host of ${JSON.stringify(host)} is refused, and harms nothing`, async () => {
    const status = await raw('/v1/me', { host })
    assert.ok(status === 404 || status === 400, `${status}`)
    assert.equal(await raw('/v1/me'), 200)
  })
}

test('healthz and readyz answer anybody', async () => {
  assert.deepEqual(await jsonOf(fetch(`${server.url}healthz`)), { status: 'ok', version })
  const state = { status: 'ok', database: 'up', fanout: 'up' }
  assert.deepEqual(await jsonOf(fetch(`${server.url}readyz`)), state)
})

test('everything lies under the base path', async () => {
  await using below = await startServer({ base: '/chat/' })
  assert.equal((await below.fetch('mina', 'me')).status, 200)
  await (await below.join('mina')).socket.settle()
  assert.equal((await fetch(`${below.url}healthz`)).status, 200)
  assert.equal((await fetch(new URL('/v1/me', below.url))).status, 404)
})
