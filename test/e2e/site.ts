import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { SignJWT } from 'jose'
import { makeKey } from '../../server/rules/keys.ts'
import { openSqlite } from '../../server/store/sqlite/open.ts'

/** The demo takes drizzle-orm from where this process does: it is ready in two seconds less (test/runner/drizzle.ts). */
const imports = process.execArgv.filter((argument) => argument.startsWith('--import='))
const program = join(import.meta.dirname, '..', '..', 'demo', 'main.ts')

/** The demo as `npm start` runs it: a process of its own, that can be killed and started again. */
export class Site implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'chatter-e2e-'))
  #process: ChildProcess | undefined
  #url = ''
  #key: string | undefined

  readonly #origins: string

  private constructor(origins: readonly string[]) {
    this.#origins = origins.join(',')
  }

  /** `origins`: of other sites that may embed it. */
  static async open({ origins = [] }: { origins?: readonly string[] } = {}): Promise<Site> {
    const site = new Site(origins)
    await site.start()
    return site
  }

  get url(): string {
    return this.#url
  }

  /** Starts on the folder and, after the first time, the port it had before. */
  async start(): Promise<void> {
    const env = {
      ...process.env,
      CHATTER_DATA: this.#folder,
      CHATTER_ORIGINS: this.#origins,
      CHATTER_LOG: 'error',
      HOST: '127.0.0.1',
      PORT: this.#url ? new URL(this.#url).port : '0',
    }
    const child = spawn(process.execPath, [...imports, program], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#process = child
    for await (const line of createInterface({ input: child.stdout })) {
      this.#url = line.match(/http:\S+$/)?.[0] ?? ''
      if (this.#url) return
    }
    throw new Error('the demo ended before it listened')
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** A token for anybody, with any name: what the demo's own endpoint would not sign. */
  token(id: string, name: string): Promise<string> {
    const secret = readFileSync(join(this.#folder, 'demo-secret'), 'utf8').trim()
    return new SignJWT({ name })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(id)
      .setExpirationTime('10m')
      .sign(new TextEncoder().encode(secret))
  }

  /** What the site's own server asks, by a key that may do all. */
  async ask(path: string, method: string, body: object): Promise<Response> {
    this.#key ??= await this.#newKey()
    const headers = { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' }
    return fetch(`${this.#url}v1/${path}`, { method, headers, body: JSON.stringify(body) })
  }

  /** Lets nobody in, or everybody again, as the command line does it beside the server. */
  async turn({ isDisabled }: { isDisabled: boolean }): Promise<void> {
    const { tenants, close } = openSqlite({ folder: this.#folder, role: 'tool' })
    if ((await tenants.list()).length === 0)
      await tenants.add({ id: 'default', hosts: ['127.0.0.1'], secrets: [], origins: [] })
    await tenants.change('default', { isDisabled })
    await close()
  }

  async #newKey(): Promise<string> {
    const stores = openSqlite({ folder: this.#folder, role: 'tool' })
    const { id, text, hash } = makeKey()
    await stores.keys.add('default', { id, hash, name: '', scopes: ['admin'], createdAt: 0 })
    await stores.close()
    return text
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGTERM')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
}
