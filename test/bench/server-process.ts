import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SignJWT } from 'jose'
import { chatterWire, type Dialect, socketIoWire } from './client/dialect.ts'
import { type Scene, secret } from './scene.ts'
import type { Answers, Question, ServerName } from './servers/child.ts'

const child = fileURLToPath(new URL('./servers/child.ts', import.meta.url))

/** One server: of one node or of several, each in a process of its own, which ends with this one. */
export class BenchServer implements AsyncDisposable {
  readonly name: ServerName
  readonly dialect: Dialect
  readonly #scene: Scene
  #nodes: ServerNode[] = []

  constructor(name: ServerName, scene: Scene) {
    this.name = name
    this.#scene = scene
    this.dialect = this.#isSocketIo ? socketIoWire : chatterWire
  }

  get #isSocketIo(): boolean {
    return this.name.startsWith('socket-io')
  }

  /** Of the first node. */
  get port(): number {
    return this.portFor(0)
  }

  /** Guests by number are spread over the nodes evenly. */
  portFor(guest: number): number {
    return this.#nodes[guest % this.#nodes.length]?.port ?? 0
  }

  /** Whether every guest hears a room's messages in the order of their numbers, not only each of them once. */
  get keepsOrder(): boolean {
    // Through a pool of connections Socket.IO's INSERTs overtake one another; between nodes messages always do.
    const isOrderedAlone = !this.#isSocketIo || this.#scene.postgres === undefined
    return isOrderedAlone && this.#nodes.length === 1
  }

  /** Whether what came late from another node may come twice. Socket.IO heals nothing. */
  get mayRepeat(): boolean {
    return !this.#isSocketIo && this.#nodes.length > 1
  }

  /** One after the other: the first one makes the tables. */
  async addNode(): Promise<void> {
    this.#nodes.push(await startNode(this.name, this.#scene))
  }

  /** Ends a server of one node as operators do, and starts the next on the same data. It has another port. */
  async restart(): Promise<void> {
    const [old] = this.#nodes.splice(0)
    await old?.stop()
    await this.addNode()
  }

  /** Asks all nodes: what is counted by each is summed, and of delays the worst counts. */
  async ask<Q extends Question>(question: Q): Promise<Answers[Q]> {
    const answers: Answers[Q][] = []
    for (const node of this.#nodes) answers.push(await node.ask(question))
    return answers.reduce((one, other) => together[question](one, other))
  }

  /** Signed for a user. Those that expire in the same second are the same. */
  token(user: string, expiresInS = 3000): Promise<string> {
    const exp = Math.floor(Date.now() / 1000) + expiresInS
    return new SignJWT({ sub: user, name: user, exp })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(secret))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.kill()))
  }
}

/** Answers of two nodes as one. Both count the same messages in the same database. */
const together: { readonly [Q in Question]: (one: Answers[Q], other: Answers[Q]) => Answers[Q] } = {
  cpu: (one, other) => one + other,
  memory: (one, other) => ({ rss: one.rss + other.rss, held: one.held + other.held }),
  stored: (one) => one,
  watch: () => true,
  delay: Math.max,
}

export async function startServer(name: ServerName, scene: Scene, nodes = 1): Promise<BenchServer> {
  const server = new BenchServer(name, scene)
  for (let node = 0; node < nodes; node += 1) await server.addNode()
  return server
}

class ServerNode {
  readonly port: number
  readonly #process: ChildProcess

  constructor(port: number, process: ChildProcess) {
    this.port = port
    this.#process = process
  }

  ask<Q extends Question>(question: Q): Promise<Answers[Q]> {
    this.#process.send(question)
    return answerOf(this.#process)
  }

  async stop(): Promise<void> {
    const code = await this.#end('SIGTERM')
    if (code !== 0) throw new Error(`expected a server process to end with 0, got ${code}`)
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.#end('SIGKILL')
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const gone = once(this.#process, 'exit')
    this.#process.kill(signal)
    const [code] = await gone
    return code
  }
}

async function startNode(name: ServerName, scene: Scene): Promise<ServerNode> {
  const process = fork(child, [], { execArgv: ['--expose-gc'], env: environment })
  process.send({ name, scene })
  return new ServerNode(await answerOf<number>(process), process)
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
