/** Tenants that the command line changes beside a running server: it notices by itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { nobody } from '../../server/rules/erasing.ts'
import { until } from '../contract/fanout.ts'
import { askHost, connectHost } from '../support/at-host.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { aChatterFolder } from '../support/chatter-process.ts'
import { secret, signToken } from '../support/server.ts'

test('a tenant is added, changed, rotated and removed without a restart', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  const tenant = async (...args: string[]) =>
    JSON.parse(await chatterCommand(folder.path, 'tenant', ...args, '--json'))
  const ask = async (host: string, secret: string) => {
    const token = await signToken('mina', { secret, aud: host })
    return (await askHost(`${server.url}v1/me`, host, { token })).status
  }
  const becomes = (status: number, host: string, secret: string) =>
    until(async () => (await ask(host, secret)) === status, `${status} from ${host}`)

  // Who was signed in while one tenant answered to every host is signed out when that has an end.
  const before = await (await server.socket()).hello(await signToken('mina'))
  await assert.rejects(
    tenant('add', 'acme', '--host', 'acme.test'),
    /^ConfigProblem: --yes: expected, because .* has users/,
  )
  const { secret: first } = await tenant('add', 'acme', '--host', 'acme.test', '--yes')
  await becomes(200, 'acme.test', first)
  assert.equal((await before.socket.closed).code, 4503)
  assert.equal(await ask('b.test', first), 404)
  await assert.rejects(connectHost(server.url, 'b.test'), /HTTP 404/)

  await tenant('change', 'acme', '--host', 'acme.test', '--host', 'b.test')
  await becomes(200, 'b.test', first)

  const { secret: second } = await tenant('rotate-secret', 'acme')
  await becomes(200, 'acme.test', second)
  assert.equal(await ask('acme.test', first), 200)
  const { secret: third } = await tenant('rotate-secret', 'acme')
  await becomes(200, 'acme.test', third)
  assert.equal(await ask('acme.test', second), 200)
  assert.equal(await ask('acme.test', first), 401)

  const { secret: other } = await tenant('add', 'other', '--host', 'other.test')
  await becomes(200, 'other.test', other)
  const join = async (host: string, secret: string) =>
    (await connectHost(server.url, host)).hello(await signToken('mina', { secret, aud: host }))
  const [leaving, staying] = [await join('acme.test', third), await join('other.test', other)]
  await tenant('remove', 'acme', '--yes')
  assert.equal((await leaving.socket.closed).code, 4503)
  assert.equal(await ask('acme.test', third), 404)
  await staying.socket.settle()

  await tenant('remove', 'other', '--yes')
  assert.equal((await staying.socket.closed).code, 4503)
  // Whoever had tenants of their own did not mean to open one to every host.
  assert.equal(await ask('any.test', secret), 404)
  await tenant('open-default', '--yes')
  await until(async () => {
    const token = await signToken('mina')
    return (await askHost(`${server.url}v1/me`, 'any.test', { token })).status === 200
  }, 'the tenant default to answer again')
})

test('a running site is given a hostname, and its sockets, tokens, origins, settings and data stay', async () => {
  await using folder = aChatterFolder()
  const origin = 'https://www.acme.test'
  const server = await folder.serve({ CHATTER_ORIGINS: origin, CHATTER_SETTINGS: 'directory=none' })
  const token = await signToken('mina')
  const mina = await (await server.socket()).hello(token)
  const add = ['tenant', 'add', 'default', '--host', 'chat.acme.test', '--json']
  await assert.rejects(chatterCommand(folder.path, ...add), /it answers to chat\.acme\.test only/)
  assert.equal((await askHost(`${server.url}v1/me`, 'any.test', { token })).status, 200)
  const added = JSON.parse(await chatterCommand(folder.path, ...add, '--yes'))
  assert.equal('secret' in added, false)

  const ask = async (host: string, how = {}) =>
    (await askHost(`${server.url}v1/users?q=sam`, host, { token, ...how })).status
  await until(async () => (await ask('any.test')) === 404, '404 from other hosts')
  assert.equal(await ask('chat.acme.test', { origin }), 200)
  await mina.ok({ t: 'ping' })
  await mina.socket.settle()
  const another = await signToken('sam', { aud: 'elsewhere.test' })
  assert.equal((await askHost(`${server.url}v1/me`, 'chat.acme.test', { token: another })).status, 401)
  await (await connectHost(server.url, 'chat.acme.test')).hello(await signToken('sam'))
  const found = await askHost(`${server.url}v1/users?q=sam`, 'chat.acme.test', { token })
  assert.deepEqual(found.json, { users: [] })
  await assert.rejects(
    chatterCommand(folder.path, 'tenant', 'rotate-secret', 'default'),
    /the secret of default is CHATTER_SECRET/,
  )
})

test('a user whom the command line erases is gone for who is connected, too', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  const [mina, sam] = [
    await (await server.socket()).hello(await signToken('mina')),
    await (await server.socket()).hello(await signToken('sam')),
  ]
  const made = await askHost(`${server.url}v1/rooms`, 'any.test', {
    ...{ token: await signToken('mina'), method: 'POST', body: { memberIds: ['sam'] } },
  })
  const { id: roomId } = made.json as { id: string }
  await mina.ok({ t: 'send', roomId, messageId: uuidv7(), text: 'hello' })
  await assert.rejects(chatterCommand(folder.path, 'user', 'erase', 'mina'), /--yes: expected/)
  const said = await chatterCommand(folder.path, 'user', 'erase', 'mina', '--yes', '--json')
  assert.deepEqual(JSON.parse(said), { erased: 'mina', tenant: 'default', known: true })
  assert.equal((await mina.socket.closed).code, 4503)
  const { message } = await sam.socket.event('message', (event) => !!event.message.deletedAt)
  assert.equal(message.authorId, nobody.id)
})

test('an id that no user has is refused, since the site itself has the empty one; a misspelt one is said to be unknown', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  await (await server.socket()).hello(await signToken('mina'))
  for (const id of ['', '\u007f', 'mina\n', 'x'.repeat(200)])
    await assert.rejects(chatterCommand(folder.path, 'user', 'erase', id, '--yes'), /ID: expected/)
  const said = await chatterCommand(folder.path, 'user', 'erase', 'minna', '--yes')
  assert.match(said, /^Nobody was known as minna in default/)
})

test('a user is erased without a server, too', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  await (await server.socket()).hello(await signToken('mina'))
  server.kill('SIGTERM')
  await server.ended
  await chatterCommand(folder.path, 'user', 'erase', 'mina', '--yes')
  await assert.rejects(chatterCommand(folder.path, 'user', 'show', 'mina'), /no user "mina"/)
})
