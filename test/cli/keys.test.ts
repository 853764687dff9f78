import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aFolder } from '../support/a-folder.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { aChatterFolder } from '../support/chatter-process.ts'
import { signToken } from '../support/server.ts'

test('a key is shown when it is made and never again, and opens a running server until it is removed', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  const { stdout } = await folder.run('key', 'add', '--scope', 'read,rooms', '--name', 'Shop', '--json')
  const { id, key, scopes } = JSON.parse(stdout)
  assert.deepEqual(scopes, ['read', 'rooms'])
  const ask = () => fetch(`${server.url}v1/users`, { headers: { authorization: `Bearer ${key}` } })
  assert.equal((await ask()).status, 200)
  const listed = await folder.run('key', 'list', '--json')
  const [row] = listed.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual([row.id, row.name, row.scopes], [id, 'Shop', ['read', 'rooms']])
  assert.match(row.usedAt, /^\d{4}-/)
  assert.doesNotMatch(listed.stdout, new RegExp(key.slice(-20)))
  assert.equal((await folder.run('key', 'remove', id)).code, 0)
  assert.equal((await ask()).status, 401)
})

test('what a key is for is one line that a terminal can show, or it is refused', async () => {
  using folder = aFolder()
  await folder.open().close()
  const run = (name: string) => chatterCommand(folder.path, 'key', 'add', '--scope', 'read', '--name', name)
  for (const name of [
    'two\nlines',
    '\u001b[31mred',
    'a\u0007',
    'turned \u202eround',
    'gone\u200b',
    'a\u2028b',
    'c1\u009b',
  ])
    await assert.rejects(
      run(name),
      { message: /^--name: expected one line without control characters/ },
      name,
    )
  for (const name of ['the shop’s backend', 'Ürün · 店', '👩‍🔧']) assert.match(await run(name), /chk_/)
})

test('a wrong scope is named, and so is what it may be', async () => {
  using folder = aFolder()
  await folder.open().close()
  const known = 'users, rooms, messages, read, admin'
  const run = (...args: string[]) => chatterCommand(folder.path, 'key', 'add', ...args)
  await assert.rejects(run(), { message: `--scope: expected one or more of ${known}` })
  await assert.rejects(run('--scope', 'room,read'), {
    message: `--scope: expected one of ${known}, got "room", did you mean rooms?`,
  })
  await assert.rejects(chatterCommand(folder.path, 'key', 'remove', 'nothing'), {
    message: /no key "nothing"/,
  })
})

test('a user is disconnected, disabled and enabled beside a running server', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  const hello = async () => (await server.socket()).hello(await signToken('mina'))
  const mina = await hello()
  assert.equal((await folder.run('user', 'disable', 'mina')).code, 0)
  assert.equal((await mina.socket.closed).code, 4503)
  await assert.rejects(hello())
  assert.equal((await folder.run('user', 'enable', 'mina')).code, 0)
  const isIn = () => hello().then(Boolean, () => false)
  while (!(await isIn()));
  const { code, stderr } = await folder.run('user', 'disconnect', 'nobody')
  assert.deepEqual([code, stderr], [1, 'chatter: no user "nobody"\n'])
})
