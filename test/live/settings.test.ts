/** Settings that change beside a running server: who hears of it, and from when on they count. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../server/protocol/limits.ts'
import { allSettings, settingsFrom } from '../../server/rules/settings.ts'
import type { NewTenant } from '../../server/store/store.ts'
import { learnedFrom } from '../../server/views/learned.ts'
import { askHost, connectHost } from '../support/at-host.ts'
import { aRoom } from '../support/builders.ts'
import { aClock } from '../support/clock.ts'
import { secret, startServer, type TestServer } from '../support/server.ts'

const aSite = (id: string): NewTenant => ({ id, hosts: [`${id}.test`], secrets: [secret], origins: [] })
const sites = [aSite('acme'), aSite('other')]

const tokenOf = (server: TestServer, user: string, id: string) => server.token(user, { aud: `${id}.test` })
const join = async (server: TestServer, user: string, id = 'acme') =>
  (await connectHost(server.url, `${id}.test`)).hello(await tokenOf(server, user, id))

const { features: usual } = learnedFrom(settingsFrom({}))

test('what changed is sent to the sockets of the tenant within a second, and counts from then on', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ tenants: sites, now: clock.now })
  const { id: room } = await aRoom(server, ['mina', 'sam'], { tenant: 'acme' })
  const [mina, stranger] = [await join(server, 'mina'), await join(server, 'mina', 'other')]
  assert.deepEqual(mina.ready.features, usual)
  assert.deepEqual(mina.ready.limits.textChars, limits.textChars)
  await mina.send(room, 'longer than ten')
  const settings = { 'features.typing': false, 'limits.textChars': 10 }
  await server.stores.tenants.change('acme', { settings })
  clock.pass(1000)

  const sent = await mina.socket.event('settings')
  assert.deepEqual(sent.features, { ...usual, typing: false })
  assert.deepEqual(sent.limits, { ...mina.ready.limits, textChars: 10 })
  const text = 'longer than ten'
  assert.equal((await mina.err({ t: 'send', roomId: room, messageId: uuidv7(), text })).code, 'too_large')
  const { ready } = await join(server, 'sam')
  const token = await tokenOf(server, 'sam', 'acme')
  const me = (await askHost(`${server.url}v1/me`, 'acme.test', { token })).json as typeof sent
  for (const { features, limits } of [ready, me]) {
    assert.deepEqual({ features, limits }, { features: sent.features, limits: sent.limits })
  }
  await stranger.socket.settle()
  assert.deepEqual(stranger.socket.events('settings'), [])

  await server.stores.tenants.change('acme', { settings: { 'limits.textChars': undefined } })
  clock.pass(1000)
  await mina.socket.event('settings', (event) => event.limits.textChars === limits.textChars)
  await mina.send(room, 'longer than ten')
})

test('a tenant that changes in something else sends its clients nothing', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ tenants: sites, now: clock.now })
  const [mina, stranger] = [await join(server, 'mina'), await join(server, 'mina', 'other')]
  await server.stores.tenants.change('acme', { origins: ['https://www.acme.test'] })
  await server.stores.tenants.change('other', { settings: { 'features.typing': false } })
  clock.pass(1000)
  await stranger.socket.event('settings')
  await mina.socket.settle()
  assert.deepEqual(mina.socket.events('settings'), [])
})

test('who says hello after the change learns it in ready, and nothing before', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ tenants: sites, now: clock.now })
  const mina = await join(server, 'mina')
  const late = await connectHost(server.url, 'acme.test')
  await server.stores.tenants.change('acme', { settings: { 'features.typing': false } })
  clock.pass(1000)
  await mina.socket.event('settings')
  const { ready } = await late.hello(await tokenOf(server, 'sam', 'acme'))
  assert.deepEqual(ready.features, { ...usual, typing: false })
  assert.deepEqual(
    late.frames.map(({ t: name }) => name),
    ['ready'],
  )
})

test('clients learn the settings that say so, and no other', () => {
  const learned: { readonly [group: string]: object } = learnedFrom(settingsFrom({}))
  for (const { name, default: value, isLearned } of allSettings) {
    const [group = '', key = ''] = name.split('.')
    const found = Object.entries(learned[group] ?? {}).find(([one]) => one === key)
    assert.deepEqual(found, isLearned ? [key, value] : undefined, name)
  }
  const featured = allSettings
    .filter(({ name }) => name.startsWith('features.'))
    .map(({ name }) => name.slice(9))
  // What a site decides by another setting, or not at all, is no setting of these.
  assert.deepEqual(Object.keys(learned.features ?? {}), [...featured, 'openRooms', 'presence'])
  const hidden = learnedFrom(settingsFrom({ presence: 'off' }))
  assert.equal(hidden.features.presence, false)
})
