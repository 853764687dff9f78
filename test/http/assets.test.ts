import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import { startServer } from '../support/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'chatter-assets-'))
mkdirSync(join(folder, 'chatter-chunks'))
writeFileSync(join(folder, 'chatter.js'), 'export {}\n')
writeFileSync(join(folder, 'chatter.js.br'), brotliCompressSync('export {}\n'))
writeFileSync(join(folder, 'chatter-chunks', 'panel-abc.js'), 'export {}\n')
for (const name of ['chatter.iife.js', 'chatter.0123456789ab.js'])
  writeFileSync(join(folder, name), `/* ${name} */`)
writeFileSync(join(folder, 'secret.txt'), 'not the widget')
after(() => rmSync(folder, { recursive: true, force: true }))

test('the widget’s script is asked for anew each time, and costs nothing while it is the same', async () => {
  await using server = await startServer({ assets: folder })
  const first = await fetch(`${server.url}chatter.js`)
  assert.equal(first.status, 200)
  assert.match(first.headers.get('content-type') ?? '', /javascript/)
  assert.equal(first.headers.get('cache-control'), 'no-cache')
  assert.equal(first.headers.get('access-control-allow-origin'), '*')
  const headers = { 'if-none-match': first.headers.get('etag') ?? '' }
  assert.equal((await fetch(`${server.url}chatter.js`, { headers })).status, 304)
})

test('the widget’s chunks may be kept for ever, under any base path', async () => {
  await using server = await startServer({ assets: folder, base: '/talk/' })
  const chunk = await fetch(`${server.url}chatter-chunks/panel-abc.js`)
  assert.equal(chunk.status, 200)
  assert.match(chunk.headers.get('cache-control') ?? '', /immutable/)
})

test('a browser that takes brotli gets the widget compressed as it was built', async () => {
  await using server = await startServer({ assets: folder })
  const response = await fetch(`${server.url}chatter.js`, { headers: { 'accept-encoding': 'gzip, br' } })
  assert.equal(response.headers.get('content-encoding'), 'br')
  assert.match(response.headers.get('content-type') ?? '', /javascript/)
  assert.equal(await response.text(), 'export {}\n')
})

test('the script lies under a name that never changes, too, and as a classic one', async () => {
  await using server = await startServer({ assets: folder, base: '/talk/' })
  for (const [name, caching] of [
    ['chatter.0123456789ab.js', 'public, max-age=31536000, immutable'],
    ['chatter.iife.js', 'no-cache'],
  ] as const) {
    const { status, headers } = await fetch(`${server.url}${name}`)
    assert.deepEqual([status, headers.get('cache-control')], [200, caching], name)
    assert.equal(headers.get('access-control-allow-origin'), '*')
  }
  for (const name of ['chatter.ffffffffffff.js', 'chatter.other.js', 'chatter.0123456789abc.js'])
    assert.equal((await fetch(`${server.url}${name}`)).status, 404, name)
})

test('nothing but the widget is served from its folder', async () => {
  await using server = await startServer({ assets: folder })
  for (const path of ['secret.txt', 'chatter-chunks/../secret.txt', 'chatter-chunks/%2e%2e/secret.txt']) {
    assert.equal((await fetch(`${server.url}${path}`)).status, 404, path)
  }
})

test('without a built widget its script is a 503 that says what to do', async () => {
  await using server = await startServer({ assets: 'nowhere' })
  const response = await fetch(`${server.url}chatter.js`)
  assert.equal(response.status, 503)
  assert.ok(response.headers.get('retry-after'))
  assert.match(await response.text(), /npm run build/)
})

test('the widget may be embedded by every site, errors included, and no cache keeps an error', async () => {
  await using server = await startServer({ assets: folder })
  for (const [path, status, caching] of [
    ['chatter.js', 200, 'no-cache'],
    ['chatter-chunks/panel-abc.js', 200, 'public, max-age=31536000, immutable'],
    ['chatter-chunks/panel-old.js', 404, 'no-store'],
    ['chatter-chunks/%2e%2e/secret.txt', 404, 'no-store'],
  ] as const) {
    const { status: answered, headers } = await fetch(`${server.url}${path}`)
    assert.equal(answered, status, path)
    if (path.includes('%')) continue
    assert.deepEqual(named(headers), { ...widgetHeaders, 'cache-control': caching }, path)
  }
  const { headers } = await fetch(`${server.url}chatter.js`)
  const again = { 'if-none-match': headers.get('etag') ?? '' }
  const unchanged = await fetch(`${server.url}chatter.js`, { headers: again })
  assert.deepEqual(named(unchanged.headers), { ...widgetHeaders, 'cache-control': 'no-cache' })
  await using unbuilt = await startServer({ assets: 'nowhere' })
  const missing = await fetch(`${unbuilt.url}chatter.js`)
  assert.deepEqual(named(missing.headers), { ...widgetHeaders, 'cache-control': 'no-store' })
})

const widgetHeaders = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'x-content-type-options': 'nosniff',
  vary: 'accept-encoding',
}

/** The headers that say who may use an answer, and who may keep it. */
function named(headers: Headers): Record<string, string> {
  const names = [...Object.keys(widgetHeaders), 'cache-control']
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name)
      return value === null ? [] : [[name, value.toLowerCase()]]
    }),
  )
}

test('an answer about people is kept by no cache, guessed at by no browser, and embedded by no other site', async () => {
  await using server = await startServer({ origins: ['https://a.example'] })
  await using strict = await startServer({
    tenants: [{ id: 'acme', hosts: ['chat.example'], secrets: [], origins: [] }],
  })
  const authorization = `Bearer ${await server.token('mina')}`
  const json = { 'content-type': 'application/json' }
  const post = { method: 'POST', body: '{"memberIds":[]}' }
  const bare = { method: 'DELETE', headers: { authorization } }
  for (const [what, response, status, isOfTenant] of [
    ['JSON', fetch(`${server.url}v1/me`, { headers: { authorization } }), 200, true],
    ['made', fetch(`${server.url}v1/rooms`, { ...post, headers: { authorization, ...json } }), 201, true],
    ['a problem', fetch(`${server.url}v1/me`), 401, true],
    ['an origin', fetch(`${server.url}v1/me`, { headers: { origin: 'https://b.example' } }), 403, true],
    ['allowed', fetch(`${server.url}v1/me`, { headers: { origin: 'https://a.example' } }), 401, true],
    ['no route', fetch(`${server.url}v1/none`, { headers: { authorization } }), 404, true],
    ['bad', fetch(`${server.url}v1/rooms/x/members/y`, bare), 400, true],
    ['no tenant', fetch(`${strict.url}v1/me`), 404, true],
    ['elsewhere', fetch(`${server.url}nothing`), 404, false],
    ['health', fetch(`${server.url}healthz`), 200, false],
    ['ready', fetch(`${server.url}readyz`), 200, false],
  ] as const) {
    const { headers, status: answered } = await response
    assert.equal(answered, status, what)
    const { 'access-control-allow-origin': _, vary, ...others } = named(headers)
    assert.deepEqual(others, {
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    assert.deepEqual([...new Set(vary?.split(', '))], isOfTenant ? ['origin'] : [], what)
  }
})
