/** Servers on one Postgres without a bus between them, or with one that only some of them have. */
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { Fanout } from '../../server/fanout/fanout.ts'
import { createInProcessFanout } from '../../server/fanout/in-process.ts'
import { createRedisFanout } from '../../server/fanout/redis/fanout.ts'
import { openPostgres } from '../../server/store/postgres/open.ts'
import type { Stores } from '../../server/store/store.ts'
import { until } from '../contract/fanout.ts'
import { aLog, aRoom } from '../support/builders.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { startServer, type TestServer } from '../support/server.ts'

let postgres: PostgresServer
let redis: RedisServer
before(async () => {
  ;[postgres, redis] = await Promise.all([startPostgres(), startRedis()])
})
after(() => Promise.all([postgres.stop(), redis.stop()]))

const alone = async () => createInProcessFanout()
const onRedis = (database: Stores) => createRedisFanout({ url: redis.url, log: aLog().log, database })

async function aServer(t: TestContext, url: string, open: (stores: Stores) => Promise<Fanout>) {
  const stores = await openPostgres({ url, role: 'server', now: Date.now })
  const { log, lines } = aLog()
  const server = await startServer({ stores, fanout: await open(stores), log })
  let isStopped = false
  const stop = async () => {
    if (isStopped) return
    isStopped = true
    await server[Symbol.asyncDispose]()
    await stores.close()
  }
  t.after(stop)
  const logged = (text: string) => lines().filter(({ msg }) => String(msg).includes(text)).length
  return { server, stop, logged }
}

const readiness = async ({ url }: TestServer): Promise<{ fanout: string; unheard: number }> => {
  const { fanout, unheard } = await (await fetch(`${url}readyz`)).json()
  return { fanout, unheard }
}

for (const [what, there, heard] of [
  ['none of which has a bus', alone, 'down'],
  ['one of which has no bus', onRedis, 'up'],
] as const) {
  test(`of two servers on one Postgres, ${what}, each shows what is said at the other, and says why late`, async (t) => {
    const url = await postgres.newDatabase()
    const [one, other] = [await aServer(t, url, alone), await aServer(t, url, there)]
    await until(() => one.server.chatter.stats().unheard === 1, 'one to see the other')
    const room = await aRoom(one.server, ['mina', 'sam'])
    const [mina, sam] = [await one.server.join('mina'), await other.server.join('sam')]
    await mina.send(room.id, 'hello')
    await sam.socket.event('message', ({ message }) => message.text === 'hello')
    await sam.send(room.id, 'hello yourself')
    await mina.socket.event('message', ({ message }) => message.text === 'hello yourself')
    assert.deepEqual(await readiness(one.server), { fanout: 'down', unheard: 1 })
    assert.deepEqual(await readiness(other.server), { fanout: heard, unheard: 1 })
    const isLogged = ({ logged }: typeof one) => logged('are not heard') === 1
    await until(() => isLogged(one) && isLogged(other), 'both to log it')
    await other.stop()
    await until(() => one.server.chatter.stats().unheard === 0, 'one to be alone')
    assert.deepEqual(await readiness(one.server), { fanout: 'up', unheard: 0 })
    await until(() => one.logged('are heard') === 1, 'one to log that')
    assert.equal(one.logged('are not heard'), 1)
  })
}

test('servers that hear each other through Redis miss nobody', async (t) => {
  const url = await postgres.newDatabase()
  const [one, other] = [await aServer(t, url, onRedis), await aServer(t, url, onRedis)]
  const stats = () => [one, other].map(({ server }) => server.chatter.stats())
  await until(() => stats().every(({ hearing }) => hearing?.peers === 1), 'both to hear each other')
  await until(() => stats().every(({ unheard }) => unheard === 0), 'both to miss nobody')
  assert.deepEqual(await readiness(one.server), { fanout: 'up', unheard: 0 })
})

test('a server that died is seen for some seconds, and forgotten', async (t) => {
  const url = await postgres.newDatabase()
  const stores = await openPostgres({ url, role: 'tool', now: Date.now })
  t.after(() => stores.close())
  const { servers } = stores
  assert.ok(servers)
  assert.equal(await servers.heartbeat('one'), 0)
  assert.equal(await servers.heartbeat('other'), 1)
  assert.equal(await servers.heartbeat('one'), 1)
  await until(async () => (await servers.heartbeat('one')) === 0, 'the other to be taken for dead')
  await servers.heartbeat('other')
  await servers.leave('other')
  assert.equal(await servers.heartbeat('one'), 0)
})
