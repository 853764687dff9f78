/** A refusal is logged for the operator: once a minute, with what was expected. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metrics } from '../../server/metrics/prometheus.ts'
import { askHost, connectHost } from '../support/at-host.ts'
import { aLog } from '../support/builders.ts'
import { aClock } from '../support/clock.ts'
import { readExposition } from '../support/exposition.ts'
import { signToken, startServer } from '../support/server.ts'

const secret = 'the secret of acme, of thirty-two bytes'
const origins = ['https://www.acme.test']
const acme = { id: 'acme', hosts: ['chat.acme.test'], secrets: [secret], origins }

test('a host, an origin and a sign-in that are refused are a line each in a minute, with what was expected', async (t) => {
  const { log, lines, text } = aLog()
  const clock = aClock(t)
  await using server = await startServer({ log, tenants: [acme], now: clock.now })
  const me = `${server.url}v1/me`
  const token = await signToken('mina', { aud: 'chat.acme.test' })
  const origin = 'https://acme.test'
  const warnings = () => lines().filter(({ level }) => Number(level) >= 40)

  for (let times = 0; times < 3; times++) {
    await askHost(me, 'acme.test', { token })
    await assert.rejects(connectHost(server.url, 'acme.test'), /404/)
    await askHost(me, 'chat.acme.test', { token, origin })
    assert.equal((await askHost(me, 'chat.acme.test', { token })).status, 401)
  }
  const socket = await connectHost(server.url, 'chat.acme.test')
  socket.post({ t: 'hello', id: '1', client: 'test/1', token })
  await socket.closed

  const said = () =>
    warnings().map(({ msg, host, origin, tenant, reason, expected, times }) => ({
      ...{ msg, host, origin, tenant, reason, expected, times },
    }))
  const none = {
    host: undefined,
    origin: undefined,
    tenant: undefined,
    reason: undefined,
    expected: undefined,
  }
  const lineOf = (line: object) => ({ ...none, times: 1, ...line })
  assert.deepEqual(said(), [
    lineOf({ msg: "refused a host: it is no tenant's", host: 'acme.test', expected: acme.hosts }),
    lineOf({
      ...{ msg: 'refused an origin', origin, tenant: 'acme' },
      expected: [...origins, 'that of chat.acme.test itself'],
    }),
    lineOf({
      ...{ msg: 'refused a sign-in', tenant: 'acme' },
      reason: 'token: the signature is not of this tenant',
    }),
  ])
  clock.pass(60_000)
  await askHost(me, 'acme.test', { token })
  assert.equal(said().at(-1)?.times, 6)
  assert.ok(!text().includes(token))

  const exposed = readExposition(await (await metrics(server.chatter.stats).request('/metrics')).text())
  assert.equal(exposed.value('chatter_sign_ins_refused_total{reason="invalid"}'), 4)
})

test('a stranger who makes up hosts fills no log', async () => {
  const { log, lines } = aLog()
  await using server = await startServer({ log, tenants: [acme] })
  for (let made = 0; made < 50; made++) await askHost(`${server.url}v1/me`, `${made}.test`)
  assert.equal(lines().filter(({ msg }) => String(msg).startsWith('refused a host')).length, 20)
})

test('each refusal is counted once, by its cause, at whichever door', async () => {
  await using server = await startServer({ tenants: [acme], isLimited: true, trustedProxies: ['127.0.0.1'] })
  const token = await signToken('mina', { aud: 'chat.acme.test' })
  const expired = await signToken('mina', { aud: 'chat.acme.test', secret, exp: 1 })
  const me = `${server.url}v1/me`
  const foreign = { host: 'chat.acme.test', origin: 'https://acme.test' }
  await askHost(me, 'acme.test', { token })
  await assert.rejects(connectHost(server.url, 'acme.test'), /404/)
  await assert.rejects(connectHost(server.url, 'a b'), /400/)
  await askHost(me, 'chat.acme.test', { token, origin: foreign.origin })
  await assert.rejects(server.socket({ headers: foreign }), /403/)
  for (const said of [token, expired]) {
    await askHost(me, 'chat.acme.test', { token: said })
    const socket = await connectHost(server.url, 'chat.acme.test')
    socket.post({ t: 'hello', client: 'test/1', token: said })
    await socket.closed
  }
  const { failures, refusedUpgrades, refusedSignIns } = server.chatter.stats()
  assert.deepEqual(failures, { token: 2, nobody: 0, host: 3, origin: 2, hello: 0, refused: 0 })
  assert.deepEqual(refusedUpgrades, { closing: 0, host: 2, origin: 1, failures: 0 })
  assert.deepEqual(refusedSignIns, { expired: 2, invalid: 2 })
})
