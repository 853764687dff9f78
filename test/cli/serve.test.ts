import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { version } from '../../server/version.ts'
import { aChatterFolder, type ChatterFolder, type Settings } from '../support/chatter-process.ts'
import { startRedis } from '../support/redis.ts'
import { signToken, startServer } from '../support/server.ts'

/** What a server that cannot start says: its exit code and lines, none of them of a stack trace. */
async function refusal(folder: ChatterFolder, settings: Settings): Promise<[number, ...string[]]> {
  const error = await folder.serve(settings).then(
    () => assert.fail('it started'),
    (error: Error) => error,
  )
  const [, code, lines = ''] = /ended with (\d+): (.*)/s.exec(error.message) ?? []
  assert.doesNotMatch(lines, /^ +at /m)
  return [Number(code), ...lines.trimEnd().split('\n')]
}

test('it prints one line that ends with its URL, base included, and serves there', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve({ CHATTER_BASE: '/chat/' })
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/chat\/$/)
  assert.equal((await fetch(`${server.url}readyz`)).status, 200)
  server.kill('SIGTERM')
  const { code, stdout, stderr } = await server.ended
  assert.deepEqual([code, stdout, stderr], [0, `Chatter listens on ${server.url}\n`, ''])
})

test('without a built widget chatter.js is 503 with one line, and the rest works', async () => {
  await using folder = aChatterFolder()
  await using server = await startServer({ assets: join(folder.path, 'nothing built') })
  const response = await fetch(`${server.url}chatter.js`)
  assert.equal(response.status, 503)
  assert.equal(await response.text(), 'The widget is not built: run `npm run build`.\n')
  assert.equal((await server.fetch('mina', 'me')).status, 200)
})

test('SIGTERM and SIGINT say goodbye to sockets, exit 0, and keep what was acknowledged', async () => {
  await using folder = aChatterFolder()
  const token = await signToken('mina')
  let sent = 0
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const server = await folder.serve()
    const mina = await (await server.socket()).hello(token)
    const authorization = `Bearer ${token}`
    const body = JSON.stringify({ memberIds: [] })
    const headers = { authorization, 'content-type': 'application/json' }
    const opened = await fetch(`${server.url}v1/rooms`, { method: 'POST', headers, body })
    const room = await opened.json()
    assert.equal(room.head, sent)
    await mina.send(room.id, signal)
    sent += 1
    server.kill(signal)
    assert.equal((await mina.socket.closed).code, 4001)
    assert.equal(mina.socket.frames.at(-1)?.t, 'bye')
    assert.equal((await server.ended).code, 0)
  }
})

test('a second signal while it drains changes nothing', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  const socket = await server.socket()
  await socket.hello(await signToken('mina'))
  // A client that does not answer the close keeps the server draining until it loses patience.
  socket.ws.pause()
  server.kill('SIGTERM')
  await assertRefused(server.url)
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGINT'] as const) server.kill(signal)
  assert.equal((await server.ended).code, 0)
})

/** Waits until nobody accepts connections there any more. */
async function assertRefused(url: string): Promise<void> {
  const deadline = performance.now() + 20_000
  while (
    await fetch(`${url}healthz`).then(
      () => true,
      () => false,
    )
  ) {
    assert.ok(performance.now() < deadline, 'it still accepts')
  }
}

test('the log says what started, on what, and that it stopped; healthz has the version', async () => {
  await using folder = aChatterFolder()
  const settings = { CHATTER_LOG: 'info', CHATTER_LIMITS: 'on' }
  const server = await folder.serve(settings)
  assert.deepEqual(await (await fetch(`${server.url}healthz`)).json(), { status: 'ok', version })
  server.kill('SIGTERM')
  const { stderr } = await server.ended
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    lines.map(({ msg }) => String(msg).split(':')[0]),
    ['started', 'a new epoch', 'stopping', 'stopped'],
  )
  const { version: said, store, bus } = lines[0]
  assert.deepEqual([said, store, bus], [version, `SQLite in ${folder.path}`, 'in-process'])

  const again = await folder.serve({ ...settings, CHATTER_LOG: 'warn' })
  again.kill('SIGTERM')
  assert.equal((await again.ended).stderr, '')
  assert.equal((await folder.run('--version')).stdout, `chatter ${version} on Node ${process.version}\n`)
})

test('a Redis that SQLite has no use for is a warning', async (t) => {
  const redis = await startRedis()
  t.after(() => redis.stop())
  await using folder = aChatterFolder()
  const server = await folder.serve({ CHATTER_LOG: 'warn', REDIS_URL: redis.url })
  server.kill('SIGTERM')
  assert.match((await server.ended).stderr, /REDIS_URL is of no use with SQLite/)
})

test('a port in use is one line and exit 1', async () => {
  await using folder = aChatterFolder()
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const port = String((other.address() as AddressInfo).port)
  assert.deepEqual(await refusal(folder, { PORT: port }), [
    1,
    `chatter: cannot listen on 127.0.0.1:${port}: it is in use`,
  ])
  other.close()
})

test('metrics are served where it is asked for, and the log says where', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve({ CHATTER_METRICS: '127.0.0.1:0', CHATTER_LOG: 'info' })
  assert.equal((await fetch(`${server.url}metrics`)).status, 404)
  server.kill('SIGTERM')
  const { code, stdout, stderr } = await server.ended
  assert.deepEqual([code, stdout], [0, `Chatter listens on ${server.url}\n`])
  assert.match(stderr, /"msg":"metrics are at http:\/\/127\.0\.0\.1:\d+\/metrics"/)
})

test('a port in use for metrics is one line and exit 1, and so is one for the chat beside them', async () => {
  await using folder = aChatterFolder()
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const port = String((other.address() as AddressInfo).port)
  const line = `cannot listen on 127.0.0.1:${port}: it is in use`
  assert.deepEqual(await refusal(folder, { CHATTER_METRICS: `127.0.0.1:${port}` }), [
    1,
    `chatter: CHATTER_METRICS: ${line}`,
  ])
  const both = { PORT: port, CHATTER_METRICS: '127.0.0.1:0' }
  assert.deepEqual(await refusal(folder, both), [1, `chatter: ${line}`])
  other.close()
})

test('an address that is not this machine’s is one line and exit 1', async () => {
  await using folder = aChatterFolder()
  const [code, ...lines] = await refusal(folder, { HOST: '192.0.2.1' })
  assert.deepEqual([code, lines.length], [1, 1])
  assert.match(lines[0] ?? '', /^chatter: cannot listen on 192\.0\.2\.1:0: /)
})

test('a folder that another server uses is one line and exit 1; the first one goes on', async () => {
  await using folder = aChatterFolder()
  const first = await folder.serve()
  const line = `chatter: another Chatter server is using ${folder.path}`
  assert.deepEqual(await refusal(folder, {}), [1, line])
  assert.equal((await fetch(`${first.url}readyz`)).status, 200)
})

test('a folder that cannot be written is one line and exit 1', async () => {
  await using folder = aChatterFolder()
  writeFileSync(join(folder.path, 'plain'), '')
  const [code, ...lines] = await refusal(folder, { CHATTER_DATA: join(folder.path, 'plain', 'data') })
  assert.deepEqual([code, lines.length], [1, 1])
  assert.match(lines[0] ?? '', /^chatter: cannot write to .*plain/)
})

test('a database of a newer version is one line and exit 1, for server and tools', async () => {
  await using folder = aChatterFolder()
  await folder.run('migrate')
  const db = new Database(join(folder.path, 'chatter.db'))
  db.prepare(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', ?)`).run(9e12)
  db.close()
  const line = `chatter: the database in ${folder.path} was made by a newer version of Chatter: upgrade this one`
  assert.deepEqual(await refusal(folder, {}), [1, line])
  const { code, stderr } = await folder.run('tenant', 'list')
  assert.deepEqual([code, stderr], [1, `${line}\n`])
})

test('no secret is one line and exit 1; with a tenant none is needed', async () => {
  await using folder = aChatterFolder()
  const [code, ...lines] = await refusal(folder, { CHATTER_SECRET: '' })
  assert.deepEqual([code, lines.length], [1, 1])
  assert.match(lines[0] ?? '', /^chatter: CHATTER_SECRET: expected at least 32 bytes .*, got nothing$/)
  await folder.run('tenant', 'add', 'acme', '--host', 'acme.test')
  await folder.serve({ CHATTER_SECRET: '' })
})

test('settings that cannot be are exit 2, all of them at once, a line each, without the secret', async () => {
  await using folder = aChatterFolder()
  const [code, ...lines] = await refusal(folder, {
    ...{ PORT: 'many', CHATTER_BASE: 'chat', CHATTER_SECRET: 'hunter2', CHATTER_ORIGINS: '*' },
    ...{ CHATTER_TRUST_PROXY: 'proxy', CHATTER_LIMITS: 'some', CHATTER_LOG: 'loud' },
    ...{ CHATTER_METRICS: '9100' },
  })
  assert.equal(code, 2)
  assert.equal(lines.length, 8)
  for (const line of lines) assert.match(line, /^chatter: [A-Z_]+: expected /)
  assert.doesNotMatch(lines.join(), /hunter2/)
})
