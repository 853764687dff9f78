import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../server/protocol/limits.ts'
import type { RoomAnswer } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let room: string
before(async () => {
  server = await startServer()
  ;({ id: room } = await aRoom(server, ['mina', 'sam']))
})
after(() => server[Symbol.asyncDispose]())

const json = 'application/json'

async function send(body: BodyInit | null, type: string | null = json, more: object = {}): Promise<Response> {
  const authorization = `Bearer ${await server.token('mina')}`
  const headers = { authorization, ...(type !== null && { 'content-type': type }) }
  const path = `rooms/${room}/messages/${uuidv7()}`
  return fetch(`${server.url}v1/${path}`, { method: 'PUT', headers, body, ...more })
}

const text = JSON.stringify({ text: 'Hello' })
const badBodies = ['', '{', '{"text":"a"', '[]', '[{"text":"a"}]', '1', '"text"', 'null', 'text=Hello', '\0']

for (const body of badBodies) {
  test(`a body of ${JSON.stringify(body)} is a bad_request`, async () => {
    await assertProblem(await send(body), 400, 'bad_request')
  })
}

for (const type of [
  'text/plain',
  'text/json',
  'application/x-www-form-urlencoded',
  'application/jsonp',
  'x',
]) {
  test(`a body said to be ${type} is a bad_request`, async () => {
    await assertProblem(await send(text, type), 400, 'bad_request')
  })
}

test('a body that does not say what it is is a bad_request', async () => {
  await assertProblem(await send(new Blob([text]), null), 400, 'bad_request')
})

for (const type of ['application/json; charset=utf-8', 'Application/JSON', ' application/json ']) {
  test(`a body said to be ${type} is read`, async () => {
    assert.equal((await send(text, type)).status, 201)
  })
}

const padded = (bytes: number) => {
  const empty = JSON.stringify({ text: 'Hello', padding: '' })
  return JSON.stringify({ text: 'Hello', padding: 'x'.repeat(bytes - empty.length) })
}

test('a body of 64 KiB is read, one byte more is too_large', async () => {
  assert.equal((await send(padded(limits.frameBytes))).status, 201)
  await assertProblem(await send(padded(limits.frameBytes + 1)), 413, 'too_large')
})

test('a body over 64 KiB whose length was not announced is too_large too', async () => {
  const stream = () => new Blob([padded(limits.frameBytes + 1)]).stream()
  await assertProblem(await send(stream(), json, { duplex: 'half' }), 413, 'too_large')
  const small = new Blob([text]).stream()
  assert.equal((await send(small, json, { duplex: 'half' })).status, 201)
})

test('a body that a host has read and unpacked is held to the same limit, whatever it said of its length', async () => {
  type Read = IncomingMessage & { body?: unknown }
  const host = createServer(async (request: Read, response) => {
    const packed = Buffer.concat(await request.toArray())
    request.body = JSON.parse(gunzipSync(packed).toString())
    server.chatter.listener(request, response)
  })
  host.listen(0, '127.0.0.1')
  await once(host, 'listening')
  const { port } = host.address() as AddressInfo
  const ask = async (bytes: number) =>
    fetch(`http://127.0.0.1:${port}/v1/rooms/${room}/messages/${uuidv7()}`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${await server.token('mina')}`,
        ...{ 'content-type': json, 'content-encoding': 'gzip' },
      },
      body: gzipSync(padded(bytes)),
    })
  try {
    assert.equal((await ask(limits.frameBytes)).status, 201)
    await assertProblem(await ask(limits.frameBytes + 1), 413, 'too_large')
  } finally {
    host.close()
    host.closeAllConnections()
  }
})

test('a deeply nested body harms nothing', async () => {
  const nested = '['.repeat(30_000) + ']'.repeat(30_000)
  await assertProblem(await send(`{"text":${nested}}`), 400, 'bad_request')
  assert.equal((await send(`{"text":"Hello","x":${nested}}`)).status, 201)
})

test('prototype keys in a body change nothing', async () => {
  const body = '{"text":"Hello","__proto__":{"text":"x","isAdmin":true},"constructor":{"prototype":{}}}'
  assert.equal((await send(body)).status, 201)
  assert.equal('isAdmin' in {}, false)
  await assertProblem(await send('{"__proto__":{"text":"Hello"}}'), 400, 'bad_request')
})

test('after all that, nothing that was written is lost', async () => {
  const { head } = await jsonOf<RoomAnswer>(server.fetch('mina', `rooms/${room}`))
  const { messages } = await jsonOf<{ messages: unknown[] }>(
    server.fetch('sam', `rooms/${room}/messages?limit=200`),
  )
  assert.equal(messages.length, head)
})
