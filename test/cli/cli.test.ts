import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aFolder } from '../support/a-folder.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { aChatterFolder } from '../support/chatter-process.ts'

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
