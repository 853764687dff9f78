import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { Redis } from 'ioredis'
import { type Certificate, pemOf } from '../certificates/certificates.ts'
import { findRedis } from './find.ts'

export type RedisServer = { url: string; port: number; pid: number; stop: () => Promise<void> }

const deadlineMs = 20_000

const running = new Set<() => void>()
process.once('exit', () => {
  for (const clear of running) clear()
})

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
  // What was free a moment ago may be given again.
  if (given.has(address.port)) return freePort()
  given.add(address.port)
  return address.port
}
const given = new Set<number>()

// Asking who answers, not only whether: on a port that was taken an older server would say PONG.
function whoAnswers(port: number, isTls: boolean): Promise<number | undefined> {
  return new Promise((resolve) => {
    const at = { port, host: '127.0.0.1' }
    const ask = () => void socket.write('INFO server\r\n')
    const socket = isTls ? connectTls({ ...at, ...trusting() }, ask) : connect(at, ask)
    let answer = ''
    socket.on('data', (data) => {
      answer += data
      const pid = /process_id:(\d+)\r\n/.exec(answer)?.[1]
      if (pid === undefined) return
      resolve(Number(pid))
      socket.destroy()
    })
    socket.once('error', () => resolve(undefined))
    socket.once('close', () => resolve(undefined))
  })
}

/** Whatever the certificate, and with one of its own: who is refused is for the tests to say. */
const trusting = () => ({
  rejectUnauthorized: false,
  cert: readFileSync(pemOf('server')),
  key: readFileSync(pemOf('key')),
})

async function waitUntilReady(
  child: ChildProcess,
  { port, isTls }: { port: number; isTls: boolean },
  output: () => string,
): Promise<void> {
  const deadline = performance.now() + deadlineMs
  while ((await whoAnswers(port, isTls)) !== child.pid) {
    if (child.exitCode !== null) throw new Error(`redis-server ended early:\n${output()}`)
    if (performance.now() > deadline) throw new Error(`redis-server gave no answer in ${deadlineMs} ms`)
    await delay(20)
  }
}

type RedisOptions = {
  /** To come back where an earlier one was. */
  port?: number
  /** More settings, as on its command line. */
  settings?: readonly string[]
  /** Nothing but TLS is spoken, with this certificate. Who connects must trust its authority. */
  tls?: Certificate | undefined
}

function tlsSettings(certificate: Certificate): string[] {
  const pems = { cert: pemOf(certificate), key: pemOf('key'), 'ca-cert': pemOf('authority') }
  const files = Object.entries(pems).flatMap(([what, path]) => [`--tls-${what}-file`, path])
  return [...files, '--tls-auth-clients', 'no', '--tls-replication', 'yes']
}

/** A real Redis of its own on the loopback, without persistence. */
export async function startRedis({ port, settings = [], tls }: RedisOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-redis-'))
  const all = ['--save', '', '--appendonly', 'no', ...settings]
  return run(folder, port ?? (await freePort()), { settings: all, tls })
}

/** A Sentinel that watches a Redis under the name `primary`, and fails over with the consent of `quorum` Sentinels. */
export async function startSentinel(
  watched: RedisServer,
  quorum: number,
  tls?: Certificate,
): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-sentinel-'))
  const file = join(folder, 'sentinel.conf')
  const settings = [
    `sentinel monitor primary 127.0.0.1 ${watched.port} ${quorum}`,
    'sentinel down-after-milliseconds primary 1000',
    'sentinel failover-timeout primary 5000',
  ]
  writeFileSync(file, settings.join('\n'))
  return run(folder, await freePort(), { settings: ['--sentinel'], tls, file })
}

/** Nodes of one Redis Cluster, which share its slots and hear each other. */
export async function startRedisCluster(size: number, tls?: Certificate): Promise<RedisServer[]> {
  const start = async () => {
    const busPort = await freePort()
    const settings = [
      '--cluster-enabled',
      'yes',
      '--cluster-node-timeout',
      '2000',
      '--cluster-port',
      `${busPort}`,
      ...(tls ? ['--tls-cluster', 'yes'] : []),
    ]
    return { busPort, server: await startRedis({ settings, tls }) }
  }
  const nodes = await Promise.all(Array.from({ length: size }, start))
  const clients = nodes.map(({ server }) => new Redis(server.url))
  const slots = Array.from({ length: size + 1 }, (_, n) => Math.floor((16_384 * n) / size))
  for (const [n, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', slots[n] ?? 0, (slots[n + 1] ?? 0) - 1)
    for (const { server, busPort } of nodes) {
      await client.call('CLUSTER', 'MEET', '127.0.0.1', server.port, busPort)
    }
  }
  const isWhole = async (client: Redis) => {
    const state = String(await client.call('CLUSTER', 'INFO'))
    return state.includes('cluster_state:ok') && state.includes(`cluster_known_nodes:${size}\r`)
  }
  const deadline = performance.now() + deadlineMs
  for (const client of clients) {
    while (!(await isWhole(client))) {
      if (performance.now() > deadline) throw new Error(`no cluster in ${deadlineMs} ms`)
      await delay(20)
    }
    client.disconnect()
  }
  return nodes.map(({ server }) => server)
}

type RunOptions = { settings: string[]; tls: Certificate | undefined; file?: string }

async function run(folder: string, port: number, { settings, tls, file }: RunOptions): Promise<RedisServer> {
  const ports = tls ? ['--port', '0', '--tls-port', `${port}`] : ['--port', `${port}`]
  const place = [...ports, '--bind', '127.0.0.1', '--dir', folder]
  const ciphered = tls ? tlsSettings(tls) : []
  const options = [...(file === undefined ? [] : [file]), ...place, ...ciphered, ...settings]
  const child = spawn(findRedis(), options, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  child.stderr.on('data', (data) => (output += data))
  const clear = () => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  running.add(clear)

  const stop = async () => {
    running.delete(clear)
    clear()
    await ended
  }
  try {
    await once(child, 'spawn')
    await waitUntilReady(child, { port, isTls: tls !== undefined }, () => output)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `redis${tls ? 's' : ''}://127.0.0.1:${port}`, port, pid: child.pid ?? 0, stop }
}
