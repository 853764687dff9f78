import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { NoDatabase } from '../../server/store/database-problem.ts'
import { aFolder } from '../support/a-folder.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { aChatterFolder } from '../support/chatter-process.ts'
import { perform, startPostgres } from '../support/postgres.ts'

test('help is exit 0 on standard output', async () => {
  await using folder = aChatterFolder()
  const { code, stdout, stderr } = await folder.run('tenant', '--help')
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /^chatter tenant add ID --host HOST$/m)
})

test('wrong usage is exit 2, one line on standard error for each fault', async () => {
  await using folder = aChatterFolder()
  const { code, stdout, stderr } = await folder.run('token', '--user', '', '--minutes', '61')
  assert.deepEqual([code, stdout], [2, ''])
  assert.deepEqual(stderr.trimEnd().split('\n'), [
    'chatter: --user: expected a user id, got an empty string',
    'chatter: --minutes: expected a whole number from 1 to 60, got "61"',
  ])
})

test('what fails is exit 1 and one line on standard error', async () => {
  await using folder = aChatterFolder()
  await chatterCommand(folder.path, 'migrate')
  const { code, stdout, stderr } = await folder.run('tenant', 'remove', 'nobody', '--yes')
  assert.deepEqual([code, stdout, stderr], [1, '', 'chatter: no tenant "nobody"\n'])
})

test('migrate makes the tables, twice the same, beside a server too', async () => {
  await using folder = aChatterFolder()
  for (const turn of ['first', 'second', 'beside a server']) {
    if (turn === 'beside a server') await folder.serve()
    assert.equal(await chatterCommand(folder.path, 'migrate'), 'The database is up to date.', turn)
  }
})

test('epoch --renew gives clients a reason to load anew, and is meant', async () => {
  using folder = aFolder()
  await assert.rejects(chatterCommand(folder.path, 'epoch'), /--renew: expected/)
  const before = folder.open()
  await before.close()
  const printed = await chatterCommand(folder.path, 'epoch', '--renew')
  const [, epoch] =
    /^The epoch is ([0-9a-f-]{36}) from now on; on SQLite, from the next start/.exec(printed) ?? []
  const after = folder.open()
  await after.close()
  assert.equal(after.epoch, epoch)
  assert.notEqual(after.epoch, before.epoch)
})

/** What reads or changes a database, and makes none. */
const onDatabases = [
  ['status'],
  ['seal', '--rotate'],
  ['epoch', '--renew'],
  ['tenant', 'list'],
  ['tenant', 'show', 'acme'],
  ['tenant', 'change', 'acme', '--host', 'acme.test'],
  ['tenant', 'set', 'acme', 'directory=shared'],
  ['tenant', 'unset', 'acme', 'directory'],
  ['tenant', 'rotate-secret', 'acme'],
  ['tenant', 'remove', 'acme', '--yes'],
  ['tenant', 'open-default', '--yes'],
]

test('where there is no database, commands say so, make nothing and are exit 1', async () => {
  using folder = aFolder()
  const missing = folder.file('misspelt')
  for (const words of [...onDatabases, ['backup', '--to', folder.file('backup.db')]]) {
    const said = chatterCommand(missing, ...words)
    await assert.rejects(said, new NoDatabase(`there is no database in ${missing}`), words.join(' '))
  }
  assert.equal(existsSync(missing), false)

  await using process = aChatterFolder()
  const { code, stdout, stderr } = await process.run('status', '--data', missing)
  assert.deepEqual([code, stdout, stderr], [1, '', `chatter: there is no database in ${missing}\n`])
})

test('so it is on Postgres, where no table is made', async (t) => {
  const postgres = await startPostgres()
  t.after(() => postgres.stop())
  using folder = aFolder()
  const url = await postgres.newDatabase()
  const database = ['--database-url', url, '--seal-key', 'k'.repeat(32)]
  for (const words of onDatabases) {
    const said = chatterCommand(folder.path, ...words, ...database)
    await assert.rejects(said, NoDatabase, words.join(' '))
  }
  const noTable = `NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')`
  await perform(url, `DO $$ BEGIN ASSERT ${noTable}; END $$`)
})

test('a token needs no database, and makes none', async () => {
  using folder = aFolder()
  const missing = folder.file('none')
  assert.match(await chatterCommand(missing, 'token', '--user', 'mina'), /^ey/)
  assert.equal(existsSync(missing), false)
})
