/** How a server stops, whatever is wrong around it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { aChatterFolder } from '../support/chatter-process.ts'
import { startPostgres } from '../support/postgres.ts'
import { Line } from '../support/proxy.ts'
import { signToken } from '../support/server.ts'
import { aSmallDisk, noSmallDisk } from '../support/small-disk.ts'

test('connections are taken for CHATTER_DRAIN_MS, while readyz is 503', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve({ CHATTER_DRAIN_MS: '3000' })
  const mina = await (await server.socket()).hello(await signToken('mina'))
  server.kill('SIGTERM')
  while ((await fetch(`${server.url}readyz`)).status !== 503);
  await (await server.socket()).hello(await signToken('sam'))
  await mina.ok({ t: 'ping' })
  assert.equal((await mina.socket.closed).code, 4001)
  assert.equal((await server.ended).code, 0)
})

test('it ends within nine seconds, with 0, while Postgres swallows every question', async (t) => {
  const postgres = await startPostgres()
  t.after(() => postgres.stop())
  await using line = await Line.open(() => [postgres])
  await using folder = aChatterFolder()
  const url = postgres.url.replace(`:${postgres.port}`, `:${line.port}`)
  const server = await folder.serve({ DATABASE_URL: url, CHATTER_LOG: 'warn' })
  const mina = await (await server.socket()).hello(await signToken('mina'))
  line.turn('black')
  mina.socket.post({ t: 'send', roomId: uuidv7(), messageId: uuidv7(), text: 'never' })
  const begun = performance.now()
  server.kill('SIGTERM')
  const { code, stderr } = await server.ended
  assert.equal(code, 0)
  assert.ok(performance.now() - begun < 9_500, `it took ${performance.now() - begun} ms`)
  assert.match(stderr, /stopped without waiting for the database/)
})

test('it ends with 0 on a full disk', { skip: noSmallDisk }, async () => {
  using disk = aSmallDisk()
  await using folder = aChatterFolder()
  const server = await folder.serve({ CHATTER_DATA: disk.path })
  const mina = await (await server.socket()).hello(await signToken('mina'))
  disk.fill()
  server.kill('SIGTERM')
  await mina.socket.closed
  const { code, stderr } = await server.ended
  assert.deepEqual([code, stderr], [0, ''])
})

test('a connection without a request stays open longer than the 60 s of a balancer', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  const { headers } = await fetch(`${server.url}healthz`, { headers: { connection: 'keep-alive' } })
  const [, seconds] = /timeout=(\d+)/.exec(headers.get('keep-alive') ?? '') ?? []
  assert.ok(Number(seconds) > 60, `it says ${headers.get('keep-alive')}`)
})
