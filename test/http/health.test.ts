import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPostgres } from '../../server/store/postgres/open.ts'
import { leakyBus } from '../support/leaky-bus.ts'
import { startPostgres } from '../support/postgres.ts'
import { Line } from '../support/proxy.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** What readyz says. A bound that only an answer that never comes meets. */
async function readiness({ url }: TestServer): Promise<{ code: number; [said: string]: unknown }> {
  const response = await fetch(`${url}readyz`, { signal: AbortSignal.timeout(20_000) })
  return { code: response.status, ...(await response.json()) }
}

test('readyz says how well other servers are heard; hearing none of them is no reason to send nobody', async () => {
  const bus = leakyBus(3)
  const [fanout] = bus.fanouts
  assert.ok(fanout)
  await using server = await startServer({ fanout })
  bus.hear({ echoAgeMs: 412.6 })
  const well = { code: 200, status: 'ok', database: 'up' }
  assert.deepEqual(await readiness(server), { ...well, fanout: 'up', echoAgeMs: 413, peers: 2, missing: 0 })
  bus.hear({ isUp: false, echoAgeMs: 2_600, peers: 0, missing: 2 })
  assert.deepEqual(await readiness(server), {
    ...well,
    fanout: 'down',
    echoAgeMs: 2_600,
    peers: 0,
    missing: 2,
  })
})

test('a database that swallows the question makes the server not ready in bounded time; back, it is ready', async (t) => {
  const postgres = await startPostgres()
  t.after(() => postgres.stop())
  await using line = await Line.open(() => [postgres])
  const url = postgres.url.replace(`:${postgres.port}`, `:${line.port}`)
  const stores = await openPostgres({ url, role: 'server', now: Date.now, patienceMs: 60_000 })
  t.after(() => stores.close())
  await using server = await startServer({ stores })
  assert.equal((await readiness(server)).code, 200)
  line.turn('black')
  const away = { code: 503, status: 'unavailable', database: 'down', fanout: 'up', unheard: 0 }
  assert.deepEqual(await readiness(server), away)
  line.turn('cut')
  assert.deepEqual(await readiness(server), away)
  line.turn('open')
  while ((await readiness(server)).code !== 200);
  assert.ok(line.swallowed > 0)
})

test('however many ask at once, the database is asked once', async (t) => {
  await using server = await startServer()
  const check = t.mock.method(server.stores, 'check', () => new Promise(() => {}))
  const answers = await Promise.all(Array.from({ length: 20 }, () => readiness(server)))
  assert.deepEqual([...new Set(answers.map(({ code }) => code))], [503])
  assert.equal(check.mock.callCount(), 1)
  check.mock.restore()
  assert.equal((await readiness(server)).code, 200)
})
