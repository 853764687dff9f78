/** A Postgres that loses its last commits in a failover, under two servers. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { openPostgres } from '../../server/store/postgres/open.ts'
import { until } from '../contract/fanout.ts'
import { aLog, aRoom } from '../support/builders.ts'
import { type PostgresServer, perform, startPostgres } from '../support/postgres.ts'
import { startServer } from '../support/server.ts'

async function aPostgres(t: TestContext): Promise<PostgresServer> {
  const postgres = await startPostgres()
  t.after(() => postgres.stop())
  return postgres
}

async function aServer(t: TestContext, url: string) {
  const stores = await openPostgres({ url, role: 'server', now: Date.now })
  const { log, lines } = aLog()
  const server = await startServer({ stores, log })
  t.after(async () => {
    await server[Symbol.asyncDispose]()
    await stores.close()
  })
  const logged = (text: string) => lines().filter(({ msg }) => String(msg).includes(text)).length
  return { server, stores, logged }
}

async function epochIn(url: string): Promise<string> {
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query(`SELECT value FROM meta WHERE key = 'epoch'`)
  await client.end()
  return rows[0].value
}

test('after a failover that lost commits every client of every server loads anew, under one new epoch', async (t) => {
  const postgres = await aPostgres(t)
  const url = await postgres.newDatabase()
  const nodes = await Promise.all([aServer(t, url), aServer(t, url)])
  const [one, other] = nodes
  const before = one.stores.epoch
  const { id } = await aRoom(one.server, ['mina', 'sam'])
  await postgres.leaveStandbyBehind()
  const isReady = async () => (await fetch(`${one.server.url}readyz`)).ok
  await until(isReady, 'the database to be back')
  const [mina, sam] = [await one.server.join('mina'), await other.server.join('sam')]
  assert.equal(other.stores.epoch, before)
  assert.equal((await mina.send(id, 'a phantom')).seq, 1)

  await postgres.failOver()
  const ends = await Promise.all([mina.socket.closed, sam.socket.closed])
  assert.deepEqual(
    ends.map(({ code }) => code),
    [4001, 4001],
  )
  for (const { socket } of [mina, sam])
    assert.deepEqual(
      socket.events('bye').map(({ code }) => code),
      [4001],
    )
  const renewed = await epochIn(url)
  assert.notEqual(renewed, before)
  await until(() => nodes.every(({ stores }) => stores.epoch === renewed), 'both to have the one new epoch')
  assert.deepEqual(
    nodes.map(({ logged }) => logged('failed over')),
    [1, 1],
  )

  const [back, there] = [await one.server.join('mina'), await other.server.join('sam')]
  assert.equal((await back.send(id, 'for real')).seq, 1)
  const { message } = await there.socket.event('message')
  assert.deepEqual([message.seq, message.text], [1, 'for real'])
  assert.equal(await epochIn(url), renewed)
})

test('of many servers that find the database failed over at once, one renews the epoch', async (t) => {
  const postgres = await aPostgres(t)
  const url = await postgres.newDatabase()
  const { stores } = await aServer(t, url)
  await perform(url, `UPDATE meta SET value = 'elsewhere' WHERE key = 'place'`)
  const open = () => openPostgres({ url, role: 'server', now: Date.now })
  const opened = await Promise.all(Array.from({ length: 8 }, open))
  const epochs = new Set(opened.map(({ epoch }) => epoch))
  await Promise.all(opened.map((one) => one.close()))
  assert.deepEqual([...epochs], [await epochIn(url)])
  await until(() => epochs.has(stores.epoch), 'the running one to have it too')
})

test('an operator’s new epoch is that of the running servers, too', async (t) => {
  const postgres = await aPostgres(t)
  const url = await postgres.newDatabase()
  const { server, stores } = await aServer(t, url)
  const mina = await server.join('mina')
  const tool = await openPostgres({ url, role: 'tool', now: Date.now })
  const epoch = await tool.renewEpoch()
  await tool.close()
  assert.equal((await mina.socket.closed).code, 4001)
  assert.equal(stores.epoch, epoch)
})

test('a crash, or a new start, is no failover', async (t) => {
  const postgres = await aPostgres(t)
  const url = await postgres.newDatabase()
  const { server, stores } = await aServer(t, url)
  const before = stores.epoch
  await postgres.crash()
  await until(async () => (await fetch(`${server.url}readyz`)).ok, 'the database to be back')
  const again = await aServer(t, url)
  assert.deepEqual([stores.epoch, again.stores.epoch], [before, before])
})

test('a Postgres that does not say where it is, is logged once, and served', async (t) => {
  const postgres = await aPostgres(t)
  await perform(postgres.url, 'CREATE ROLE plain LOGIN')
  const url = await postgres.newDatabase('OWNER plain')
  await perform(url, 'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC')
  const { server, logged } = await aServer(t, url.replace('chatter@', 'plain@'))
  const mina = await server.join('mina')
  const { id } = await aRoom(server, ['mina'])
  assert.equal((await mina.send(id, 'hello')).seq, 1)
  assert.equal(logged('a failover that loses commits would not be noticed'), 1)
})
