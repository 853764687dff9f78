import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startDemo } from '../../demo/demo.ts'
import { pages } from '../../demo/pages.ts'
import { people } from '../../demo/seed/people.ts'
import { secret } from '../support/server.ts'

function aFolder() {
  const path = mkdtempSync(join(tmpdir(), 'chatter-demo-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

const refusal = (env: Record<string, string>) =>
  startDemo(env).then(
    () => assert.fail('it started'),
    (error: Error) => error.message,
  )

test('the demo opens on a host that only this machine reaches, and says why it refuses others', async () => {
  using folder = aFolder()
  for (const HOST of ['0.0.0.0', '::', '192.168.1.7', 'example.com', '127.0.0.1.example.com']) {
    const message = await refusal({ HOST, CHATTER_DATA: folder.path })
    assert.match(message, /^HOST: expected a loopback address .* the demo signs in anybody$/)
  }
})

test('the demo does not open the folder of a real Chatter', async () => {
  using folder = aFolder()
  writeFileSync(join(folder.path, 'chatter.db'), '')
  assert.match(
    await refusal({ CHATTER_DATA: folder.path }),
    /^CHATTER_DATA: .* holds a Chatter that is not the demo's$/,
  )
})

test('a folder that cannot be written is one line', async () => {
  using folder = aFolder()
  const file = join(folder.path, 'file')
  writeFileSync(file, '')
  assert.match(await refusal({ CHATTER_DATA: file }), /^cannot write to .*$/)
})

test('the demo keeps its secret, for its owner only, and with it every token it signed', async () => {
  using folder = aFolder()
  const settings = { CHATTER_DATA: folder.path, PORT: '0', CHATTER_LOG: 'silent' }
  const first = await startDemo(settings)
  const token = await (await fetch(new URL('chatter-token?user=mina', first.url))).text()
  await first.stop()
  assert.equal(statSync(join(folder.path, 'demo-secret')).mode & 0o777, 0o600)

  const second = await startDemo(settings)
  const me = await fetch(new URL('v1/me', second.url), { headers: { authorization: `Bearer ${token}` } })
  assert.equal((await me.json()).user.name, 'Mina Okafor')
  await second.stop()
})

const site = pages({ base: '/', secret })
const ask = (path: string, host = 'localhost:8787') => site.request(`http://${host}${path}`)

test('a token is for a person of the demo, and for nobody else', async () => {
  for (const { id } of people) assert.equal((await ask(`/chatter-token?user=${id}`)).status, 200)
  for (const path of ['/chatter-token', '/chatter-token?user=', '/chatter-token?user=eve']) {
    assert.equal((await ask(path)).status, 401)
  }
})

test('a page of elsewhere whose name points to this machine gets no token', async () => {
  for (const host of ['evil.example', '127.0.0.1.evil.example', '[::2]']) {
    assert.equal((await ask('/chatter-token?user=mina', host)).status, 403)
  }
  for (const host of ['127.0.0.1', '[::1]:8787', 'LOCALHOST']) {
    assert.equal((await ask('/chatter-token?user=mina', host)).status, 200)
  }
})

test('a page says who is signed in, and takes only values it knows', async () => {
  assert.match(
    await (await ask('/?user=sam&dir=rtl')).text(),
    /dir="rtl"[\s\S]*token-url="chatter-token\?user=sam"/,
  )
  const forged = await (await ask('/?user="><script>&dir="><script>&look="><script>')).text()
  assert.match(forged, /dir="ltr"[\s\S]*token-url="chatter-token\?user=mina"/)
  assert.doesNotMatch(forged, /"><script>/)
})

test('the page by its file’s name is the one at the root', async () => {
  const [file, root] = await Promise.all(['/index.html?user=sam', '/?user=sam'].map((path) => ask(path)))
  assert.equal(await file?.text(), await root?.text())
})

test('every page has the strict policy, and nothing inline that it would refuse', async () => {
  for (const path of [
    '/',
    '/index.html',
    '/lounge.html',
    '/guest.html',
    '/side-by-side.html',
    '/plain.html',
  ]) {
    const page = await ask(path)
    assert.equal(page.status, 200, path)
    assert.match(
      page.headers.get('content-security-policy') ?? '',
      /^default-src 'none'.*require-trusted-types-for 'script'$/,
    )
    assert.doesNotMatch(await page.text(), /\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)|\{\w+\}/)
  }
})

test('what is not for browsers is not served', async () => {
  for (const path of [
    '/demo.ts',
    '/seed.ts',
    '/seed/people.ts',
    '/..%2fpackage.json',
    '/strip',
    '/demo-secret',
  ]) {
    assert.equal((await ask(path)).status, 404, path)
  }
})
