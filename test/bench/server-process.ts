import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SignJWT } from 'jose'
import { chatterWire, type Dialect, socketIoWire } from './client/dialect.ts'
import { type Scene, secret } from './scene.ts'
import type { Questions, ServerName } from './servers/child.ts'

const child = fileURLToPath(new URL('./servers/child.ts', import.meta.url))

/** One server in a process of its own, which ends with this one. */
export class BenchServer implements AsyncDisposable {
  readonly name: ServerName
  readonly port: number
  readonly dialect: Dialect
  readonly #process: ChildProcess

  constructor(name: ServerName, port: number, process: ChildProcess) {
    this.name = name
    this.port = port
    this.dialect = name === 'socket-io' ? socketIoWire : chatterWire
    this.#process = process
  }

  async ask<Q extends keyof Questions>(question: Q): Promise<Questions[Q]> {
    this.#process.send(question)
    return answerOf(this.#process)
  }

  token(user: string): Promise<string> {
    const exp = Math.floor(Date.now() / 1000) + 3000
    return new SignJWT({ sub: user, name: user, exp })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(secret))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await gone
  }
}

export async function startServer(name: ServerName, scene: Scene): Promise<BenchServer> {
  const process = fork(child, [], { execArgv: ['--expose-gc'], env: environment })
  process.send({ name, scene })
  return new BenchServer(name, await answerOf<number>(process), process)
}

/** A folder for one row's databases, gone afterwards. */
export function scratch(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'chatter-bench-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

// As operators run it.
const environment = { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' }

function answerOf<T>(process: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null) => reject(new Error(`the server process ended with ${code}`))
    process.once('exit', failed)
    process.once('message', (answer) => {
      process.off('exit', failed)
      resolve(answer as T)
    })
  })
}
