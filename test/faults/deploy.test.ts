/** Servers that are replaced one after the other, while people talk. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { scaled } from '../support/scale.ts'
import { aCluster } from './cluster.ts'
import { Load } from './load.ts'
import { Chance } from './simulator/chance.ts'

const size = { people: scaled(8, 40), rooms: scaled(4, 20), membersEach: 5 }
const messages = scaled(150, 2_000)

let postgres: PostgresServer
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

test('deploy: new servers replace two old ones, which end with 0, and nobody loses anything', async () => {
  await using cluster = await aCluster(postgres)
  using load = await Load.start({ url: cluster.url, chance: new Chance(9), ...size })
  for (const { node } of [...cluster.members]) {
    const talking = load.talk(messages)
    const { node: next } = await cluster.join()
    assert.equal(await node.drain(), 0)
    await talking
    assert.deepEqual(await load.agree([next.url]), [])
  }
  const urls = cluster.members.filter(({ node }) => node.isRunning).map(({ node }) => node.url)
  assert.deepEqual(await load.agree(urls), [])
  assert.deepEqual(cluster.complaints(), [])
})
