/** What lies on the disk tells nobody a secret. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { openPostgres } from '../../server/store/postgres/open.ts'
import { knownFolderKeys, rotateFolderKey } from '../../server/store/sqlite/seal-key.ts'
import type { TenantStore } from '../../server/store/store.ts'
import { aFolder } from '../support/a-folder.ts'
import { askHost } from '../support/at-host.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { aChatterFolder } from '../support/chatter-process.ts'
import { perform, startPostgres } from '../support/postgres.ts'
import { secret, signToken } from '../support/server.ts'

const modeOf = (path: string) => statSync(path).mode & 0o777

/** All bytes of the files of a folder. */
const bytesIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join()

test('a tenant’s secret is in no file of the data folder, also where an earlier version stored it, and signs in', async () => {
  await using folder = aChatterFolder()
  const added = JSON.parse(
    await chatterCommand(folder.path, 'tenant', 'add', 'acme', '--host', 'acme.test', '--json'),
  )
  const token = await signToken('mina', { secret: added.secret, aud: 'acme.test' })
  const signsIn = async (url: string) => (await askHost(`${url}v1/me`, 'acme.test', { token })).status
  assert.ok(!bytesIn(folder.path).includes(added.secret))

  const db = new Database(join(folder.path, 'chatter.db'))
  db.prepare('UPDATE tenants SET secrets = ?').run(JSON.stringify([added.secret]))
  db.pragma('secure_delete = ON')
  db.close()
  const server = await folder.serve()
  assert.equal(await signsIn(server.url), 200)
  const stored = () => {
    const opened = new Database(join(folder.path, 'chatter.db'), { readonly: true })
    const value = String(opened.prepare('SELECT secrets FROM tenants').pluck().get())
    opened.close()
    return value
  }
  const before = stored()
  assert.match(before, /^\["sealed:1:/)

  // Beside the server, which learns of the new key by itself.
  await chatterCommand(folder.path, 'seal', '--rotate')
  assert.notEqual(stored().slice(0, 20), before.slice(0, 20))
  assert.equal(await signsIn(server.url), 200)
  await chatterCommand(folder.path, 'tenant', 'change', 'acme', '--host', 'acme.test', '--host', 'b.test')
  while ((await askHost(`${server.url}v1/me`, 'b.test', { token })).status !== 200);
  server.kill('SIGTERM')
  await server.ended

  rmSync(join(folder.path, 'seal.key'))
  await assert.rejects(
    folder.serve(),
    /ended with 1: chatter: the secrets of tenant acme are sealed with a key that is not there/,
  )
})

test('on Postgres a key seals, two are read while it changes, and one of another tenant is no secret', async (t) => {
  const postgres = await startPostgres()
  t.after(() => postgres.stop())
  const url = await postgres.newDatabase()
  const [older, newer] = ['o'.repeat(32), 'n'.repeat(32)]
  const open = (...sealKeys: string[]) => openPostgres({ url, role: 'tool', now: Date.now, sealKeys })
  const secretsOf = async (...keys: string[]) => {
    const stores = await open(...keys)
    try {
      return (await stores.tenants.list()).map(({ secrets }) => secrets)
    } finally {
      await stores.close()
    }
  }
  const stores = await open(older)
  await stores.tenants.add({ id: 'a', hosts: ['a.test'], secrets: ['the secret of a'], origins: [] })
  await stores.tenants.add({ id: 'b', hosts: ['b.test'], secrets: [], origins: [] })
  await stores.close()
  assert.deepEqual(await secretsOf(newer, older), [['the secret of a'], []])
  await assert.rejects(secretsOf(newer), /sealed with a key that is not there/)
  await perform(
    url,
    `UPDATE tenants SET secrets = (SELECT secrets FROM tenants WHERE id = 'a') WHERE id = 'b'`,
  )
  await assert.rejects(secretsOf(older), /a secret of tenant b was changed/)
})

test('the data folder and its files are for their owner alone', async () => {
  await using folder = aChatterFolder()
  const data = join(folder.path, 'data')
  const server = await folder.serve({ CHATTER_DATA: data })
  assert.equal(modeOf(data), 0o700)
  for (const name of readdirSync(data).filter((one) => one !== 'widget'))
    assert.equal(modeOf(join(data, name)), 0o600, name)
  server.kill('SIGTERM')
  await server.ended
  assert.equal(modeOf(join(data, 'stopped')), 0o600)
  chmodSync(data, 0o755)
  chmodSync(join(data, 'chatter.db'), 0o644)
  await folder.serve({ CHATTER_DATA: data })
  assert.deepEqual([modeOf(data), modeOf(join(data, 'chatter.db'))], [0o700, 0o600])
})

test('so they are where a tool makes them, also in a folder that was open before', async () => {
  using folder = aFolder()
  const open = folder.file('open')
  mkdirSync(open)
  chmodSync(open, 0o755)
  for (const data of [open, folder.file('made')]) {
    const stores = folder.open({ folder: data, role: 'tool' })
    for (const name of readdirSync(data)) assert.equal(modeOf(join(data, name)), 0o600, name)
    assert.equal(modeOf(data), 0o700)
    await stores.close()
  }
})

test('a folder with other things in it keeps its mode', async () => {
  using folder = aFolder()
  const shared = folder.file('shared')
  mkdirSync(shared)
  chmodSync(shared, 0o755)
  writeFileSync(join(shared, 'index.html'), '')
  const stores = folder.open({ folder: shared })
  assert.deepEqual([modeOf(shared), modeOf(join(shared, 'chatter.db'))], [0o755, 0o600])
  await stores.close()
})

test('a secret comes from a file, and none that is a flag is in the list of processes', async () => {
  await using folder = aChatterFolder()
  const file = join(folder.path, 'secret')
  writeFileSync(file, `${secret}\n`)
  const server = await folder.serve({ CHATTER_SECRET: '', CHATTER_SECRET_FILE: file })
  await (await server.socket()).hello(await signToken('mina'))
  server.kill('SIGTERM')
  await server.ended
  const told = await folder.serve({ CHATTER_SECRET: '' }, '--secret', secret)
  assert.ok(!readFileSync(`/proc/${told.pid}/cmdline`, 'latin1').includes(secret))
})

test('a rotation of the folder’s key that fails costs no secret, nor do two at once', async () => {
  using folder = aFolder()
  const withTenants = async <T>(use: (tenants: TenantStore) => Promise<T>): Promise<T> => {
    const stores = folder.open({ role: 'tool' })
    try {
      return await use(stores.tenants)
    } finally {
      await stores.close()
    }
  }
  const secretsOf = () => withTenants(async (tenants) => (await tenants.list()).map(({ secrets }) => secrets))
  const sealAll = () =>
    withTenants((tenants) => tenants.change('acme', { secrets: (same) => same }).then(() => {}))
  await withTenants((tenants) =>
    tenants.add({ id: 'acme', hosts: [], origins: [], secrets: ['one'] }).then(() => {}),
  )

  const [before] = knownFolderKeys(folder.path)
  const fail = () => Promise.reject(new Error('database is locked'))
  const saying =
    /locked: .*seal\.key has a new key, and not everything .* no secret is lost\. To go on: chatter seal --rotate/
  await assert.rejects(rotateFolderKey(folder.path, fail), saying)
  const [begun] = knownFolderKeys(folder.path)
  await assert.rejects(rotateFolderKey(folder.path, fail), saying)
  assert.deepEqual(await secretsOf(), [['one']])
  assert.deepEqual(knownFolderKeys(folder.path), [begun, before], 'the next one goes on')
  await rotateFolderKey(folder.path, sealAll)
  assert.deepEqual(knownFolderKeys(folder.path), [begun, before], 'a backup has its key')

  await Promise.all([rotateFolderKey(folder.path, sealAll), rotateFolderKey(folder.path, sealAll)])
  await rotateFolderKey(folder.path, sealAll)
  assert.deepEqual(await secretsOf(), [['one']])
  assert.equal(knownFolderKeys(folder.path).length, 2, 'the newest and the one before')
})

test('processes that start at once in an empty folder have one key, and none reads half of it', async () => {
  using folder = aFolder()
  const folders = Array.from({ length: 150 }, (_, n) => folder.file(`data-${n}`))
  for (const path of folders) mkdirSync(path)
  const module = JSON.stringify(new URL('../../server/store/sqlite/seal-key.ts', import.meta.url).href)
  // Each says that it is there, and begins when nothing more is said to it.
  const program = `
    import { readFileSync } from 'node:fs'
    import { folderKeys } from ${module}
    process.stderr.write('here')
    readFileSync(0)
    console.log(JSON.stringify(${JSON.stringify(folders)}.map((path) => folderKeys(path))))`
  const start = () => spawn(process.execPath, ['--input-type=module', '--eval', program])
  const children = Array.from({ length: 4 }, start)
  const said = children.map(({ stdout }) => stdout.toArray().then((all) => JSON.parse(all.join(''))))
  await Promise.all(children.map(({ stderr }) => once(stderr, 'data')))
  for (const { stdin } of children) stdin.end()
  const [first, ...others] = await Promise.all(said)
  for (const [key = '', ...more] of first) assert.deepEqual([key.length, more], [43, []])
  for (const keys of others) assert.deepEqual(keys, first)
  for (const path of folders) assert.deepEqual(readdirSync(path), ['seal.key'])
})
