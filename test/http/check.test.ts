import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askHost } from '../support/at-host.ts'
import { startServer, type TestServer } from '../support/server.ts'

const origins = ['https://www.example.test']
const acme = { id: 'acme', hosts: ['chat.acme.test'], secrets: ['x'.repeat(32)], origins }
const elsewhere = 'https://elsewhere.test'

const ask = (server: TestServer, headers: Record<string, string> = {}, query = '') =>
  fetch(`${server.url}v1/check${query}`, { headers })

test('check says whether a page would get a socket: by its Origin, or by the one it names where browsers send none', async () => {
  await using server = await startServer({ origins })
  const own = new URL(server.url).origin
  const codes = [
    ['ok', {}, ''],
    ['ok', { origin: origins[0] as string }, ''],
    ['ok', { origin: own }, ''],
    ['ok', {}, `?origin=${encodeURIComponent(own)}`],
    ['origin', { origin: elsewhere }, ''],
    ['origin', { origin: 'null' }, ''],
    ['origin', {}, `?origin=${encodeURIComponent(elsewhere)}`],
    // What a browser says counts, not what its page says.
    ['origin', { origin: elsewhere }, `?origin=${encodeURIComponent(own)}`],
  ] as const
  for (const [code, headers, query] of codes) {
    const answer = await ask(server, headers, query)
    assert.equal(answer.status, 200)
    assert.deepEqual(await answer.json(), { code }, JSON.stringify([headers, query]))
  }
})

test('check answers any page, without credentials, and says no more than a word', async () => {
  await using server = await startServer({ tenants: [acme] })
  for (const headers of [{}, { origin: elsewhere }]) {
    const answer = await ask(server, headers)
    assert.deepEqual(await answer.json(), { code: 'host' })
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    assert.equal(answer.headers.get('access-control-allow-credentials'), null)
    assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
  }
  const { text } = await askHost(`${server.url}v1/check`, 'chat.acme.test', { origin: elsewhere })
  assert.equal(text, '{"code":"origin"}')
})

test('check counts against its address: what it refuses like a refused upgrade, what is well like a visitor', async () => {
  await using server = await startServer({ origins, isLimited: true, trustedProxies: ['127.0.0.1'] })
  const from = (address: string) => ({ 'x-forwarded-for': address })
  const refused = { ...from('203.0.113.7'), origin: elsewhere }
  for (let times = 0; times < 101; times++)
    assert.deepEqual(await (await ask(server, refused)).json(), { code: 'origin' })
  const answer = await ask(server, refused)
  assert.equal(answer.status, 429)
  assert.deepEqual(await answer.json(), { code: 'rate_limited' })
  assert.ok(Number(answer.headers.get('retry-after')) > 0)
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  await assert.rejects(server.socket({ headers: from('203.0.113.7') }), /HTTP 429/)
  const visitor = from('203.0.113.8')
  for (let times = 0; times < 1_001; times++) assert.equal((await ask(server, visitor)).status, 200)
  assert.equal((await ask(server, visitor)).status, 429)
})
