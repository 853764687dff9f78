import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { test } from 'node:test'
import type { NewTenant } from '../../server/store/store.ts'
import { assertProblem } from '../support/builders.ts'
import { aClock } from '../support/clock.ts'
import { secret, startServer, type TestServer } from '../support/server.ts'

const acme: NewTenant = { id: 'acme', hosts: ['127.0.0.1'], secrets: [secret], origins: [] }
const elsewhere: NewTenant = { ...acme, hosts: ['chat.example'] }

/** The tenant that a request with these headers reaches. */
async function reached(server: TestServer, headers: Record<string, string>): Promise<string | number> {
  const { hostname, port } = new URL(server.url)
  const authorization = `Bearer ${await server.token('mina', { aud: 'chat.example' })}`
  const asked = request({ hostname, port, path: '/v1/me', headers: { authorization, ...headers } }).end()
  const [response] = await once(asked, 'response')
  const chunks = await response.toArray()
  return response.statusCode === 200
    ? JSON.parse(Buffer.concat(chunks).toString()).tenantId
    : response.statusCode
}

test('a host that is nobody’s is 404 on both ways in, before the upgrade and before the sign-in', async () => {
  await using server = await startServer({ tenants: [elsewhere] })
  await assertProblem(await fetch(`${server.url}v1/me`), 404, 'not_found')
  await assert.rejects(server.socket(), /HTTP 404/)
})

test('a host is the whole name, in any case, with any port', async () => {
  await using server = await startServer({ tenants: [elsewhere] })
  for (const host of ['chat.example', 'CHAT.example', 'chat.example:8443']) {
    assert.equal(await reached(server, { host }), 'acme', host)
  }
  for (const host of ['example', 'a.chat.example', 'chat.example.', 'chat.example.evil', 'xchat.example']) {
    assert.equal(await reached(server, { host }), 404, host)
  }
})

test('a forwarded host is believed from a configured proxy only', async () => {
  const headers = { 'x-forwarded-host': 'chat.example' }
  await using open = await startServer({ tenants: [elsewhere] })
  assert.equal(await reached(open, headers), 404)
  await using other = await startServer({ tenants: [elsewhere], trustedProxies: ['10.0.0.0/8'] })
  assert.equal(await reached(other, headers), 404)
  await using behind = await startServer({ tenants: [elsewhere], trustedProxies: ['127.0.0.0/8'] })
  assert.equal(await reached(behind, headers), 'acme')
  const socket = await behind.socket({ headers })
  await socket.hello(await behind.token('mina', { aud: 'chat.example' }))
})

test('of several forwarded hosts the one counts that the trusted proxy added', async () => {
  await using behind = await startServer({ tenants: [elsewhere], trustedProxies: ['127.0.0.0/8'] })
  assert.equal(await reached(behind, { 'x-forwarded-host': 'evil.example, chat.example' }), 'acme')
  assert.equal(await reached(behind, { 'x-forwarded-host': 'chat.example, evil.example' }), 404)
})

test('without tenants every host is the one called default', async () => {
  await using server = await startServer()
  assert.equal(await reached(server, { host: 'anything.example' }), 'default')
})

test('a tenant that is removed closes its sockets with 4503, and its host is nobody’s', async (t) => {
  const clock = aClock(t)
  const other: NewTenant = { ...elsewhere, id: 'other' }
  await using server = await startServer({ tenants: [acme, other], now: clock.now })
  const socket = await server.socket()
  await socket.hello(await server.token('mina', { aud: '127.0.0.1' }))
  await server.stores.tenants.remove('acme')
  clock.pass(1000)
  assert.equal((await socket.closed).code, 4503)
  await assertProblem(await fetch(`${server.url}v1/me`), 404, 'not_found')
})

test('a secret that is replaced ends the sockets whose token it signed with 4005, and no others', async (t) => {
  const clock = aClock(t)
  const newer = 'the newer secret of thirty-two bytes'
  const authenticate = () => ({ id: 'ana' })
  await using server = await startServer({ tenants: [acme], now: clock.now, authenticate })
  const token = await server.token('mina', { aud: '127.0.0.1' })
  const [mina, max] = [await (await server.socket()).hello(token), await (await server.socket()).hello(token)]
  const ana = await (await server.socket({ headers: { origin: new URL(server.url).origin } })).hello(
    undefined,
  )
  const replace = async (...secrets: string[]) => {
    await server.stores.tenants.change('acme', { secrets })
    clock.pass(1000)
    // The store answers.
    await ana.socket.settle()
  }
  await replace(newer, secret)
  await max.ok({ t: 'auth', token: await server.token('mina', { aud: '127.0.0.1', secret: newer }) })
  await mina.socket.settle()
  await replace(newer)
  assert.equal((await mina.socket.closed).code, 4005)
  await max.socket.settle()
  assert.equal((await max.err({ t: 'auth', token })).code, 'unauthorized')
  await ana.socket.settle()
  const again = await (await server.socket()).ask({ t: 'hello', client: 'test/1', token })
  assert.equal(again.t === 'err' && again.code, 'unauthorized')
})
