/** The configurations of proxies in docs/operations.md, as they stand there, with a real proxy before a real server. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { uuidv7 } from 'uuidv7'
import { readConfig } from '../../server/config.ts'
import { type Running, start } from '../../server/main.ts'
import { limits, spans } from '../../server/protocol/limits.ts'
import { pemOf } from '../certificates/certificates.ts'
import { until } from '../faults/until.ts'
import { connect, type Socket, type TestClient } from '../support/client.ts'
import { locateCaddy, locateNginx } from '../support/find.ts'
import { textWith } from '../support/markdown.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { freePort } from '../support/redis.ts'
import { nameOf, signToken, startServer } from '../support/server.ts'

const page = 'docs/operations.md'
const name = 'chat.example'
const secret = 'the secret of the site of thirty-two bytes'
const neighbour = { id: 'other', hosts: ['other.example'], secrets: ['x'.repeat(32)], origins: [] }
const tenants = [{ id: 'site', hosts: [name], secrets: [secret], origins: [] }, neighbour]

type Place = {
  readonly port: number
  /** Where it listens without TLS. */
  readonly plainPort: number
  /** Host and port of each server. */
  readonly servers: readonly string[]
  readonly base: string
  readonly folder: string
}

type Proxy = {
  readonly name: string
  readonly program: string | undefined
  /** The text of the page, with the ports and files of a test. */
  configure(place: Place): string
  run(file: string, folder: string): readonly string[]
}

/** Replaces what is there exactly once, so that no test runs on a text it does not know. */
function replaced(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((now, [from, to]) => {
    assert.equal(now.split(from).length, 2, `expected ${JSON.stringify(from)} once`)
    return now.replace(from, () => to)
  }, text)
}

const nginx: Proxy = {
  name: 'nginx',
  program: locateNginx(),
  configure({ port, plainPort, servers, base, folder }) {
    const site = replaced(textWith(page, 'nginx', 'proxy_pass'), {
      'listen 80': `listen 127.0.0.1:${plainPort}`,
      'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
      'server 127.0.0.1:8787;': servers.map((server) => `server ${server};`).join(' '),
      '/etc/ssl/chat.example.pem': pemOf('server'),
      '/etc/ssl/chat.example.key': pemOf('key'),
      'location / {': `location ${base} {`,
    })
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${join(folder, kind)};`,
    )
    return [
      ...(process.getuid?.() === 0 ? ['user root;'] : []),
      `daemon off; pid ${join(folder, 'pid')}; error_log stderr; worker_processes 1;`,
      `events { worker_connections 256; } http { access_log off; ${temporary.join(' ')}`,
      ...[site, '}'],
    ].join('\n')
  },
  run: (file, folder) => ['-p', folder, '-c', file],
}

const caddy: Proxy = {
  name: 'Caddy',
  program: locateCaddy(),
  configure({ port, servers, base }) {
    const site = replaced(textWith(page, 'caddy', 'reverse_proxy'), {
      'chat.example {': `https://chat.example:${port} {\n\tbind 127.0.0.1\n\ttls internal`,
      'reverse_proxy 127.0.0.1:8787 {': `reverse_proxy ${base === '/' ? '' : `${base}* `}${servers.join(' ')} {`,
    })
    return `{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n${site}`
  },
  run: (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
}

type Front = AsyncDisposable & {
  readonly origin: string
  readonly plainPort: number
  ask(path: string, how?: Request): Promise<Answer>
  socket(headers?: Record<string, string>): Promise<Socket>
}

type Answer = { readonly status: number; readonly text: string; readonly headers: IncomingHttpHeaders }
type Request = { method?: string; body?: string; headers?: Record<string, string> }

/** A server, and the proxy in front of it, which answers by TLS. */
async function behind(proxy: Proxy, base: string): Promise<Front> {
  const server = await startServer({ base, tenants, trustedProxies: ['127.0.0.1'] })
  const close = () => server[Symbol.asyncDispose]()
  try {
    const front = await proxyTo(proxy, [server.url], base)
    return {
      ...front,
      async [Symbol.asyncDispose]() {
        await close()
        await front[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The proxy, in front of servers that are there. */
async function proxyTo(proxy: Proxy, urls: readonly string[], base: string): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-proxy-'))
  const [port, plainPort] = [await freePort(), await freePort()]
  const host = `${name}:${port}`
  const servers = urls.map((url) => new URL(url).host)
  writeFileSync(join(folder, 'config'), proxy.configure({ port, plainPort, servers, base, folder }))
  const env = { PATH: process.env.PATH ?? '', HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const program = proxy.program ?? assert.fail('installed')
  const args = proxy.run(join(folder, 'config'), folder)
  const child = spawn(program, args, { env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  let said = ''
  child.stderr.on('data', (text) => (said += text))

  const front: Front = {
    origin: `https://${host}`,
    plainPort,
    async ask(path, { method = 'GET', body, headers = {} } = {}) {
      const options = { port, servername: name, rejectUnauthorized: false, agent: false, method }
      const asked = request({ ...options, host: '127.0.0.1', path, headers: { host, ...headers } })
      asked.end(body)
      const [response] = await once(asked, 'response')
      const text = Buffer.concat(await response.toArray()).toString()
      return { status: response.statusCode, text, headers: response.headers }
    },
    socket: (headers = {}) =>
      connect(`wss://127.0.0.1:${port}${base}v1/socket`, {
        ...{ servername: name, headers: { host, ...headers } },
      }),
    async [Symbol.asyncDispose]() {
      await stop(child, ended)
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    const isUp = () => front.ask(`${base}healthz`).then(({ status }) => status === 200)
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`${proxy.name} ended:\n${said}`)
      return isUp().catch(() => false)
    }, `an answer through ${proxy.name}`)
  } catch (error) {
    await front[Symbol.asyncDispose]()
    throw error
  }
  return front
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM')
  await ended
}

const token = (user: string) => signToken(user, { name: nameOf(user), aud: name, secret })
const bearer = async (user: string) => ({ authorization: `Bearer ${await token(user)}` })

for (const proxy of [nginx, caddy]) {
  const skip = proxy.program === undefined && `${proxy.name} is not installed`

  describe(`behind ${proxy.name}, as the page shows it,`, { skip }, () => {
    for (const base of ['/', '/chat/']) {
      it(`two people chat, by WebSocket and by HTTP, below ${base}`, async () => {
        await using front = await behind(proxy, base)
        const [mina, sam] = await Promise.all(
          ['mina', 'sam'].map(async (user) => (await front.socket()).hello(await token(user))),
        )
        assert.ok(mina && sam)
        const write = async (method: string, path: string, body: object) => {
          const headers = { ...(await bearer('mina')), 'content-type': 'application/json' }
          const { status, text } = await front.ask(`${base}v1/${path}`, {
            ...{ method, headers, body: JSON.stringify(body) },
          })
          assert.equal(status, 201, text)
          return JSON.parse(text)
        }
        const room = await write('POST', 'rooms', { memberIds: ['sam'] })
        await mina.send(room.id, 'hello')
        await sam.socket.event('message', ({ message }) => message.text === 'hello')
        const longest = '\u{1f52d}'.repeat(limits.textChars / 2)
        await write('PUT', `rooms/${room.id}/messages/${uuidv7()}`, { text: longest })
        await sam.socket.event('message', ({ message }) => message.text === longest)
      })
    }

    it("the site's own pages by TLS are let in, and no others", async () => {
      await using front = await behind(proxy, '/')
      await (await front.socket({ origin: front.origin })).close()
      for (const origin of ['https://elsewhere.example', front.origin.replace('https', 'http')]) {
        await assert.rejects(front.socket({ origin }), /HTTP 403/)
        const { status } = await front.ask('/v1/me', { headers: { origin, ...(await bearer('mina')) } })
        assert.equal(status, 403)
      }
    })

    it('browsers are told to come by TLS only', async () => {
      await using front = await behind(proxy, '/')
      for (const path of ['/healthz', '/v1/me', '/nothing']) {
        const { headers } = await front.ask(path)
        assert.match(headers['strict-transport-security'] ?? '', /^max-age=31536000$/, path)
      }
    })

    it('a visitor who forges X-Forwarded-Host reaches no other tenant', async () => {
      await using front = await behind(proxy, '/')
      const forged = { 'x-forwarded-host': 'other.example' }
      const { status, text } = await front.ask('/v1/me', {
        headers: { ...forged, ...(await bearer('mina')) },
      })
      assert.equal(status, 200, text)
      await (await (await front.socket(forged)).hello(await token('mina'))).socket.close()
    })
  })
}

/** The first call does it, and each one waits for that. */
function justOnce(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= work())
}

const noNginx = nginx.program === undefined && 'nginx is not installed'

it('nginx leads from port 80 to TLS, and speaks none of its old versions', { skip: noNginx }, async () => {
  await using front = await behind(nginx, '/')
  const host = 'elsewhere.example'
  const plain = plainRequest({ port: front.plainPort, path: '/chat?room=1', headers: { host } })
  const [{ statusCode, headers }] = await once(plain.end(), 'response')
  assert.deepEqual([statusCode, headers.location], [301, 'https://chat.example/chat?room=1'])
  const port = Number(new URL(front.origin).port)
  const speak = async (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => {
    const versions = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT:@SECLEVEL=0' } as const
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...versions })
    await once(socket, 'secureConnect')
    socket.destroy()
  }
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) await speak(version)
  await assert.rejects(speak('TLSv1.1'), /protocol version/)
})

describe('behind nginx with two servers', { skip: noNginx }, () => {
  let postgres: PostgresServer
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.stop())

  it('one of them stops: its sockets move to the other, and no request fails meanwhile', async () => {
    const settings = {
      ...{ DATABASE_URL: await postgres.newDatabase(), CHATTER_SECRET: secret, PORT: '0' },
      ...{ CHATTER_TRUST_PROXY: '127.0.0.1', CHATTER_LOG: 'silent', CHATTER_LIMITS: 'off' },
    }
    await using cleanup = new AsyncDisposableStack()
    const one = await start(readConfig(settings))
    const stopOne = justOnce(() => one.stop())
    cleanup.defer(stopOne)
    const other = await start(readConfig(settings))
    cleanup.defer(() => other.stop())
    const front = cleanup.use(await proxyTo(nginx, [one.url, other.url], '/'))
    const enter = async (user: string) => (await front.socket()).hello(await token(user))
    const people = Array.from({ length: 8 }, (_, n) => `u${n}`)
    const { id: room } = await one.chatter.createRoom(
      people.map((id) => ({ id })),
      { name: 'All' },
    )
    const clients = new Map<string, TestClient>()
    for (const user of people) clients.set(user, await enter(user))
    const countOf = ({ chatter }: Running) => chatter.stats().signedIn
    assert.ok(countOf(one) > 0 && countOf(other) > 0, 'both have some')

    // As pages do: whoever is sent away comes back, and tries again where nobody is let in.
    const over = new AbortController()
    cleanup.defer(() => over.abort())
    const codes: number[] = []
    const comeBack = async (user: string, code: number) => {
      codes.push(code)
      while (!over.signal.aborted) {
        const back = await enter(user).catch(() => undefined)
        if (back) return void clients.set(user, back)
      }
    }
    const moved: Promise<void>[] = []
    for (const [user, { socket }] of clients)
      socket.ws.once('close', (code) => moved.push(comeBack(user, code)))
    const answers: number[] = []
    const headers = { ...(await bearer('u0')), 'content-type': 'application/json' }
    const asking = (async () => {
      while (!over.signal.aborted) {
        answers.push((await front.ask('/v1/me', { headers })).status)
        const body = JSON.stringify({ text: 'meanwhile' })
        const path = `/v1/rooms/${room}/messages/${uuidv7()}`
        answers.push((await front.ask(path, { method: 'PUT', body, headers })).status)
      }
    })()
    await until(async () => answers.length > 5, 'requests to be answered')
    const moving = countOf(one)
    await stopOne()
    await until(async () => moved.length === moving, 'all of its sockets to be closed')
    await Promise.all(moved)
    assert.equal(countOf(other), people.length)
    const before = answers.length
    await until(async () => answers.length > before + 5, 'more requests to be answered')
    const isIt = ({ message }: { message: { text: string } }) => message.text === 'here again'
    await clients.get('u0')?.send(room, 'here again')
    for (const { socket } of clients.values()) await socket.event('message', isIt)
    over.abort()
    await asking
    assert.deepEqual([...new Set(answers)].sort(), [200, 201])
    assert.deepEqual(codes, Array(moving).fill(4001))
  })
})

it('no timeout of a proxy is shorter than the time between two pings', () => {
  const spoken = textWith(page, 'nginx', 'proxy_pass').match(/_timeout (\d+)s/)?.[1]
  assert.ok(Number(spoken) * 1000 > 2 * spans.pingEveryMs)
})
