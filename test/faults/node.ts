/** One server in a process of its own, to be stopped, continued and killed by its id; its log is kept. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { openKeptBuild } from '../builds/kept-builds.ts'
import { chatterProgram } from '../support/chatter-program.ts'
import { secret } from '../support/server.ts'
import type { Order } from './frail-server.ts'

const programs = {
  /** As operators run it. */
  sound: [chatterProgram, 'serve'],
  /** The same parts, with places to fail at (see frail-server.ts). */
  frail: [join(import.meta.dirname, 'frail-server.ts')],
}

/** This version's, or that of an earlier build which is kept (see ../builds/kept-builds.ts). */
export type Program = keyof typeof programs | `build ${string}`

function argumentsOf(program: Program): readonly string[] {
  if (program === 'sound' || program === 'frail') return programs[program]
  return [openKeptBuild(program.replace('build ', '')).program, 'serve']
}

/** What each text of the tests begins with, so that a log can be searched for it. */
export const marker = 'psst '

export type NodeOptions = {
  readonly program?: Program
  readonly settings: Readonly<Record<string, string>>
  /** What the command begins with, where it does not run here. */
  readonly prefix?: readonly string[]
}

/** What `readyz` says. */
export type Health = {
  readonly status: string
  readonly database: 'up' | 'down'
  readonly fanout: 'up' | 'down'
  /** Other servers that it hears. */
  readonly peers: number
}

/** A server that listens. */
export class NodeProcess implements AsyncDisposable {
  readonly url: string
  readonly #child: ChildProcess
  readonly #output: { text: string }
  #isMeantToEnd = false

  private constructor(child: ChildProcess, output: { text: string }, url: string) {
    this.#child = child
    this.#output = output
    this.url = url
  }

  /** Rejects with what it said when it ends instead of listening. */
  static async start({ program = 'sound', settings, prefix = [] }: NodeOptions): Promise<NodeProcess> {
    const env = { PATH: process.env.PATH ?? '', ...usual, ...settings }
    const stdio: ('ignore' | 'pipe' | 'ipc')[] = ['ignore', 'pipe', 'pipe', 'ipc']
    const [command = '', ...args] = [...prefix, process.execPath, ...argumentsOf(program)]
    const child = spawn(command, args, { env, stdio })
    const kill = () => void child.kill('SIGKILL')
    process.once('exit', kill)
    child.once('exit', () => process.off('exit', kill))
    const output = { text: '' }
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    child.stderr?.on('data', (text) => (output.text += text))
    child.stdout?.on('data', (line) => resolve(/(http\S+)\n/.exec(String(line))?.[1] ?? ''))
    child.once('close', (code) => reject(new Error(`the server ended with ${code}: ${output.text}`)))
    return new NodeProcess(child, output, await promise)
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  get address(): string {
    return new URL(this.url).hostname
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Stands still until `resume`, as under a hypervisor that moves it. */
  pause(): void {
    this.#child.kill('SIGSTOP')
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }

  /** As by a crash of its machine: nothing more is said. */
  kill(): Promise<void> {
    return this.#end('SIGKILL').then(() => {})
  }

  /** As by a deploy. Answers its exit code. */
  drain(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  /** Orders a frail one where to fail. */
  async order(order: Order): Promise<void> {
    const heard = once(this.#child, 'message')
    this.#child.send(order)
    await heard
  }

  /** When it has ended, by an order or a signal. */
  async ended(): Promise<void> {
    this.#isMeantToEnd = true
    if (this.isRunning) await once(this.#child, 'close')
  }

  /** Its log so far. */
  get log(): string {
    return this.#output.text
  }

  async health(): Promise<Health> {
    return (await fetch(`${this.url}readyz`)).json() as Promise<Health>
  }

  /**
   * What an operator would not want to see: it ended by itself, or its log holds a crash, an unexpected failure, a
   * token or the text of a message.
   */
  complaints(): string[] {
    const ended = this.isRunning || this.#isMeantToEnd ? [] : [`it ended with ${this.#child.exitCode}`]
    const lines = this.log.split('\n').filter((line) => line !== '' && isBad(line))
    return [...ended, ...lines.slice(0, 10).map((line) => line.slice(0, 500))]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const wasRunning = this.isRunning
    this.#isMeantToEnd ||= wasRunning
    if (!wasRunning) return this.#child.exitCode
    const closed = once(this.#child, 'close')
    // One that stands still would not hear it.
    if (signal !== 'SIGKILL') this.resume()
    this.#child.kill(signal)
    const [code] = await closed
    return code
  }
}

const usual = { PORT: '0', CHATTER_SECRET: secret, CHATTER_LOG: 'debug', CHATTER_LIMITS: 'off' }

function isBad(line: string): boolean {
  if (!line.startsWith('{"level":') || /psst|eyJ[\w-]+\.|at least thirty-two bytes/.test(line)) return true
  // That the database is away is no surprise.
  return /^\{"level":[56]0/.test(line) && !line.includes('"code":"overloaded"')
}
