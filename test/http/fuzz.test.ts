import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { commands } from '../../server/protocol/commands.ts'
import { aRoom } from '../support/builders.ts'
import { inRounds } from '../support/rounds.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let roomId: string
let token: string
const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)

before(async () => {
  process.on('unhandledRejection', note)
  server = await startServer({ trustedProxies: ['127.0.0.0/8'] })
  ;({ id: roomId } = await aRoom(server, ['mina', 'sam']))
  token = await server.token('mina')
})
after(async () => {
  await server[Symbol.asyncDispose]()
  process.off('unhandledRejection', note)
})

/** Bytes that a line of HTTP may hold: others end it, and what comes is another line. */
const line = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) })
  .map((raw) => raw.replaceAll('\x7f', ''))
const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('ROOM', 'mina', 'sam', 'me', 'users', 'rooms', 'messages') },
  { weight: 3, arbitrary: fc.constantFrom('members', 'changes', 'read', 'leave', 'direct', 'notes') },
  { weight: 2, arbitrary: fc.constantFrom('..', '%2e%2e', '%', '%zz', '%00', '__proto__', '', '%ff', '*') },
  { weight: 1, arbitrary: fc.webSegment() },
  { weight: 1, arbitrary: line.map((raw) => raw.replaceAll(/[ ?#]/g, '')) },
)
const value = fc.oneof(
  fc.constantFrom('1', '0', '-1', '200', '201', '1e9', 'NaN', '', '%', 'true', 'ROOM', '9007199254740993'),
  fc.webQueryParameters(),
)
const query = fc.dictionary(
  fc.constantFrom('limit', 'before', 'after', 'since', 'q', 'cursor', 'userId', 'ids', '__proto__', 'room'),
  value,
  { maxKeys: 3 },
)
/** The routes that there are, and many that there are not. */
const reads = ['me', 'users', 'users/sam', 'rooms', 'rooms/ROOM', 'rooms/ROOM/members', 'rooms/ROOM/messages']
const written = Object.values(commands).flatMap((row) => ('http' in row ? [row.http] : []))
const known = fc.constantFrom(
  ...[...reads, 'rooms/ROOM/changes'].map((path) => ['GET', `v1/${path}`] as const),
  ...written.map(({ method, path }) => [method, `v1${path.replace(':roomId', 'ROOM')}`] as const),
)
const filledIn = known.chain(([method, path]) =>
  fc
    .tuple(fc.constantFrom('sam', 'ann', 'mina'), fc.uuid({ version: 7 }))
    .map(([user, id]) => [method, path.replace(':userId', user).replace(':messageId', id)] as const),
)
const target = fc.oneof(
  { weight: 2, arbitrary: filledIn },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'),
      fc.array(segment, { maxLength: 5 }).map((segments) => ['v1', ...segments].join('/')),
    ),
  },
)
const odd = ['text', 'messageId', 'name', 'memberIds', 'userId', 'seq', 'role', 'constructor']
/** What a command would take, most of the time. */
const good = fc.record(
  {
    text: fc.string({ unit: 'grapheme', minLength: 1 }),
    name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    memberIds: fc.subarray(['sam', 'ann', 'nobody', 'mina']),
    userId: fc.constantFrom('sam', 'nobody'),
    seq: fc.nat(5),
    role: fc.constantFrom('owner', 'member', 'king'),
  },
  { requiredKeys: [] },
)
const body = fc.oneof(
  { weight: 4, arbitrary: good.map((json) => JSON.stringify(json)) },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom(...odd), fc.jsonValue()).map((json) => JSON.stringify(json)),
  },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('{', '[]', 'null', '{"__proto__":{"name":"x"}}', '['.repeat(5_000)),
  },
)
const header = fc.oneof(
  fc.constantFrom(
    'Content-Type: application/json',
    'Content-Type: text/plain',
    'Content-Type: ;',
    'Expect: x',
  ),
  fc.constantFrom(
    'Idempotency-Key: ',
    'Accept-Encoding: x',
    'Range: bytes=0-',
    'If-None-Match: *',
    'Cookie: =',
  ),
  fc
    .tuple(
      fc.constantFrom('Origin', 'X-Forwarded-Host', 'X-Forwarded-For', 'X-Forwarded-Proto', 'Sec-Fetch-Site'),
      fc.oneof(fc.constantFrom('null', '[', 'http://[', ',', 'u@h', '127.0.0.1', '::1', 'a, b'), line),
    )
    .map(([name, said]) => `${name}: ${said}`),
)
const credential = fc.oneof(
  { weight: 6, arbitrary: fc.constant('Bearer TOKEN') },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom('Bearer ', 'Basic TOKEN', 'Bearer a.b.c'), line) },
)
const request = fc.record({
  target,
  query,
  credential,
  headers: fc.oneof(fc.constant(['Content-Type: application/json']), fc.array(header, { maxLength: 3 })),
  body: fc.option(body, { nil: '' }),
})

/** Writes it as it is, and resolves to the whole answer. */
async function ask(lines: readonly string[], sent: Buffer): Promise<string> {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  socket.setEncoding('latin1')
  await once(socket, 'connect')
  const answer = text(socket)
  socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), sent]))
  return answer
}

const filled = (raw: string) => raw.replaceAll('ROOM', roomId).replaceAll('TOKEN', token)

test('any request is answered, and never by a fault of the server', async (t) => {
  const answered = fc.asyncProperty(request, async (asked) => {
    const [method, path] = asked.target
    const search = Object.entries(asked.query).map(([name, said]) => `${name}=${said}`)
    const bytes = Buffer.from(asked.body)
    const answer = await ask(
      [
        `${method} /${filled([path, ...(search.length > 0 ? [search.join('&')] : [])].join('?'))} HTTP/1.1`,
        'Host: chat.test',
        'Connection: close',
        `Content-Length: ${bytes.length}`,
        `Authorization: ${filled(asked.credential)}`,
        ...asked.headers,
      ],
      bytes,
    )
    // 501 is what is documented and not built.
    assert.match(answer, /^HTTP\/1\.1 (?:[2-4]\d\d|501) /)
    assert.doesNotMatch(answer, /"code":"internal"/)
  })
  await inRounds(t, 2_000, (round) => fc.assert(answered, round))
  assert.deepEqual(unhandled, [])
  await (await server.join('sam')).send(roomId, 'Still here')
})

test('any upgrade is answered, and never by a fault of the server', async (t) => {
  const upgrade = fc.record({
    host: fc.oneof(fc.constantFrom('chat.test', 'u@h', '[', '', '%', 'x:443', 'x:99999'), line),
    path: fc.constantFrom('/v1/socket', '/v1/socket?token=%', '/v1/socket/', '//v1/socket', '/', '*'),
    key: fc.oneof(fc.constant('dGhlIHNhbXBsZSBub25jZQ=='), line),
    version: fc.constantFrom('13', '8', '', 'x'),
    headers: fc.array(
      fc.oneof(
        header,
        line.map((said) => `Sec-WebSocket-Protocol: ${said}`),
        line.map((said) => `Sec-WebSocket-Extensions: ${said}`),
      ),
      { maxLength: 3 },
    ),
  })
  const answered = fc.asyncProperty(upgrade, async ({ host, path, key, version, headers }) => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      ...headers,
    ]
    const all = [...lines, `Sec-WebSocket-Version: ${version}`, `Sec-WebSocket-Key: ${key}`, '\r\n']
    socket.write(all.join('\r\n'), 'latin1')
    const [said] = await once(socket, 'data')
    socket.destroy()
    assert.match(String(said), /^HTTP\/1\.1 (?:101|4\d\d) /)
  })
  await inRounds(t, 1_000, (round) => fc.assert(answered, round))
  assert.deepEqual(unhandled, [])
  await (await server.join('sam')).send(roomId, 'Still here')
})
