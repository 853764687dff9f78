/** `chatter` as an operator runs it: processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chatterProgram } from './chatter-program.ts'
import { type ConnectOptions, connect, type Socket } from './client.ts'
import { secret } from './server.ts'

/** What a process said until its end. */
export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export type ChatterFolder = {
  readonly path: string
  /** Runs a command to its end. */
  run(...args: readonly string[]): Promise<Ended>
  /** Starts a server and waits for its URL. Rejects with what it said when it ends instead. */
  serve(settings?: Settings, ...flags: readonly string[]): Promise<ServerProcess>
  /** Kills what still runs. */
  [Symbol.asyncDispose](): Promise<void>
}

export type Settings = Readonly<Record<string, string>>

export type ServerProcess = {
  readonly url: string
  readonly pid: number
  /** All lines on standard output so far. */
  readonly lines: readonly string[]
  /** Sends a signal; `ended` says the rest. */
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
  socket(options?: ConnectOptions): Promise<Socket>
}

/**
 * A data folder, and the processes of one test on it. No setting of the environment reaches them. They run the
 * program that the run of tests has built, or this one.
 */
export function aChatterFolder(program = chatterProgram): ChatterFolder {
  const path = mkdtempSync(join(tmpdir(), 'chatter-cli-'))
  const children = new Set<ChildProcess>()

  function launch(args: readonly string[], settings: Settings) {
    const env = { PATH: process.env.PATH ?? '', CHATTER_DATA: path, ...settings }
    const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    children.add(child)
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (data) => (stdout += data))
    child.stderr.on('data', (data) => (stderr += data))
    const ended = once(child, 'close').then(([code]): Ended => {
      children.delete(child)
      return { code, stdout, stderr }
    })
    return { child, ended }
  }

  return {
    path,
    run: (...args) => launch(args, { CHATTER_SECRET: secret }).ended,
    async serve(settings = {}, ...flags) {
      const quiet = { PORT: '0', CHATTER_SECRET: secret, CHATTER_LOG: 'silent', CHATTER_LIMITS: 'off' }
      const { child, ended } = launch(['serve', ...flags], { ...quiet, ...settings })
      const lines: string[] = []
      createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
      const first = once(child.stdout, 'data')
      const early = await Promise.race([first.then(() => undefined), ended])
      if (early) throw new Error(`chatter serve ended with ${early.code}: ${early.stderr}`)
      const url = /(http\S+)\n/.exec(String((await first)[0]))?.[1] ?? ''
      return {
        url,
        pid: child.pid ?? 0,
        lines,
        kill: (signal) => void child.kill(signal),
        ended,
        socket: (options) => connect(`${url.replace('http', 'ws')}v1/socket`, options),
      }
    },
    async [Symbol.asyncDispose]() {
      const gone = [...children].map((child) => once(child, 'close'))
      for (const child of children) child.kill('SIGKILL')
      await Promise.all(gone)
      rmSync(path, { recursive: true, force: true })
    },
  }
}
