import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createAdaptorServer } from '@hono/node-server'
import { WebSocketServer } from 'ws'
import { startServer, type TestServer } from '../support/server.ts'

/** A request for an upgrade, written as it is; resolves to the first line of the answer, or '' when there was none. */
async function upgrade(url: string, path: string, ...headers: string[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const given = headers.some((header) => header.startsWith('Host:')) ? [] : ['Host: chat.test']
  const lines = [`GET ${path} HTTP/1.1`, ...given, ...headers, 'Connection: Upgrade', 'Upgrade: websocket']
  const more = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '\r\n']
  socket.write([...lines, ...more].join('\r\n'), 'latin1')
  const answered = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])
  socket.destroy()
  return String(answered[0]).split('\r\n')[0] ?? ''
}

const badHosts = ['u@h', 'a b', '[', '', '%', '<x>', 'a/b', 'a:b', 'x:99999', '[::1']

test('a Host that is none is answered 400, whatever a trusted proxy says beside it', async () => {
  await using server = await startServer({
    authenticate: () => ({ id: 'mina' }),
    trustedProxies: ['127.0.0.0/8'],
  })
  for (const host of badHosts) {
    const headers = [`Host: ${host}`, 'X-Forwarded-Host: chat.test', 'Origin: http://chat.test']
    assert.equal(await upgrade(server.url, '/v1/socket', ...headers), 'HTTP/1.1 400 Bad Request', host)
    assert.equal(await upgrade(server.url, '/v1/socket', `Host: ${host}`), 'HTTP/1.1 400 Bad Request', host)
  }
  assert.equal((await fetch(`${server.url}healthz`)).status, 200)
})

const oddHeaders = [
  'Cookie: \u00ff\u0080',
  'Origin: \u00ff',
  'Origin: http://[',
  'X-Forwarded-Host: [',
  'X-Forwarded-Host: ,',
  'X-Forwarded-Host: u@h',
  'X-Forwarded-Proto: ,\u00ff',
  '__proto__: x',
  'constructor: x',
  'Sec-Fetch-Site: \u00ff',
  'Sec-WebSocket-Protocol: ,',
  'Sec-WebSocket-Protocol: "',
  'Sec-WebSocket-Extensions: permessage-deflate; =',
]

test('whatever the headers of an upgrade hold, it is answered, and the server lives', async () => {
  await using server = await startServer({
    authenticate: () => ({ id: 'mina' }),
    trustedProxies: ['127.0.0.0/8'],
  })
  for (const header of oddHeaders)
    for (const more of [[], ['Origin: http://chat.test', 'Sec-WebSocket-Protocol: chatter.v1']])
      assert.match(
        await upgrade(server.url, '/v1/socket', header, ...more),
        /^HTTP\/1\.1 (?:101|40\d) /,
        header,
      )
  assert.equal((await fetch(`${server.url}healthz`)).status, 200)
})

/** An app of a host, with Chatter attached and a listener of its own for upgrades. */
async function anApp(server: TestServer, listen?: (http: Server) => void) {
  const http = createAdaptorServer({ fetch: server.chatter.fetch }) as Server
  server.chatter.attach(http)
  listen?.(http)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return { url, [Symbol.asyncDispose]: async () => void http.close().closeAllConnections() }
}

test('an upgrade to a path that nobody takes is answered 404, of the app as of other Chatters', async () => {
  await using server = await startServer()
  await using other = await startServer({ base: '/other/' })
  await using app = await anApp(server, (http) => other.chatter.attach(http))
  assert.equal(await upgrade(app.url, '/hmr'), 'HTTP/1.1 404 Not Found')
  assert.equal(await upgrade(app.url, '/v1/socket'), 'HTTP/1.1 101 Switching Protocols')
  assert.equal(await upgrade(app.url, '/other/v1/socket'), 'HTTP/1.1 101 Switching Protocols')
})

test("an upgrade that another listener of the host's takes is left to it", async () => {
  await using server = await startServer()
  const own = new WebSocketServer({ noServer: true })
  await using app = await anApp(server, (http) =>
    http.on('upgrade', (request, socket, head) => {
      if (request.url === '/hmr') own.handleUpgrade(request, socket, head, (ws) => ws.send('its own'))
    }),
  )
  const ws = new WebSocket(`${app.url.replace('http', 'ws')}/hmr`)
  const said = await new Promise((resolve) => ws.addEventListener('message', ({ data }) => resolve(data)))
  assert.equal(said, 'its own')
  ws.close()
})

test("an upgrade that none of the host's listeners takes within 10 s is answered 404", async (t: TestContext) => {
  await using server = await startServer()
  const asked = Promise.withResolvers<void>()
  await using app = await anApp(server, (http) => http.on('upgrade', () => asked.resolve()))
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const answered = upgrade(app.url, '/hmr')
  await asked.promise
  t.mock.timers.tick(10_000)
  assert.equal(await answered, 'HTTP/1.1 404 Not Found')
})
