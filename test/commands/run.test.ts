import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { callerFor } from '../../server/commands/caller.ts'
import { createRun, outcomeOf, type Publisher } from '../../server/commands/run.ts'
import { Tally } from '../../server/commands/tally.ts'
import { settingsFrom } from '../../server/rules/settings.ts'
import type { Store, StoreReads, Stores } from '../../server/store/store.ts'
import { aFolder } from '../support/a-folder.ts'
import { aLog, aRoom } from '../support/builders.ts'
import { startServer } from '../support/server.ts'

const writes = ['saveUser', 'openRoom', 'alterRoom', 'append', 'amend', 'markRead'] as const

test('who asks can only read: writes are for commands', () => {
  const isReadOnly = (store: StoreReads) => {
    // @ts-expect-error A caller's store has no writes.
    return store.append
  }
  assert.equal(typeof isReadOnly, 'function')
})

test('everything that is written is written by a command that run was given', async () => {
  using folder = aFolder()
  const stores = folder.open()
  await using _closing = { [Symbol.asyncDispose]: () => stores.close() }
  const written: { verb: string; isInCommand: boolean }[] = []
  const watched: Stores = { ...stores, forTenant: (tenant) => watch(stores.forTenant(tenant)) }
  await using server = await startServer({ stores: watched })
  function watch(store: Store): Store {
    const watching =
      (verb: (typeof writes)[number]) =>
      (...given: unknown[]) => {
        written.push({ verb, isInCommand: server.chatter.stats().waiting > 0 })
        return (store[verb] as (...given: unknown[]) => unknown)(...given)
      }
    return { ...store, ...Object.fromEntries(writes.map((verb) => [verb, watching(verb)])) }
  }
  const { id: room } = await aRoom(server, ['mina', 'sam', 'lee'])
  const mina = await server.join('mina')
  const { id: messageId } = await mina.send(room, 'hello')
  await mina.ok({ t: 'edit', roomId: room, messageId, text: 'Hello' })
  await mina.ok({ t: 'read', roomId: room, seq: 1 })
  await server.fetch('sam', 'rooms', { method: 'POST', body: { memberIds: ['lee'] } })
  await server.fetch('sam', `rooms/${room}`, { method: 'PATCH', body: { name: 'Team' } })
  await mina.socket.close()
  assert.deepEqual([...new Set(written.map(({ verb }) => verb))].sort(), [...writes].sort())
  assert.deepEqual(
    written.filter(({ isInCommand }) => !isInCommand),
    [],
  )
})

test('a publisher hears what was acknowledged, and one that fails keeps no other from it', async () => {
  using folder = aFolder()
  const stores = folder.open()
  await using _closing = { [Symbol.asyncDispose]: () => stores.close() }
  const store = stores.forTenant('default')
  const { log, lines } = aLog()
  const order: string[] = []
  const failing: Publisher = ({ name }) => {
    order.push(`first hears of ${name}`)
    throw new Error('unreachable')
  }
  const second: Publisher = ({ name, caller, outcome }) => {
    order.push(`second hears of ${name} by ${caller.me.id}: ${outcome.events.length} events`)
  }
  const run = createRun({
    forTenant: () => store,
    publishers: [failing, second],
    newId: uuidv7,
    tally: new Tally(),
    log,
  })
  await store.saveUser({ id: 'sam' })
  const mina = callerFor({
    me: { id: 'mina', name: 'Mina' },
    tenant: { id: 'default', settings: settingsFrom({}) },
    store,
  })
  await outcomeOf(run, mina, 'signIn', { id: 'mina', name: 'Mina' })
  order.length = 0
  await run(mina, 'open', { memberIds: ['sam'] }, () => order.push('acknowledged'))
  assert.deepEqual(order, ['acknowledged', 'first hears of open', 'second hears of open by mina: 4 events'])
  assert.equal(
    lines().filter(({ msg, command }) => msg === 'a publisher failed' && command === 'open').length,
    1,
  )
})

test('what failed is published to nobody', async () => {
  using folder = aFolder()
  const stores = folder.open()
  await using _closing = { [Symbol.asyncDispose]: () => stores.close() }
  const heard: string[] = []
  const run = createRun({
    forTenant: (tenant) => stores.forTenant(tenant),
    publishers: [({ name }) => heard.push(name)],
    newId: uuidv7,
    tally: new Tally(),
    log: aLog().log,
  })
  const store = stores.forTenant('default')
  const tenant = { id: 'default', settings: settingsFrom({}) }
  const stranger = callerFor({ me: { id: 'mina', name: '' }, tenant, store })
  const message = { roomId: uuidv7(), messageId: uuidv7(), text: 'hello' }
  await assert.rejects(outcomeOf(run, stranger, 'send', message), { code: 'not_found' })
  assert.deepEqual(heard, [])
})
