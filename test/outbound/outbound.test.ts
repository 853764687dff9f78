/** What Chatter asks of other servers: nothing leads into its own network, and no answer is without end. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import {
  createOutbound,
  isPublic,
  type OutboundOptions,
  OutboundProblem,
} from '../../server/outbound/outbound.ts'
import { pemOf } from '../certificates/certificates.ts'

const pem = (name: Parameters<typeof pemOf>[0]) => readFileSync(pemOf(name), 'utf8')

/** A server of elsewhere, which for the time of a test may be on this machine. */
async function elsewhere(answer: RequestListener) {
  const server = createSecureServer({ key: pem('key'), cert: pem('server') }, answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = (options: OutboundOptions = {}) =>
    createOutbound({ isAllowed: () => true, ca: pem('authority'), ...options })
  return {
    url: `https://localhost:${port}/`,
    ask,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const problem = (words: RegExp) => (error: unknown) =>
  error instanceof OutboundProblem && words.test(error.message)

test('it asks by https, sends what is given, and answers what came', async () => {
  await using other = await elsewhere(async (request, response) => {
    const chunks = await request.toArray()
    response.setHeader('content-type', 'application/json')
    response.setHeader('retry-after', '7')
    response.setHeader('set-cookie', 'a=b')
    response.end(
      JSON.stringify([
        request.method,
        request.url,
        request.headers['x-of'],
        Buffer.concat(chunks).toString(),
      ]),
    )
  })
  const asked = { method: 'POST', headers: { 'x-of': 'chatter' }, body: 'Hëllo' }
  const answer = await other.ask()(`${other.url}path?q=1`, asked)
  assert.deepEqual(
    [...answer.headers],
    [
      ['content-type', 'application/json'],
      ['retry-after', '7'],
    ],
  )
  assert.deepEqual(await answer.json(), ['POST', '/path?q=1', 'chatter', 'Hëllo'])
})

test('a server that shows no certificate for its name is not asked', async () => {
  let asked = 0
  await using other = await elsewhere((_, response) => response.end(String(++asked)))
  await assert.rejects(createOutbound({ isAllowed: () => true })(other.url), problem(/certificate/))
  await assert.rejects(other.ask()(other.url.replace('localhost', '127.0.0.2')), OutboundProblem)
  assert.equal(asked, 0)
})

test('an address that is not https, has a user, or is none at all is not asked', async () => {
  const ask = createOutbound()
  for (const url of ['http://example.com/', 'ftp://example.com/', 'file:///etc/passwd', 'example.com', ''])
    await assert.rejects(ask(url), problem(/expected an https address/), url)
  await assert.rejects(ask('https://me:secret@example.com/'), problem(/without a user/))
})

const special = [
  ...[
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '0.0.0.0',
    '100.64.0.1',
  ],
  ...[
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    'ff02::1',
  ],
  ...[
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '2001:db8::1',
    '2002:7f00:1::',
    '64:ff9b::7f00:1',
    'no address',
    '',
  ],
]
test('only addresses of the public internet are public', () => {
  for (const address of special) assert.equal(isPublic(address), false, address)
  for (const address of ['93.184.216.34', '8.8.8.8', '172.32.0.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])
    assert.equal(isPublic(address), true, address)
})

test('no address leads to this machine or its network, however it is written', async () => {
  let asked = 0
  await using other = await elsewhere((_, response) => response.end(String(++asked)))
  const { port } = new URL(other.url)
  const ask = createOutbound({ ca: pem('authority') })
  for (const host of [
    'localhost',
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
  ])
    await assert.rejects(ask(`https://${host}:${port}/`), problem(/not public/), host)
  assert.equal(asked, 0)
})

test('a redirect is followed nowhere', async () => {
  await using other = await elsewhere((request, response) => {
    if (request.url === '/end') response.end('end')
    else response.writeHead(302, { location: '/end' }).end()
  })
  await assert.rejects(other.ask()(other.url), problem(/redirect \(302\)/))
})

test('an answer that is too large, too late or cut short is none', async () => {
  await using large = await elsewhere((_, response) => response.end('x'.repeat(1_001)))
  await assert.rejects(large.ask({ mostBytes: 1_000 })(large.url), problem(/more than 1000 bytes/))
  assert.equal((await (await large.ask({ mostBytes: 1_001 })(large.url)).text()).length, 1_001)
  await using silent = await elsewhere(() => {})
  await assert.rejects(silent.ask({ timeoutMs: 200 })(silent.url), problem(/no answer within 0.2 s/))
  await using slow = await elsewhere((_, response) =>
    response.writeHead(200, { 'content-length': 10 }).write('x'),
  )
  await assert.rejects(slow.ask({ timeoutMs: 200 })(slow.url), OutboundProblem)
  await using cut = await elsewhere((_, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('x')
    response.once('drain', () => {})
    setImmediate(() => response.destroy())
  })
  await assert.rejects(cut.ask()(cut.url), OutboundProblem)
})

test('a server that speaks no TLS is an answer of its own', async () => {
  const plain = createServer((_, response) => response.end('plain'))
  plain.listen(0, '127.0.0.1')
  await once(plain, 'listening')
  const { port } = plain.address() as AddressInfo
  await assert.rejects(
    createOutbound({ isAllowed: () => true })(`https://localhost:${port}/`),
    OutboundProblem,
  )
  plain.close()
})

const odd = [
  'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 000 None\r\ncontent-length: 2\r\n\r\n{}',
  'HTTP/1.1 999 Odd\r\ncontent-length: 2\r\n\r\n{}',
  'no HTTP at all',
]
test('an answer that no answer may be like is none, and the server that asked goes on', async () => {
  const sent = [...odd]
  const other = createTlsServer({ key: pem('key'), cert: pem('server') }, (socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.write(sent.shift() ?? ''))
  })
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const ask = createOutbound({ isAllowed: () => true, ca: pem('authority'), timeoutMs: 500 })
  for (const answer of odd) await assert.rejects(ask(`https://localhost:${port}/`), OutboundProblem, answer)
  other.close()
  await using reset = await elsewhere((_, response) => response.writeHead(205).end('more'))
  assert.equal((await reset.ask()(reset.url)).status, 205)
})
