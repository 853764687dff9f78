import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { type Certificate, pemOf } from '../certificates/certificates.ts'
import { findPostgres } from './find.ts'
import { freePort } from './redis.ts'

export type PostgresServer = {
  /** As the superuser `chatter`, of the database `postgres`. */
  readonly url: string
  readonly port: number
  /** Process id of the server that runs now. */
  pid(): number
  /** Makes an empty database, and answers its URL. `options` end its CREATE DATABASE. */
  newDatabase(options?: string): Promise<string>
  /** Ends every connection and process as a crash does, and starts again on the same data and port. */
  crash(): Promise<void>
  /** Keeps all that it holds now, for a standby that hears nothing of it from then on. It starts anew for that. */
  leaveStandbyBehind(): Promise<void>
  /** That standby takes its place, on the same port: what was committed since is lost. */
  failOver(): Promise<void>
  stop(): Promise<void>
}

const deadlineMs = 60_000
const isReady = /database system is ready to accept (read-only )?connections/

type PostgresOptions = {
  isStandby?: boolean
  isDurable?: boolean
  /** TLS is spoken with this certificate, to those who want it; the role `ciphered`, where a test makes it, has to. */
  tls?: Certificate
}

/**
 * A real Postgres of its own on the loopback. What it commits survives its crash, and the machine's where `isDurable`.
 * Only the role `guarded`, where a test makes it, needs a password. A standby is a replica, of nobody.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { isStandby = false, isDurable = false, tls } = options
  const folder = mkdtempSync(join(tmpdir(), 'chatter-postgres-'))
  const owner = unprivileged()
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const port = await freePort()
  const url = `postgres://chatter@127.0.0.1:${port}/postgres`
  const data = join(folder, 'data')
  const standby = join(folder, 'standby')
  const program = findPostgres()
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: isDurable ? 'on' : 'off',
    shared_buffers: '32MB',
    lc_messages: 'C',
    ...(tls && { ssl: 'on', ssl_cert_file: `${tls}.pem`, ssl_key_file: 'key.pem' }),
  }
  const args = ['-D', data, '-p', `${port}`, ...Object.entries(all).flatMap(([k, v]) => ['-c', `${k}=${v}`])]
  let child: ChildProcess | undefined
  let databases = 0

  const clear = () => {
    child?.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  process.once('exit', clear)

  const start = async () => {
    child = spawn(program, args, { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    await readiness(child)
  }
  const end = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  const stop = async () => {
    await end('SIGQUIT')
    process.off('exit', clear)
    clear()
  }
  try {
    const initdb = ['-D', data, '-U', 'chatter', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
    run(join(dirname(program), 'initdb'), initdb, { ...owner, cwd: folder })
    writeFileSync(join(data, 'pg_hba.conf'), rules.join('\n'))
    if (tls) for (const name of [tls, 'key'] as const) givePem(name, data, owner)
    if (isStandby) writeFileSync(join(data, 'standby.signal'), '')
    await start()
  } catch (error) {
    await stop()
    throw error
  }

  return {
    url,
    port,
    pid: () => child?.pid ?? 0,
    async newDatabase(options = '') {
      const name = `chatter_${++databases}`
      await perform(url, `CREATE DATABASE ${name} ${options}`)
      return url.replace(/postgres$/, name)
    },
    async crash() {
      await end('SIGQUIT')
      await start()
    },
    async leaveStandbyBehind() {
      await end('SIGINT')
      run('cp', ['-a', data, standby])
      await start()
    },
    async failOver() {
      await end('SIGQUIT')
      rmSync(data, { recursive: true })
      renameSync(standby, data)
      writeFileSync(join(data, 'standby.signal'), '')
      await start()
      await perform(url, 'SELECT pg_promote()')
    },
    stop,
  }
}

const rules = [
  'host all guarded all scram-sha-256',
  'hostnossl all ciphered all reject',
  'host all all all trust',
  '',
]

/** A key is refused unless it belongs to Postgres, and nobody else may read it. */
function givePem(
  name: Certificate | 'key',
  folder: string,
  owner: { uid: number; gid: number } | undefined,
): void {
  const path = join(folder, `${name}.pem`)
  copyFileSync(pemOf(name), path)
  chmodSync(path, 0o600)
  if (owner) chownSync(path, owner.uid, owner.gid)
}

/** One statement of the operator's, on a connection of its own. */
export async function perform(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Postgres and PgBouncer refuse to run as root: then they run as the user that Postgres' package made. */
export function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  // Read, not asked: the program that would know is not on every PATH.
  const entry = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
  if (!entry) throw new Error('Postgres does not run as root, and there is no user postgres')
  return { uid: Number(entry[1]), gid: Number(entry[2]) }
}

function run(command: string, args: string[], options: { uid?: number; gid?: number; cwd?: string } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...options, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? `${stdout}${stderr}`}`)
  return stdout
}

/** Resolves when the server says that it is ready; rejects with all it said when it ends before that. */
function readiness(child: ChildProcess): Promise<void> {
  let output = ''
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (why: string) => reject(new Error(`postgres ${why}:\n${output}`))
  const deadline = setTimeout(() => fail(`was not ready in ${deadlineMs} ms`), deadlineMs)
  child.stderr?.on('data', (text) => {
    output += text
    if (isReady.test(output)) resolve()
  })
  child.once('error', (error) => fail(`did not start: ${error.message}`))
  child.once('exit', (code) => fail(`ended early with ${code}`))
  return promise.finally(() => clearTimeout(deadline))
}
