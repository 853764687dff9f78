/** A site that its operator closes for a while: nobody comes in, whatever they show, and all are back when it is over. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPostgres } from '../../server/store/postgres/open.ts'
import type { NewTenant } from '../../server/store/store.ts'
import { until } from '../contract/fanout.ts'
import { assertProblem } from '../support/builders.ts'
import { aClock } from '../support/clock.ts'
import { aKey } from '../support/keys.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { secret, startServer, type TestServer } from '../support/server.ts'

const origins = ['https://www.acme.test']
const acme: NewTenant = { id: 'acme', hosts: ['127.0.0.1'], secrets: [secret], origins }

let postgres: PostgresServer
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

const tokenOf = (server: TestServer, user: string) => server.token(user, { aud: '127.0.0.1' })
const join = async (server: TestServer, user: string) =>
  (await server.socket()).hello(await tokenOf(server, user))
const ask = async (server: TestServer, path: string, init: RequestInit & { token: string }) =>
  fetch(`${server.url}v1/${path}`, {
    ...init,
    headers: { authorization: `Bearer ${init.token}`, ...init.headers },
  })

/** It is refused, and told when to come back: not at once, and not all at the same time. */
async function isDisabled(answer: Response): Promise<void> {
  const { detail } = await assertProblem(answer, 503, 'site_disabled')
  assert.equal(detail, 'this site is disabled')
  const seconds = Number(answer.headers.get('retry-after'))
  assert.ok(seconds >= 30 && seconds <= 60, String(seconds))
}

test('sockets end, and every way in is answered the same, until it is enabled', async (t) => {
  const clock = aClock(t)
  const settings = { guests: true }
  await using server = await startServer({
    ...{ tenants: [{ ...acme, settings }], now: clock.now, random: () => 0.5 },
  })
  const key = await aKey(server, ['admin'], 'acme')
  const [mina, silent] = [await join(server, 'mina'), await server.socket()]
  await server.stores.tenants.change('acme', { isDisabled: true })
  clock.pass(1000)
  for (const socket of [mina.socket, silent]) assert.equal((await socket.closed).code, 4021)
  const bye = mina.socket.frames.find((frame) => frame.t === 'bye')
  assert.ok(bye && 'retryAfter' in bye && Number(bye.retryAfter) > 0, 'they do not come back at once')

  const token = await tokenOf(server, 'mina')
  for (const path of ['me', 'rooms', 'users?q=sam', 'nothing'])
    await isDisabled(await ask(server, path, { token }))
  for (const path of ['users', 'rooms']) await isDisabled(await ask(server, path, { token: key }))
  const body = JSON.stringify({ name: 'A guest' })
  const headers = { 'content-type': 'application/json' }
  await isDisabled(await fetch(`${server.url}v1/guests`, { method: 'POST', body, headers }))
  await isDisabled(await fetch(`${server.url}v1/guests`))
  await isDisabled(await ask(server, 'me', { token: 'of nobody' }))
  // A page of another origin can read it, too.
  const origin = 'https://www.acme.test'
  const ofPage = await ask(server, 'me', { token, headers: { origin } })
  assert.equal(ofPage.headers.get('access-control-allow-origin'), origin)
  await isDisabled(ofPage)
  assert.deepEqual(await (await fetch(`${server.url}v1/check`)).json(), { code: 'site_disabled' })

  for (const shown of [token, 'of nobody', undefined]) {
    const socket = await server.socket()
    socket.post({ t: 'hello', id: '1', client: 'test/1', ...(shown !== undefined && { token: shown }) })
    assert.equal((await socket.closed).code, 4021)
    // An older widget stops at an `err` that it does not know, and comes back after a close that it does not.
    const [said, ...others] = socket.frames
    assert.ok(said?.t === 'bye' && said.code === 4021 && others.length === 0, JSON.stringify(socket.frames))
    assert.ok(said.retryAfter >= 30 && said.retryAfter <= 60)
  }

  await server.stores.tenants.change('acme', { isDisabled: false })
  clock.pass(1000)
  await join(server, 'mina')
  assert.equal((await ask(server, 'users', { token: key })).status, 200)
})

test('on the other server, too, while another tenant goes on', async () => {
  const url = await postgres.newDatabase()
  const open = () => openPostgres({ url, role: 'server', now: Date.now })
  const [stores, others] = [await open(), await open()]
  {
    const other: NewTenant = { ...acme, id: 'other', hosts: ['localhost'] }
    await using server = await startServer({ stores, tenants: [acme, other] })
    await using second = await startServer({ stores: others })
    const [mina, sam] = [await join(server, 'mina'), await join(second, 'sam')]
    const ofOther = await ask(second, 'me', { token: await second.token('kim', { aud: 'localhost' }) })
    assert.equal(ofOther.status, 401)
    await stores.tenants.change('acme', { isDisabled: true })
    for (const { socket } of [mina, sam]) assert.equal((await socket.closed).code, 4021)
    const token = await tokenOf(server, 'mina')
    await isDisabled(await ask(second, 'me', { token }))
    const at = second.url.replace('127.0.0.1', 'localhost')
    const headers = { authorization: `Bearer ${await second.token('kim', { aud: 'localhost' })}` }
    assert.equal((await fetch(`${at}v1/me`, { headers })).status, 200)
    await stores.tenants.change('acme', { isDisabled: false })
    await until(async () => (await ask(second, 'me', { token })).status === 200, 'it is back')
  }
  await stores.close()
  await others.close()
})

test('messages that are too old are removed and users are erased all the same', async () => {
  await using server = await startServer({ tenants: [acme] })
  await join(server, 'mina')
  await server.stores.tenants.change('acme', { isDisabled: true })
  await server.chatter.eraseUser('mina', 'acme')
  assert.equal(await server.stores.forTenant('acme').findUser('mina'), undefined)
})
