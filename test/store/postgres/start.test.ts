import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, it } from 'node:test'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { uuidv7 } from 'uuidv7'
import { settingsFrom } from '../../../server/rules/settings.ts'
import { DatabaseProblem } from '../../../server/store/database-problem.ts'
import { openPostgres } from '../../../server/store/postgres/open.ts'
import { aGroup } from '../../contract/store/a-world.ts'
import { chatterProgram } from '../../support/chatter-program.ts'
import { type PostgresServer, perform, startPostgres } from '../../support/postgres.ts'
import { freePort } from '../../support/redis.ts'
import { roomOfBefore } from '../room-of-before.ts'

const migrationsFolder = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'server',
  'store',
  'postgres',
  'migrations',
)

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.stop())

const minute = 60_000
const open = (url: string, now = Date.now) => openPostgres({ url, role: 'server', now, patienceMs: 5_000 })

/** Opening it fails with that one line, which says nothing of the password. */
async function refuses(url: string, why: RegExp, now = Date.now): Promise<void> {
  await assert.rejects(open(url, now), (error: unknown) => {
    assert.ok(error instanceof DatabaseProblem, `expected a DatabaseProblem, got ${error}`)
    assert.match(error.message, why)
    assert.doesNotMatch(error.message, /sesame|\n/)
    return true
  })
}

async function opens(url: string): Promise<void> {
  const stores = await open(url)
  await stores.check()
  await stores.close()
}

it('servers that start at once on an empty database make its tables once', async () => {
  const url = await server.newDatabase()
  const nodes = await Promise.all(Array.from({ length: 4 }, () => open(url)))
  assert.equal(new Set(nodes.map(({ epoch }) => epoch)).size, 1)
  await Promise.all(nodes.map((node) => node.forTenant('acme').saveUser({ id: 'mina' })))
  await Promise.all(nodes.map((node) => node.close()))
})

it('what was written is there at the next start, under the same epoch until that is renewed', async () => {
  const url = await server.newDatabase()
  const first = await open(url)
  await first.forTenant('acme').saveUser({ id: 'mina', name: 'Mina' })
  await first.close()
  const second = await open(url)
  assert.deepEqual(await second.forTenant('acme').findUser('mina'), { id: 'mina', name: 'Mina' })
  assert.equal(second.epoch, first.epoch)
  const renewed = await second.renewEpoch()
  await second.close()
  const third = await open(url)
  await third.close()
  assert.notEqual(renewed, first.epoch)
  assert.equal(third.epoch, renewed)
})

it('what the build before adds and changes beside it is a tenant with the usual settings', async () => {
  const url = await server.newDatabase()
  const stores = await open(url)
  const settings = { 'limits.textChars': 9 }
  await stores.tenants.add({ id: 'new', hosts: [], secrets: [], origins: [], settings })
  const columns = 'id, secrets, origins, directory, created_at'
  await perform(url, `INSERT INTO tenants (${columns}) VALUES ('old', '[]', '[]', 'shared', 0)`)
  await perform(url, `UPDATE tenants SET directory = 'none' WHERE id = 'new'`)
  const found = (await stores.tenants.list()).map((tenant) => [tenant.id, tenant.settings])
  assert.deepEqual(Object.fromEntries(found), {
    old: settingsFrom({ directory: 'shared' }),
    new: settingsFrom({ directory: 'none', ...settings }),
  })
  await stores.close()
})

it('a room from before membership revs is there with its members, and has none yet', async () => {
  const url = await server.newDatabase()
  const [first, second] = readMigrationFiles({ migrationsFolder })
  assert.ok(first && second)
  for (const statement of [...first.sql, ...second.sql]) await perform(url, statement)
  await perform(url, 'CREATE TABLE chatter_migrations (made_at bigint PRIMARY KEY, hash text NOT NULL)')
  await perform(url, `INSERT INTO chatter_migrations VALUES (${second.folderMillis}, '')`)
  await perform(url, roomOfBefore)
  const stores = await open(url)
  assert.deepEqual(await stores.forTenant('site').listMemberships('mina'), [
    { room: 'team', head: 7, membershipRev: 0 },
  ])
  await stores.close()
})

it('messages that wait when the server stops are written', async () => {
  const url = await server.newDatabase()
  const stores = await open(url)
  const store = stores.forTenant('acme')
  await store.saveUser({ id: 'mina' })
  const { room } = await store.openRoom(aGroup('last words', ['mina']))
  const sends = Array.from({ length: 500 }, (_, index) =>
    store.append({ room, id: uuidv7(), author: 'mina', text: `${index}` }),
  )
  await stores.close()
  assert.equal((await Promise.all(sends)).length, 500)
})

it('a schema of its own keeps Chatter apart from what else is in the database', async () => {
  const url = await server.newDatabase()
  await perform(url, 'CREATE TABLE users (id int); CREATE SCHEMA talk')
  await refuses(url, /relation "users" already exists/)
  await opens(`${url}?options=${encodeURIComponent('-c search_path=talk')}`)
})

it('a database of a newer version is refused', async () => {
  const url = await server.newDatabase()
  await opens(url)
  await perform(url, `INSERT INTO chatter_migrations VALUES (${Date.UTC(2100, 0)}, 'to come')`)
  await refuses(url, /made by a newer version of Chatter/)
})

it('a database that would lose what was acknowledged is refused', async () => {
  const url = await server.newDatabase()
  await perform(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`)
  await refuses(url, /synchronous_commit is off/)
})

it('a database that takes no writes is refused', async () => {
  const url = await server.newDatabase()
  await perform(
    url,
    `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`,
  )
  await refuses(url, /read-only \(default_transaction_read_only is on\)/)
})

it('a replica is refused', async () => {
  const replica = await startPostgres({ isStandby: true })
  try {
    await refuses(replica.url, /read-only replica/)
  } finally {
    await replica.stop()
  }
})

it('a database of another encoding is refused', async () => {
  const url = await server.newDatabase(`ENCODING 'LATIN1' TEMPLATE template0`)
  await refuses(url, /expected the encoding UTF8, got LATIN1/)
})

it('a clock minutes apart from the database is refused to a server, and no matter for a tool', async () => {
  const url = await server.newDatabase()
  await refuses(url, /clock and this machine's are 10 minutes apart/, () => Date.now() - 10 * minute)
  await refuses(url, /clock and this machine's are 10 minutes apart/, () => Date.now() + 10 * minute)
  const tool = await openPostgres({ url, role: 'tool', now: () => 0 })
  await tool.close()
})

it('a wrong password is one line without the password', async () => {
  await perform(server.url, `CREATE ROLE guarded LOGIN PASSWORD 'open sesame'`)
  const url = server.url.replace('chatter@', 'guarded:not%20sesame@')
  await refuses(url, /password authentication failed for user "guarded"/)
})

it('a user who may not make tables is refused with the reason', async () => {
  const url = await server.newDatabase()
  await perform(url, `CREATE ROLE weak LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC`)
  await refuses(url.replace('chatter@', 'weak@'), /permission denied for schema public/)
})

it('a database that does not exist is one line', async () => {
  await refuses(server.url.replace(/postgres$/, 'nowhere'), /database "nowhere" does not exist/)
})

it('a database that cannot be reached is one line', async () => {
  await refuses(`postgres://chatter:sesame@127.0.0.1:${await freePort()}/chatter`, /ECONNREFUSED/)
  await refuses('postgres://chatter:sesame@:5432:/chatter', /expected a URL/)
  await refuses('postgres://chatter:sesame@nowhere.invalid/chatter', /nowhere\.invalid/)
})

it('something that never answers is given up in bounded time', async () => {
  const sockets: Socket[] = []
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = silent.address()
  assert.ok(address && typeof address === 'object')
  try {
    const url = `postgres://chatter:sesame@127.0.0.1:${address.port}/chatter`
    const opening = openPostgres({ url, role: 'server', now: Date.now, patienceMs: 200 })
    await assert.rejects(opening, /timeout/)
  } finally {
    silent.close()
    for (const socket of sockets) socket.destroy()
  }
})

it('the command line works on Postgres, and takes the URL from the environment or a flag', async () => {
  const url = await server.newDatabase()
  const migrated = await chatter(['migrate', '--database-url', url])
  assert.deepEqual(migrated, { code: 0, out: 'The database is up to date.\n', err: '' })
  const add = ['tenant', 'add', 'acme', '--host', 'chat.acme.example']
  const added = await chatter(add, { DATABASE_URL: url })
  assert.equal(added.code, 0, added.err)
  const { out } = await chatter(['epoch', '--renew'], { DATABASE_URL: url })
  const stores = await open(url)
  assert.equal(
    out,
    `The epoch is ${stores.epoch} from now on; on SQLite, from the next start of the server.\n`,
  )
  assert.deepEqual(
    (await stores.tenants.list()).map(({ id, hosts }) => [id, ...hosts]),
    [['acme', 'chat.acme.example']],
  )
  await stores.close()
})

it('a database that is away is one line and exit 1 on the command line', async () => {
  const url = `postgres://chatter:sesame@127.0.0.1:${await freePort()}/chatter`
  const { code, err } = await chatter(['tenant', 'list'], { DATABASE_URL: url })
  assert.equal(code, 1)
  assert.match(
    err,
    /^chatter: cannot use the database chatter at 127\.0\.0\.1:\d+: [^\n]*ECONNREFUSED[^\n]*\n$/,
  )
})

async function chatter(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [chatterProgram, ...args], {
    env: { PATH: process.env.PATH, ...env },
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, out, err }
}
