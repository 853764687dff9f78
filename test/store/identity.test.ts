/** The identity of a database: its servers share it, and no copy of it does. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { openPostgres } from '../../server/store/postgres/open.ts'
import { aFolder } from '../support/a-folder.ts'
import { type PostgresServer, perform, startPostgres } from '../support/postgres.ts'

async function aPostgres(t: TestContext): Promise<PostgresServer> {
  const server = await startPostgres()
  t.after(() => server.stop())
  return server
}

async function identityOf(url: string): Promise<string> {
  const stores = await openPostgres({ url, role: 'server', now: Date.now })
  await stores.close()
  return stores.identity
}

/** The id that lies in the tables, as a dump carries it. */
async function idIn(url: string): Promise<string> {
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query(`SELECT value FROM meta WHERE key = 'id'`)
  await client.end()
  return rows[0].value
}

test('servers on one Postgres share it, whatever they may read, and keep it', async (t) => {
  const server = await aPostgres(t)
  await perform(server.url, 'CREATE ROLE plain LOGIN')
  const url = (await server.newDatabase('OWNER plain')).replace('chatter@', 'plain@')
  const first = await identityOf(url)
  assert.equal(await identityOf(url), first)
  await server.crash()
  assert.equal(await identityOf(url), first)
})

test('a copy beside it has another, and so has a dump of it on another machine', async (t) => {
  const [server, elsewhere] = [await aPostgres(t), await aPostgres(t)]
  const url = await server.newDatabase()
  const original = await identityOf(url)
  const [, name = ''] = /\/(\w+)$/.exec(url) ?? []
  const copy = await server.newDatabase(`TEMPLATE ${name}`)
  assert.equal(await idIn(copy), await idIn(url))
  assert.notEqual(await identityOf(copy), original)
  // The same number among the databases of its cluster, and the same rows.
  const dump = await elsewhere.newDatabase()
  await identityOf(dump)
  await perform(dump, `UPDATE meta SET value = '${await idIn(url)}' WHERE key = 'id'`)
  assert.notEqual(await identityOf(dump), original)
})

test('where the cluster does not tell its number, two databases that were made alike differ all the same', async (t) => {
  const server = await aPostgres(t)
  await perform(server.url, 'CREATE ROLE plain LOGIN')
  const url = (await server.newDatabase('OWNER plain')).replace('chatter@', 'plain@')
  const told = await identityOf(url)
  const asChatter = url.replace('plain@', 'chatter@')
  await perform(asChatter, 'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC')
  const untold = await identityOf(url)
  assert.notEqual(untold, told)
  assert.equal(await identityOf(url), untold)
  await perform(asChatter, 'CREATE TABLE dumped AS SELECT * FROM meta; DROP TABLE meta')
  await perform(asChatter, 'ALTER TABLE dumped RENAME TO meta; ALTER TABLE meta OWNER TO plain')
  await perform(asChatter, 'ALTER TABLE meta ADD PRIMARY KEY (key)')
  assert.notEqual(await identityOf(url), untold)
})

test('on SQLite it is that of the one server: a copy of its folder has another', async () => {
  const folder = aFolder()
  const first = folder.open()
  await first.close()
  const second = folder.open()
  await second.close()
  assert.notEqual(second.identity, first.identity)
  folder.remove()
})
