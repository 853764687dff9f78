import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { assertProblem } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

const allowed = ['https://a.example', 'http://plain.example:8080']

let server: TestServer
before(async () => {
  server = await startServer({ origins: allowed })
})
after(() => server[Symbol.asyncDispose]())

async function ask(origin: string | undefined, { method = 'GET', user = 'mina' } = {}): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${await server.token(user)}` }
  return fetch(`${server.url}v1/me`, {
    method,
    headers: { ...headers, ...(origin !== undefined && { origin }) },
  })
}

const corsOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')))

const foreign = () => [
  'https://evil.example',
  'https://a.example.evil',
  'https://evil-a.example',
  'https://sub.a.example',
  'http://a.example',
  'https://a.example:8443',
  'https://a.example:443',
  'https://a.example.',
  'https://a.example/',
  'https://A.example',
  'https://user@a.example',
  'https://a.example@evil.example',
  'https://a.example https://evil.example',
  'https://a.example, https://a.example',
  'http://plain.example',
  'null',
  '',
  '*',
  'file://',
  'a.example',
  `${new URL(server.url).origin}.`,
  `${new URL(server.url).origin}/`,
  new URL(server.url).origin.replace('127.0.0.1', '127.0.0.1.'),
  new URL(server.url).origin.replace('127.0.0.1', 'localhost'),
  new URL(server.url).origin.replace('//', '//user@'),
  'http://127.0.0.1',
  'http://127.0.0.1:1',
]

test('a page of a foreign or look-alike origin is refused by socket and HTTP, before anything else', async () => {
  for (const origin of foreign()) {
    const response = await ask(origin)
    assert.deepEqual(corsOf(response), {}, origin)
    await assertProblem(response, 403, 'forbidden')
    assert.equal((await ask(origin, { method: 'OPTIONS' })).status, 403, origin)
    await assert.rejects(server.socket({ headers: { origin } }), /HTTP 403/, origin)
  }
})

const welcome = () => [...allowed, new URL(server.url).origin]

test('a page of an allowed origin, and of the server itself, may read answers; never with cookies', async () => {
  for (const origin of welcome()) {
    const response = await ask(origin)
    assert.equal(response.status, 200)
    assert.match(response.headers.get('vary') ?? '', /origin/i)
    assert.deepEqual(corsOf(response), {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'ETag,Retry-After',
    })
  }
})

test('a page of an allowed origin may open a socket', async () => {
  for (const origin of welcome()) {
    const socket = await server.socket({ headers: { origin } })
    await socket.hello(await server.token('mina'))
  }
})

test('a preflight of an allowed origin says what is allowed, and asks for no sign-in', async () => {
  for (const origin of welcome()) {
    const response = await fetch(`${server.url}v1/rooms`, { method: 'OPTIONS', headers: { origin } })
    assert.equal(response.status, 204)
    assert.deepEqual(corsOf(response), {
      'access-control-allow-headers': 'Authorization,Content-Type',
      'access-control-allow-methods': 'GET,POST,PUT,PATCH,DELETE',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'ETag,Retry-After',
      'access-control-max-age': '7200',
    })
  }
})

test('a page of an allowed origin may read why it was refused', async () => {
  const headers = { origin: 'https://a.example' }
  const response = await fetch(`${server.url}v1/me`, { headers })
  assert.equal(response.headers.get('access-control-allow-origin'), 'https://a.example')
  await assertProblem(response, 401, 'unauthorized')
})

test('without an Origin, which browsers always send, a token is enough', async () => {
  const response = await ask(undefined)
  assert.equal(response.status, 200)
  assert.deepEqual(corsOf(response), {})
  await (await server.socket()).hello(await server.token('mina'))
})

/** What a server answers a page of that origin: 200, or 403. */
async function statusOf(from: TestServer, headers: Record<string, string>): Promise<number> {
  const { hostname, port } = new URL(from.url)
  const authorization = `Bearer ${await from.token('mina')}`
  const asked = request({ hostname, port, path: '/v1/me', headers: { authorization, ...headers } }).end()
  const [response] = await once(asked, 'response')
  response.resume()
  const socket = from.socket({ headers })
  assert.equal(
    await socket.then(
      () => 200,
      () => 403,
    ),
    response.statusCode,
  )
  return response.statusCode
}

const own: readonly [host: string, origin: string, proto: string, status: number][] = [
  ['chat.example', 'https://chat.example', 'https', 200],
  ['chat.example:443', 'https://chat.example', 'https', 200],
  ['CHAT.example', 'https://chat.example', 'https', 200],
  ['chat.example', 'http://chat.example', 'https', 403],
  ['chat.example', 'http://chat.example', 'http, https', 403],
  ['chat.example:80', 'http://chat.example', 'http', 200],
  ['chat.example', 'http://chat.example', 'https, http', 200],
  ['chat.example', 'https://chat.example', 'http', 403],
  ['chat.example:443', 'https://chat.example', '', 200],
  ['chat.example:80', 'http://chat.example', '', 200],
  ['chat.example:80', 'https://chat.example', '', 403],
  ['chat.example:443', 'http://chat.example', '', 403],
  ['chat.example:8443', 'https://chat.example', 'https', 403],
  ['chat.example', 'null', 'https', 403],
]

test("the server's own page is one of the scheme that was asked, and of its port, said or not", async () => {
  await using behind = await startServer({ trustedProxies: ['127.0.0.0/8'] })
  for (const [host, origin, proto, status] of own) {
    const headers = { host, origin, ...(proto !== '' && { 'x-forwarded-proto': proto }) }
    assert.equal(await statusOf(behind, headers), status, JSON.stringify(headers))
  }
})

test('that TLS was used is heard from anybody, that it was not from a trusted proxy only', async () => {
  const headers = { host: 'chat.example', origin: 'http://chat.example' }
  assert.equal(await statusOf(server, { ...headers, 'x-forwarded-proto': 'https' }), 403)
  const tls = { host: 'chat.example', origin: 'https://chat.example' }
  assert.equal(await statusOf(server, { ...tls, 'x-forwarded-proto': 'http' }), 200)
})

const apps = ['capacitor://localhost', 'ionic://localhost', 'tauri://localhost']

test("an app's own scheme is an origin where it is listed, and null never is", async () => {
  for (const origin of [...apps, 'null']) assert.equal((await ask(origin)).status, 403, origin)
  await using listing = await startServer({ origins: apps })
  for (const origin of apps) assert.equal(await statusOf(listing, { origin }), 200, origin)
  for (const origin of ['null', 'capacitor://localhost:1', 'capacitor://evil'])
    assert.equal(await statusOf(listing, { origin }), 403, origin)
})

test('an origin that no browser sends is refused at the start', async () => {
  for (const origin of ['https://*.a.test', 'null', '*', 'https://a.test/'])
    await assert.rejects(startServer({ origins: [origin] }), /expected an origin like https/, origin)
})
