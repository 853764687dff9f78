import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it, type TestContext } from 'node:test'
import pg from 'pg'
import { Problem } from '../../../server/protocol/problems.ts'
import { DatabaseProblem } from '../../../server/store/database-problem.ts'
import { openPostgres } from '../../../server/store/postgres/open.ts'
import type { Store, Stores } from '../../../server/store/store.ts'
import { until } from '../../contract/fanout.ts'
import { aRoom } from '../../contract/store/a-world.ts'
import { aLog, assertProblem } from '../../support/builders.ts'
import { locatePgbouncer } from '../../support/find.ts'
import { type PostgresServer, perform, startPostgres, unprivileged } from '../../support/postgres.ts'
import { freePort } from '../../support/redis.ts'
import { startServer } from '../../support/server.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.stop())

const program = locatePgbouncer()
const skip = program === undefined && 'PgBouncer is not installed'

/** A real PgBouncer before the database, which keeps no prepared statements; the URL through it. */
async function behindPooler(t: TestContext, mode: 'session' | 'transaction'): Promise<string> {
  const url = new URL(await server.newDatabase())
  const folder = mkdtempSync(join(tmpdir(), 'chatter-pgbouncer-'))
  const port = await freePort()
  const lines = [
    '[databases]',
    `* = host=127.0.0.1 port=${server.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = trust',
    `auth_file = ${join(folder, 'users.txt')}`,
    `pool_mode = ${mode}`,
    'max_prepared_statements = 0',
    'ignore_startup_parameters = extra_float_digits',
  ]
  writeFileSync(join(folder, 'users.txt'), '"chatter" ""\n')
  const owner = unprivileged()
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const run = async (settings: readonly string[]) => {
    writeFileSync(join(folder, 'pgbouncer.ini'), settings.join('\n'))
    const child = spawn(program ?? '', [join(folder, 'pgbouncer.ini')], {
      ...owner,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const isUp = new Promise<boolean>((resolve) => {
      child.stderr.on('data', (text) => String(text).includes('process up') && resolve(true))
      child.once('exit', () => resolve(false))
    })
    return { child, isUp: await isUp }
  }
  // Older ones know no such setting, and may refuse it.
  let { child, isUp } = await run(lines)
  if (!isUp) ({ child, isUp } = await run(lines.filter((line) => !line.startsWith('max_prepared'))))
  assert.ok(isUp, 'PgBouncer did not start')
  t.after(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true })
  })
  url.port = String(port)
  return url.href
}

it('a pooler by transaction that keeps no prepared statements is refused by name', { skip }, async (t) => {
  const url = await behindPooler(t, 'transaction')
  await assert.rejects(openPostgres({ url, role: 'server', now: Date.now }), (error: unknown) => {
    assert.ok(error instanceof DatabaseProblem, `${error}`)
    assert.match(error.message, /expected PgBouncer 1\.21 or newer .* or pool_mode = session$/)
    return true
  })
})

it('a pooler by session serves', { skip }, async (t) => {
  const url = await behindPooler(t, 'session')
  const stores = await openPostgres({ url, role: 'server', now: Date.now })
  const { user } = await stores.forTenant('default').saveUser({ id: 'mina', name: 'Mina' })
  assert.equal(user.name, 'Mina')
  await stores.close()
})

const patienceMs = 1_000
const isOverloaded = (error: unknown) => error instanceof Problem && error.code === 'overloaded'
const sleepers = `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`

/** From now on whoever reads a user sleeps for a minute. */
async function putUsersToSleep(url: string): Promise<void> {
  await perform(
    url,
    `ALTER TABLE users RENAME TO awake;
     CREATE VIEW users AS SELECT awake.* FROM awake, (SELECT pg_sleep(60)) asleep`,
  )
}

async function countSleepers(url: string): Promise<number> {
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query(sleepers)
  await client.end()
  return rows[0]?.count ?? 0
}

const endOthers = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`

/** Somebody opens a room with a stranger, which is counted, in a transaction. */
const openRoom = (store: Store) => store.openRoom({ ...aRoom(['mina', 'sam']), mostWithStrangers: 9 })

it('a statement that takes too long is ended by the database: overloaded, 503, and a line a minute', async (t) => {
  const url = await server.newDatabase()
  const { log, lines } = aLog()
  const stores = await openPostgres({ url, role: 'server', now: Date.now, patienceMs })
  t.after(() => stores.close())
  await using site = await startServer({ stores, log })
  assert.equal(stores.missingTimeout, undefined)
  for (const id of ['mina', 'sam']) await stores.forTenant('default').saveUser({ id })
  await putUsersToSleep(url)
  const begun = performance.now()
  const answers = await Promise.all([1, 2, 3].map(() => site.fetch('mina', 'users/sam')))
  for (const answer of answers) await assertProblem(answer, 503, 'overloaded')
  assert.ok(performance.now() - begun < 10_000)
  await until(async () => (await countSleepers(url)) === 0, 'nothing to go on in the database')
  const ended = lines().filter(({ msg }) => msg === 'the database ended what took too long')
  assert.equal(ended.length, 1, 'once a minute')
  assert.match(
    String(ended[0]?.reason),
    /statement timeout: SELECT .* FROM users u WHERE tenant = \$1 AND id = \$2$/,
  )
})

for (const mode of ['session', 'transaction'] as const) {
  it(`behind a pooler by ${mode} too, outside of transactions with the role’s own timeout`, {
    skip,
  }, async (t) => {
    const pooled = new URL(await behindPooler(t, mode))
    const direct = new URL(pooled)
    direct.port = String(server.port)
    // One connection at a time, and a new one for each: whatever its version, no prepared statement is in the way.
    pooled.searchParams.set('max', '1')
    const visit = async (url: URL, work: (stores: Stores, store: Store) => Promise<unknown>) => {
      await perform(direct.href, endOthers)
      const stores = await openPostgres({ url: url.href, role: 'server', now: Date.now, patienceMs })
      try {
        await work(stores, stores.forTenant('default'))
      } finally {
        await stores.close()
      }
    }
    await visit(direct, async (_, store) => {
      for (const id of ['mina', 'sam']) await store.saveUser({ id })
    })
    await putUsersToSleep(direct.href)
    await visit(pooled, async ({ missingTimeout }, store) => {
      assert.match(missingTimeout ?? '', /expected ALTER ROLE … SET statement_timeout = 800$/)
      await assert.rejects(openRoom(store), isOverloaded)
      await until(async () => (await countSleepers(direct.href)) === 0, 'nothing to go on in the database')
    })
    const database = direct.pathname.slice(1)
    await perform(direct.href, `ALTER ROLE chatter IN DATABASE ${database} SET statement_timeout = 800`)
    await visit(pooled, async ({ missingTimeout }, store) => {
      assert.equal(missingTimeout, undefined)
      await assert.rejects(store.findUser('sam'), isOverloaded)
      await until(async () => (await countSleepers(direct.href)) === 0, 'nothing to go on in the database')
    })
  })
}
