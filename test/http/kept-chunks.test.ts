/** Pages that are open at an upgrade ask for chunks of the build before. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { keepChunks } from '../../server/http/kept-chunks.ts'
import { startServer } from '../support/server.ts'

const day = 86_400_000

function aFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-widget-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** The name of the script of a build. */
const lasting = (hash: string) => Buffer.from(hash.padEnd(6)).toString('hex')

/** A build of the widget, as far as its files go. */
function aBuild(t: TestContext, hash: string): string {
  const folder = aFolder(t)
  mkdirSync(join(folder, 'chatter-chunks'))
  writeFileSync(join(folder, 'chatter.js'), `import './chatter-chunks/panel-${hash}.js'\n`)
  writeFileSync(join(folder, `chatter.${lasting(hash)}.js`), `import './chatter-chunks/panel-${hash}.js'\n`)
  writeFileSync(join(folder, 'chatter-chunks', `panel-${hash}.js`), `export const build = '${hash}'\n`)
  return folder
}

test('a server answers for chunks of the build before, and of its own', async (t) => {
  const [first, second, kept] = [aBuild(t, 'one'), aBuild(t, 'two'), aFolder(t)]
  keepChunks(first, kept, Date.now())
  keepChunks(second, kept, Date.now())
  const warned = t.mock.method(console, 'error', () => {})
  const keptAssets = [join(kept, 'never made'), kept]
  await using server = await startServer({ assets: second, keptAssets, base: '/chat/' })
  assert.equal(warned.mock.callCount(), 0)
  for (const hash of ['one', 'two']) {
    const chunk = await fetch(`${server.url}chatter-chunks/panel-${hash}.js`)
    assert.equal(chunk.status, 200)
    assert.match(chunk.headers.get('cache-control') ?? '', /immutable/)
    assert.equal(chunk.headers.get('access-control-allow-origin'), '*')
    assert.match(await chunk.text(), new RegExp(hash))
    const script = await fetch(`${server.url}chatter.${lasting(hash)}.js`)
    assert.match(await script.text(), new RegExp(`panel-${hash}`))
  }
  assert.match(await (await fetch(`${server.url}chatter.js`)).text(), /two/)
  for (const path of ['chatter-chunks/panel-three.js', 'newest.json', 'chatter-chunks/..%2fnewest.json']) {
    assert.equal((await fetch(`${server.url}${path}`)).status, 404, path)
  }
})

test('chunks go 30 days after their build was replaced, however long it ran', (t) => {
  const [first, second, third, kept] = [aBuild(t, 'one'), aBuild(t, 'two'), aBuild(t, 'three'), aFolder(t)]
  const has = (hash: string) => existsSync(join(kept, 'chatter-chunks', `panel-${hash}.js`))
  keepChunks(first, kept, 0)
  keepChunks(second, kept, 90 * day)
  assert.ok(has('one') && has('two'))
  keepChunks(second, kept, 119 * day)
  assert.ok(has('one'))
  keepChunks(third, kept, 121 * day)
  assert.deepEqual([has('one'), has('two'), has('three')], [false, true, true])
})

test('without a built widget there is nothing to keep', (t) => {
  const kept = aFolder(t)
  keepChunks(aFolder(t), kept, 0)
  assert.equal(existsSync(join(kept, 'newest.json')), false)
})
