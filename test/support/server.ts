import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { SignJWT } from 'jose'
import { type Chatter, type ChatterOptions, createChatter } from '../../server/app.ts'
import type { Fanout } from '../../server/fanout/fanout.ts'
import { createInProcessFanout } from '../../server/fanout/in-process.ts'
import { openSqlite } from '../../server/store/sqlite/open.ts'
import type { NewTenant, Stores } from '../../server/store/store.ts'
import { type ConnectOptions, connect, type Socket, type TestClient } from './client.ts'
import { documented } from './documented.ts'

export const secret = 'a secret of at least thirty-two bytes'

export type TestServer = {
  /** `http://127.0.0.1:PORT/`, base included. */
  readonly url: string
  /** Where the database lies. */
  readonly folder: string
  readonly chatter: Chatter
  readonly stores: Stores
  readonly fanout: Fanout
  /** A signed token, for an hour. */
  token(user: string, claims?: Claims): Promise<string>
  /** A socket without hello. */
  socket(options?: ConnectOptions): Promise<Socket>
  /** A user with a live socket, named by the id with a capital. */
  join(user: string): Promise<TestClient>
  /** A request with the user's token; `body` becomes JSON. */
  fetch(user: string, path: string, request?: { method?: string; body?: unknown }): Promise<Response>
  [Symbol.asyncDispose](): Promise<void>
}

export type Claims = {
  name?: string
  picture?: string
  about?: string
  aud?: string
  exp?: number
  iat?: number
  secret?: string
}

export type ServerOptions = Partial<ChatterOptions> & {
  /** Configured before the start; `127.0.0.1` is the host that tests ask for. */
  readonly tenants?: readonly NewTenant[]
}

/** A real Chatter on a free port, with real SQLite in a folder of its own. Rate limits are off unless asked for. */
export async function startServer({ tenants = [], ...options }: ServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-'))
  const stores = options.stores ?? openSqlite({ folder, role: 'server', now: options.now ?? Date.now })
  for (const tenant of tenants) await stores.tenants.add(tenant)
  const fanout = options.fanout ?? createInProcessFanout()
  const chatter = await createChatter({ secrets: [secret], isLimited: false, ...options, stores, fanout })
  const answers = documented(chatter)
  const server = createAdaptorServer({ fetch: answers.fetch }) as Server
  chatter.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}${options.base ?? '/'}`
  const socketUrl = `${url.replace('http', 'ws')}v1/socket`

  return {
    url,
    folder,
    chatter,
    stores,
    fanout,
    token: (user, claims = {}) => signToken(user, claims),
    socket: (how = {}) => connect(socketUrl, how),
    async join(user) {
      const socket = await connect(socketUrl)
      return socket.hello(await signToken(user, { name: nameOf(user) }))
    },
    async fetch(user, path, { method = 'GET', body } = {}) {
      const headers: Record<string, string> = { authorization: `Bearer ${await signToken(user)}` }
      if (body !== undefined) headers['content-type'] = 'application/json'
      return fetch(`${url}v1/${path}`, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      await chatter.close()
      server.closeAllConnections()
      await closed
      await fanout.close()
      if (!options.stores) await stores.close()
      rmSync(folder, { recursive: true, force: true })
      answers.require()
    },
  }
}

/** What test users are called: their id with a capital. */
export const nameOf = (user: string): string => user.charAt(0).toUpperCase() + user.slice(1)

/** Claims given as undefined are left out. */
export function signToken(user: string, { secret: by = secret, ...claims }: Claims = {}): Promise<string> {
  return new SignJWT({ exp: Math.floor(Date.now() / 1000) + 3600, ...claims, sub: user })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(by))
}
