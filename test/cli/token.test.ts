import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { readCommandLine } from '../../server/cli/arguments.ts'
import { commands } from '../../server/cli/commands.ts'
import { ConfigProblem } from '../../server/config.ts'
import { aFolder, type Folder } from '../support/a-folder.ts'
import { askHost } from '../support/at-host.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { aChatterFolder } from '../support/chatter-process.ts'
import { secret } from '../support/server.ts'

test('a token of the command line signs in, with and without tenants', async () => {
  await using folder = aChatterFolder()
  const chatter = (...args: string[]) => chatterCommand(folder.path, ...args)
  const plain = await chatter('token', '--user', 'mina', '--name', 'Mina L.')
  await chatter('tenant', 'add', 'acme', '--host', 'acme.test')
  const flags = ['--tenant', 'acme', '--user', 'mina', '--minutes', '5', '--json']
  const { token } = JSON.parse(await chatter('token', ...flags))
  const { sub, aud, exp = 0, iat = 0 } = decodeJwt(token)
  assert.deepEqual([sub, aud, exp - iat], ['mina', 'acme.test', 300])

  const server = await folder.serve()
  const reached = await askHost(`${server.url}v1/me`, 'acme.test', { token })
  assert.equal(reached.status, 200, reached.text)
  assert.equal((await askHost(`${server.url}v1/me`, 'acme.test', { token: plain })).status, 401)
  await chatter('tenant', 'remove', 'acme', '--yes')
  await chatter('tenant', 'open-default', '--yes')
  server.kill('SIGTERM')
  await server.ended

  const alone = await folder.serve()
  const me = await askHost(`${alone.url}v1/me`, 'anything.test', { token: plain })
  assert.deepEqual((me.json as { user: object }).user, { id: 'mina', name: 'Mina L.' })
})

/** What `chatter token` prints. */
const token = (folder: Folder, ...args: readonly string[]) => chatterCommand(folder.path, 'token', ...args)

test('what a token cannot be is a line for each fault', async () => {
  using folder = aFolder()
  await assert.rejects(token(folder, '--user', '', '--minutes', '61'), (error) => {
    assert.ok(error instanceof ConfigProblem)
    assert.deepEqual(error.faults, [
      '--user: expected a user id, got an empty string',
      '--minutes: expected a whole number from 1 to 60, got "61"',
    ])
    return true
  })
  for (const minutes of ['0', '1.5', '-1', 'x', '']) {
    await assert.rejects(token(folder, '--user', 'mina', `--minutes=${minutes}`), ConfigProblem)
  }
})

test('a tenant that does not exist is named, with those that do', async () => {
  using folder = aFolder()
  const noTenant = (known: string) => ({ message: `no tenant "b": --tenant may be ${known}` })
  await assert.rejects(token(folder, '--user', 'mina', '--tenant', 'b'), noTenant('default'))
  const stores = folder.open({ role: 'tool' })
  for (const id of ['acme', 'other']) {
    await stores.tenants.add({ id, hosts: [`${id}.test`], secrets: [secret], origins: [] })
  }
  await stores.close()
  await assert.rejects(token(folder, '--user', 'mina', '--tenant', 'b'), noTenant('acme, other'))
  assert.ok(await token(folder, '--user', 'mina', '--tenant', 'acme'))
})

test('without any secret there is nothing to sign with', async () => {
  using folder = aFolder()
  const asked = readCommandLine(['token', '--user', 'mina'], commands, { CHATTER_DATA: folder.path })
  assert.ok('run' in asked)
  await assert.rejects(asked.run(), { faults: ['CHATTER_SECRET: expected the secret of the tenant default'] })
})
