import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { buildServer } from '../../support/built-server.ts'
import type { Row } from '../result.ts'
import { type Contender, compare, race } from '../rounds.ts'
import { secret } from '../scene.ts'
import { scratch } from '../server-process.ts'

/** How long a process took until it listened, and what it held when nobody had come yet. */
type Start = { readonly ms: number; readonly megabytes: number }

type Starter = Contender<Start>

const mostMegabytes = 85
/** What the start may take beyond 1.4 times that of a server which opens no database. */
const allowanceMs = 250
/** Until nothing of the start is left to be done. */
const restMs = 1_000

/** A server on SQLite as it is built, just started. */
export const start: Row = async ({ rounds, isQuick }) => {
  using built = await buildServer()
  using folder = scratch()
  const settings = { PORT: '0', CHATTER_DATA: join(folder.path, 'chatter'), CHATTER_SECRET: secret }
  const settleMs = isQuick ? 0 : restMs
  const chatter: Starter = {
    name: 'Chatter',
    measure: () => startOnce([built.program, 'serve'], settings, settleMs),
  }
  const bare: Starter = {
    name: 'a bare ws server',
    measure: () => startOnce([join(import.meta.dirname, '..', 'servers', 'bare-start.mjs')], {}, settleMs),
  }
  const measured = await race<Start, Starter>({ rounds }, [chatter, bare])
  const figures = (one: Starter, figure: (start: Start) => number) => ({
    name: one.name,
    figures: (measured.get(one) ?? []).map(figure),
  })
  const megabytes = ({ megabytes }: Start) => megabytes
  const atRest = { what: 'a server at rest, resident memory', unit: 'MB' }
  const limit = { ...figures(chatter, () => mostMegabytes), name: `${mostMegabytes} MB` }
  return [
    compare({ ...atRest, budget: { atMost: 1 } }, figures(chatter, megabytes), limit),
    compare({ ...atRest, budget: 'none' }, figures(chatter, megabytes), figures(bare, megabytes)),
    compare(
      { what: 'start until it listens, less 0.25 s', unit: 'ms', budget: { atMost: 1.4 } },
      figures(chatter, ({ ms }) => ms - allowanceMs),
      figures(bare, ({ ms }) => ms),
    ),
  ]
}

async function startOnce(args: string[], settings: NodeJS.ProcessEnv, settleMs: number): Promise<Start> {
  const env = { PATH: process.env.PATH, NODE_ENV: 'production', ...settings }
  const begin = performance.now()
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  try {
    const failed = ended.then(([code]) => Promise.reject(new Error(`the server ended with ${code}`)))
    await Promise.race([once(child.stdout, 'data'), failed])
    const ms = performance.now() - begin
    await pause(settleMs)
    return { ms, megabytes: residentMegabytes(child.pid) }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

/** What the process holds. */
function residentMegabytes(pid = 0): number {
  const isLinux = process.platform === 'linux'
  const [, kibibytes] = isLinux
    ? (/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [])
    : (/(\d+)/.exec(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) ?? [])
  return (Number(kibibytes) * 1024) / 1e6
}
