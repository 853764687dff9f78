import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
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
  return address.port
}

// Asking who answers, not only whether: on a port that was taken an older server would say PONG.
function whoAnswers(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('INFO server\r\n'))
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

async function waitUntilReady(child: ChildProcess, port: number, output: () => string): Promise<void> {
  const deadline = performance.now() + deadlineMs
  while ((await whoAnswers(port)) !== child.pid) {
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
}

/** A real Redis of its own on the loopback, without persistence. */
export async function startRedis({ port, settings = [] }: RedisOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-redis-'))
  return run(folder, port ?? (await freePort()), ['--save', '', '--appendonly', 'no', ...settings])
}

/** A Sentinel that watches a Redis under the name `primary`, and fails over with the consent of `quorum` Sentinels. */
export async function startSentinel(watched: RedisServer, quorum: number): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-sentinel-'))
  const file = join(folder, 'sentinel.conf')
  const settings = [
    `sentinel monitor primary 127.0.0.1 ${watched.port} ${quorum}`,
    'sentinel down-after-milliseconds primary 1000',
    'sentinel failover-timeout primary 5000',
  ]
  writeFileSync(file, settings.join('\n'))
  return run(folder, await freePort(), ['--sentinel'], file)
}

/** Nodes of one Redis Cluster, which share its slots and hear each other. */
export async function startRedisCluster(size: number): Promise<RedisServer[]> {
  const start = async () => {
    const busPort = await freePort()
    const settings = [
      '--cluster-enabled',
      'yes',
      '--cluster-node-timeout',
      '2000',
      '--cluster-port',
      `${busPort}`,
    ]
    return { busPort, server: await startRedis({ settings }) }
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

async function run(folder: string, port: number, settings: string[], file?: string): Promise<RedisServer> {
  const place = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder]
  const options = [...(file === undefined ? [] : [file]), ...place, ...settings]
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
    await waitUntilReady(child, port, () => output)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `redis://127.0.0.1:${port}`, port, pid: child.pid ?? 0, stop }
}
