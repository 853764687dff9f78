/** Criterion 11: all sockets of a server come back at once. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { scaled } from '../support/scale.ts'
import { aGroup, join } from './api.ts'
import { aCluster } from './cluster.ts'
import { Listener } from './listener.ts'
import { marker } from './node.ts'
import { Chance } from './simulator/chance.ts'
import { until } from './until.ts'

const sockets = scaled(300, 5_000)
const members = scaled(30, 250)

let postgres: PostgresServer
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

test(`11: ${sockets} sockets of a server that is stopped come back to the other, and miss nothing that was said meanwhile`, async () => {
  await using cluster = await aCluster(postgres)
  const [leaving, staying] = cluster.members
  assert.ok(leaving && staying)
  const users = Array.from({ length: members }, (_, index) => `u${index}`)
  const room = await aGroup(staying.node.url, ['mina', ...users])
  const mina = await join(staying.node.url, 'mina')
  const chance = new Chance(11)
  let urls = [leaving.node.url]
  const listeners = Array.from({ length: sockets }, (_, index) => {
    const user = users[index % users.length] ?? ''
    return new Listener({ user, room, urls: () => urls, chance: chance.branch(`${index}`) })
  })
  try {
    const { seq: first } = await mina.send(room, `${marker}first`)
    await until(() => listeners.every((listener) => listener.has(first)), 'all sockets to be there')

    urls = [leaving.node.url, staying.node.url]
    const left = leaving.node.drain()
    let isBack = false
    const allBack = until(
      () => listeners.every(({ connections }) => connections === 2),
      () => `${listeners.filter(({ connections }) => connections < 2).length} sockets to come back`,
    ).finally(() => (isBack = true))
    let last = first
    while (!isBack) {
      last = (await mina.send(room, `${marker}meanwhile`)).seq
      await delay(50)
    }
    await allBack
    assert.equal(await left, 0)
    await until(() => listeners.every((listener) => listener.has(last)), 'all sockets to have everything')

    const places = Array.from({ length: last }, (_, index) => index + 1)
    for (const { places: received, closes } of listeners) {
      assert.deepEqual(
        received.toSorted((a, b) => a - b),
        places,
      )
      // Until the server is gone, it may still refuse one.
      assert.equal(closes[0], 4001)
    }
    assert.deepEqual(cluster.complaints(), [])
  } finally {
    for (const listener of listeners) listener[Symbol.dispose]()
  }
})
