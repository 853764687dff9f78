/** The database is away for a while: answers say so, and everything goes on by itself. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { uuidv7 } from 'uuidv7'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import type { LineState } from '../support/proxy.ts'
import { scaled } from '../support/scale.ts'
import { aGroup, ask, join } from './api.ts'
import { aCluster, type Cluster } from './cluster.ts'
import { Load } from './load.ts'
import { marker } from './node.ts'
import { Chance } from './simulator/chance.ts'

const size = { people: scaled(6, 20), rooms: scaled(3, 10), membersEach: 4 }
const messages = scaled(100, 2_000)
const outageMs = scaled(1_000, 30_000)

describe('Postgres: two servers whose database is away say so, and lose nothing, when', () => {
  let postgres: PostgresServer
  let cluster: Cluster
  let load: Load
  let roomId: string
  before(async () => {
    postgres = await startPostgres()
    cluster = await aCluster(postgres)
    roomId = await aGroup(cluster.url, ['mina', 'sam'])
    load = await Load.start({ url: cluster.url, chance: new Chance(8), ...size })
  })
  after(async () => {
    load[Symbol.dispose]()
    await cluster[Symbol.asyncDispose]()
    await postgres.stop()
  })

  const turn = (state: LineState) => {
    for (const { toPostgres } of cluster.members) toPostgres.turn(state)
  }
  async function outage(start: () => unknown, end: () => unknown): Promise<void> {
    const mina = await join(cluster.members[0]?.node.url ?? '', 'mina')
    const sam = await join(cluster.members[1]?.node.url ?? '', 'sam')
    await load.talk(messages)
    const talking = load.talk(messages)
    await start()
    // Each waits as long as the server is patient.
    const [{ code }, { status, body }] = await Promise.all([
      mina.err({ t: 'send', roomId, messageId: uuidv7(), text: `${marker}not now` }),
      ask(cluster.url, 'mina', 'rooms'),
      cluster.saying({ database: 'down' }),
    ])
    assert.equal(code, 'overloaded')
    assert.deepEqual([status, (body as { code: string }).code], [503, 'overloaded'])
    await delay(outageMs)
    await end()
    await cluster.saying({ database: 'up' })
    const { seq } = await mina.send(roomId, `${marker}again`)
    await sam.socket.event('message', ({ message }) => message.roomId === roomId && message.seq === seq)
    await talking
    await load.talk(messages)
    assert.deepEqual(await load.agree(cluster.members.map(({ node }) => node.url)), [])
    for (const { socket } of [mina, sam]) await socket.close()
  }

  it('the line to it is dead in the middle of transactions, and nobody said so', () => {
    // Slow, so that some are under way.
    for (const { toPostgres } of cluster.members) toPostgres.delayMs = 20
    return outage(
      () => turn('black'),
      () => {
        for (const { toPostgres } of cluster.members) toPostgres.delayMs = 0
        turn('open')
      },
    )
  })

  it('the line to it is cut', () =>
    outage(
      () => turn('cut'),
      () => turn('open'),
    ))

  it('it crashes', async () => {
    const talking = load.talk(messages)
    await postgres.crash()
    await cluster.saying({ database: 'up' })
    await talking
    assert.deepEqual(await load.settle(cluster.members.map(({ node }) => node.url)), [])
  })

  it('and no log says what it should not', () => {
    assert.deepEqual(cluster.complaints(), [])
  })
})
