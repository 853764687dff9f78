import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it, type TestContext } from 'node:test'
import { DatabaseProblem } from '../../../server/store/database-problem.ts'
import { openPostgres } from '../../../server/store/postgres/open.ts'
import { locatePgbouncer } from '../../support/find.ts'
import { type PostgresServer, startPostgres, unprivileged } from '../../support/postgres.ts'
import { freePort } from '../../support/redis.ts'

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
