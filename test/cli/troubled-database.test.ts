/** A database that a command cannot use: it says why, in one line. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import Database from 'better-sqlite3'
import { commands } from '../../server/cli/commands.ts'
import { explain } from '../../server/main.ts'
import { knownFolderKeys } from '../../server/store/sqlite/seal-key.ts'
import { aFolder } from '../support/a-folder.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { aDjangoFile } from '../support/django.ts'
import { aSmallDisk, noSmallDisk } from '../support/small-disk.ts'

const ofAcme = ['--tenant', 'acme']
const room = '019a0000-0000-7000-8000-000000000000'

/** What is imported: a user, who must be written. */
const django = aFolder()
before(async () => {
  const file = await aDjangoFile(django.file('db.sqlite3'))
  await file.user(1, 'mina')
  await file.close()
})
after(() => django.remove())

/** What each command is given to do on a folder. A new command needs a line here. */
const given: Readonly<Record<string, (data: string) => readonly string[]>> = {
  serve: () => ['--port', '0', '--log', 'silent'],
  manifest: () => [],
  migrate: () => [],
  'migrate-store': (data) => ['--from', data, '--to', join(data, 'copy')],
  'import-django': () => ['--sqlite', django.file('db.sqlite3'), '--tenant', 'default'],
  backup: (data) => ['--to', join(data, 'backup.db')],
  restore: (data) => ['--from', join(data, 'chatter.db'), '--yes'],
  status: () => [],
  seal: () => ['--rotate'],
  epoch: () => ['--renew'],
  'tenant list': () => [],
  'tenant show': () => ['acme'],
  'tenant add': () => ['other', '--host', 'other.test', '--yes'],
  'tenant change': () => ['acme', '--host', 'b.test'],
  'tenant set': () => ['acme', 'directory=none'],
  'tenant unset': () => ['acme', 'directory'],
  'tenant rotate-secret': () => ['acme'],
  'tenant disable': () => ['acme'],
  'tenant enable': () => ['acme'],
  'tenant remove': () => ['acme', '--yes'],
  'tenant export': () => ['acme'],
  'tenant import': () => ['acme'],
  'tenant open-default': () => ['--yes'],
  'user list': () => ofAcme,
  'user show': () => ['mina', ...ofAcme],
  'user disconnect': () => ['mina', '--revoke', ...ofAcme],
  'user disable': () => ['mina', ...ofAcme],
  'user enable': () => ['mina', ...ofAcme],
  'user export': () => ['mina', ...ofAcme],
  'user erase': () => ['mina', '--yes', ...ofAcme],
  'room list': () => ofAcme,
  'room show': () => [room, ...ofAcme],
  'room members': () => [room, ...ofAcme],
  'room delete': () => [room, '--yes', ...ofAcme],
  'key add': () => ['--scope', 'read', ...ofAcme],
  'key list': () => ofAcme,
  'key remove': () => ['0123456789ab', ...ofAcme],
  'webhook add': () => ['https://shop.example/hook', ...ofAcme],
  'webhook list': () => ofAcme,
  'webhook test': () => ['0123456789ab', ...ofAcme],
  'webhook rotate': () => ['0123456789ab', ...ofAcme],
  'webhook replay': () => ['0123456789ab', ...ofAcme],
  'webhook remove': () => ['0123456789ab', ...ofAcme],
  token: () => ['--user', 'mina', ...ofAcme],
}
/** They need nothing but to read, and one no database at all. */
const mayDo = new Set([
  'manifest',
  'status',
  'tenant list',
  'tenant show',
  'tenant export',
  'user list',
  'room list',
  'key list',
  'webhook list',
  'token',
  'migrate',
])

test('each command has something to do here', () => {
  assert.deepEqual(Object.keys(given).sort(), Object.keys(commands).sort())
})

const aFilledFolder = (data: string) => chatterCommand(data, 'tenant', 'add', 'acme', '--host', 'acme.test')

/** Runs the command on the folder: what it says on standard error where it fails. */
async function trouble(t: TestContext, data: string, name: string): Promise<string | undefined> {
  try {
    await chatterCommand(data, ...name.split(' '), ...(given[name]?.(data) ?? []))
    return undefined
  } catch (error) {
    const said = t.mock.method(console, 'error', () => {})
    const code = explain(error)
    const [line, ...more] = said.mock.calls.map((call): unknown => call.arguments[0])
    said.mock.restore()
    assert.deepEqual([code, more], [1, []], name)
    // Anything but a text would come with its stack.
    if (typeof line !== 'string') throw error
    assert.match(line, /^chatter: [^\n]+$/, name)
    return line
  }
}

async function tryAll(t: TestContext, data: string, names = Object.keys(given)): Promise<void> {
  for (const name of names) {
    const line = await trouble(t, data, name)
    assert.ok(line !== undefined || mayDo.has(name), `${name} did it`)
  }
}

test('a database that another program holds: seal --rotate says so, and works when it is gone', async (t) => {
  using folder = aFolder()
  await aFilledFolder(folder.path)
  const other = new Database(folder.file('chatter.db'))
  other.exec('BEGIN EXCLUSIVE')
  const [before] = knownFolderKeys(folder.path)
  const said = (await trouble(t, folder.path, 'seal')) ?? ''
  assert.match(said, /database is locked: .* has a new key, .* no secret is lost\. To go on: chatter seal/)
  other.close()
  const [begun] = knownFolderKeys(folder.path)
  assert.equal(await trouble(t, folder.path, 'seal'), undefined)
  assert.deepEqual(knownFolderKeys(folder.path), [begun, before])
})

test('a disk that is full: each command that writes says so', { skip: noSmallDisk }, async (t) => {
  using disk = aSmallDisk()
  await aFilledFolder(disk.path)
  disk.fill()
  const names = Object.keys(given).filter((name) => name !== 'serve')
  await tryAll(t, disk.path, names)
})

test('a disk that is read-only: each command says so', { skip: noSmallDisk }, async (t) => {
  using disk = aSmallDisk()
  await aFilledFolder(disk.path)
  disk.freeze()
  await tryAll(t, disk.path)
})

test('a file that is no database, and a folder that cannot be: each command says so', async (t) => {
  using folder = aFolder()
  writeFileSync(folder.file('chatter.db'), 'not a database, however long it may be'.repeat(100))
  await tryAll(t, folder.path)
  await tryAll(t, join(folder.file('chatter.db'), 'data'))
})
