/** Tenants that the command line changes beside a running server: it notices by itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../contract/fanout.ts'
import { askHost, connectHost } from '../support/at-host.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { aChatterFolder } from '../support/chatter-process.ts'
import { signToken } from '../support/server.ts'

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
  const { secret: first } = await tenant('add', 'acme', '--host', 'acme.test')
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
  await until(async () => {
    const token = await signToken('mina')
    return (await askHost(`${server.url}v1/me`, 'any.test', { token })).status === 200
  }, 'the tenant default to answer again')
})
