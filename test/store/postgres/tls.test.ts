import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, before, it, type TestContext } from 'node:test'
import { createSecureContext, TLSSocket } from 'node:tls'
import pg from 'pg'
import { copyStores } from '../../../server/main.ts'
import { DatabaseProblem } from '../../../server/store/database-problem.ts'
import { openPostgres } from '../../../server/store/postgres/open.ts'
import { type Certificate, pemOf } from '../../certificates/certificates.ts'
import { aChatterFolder } from '../../support/chatter-process.ts'
import { type PostgresServer, perform, startPostgres } from '../../support/postgres.ts'

let servers: Record<Certificate | 'plain', PostgresServer>
before(async () => {
  const [server, elsewhere, unknown, plain] = await Promise.all([
    startPostgres({ tls: 'server' }),
    startPostgres({ tls: 'elsewhere' }),
    startPostgres({ tls: 'unknown' }),
    startPostgres(),
  ])
  servers = { server, elsewhere, unknown, plain }
})
after(() => Promise.all(Object.values(servers).map(({ stop }) => stop())))

const trusting = `sslrootcert=${encodeURIComponent(pemOf('authority'))}`
const verifying = `sslmode=verify-full&${trusting}`

const urlOf = (server: Certificate | 'plain', options: string): string =>
  `${servers[server].url.replace('chatter@', 'chatter:sesame@')}?${options}`

const open = (url: string) => openPostgres({ url, role: 'server', now: Date.now, patienceMs: 5_000 })

/** Opening it fails with one line that says where and why, and nothing of the password. */
async function refuses(url: string, why: RegExp): Promise<void> {
  await assert.rejects(open(url), (error: unknown) => {
    assert.ok(error instanceof DatabaseProblem, `expected a DatabaseProblem, got ${error}`)
    const { host } = new URL(url)
    assert.ok(error.message.startsWith(`cannot use the database postgres at ${host}: `), error.message)
    assert.match(error.message, why)
    assert.doesNotMatch(error.message, /sesame|\n/)
    return true
  })
}

/** Whether the connections of a Chatter that is open at that URL go through TLS: one answer, where all are alike. */
async function areCiphered(url: string, server: PostgresServer): Promise<boolean[]> {
  const stores = await open(url)
  await stores.check()
  const admin = new pg.Client(server.url)
  await admin.connect()
  const { rows } = await admin.query<{ ssl: boolean }>(
    `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'chatter'`,
  )
  await admin.end()
  await stores.close()
  return [...new Set(rows.map(({ ssl }) => ssl))]
}

it('with verify-full all connections go through TLS, by name and by address', async () => {
  const { server } = servers
  const url = urlOf('server', verifying)
  assert.deepEqual(await areCiphered(url, server), [true])
  assert.deepEqual(await areCiphered(url.replace('127.0.0.1', 'localhost'), server), [true])
})

it('without sslmode none does, although the server would', async () => {
  const { server } = servers
  assert.deepEqual(await areCiphered(server.url, server), [false])
  await perform(server.url, 'CREATE ROLE ciphered LOGIN')
  await refuses(server.url.replace('chatter@', 'ciphered:sesame@'), /rejects connection .* no encryption/)
})

it('a certificate of an authority that nobody knows is refused', async () => {
  await refuses(urlOf('unknown', verifying), /unable to verify the first certificate/)
  await refuses(urlOf('server', 'sslmode=verify-full'), /unable to verify the first certificate/)
})

it('a certificate of another host is refused', async () => {
  const why = /does not match certificate's altnames: IP: 127\.0\.0\.1 is not in/
  await refuses(urlOf('elsewhere', verifying), why)
  const byName = urlOf('elsewhere', verifying).replace('127.0.0.1', 'localhost')
  await refuses(byName, /Host: localhost\. is not in the cert's altnames/)
})

it('a server without TLS is refused where TLS is asked for', async () => {
  for (const mode of [verifying, 'sslmode=no-verify']) {
    await refuses(urlOf('plain', mode), /The server does not support SSL connections/)
  }
})

it('other modes than no-verify and disable verify as much, one that is none too', async () => {
  for (const mode of ['require', 'prefer', 'verify-ca', 'allow', 'verify_full']) {
    const options = `sslmode=${mode}&${trusting}`
    assert.deepEqual(await areCiphered(urlOf('server', options), servers.server), [true])
    await refuses(urlOf('unknown', options), /unable to verify the first certificate/)
    await refuses(urlOf('elsewhere', options), /does not match certificate's altnames/)
    await refuses(urlOf('plain', options), /does not support SSL/)
  }
})

it('with no-verify anybody is believed', async () => {
  for (const server of ['server', 'elsewhere', 'unknown'] as const) {
    assert.deepEqual(await areCiphered(urlOf(server, 'sslmode=no-verify'), servers[server]), [true])
  }
})

it('an authority whose file is not there is one line, also when a store is copied', async () => {
  const url = urlOf('server', 'sslmode=verify-full&sslrootcert=/nowhere.pem')
  await refuses(url, /no such file or directory, open '\/nowhere\.pem'$/)
  const copying = copyStores(url, urlOf('plain', ''), undefined)
  await assert.rejects(copying, (error) => error instanceof DatabaseProblem && /ENOENT/.test(error.message))
})

it('an ssl= that would end the process is refused', async () => {
  for (const text of ['false', 'off', '']) {
    await refuses(urlOf('server', `ssl=${text}`), /expected sslmode=… in its URL in place of ssl=…$/)
  }
})

it('what OpenSSL says is one line', async (t) => {
  const { port } = await anOldServer(t)
  await refuses(
    `postgres://chatter:sesame@127.0.0.1:${port}/postgres?${verifying}`,
    /TLS failed: [^:]*protocol version$/,
  )
})

/** It agrees to TLS, as Postgres does, and then knows only versions that are too old. */
async function anOldServer(t: TestContext): Promise<AddressInfo> {
  const secureContext = createSecureContext({
    cert: readFileSync(pemOf('server')),
    key: readFileSync(pemOf('key')),
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'ALL:@SECLEVEL=0',
  })
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.once('data', () => {
      socket.write('S')
      new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => {})
    })
  }).listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await once(server, 'listening')
  return server.address() as AddressInfo
}

it('a server trusts the authority of NODE_EXTRA_CA_CERTS or of sslrootcert, and none without', async (t) => {
  const folder = aChatterFolder()
  t.after(() => folder[Symbol.asyncDispose]())
  const database = urlOf('server', 'sslmode=verify-full')
  const line =
    /^Error: chatter serve ended with 1: chatter: cannot use the database [^\n]*certificate[^\n]*\n$/
  await assert.rejects(folder.serve({ DATABASE_URL: database }), line)
  for (const settings of [
    { DATABASE_URL: database, NODE_EXTRA_CA_CERTS: pemOf('authority') },
    { DATABASE_URL: urlOf('server', verifying) },
  ]) {
    const server = await folder.serve(settings)
    assert.equal((await fetch(`${server.url}readyz`)).status, 200)
    server.kill('SIGTERM')
    assert.deepEqual(await server.ended, { code: 0, stdout: `${server.lines.join('\n')}\n`, stderr: '' })
  }
})
