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

test('nothing but the widget is served from its folder', async () => {
  await using server = await startServer({ assets: folder })
  for (const path of ['secret.txt', 'chatter-chunks/../secret.txt', 'chatter-chunks/%2e%2e/secret.txt']) {
    assert.equal((await fetch(`${server.url}${path}`)).status, 404, path)
  }
})

test('without a built widget its script is a 503 that says what to do', async () => {
  await using server = await startServer()
  const response = await fetch(`${server.url}chatter.js`)
  assert.equal(response.status, 503)
  assert.ok(response.headers.get('retry-after'))
  assert.match(await response.text(), /npm run build/)
})
