/** Criterion 1: kill -9 of one of two servers in the middle of a burst. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { scaled, seeds } from '../support/scale.ts'
import { aCluster, type Cluster } from './cluster.ts'
import { Load } from './load.ts'
import { Chance } from './simulator/chance.ts'
import { until } from './until.ts'

const size = { people: scaled(10, 40), rooms: scaled(5, 20), membersEach: scaled(5, 10) }
const messages = scaled(750, 10_000)

let postgres: PostgresServer
let cluster: Cluster
before(async () => {
  postgres = await startPostgres()
  cluster = await aCluster(postgres)
})
after(async () => {
  await cluster[Symbol.asyncDispose]()
  await postgres.stop()
})

for (const seed of seeds(2, 50)) {
  test(`1: of two servers one is killed in a burst of ${messages}: nothing acknowledged is lost, all logs are equal (seed ${seed})`, async () => {
    const chance = new Chance(seed)
    using load = await Load.start({ url: cluster.url, chance, crowd: `s${seed}u`, ...size })
    const running = cluster.members.filter(({ node }) => node.isRunning)
    const [victim, survivor] = running.toSorted(() => chance.next() - 0.5)
    assert.ok(victim && survivor)
    const at = chance.between(messages / 10, (messages * 9) / 10)
    const talking = load.talk(messages)
    await until(() => load.acknowledged >= at, `${at} acknowledgements`)
    await victim.node.kill()
    await talking
    assert.deepEqual(await load.settle([survivor.node.url]), [])
    assert.deepEqual(cluster.complaints(), [])
    await cluster.join()
  })
}
