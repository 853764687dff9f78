import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findRedis } from './find.ts'

export type RedisServer = { url: string; port: number; pid: number; stop: () => Promise<void> }

const deadlineMs = 20_000

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

/** A real Redis of its own on the loopback, without persistence. A port may be given to come back where an earlier one was. */
export async function startRedis({ port }: { port?: number } = {}): Promise<RedisServer> {
  const chosenPort = port ?? (await freePort())
  const folder = mkdtempSync(join(tmpdir(), 'chatter-redis-'))
  const options = [
    '--port',
    `${chosenPort}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ]
  const child = spawn(findRedis(), options, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  let output = ''
  child.stdout.on('data', (data) => (output += data))
  child.stderr.on('data', (data) => (output += data))
  const clear = () => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', clear)

  const stop = async () => {
    process.off('exit', clear)
    clear()
    await ended
  }
  try {
    await once(child, 'spawn')
    await waitUntilReady(child, chosenPort, () => output)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `redis://127.0.0.1:${chosenPort}`, port: chosenPort, pid: child.pid ?? 0, stop }
}
