import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { Page } from '../../server/protocol/views.ts'
import { aRoom, jsonOf } from '../support/builders.ts'
import { startServer } from '../support/server.ts'

test('a server that stops says bye with 4001 and a time spread as its sockets need it, and closes', async () => {
  await using server = await startServer({ random: () => 0.84 })
  const sockets = [(await server.join('mina')).socket, (await server.join('sam')).socket]
  await server.chatter.close()
  for (const socket of sockets) {
    assert.equal((await socket.closed).code, 4001)
    assert.deepEqual(socket.frames.at(-1), { t: 'bye', code: 4001, retryAfter: 0.42 })
  }
})

test('a socket that has not said hello is closed as well', async () => {
  await using server = await startServer()
  const socket = await server.socket()
  await server.chatter.close()
  assert.equal((await socket.closed).code, 4001)
})

test('a server that stops takes no more sockets', async () => {
  await using server = await startServer()
  await server.chatter.close()
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': 'chatter.v1',
  }
  const [response] = await once(request(`${server.url}v1/socket`, { headers }).end(), 'response')
  response.resume()
  assert.equal(response.statusCode, 503)
  assert.ok(Number(response.headers['retry-after']) > 0)
})

test('a server that stops is not ready, and lives', async () => {
  await using server = await startServer()
  await server.chatter.close()
  assert.equal((await fetch(`${server.url}readyz`)).status, 503)
  assert.equal((await fetch(`${server.url}healthz`)).status, 200)
})

test('a server that drains is not ready, and goes on serving', async () => {
  await using server = await startServer()
  server.chatter.drain()
  assert.equal((await fetch(`${server.url}readyz`)).status, 503)
  const { socket } = await server.join('mina')
  await socket.settle()
})

test('what was acknowledged while the server stopped is kept', async () => {
  await using server = await startServer()
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const { socket } = await server.join('mina')
  const sent = new Map<string, string>()
  for (let count = 0; count < 100; count++) {
    const messageId = uuidv7()
    sent.set(socket.post({ t: 'send', roomId, messageId, text: `${count}` }), messageId)
  }
  await socket.event('message')
  await server.chatter.close()
  await socket.closed
  const acknowledged = socket.events('ok').map(({ id }) => sent.get(id))
  const { messages } = await jsonOf<Page>(server.fetch('sam', `rooms/${roomId}/messages?limit=200`))
  const kept = new Set(messages.map(({ id }) => id))
  assert.ok(acknowledged.length > 0)
  assert.ok(acknowledged.every((id) => id !== undefined && kept.has(id)))
})

test('a peer that does not answer the close does not hold the server up for ever', async () => {
  await using server = await startServer()
  const { socket } = await server.join('mina')
  socket.ws.pause()
  await server.chatter.close()
  socket.ws.resume()
  await socket.closed
})
