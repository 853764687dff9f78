import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { aChatterFolder } from '../support/chatter-process.ts'

const upgrade = (path: string, protocol = '') =>
  [
    `GET ${path} HTTP/1.1`,
    'Host: chat.test',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(protocol === '' ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    '\r\n',
  ].join('\r\n')

const noFrame = Buffer.from([0xff, 0xff, 0xff, 0xff])

/** Bytes to a server, without waiting for anything it says. */
async function say(url: string, ...bytes: (string | Buffer)[]): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  for (const some of bytes) socket.write(some)
  return socket.resume()
}

test('whatever comes behind an upgrade, the server lives', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  for (const request of [
    upgrade('/v1/socket'),
    upgrade('/v1/socket', 'chatter.v1'),
    upgrade('/v1/socket', 'other'),
    upgrade('/v1/elsewhere'),
    upgrade('/v1/socketx'),
  ]) {
    await once(await say(server.url, request, noFrame), 'close')
    // Gone before the answer: writing it fails.
    const gone = await say(server.url, request)
    gone.resetAndDestroy()
  }
  assert.equal((await fetch(`${server.url}healthz`)).status, 200)
  server.kill('SIGTERM')
  const { code, stderr } = await server.ended
  assert.deepEqual([code, stderr], [0, ''])
})

test('an upgrade to a path that nobody takes is answered 404', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  for (const path of ['/', '/v1/socketx', '/v1/socket/x', '/v1/other']) {
    const socket = await say(server.url, upgrade(path))
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 404 /, path)
    await once(socket, 'close')
  }
})
