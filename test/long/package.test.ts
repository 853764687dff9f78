/**
 * The packed package in empty folders, installed by npm with what a site has beside it: bundlers, frameworks of servers, and
 * each version of Node that it permits.
 */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { type Packed, packPackage } from '../package/packed.ts'
import { secret } from '../support/server.ts'
import { fetched, oldestVersion } from './oldest-node.ts'

const run = promisify(execFile)

let packed: Packed
before(async () => {
  packed = await packPackage()
})
after(() => packed[Symbol.dispose]())

type Installed = Disposable & { readonly path: string }

/** An empty folder, and in it the package with others that npm fetches. */
async function install(...others: string[]): Promise<Installed> {
  const path = mkdtempSync(join(tmpdir(), 'chatter-installed-'))
  writeFileSync(join(path, 'package.json'), '{"type":"module","private":true}')
  await run('npm', ['install', '--no-audit', '--no-fund', packed.tarball, ...others], { cwd: path })
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Runs a program until it has said a line that `use` was given. */
async function withProgram(
  {
    path,
    args,
    program = process.execPath,
    env = {},
  }: { path: string; args: string[]; program?: string; env?: NodeJS.ProcessEnv },
  use: (line: string) => Promise<void>,
): Promise<void> {
  const child = spawn(program, args, {
    cwd: path,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  try {
    const lines = createInterface({ input: child.stdout })
    for await (const line of lines)
      if (line.includes('http')) {
        await use(
          /http[^\s']+/.exec(line.replaceAll('\u001b[1m', '').replaceAll('\u001b[22m', ''))?.[0] ?? '',
        )
        return
      }
    assert.fail('it ended without an address')
  } finally {
    if (child.exitCode === null) {
      process.kill(-(child.pid ?? 0), 'SIGTERM')
      await once(child, 'close')
    }
  }
}

test('Vite builds a page with the widget, and serves it while it is written', async () => {
  using site = await install('vite@8')
  writeFileSync(
    join(site.path, 'index.html'),
    '<script type="module" src="/main.js"></script><chatter-widget></chatter-widget>',
  )
  writeFileSync(
    join(site.path, 'main.js'),
    "import 'chatter-widget'\nimport { Chat } from 'chatter-widget/chat'\nconsole.log(Chat)",
  )
  const vite = join(site.path, 'node_modules', 'vite', 'bin', 'vite.js')
  await run(process.execPath, [vite, 'build'], { cwd: site.path })
  const scripts = globSync('dist/assets/*.js', { cwd: site.path })
  const all = scripts.map((name) => readFileSync(join(site.path, name), 'utf8'))
  assert.ok(all.some((code) => code.includes('chatter-widget')))
  assert.ok(scripts.length > 10, `${scripts.length} chunks: what is lazy is one of its own`)
  await withProgram({ path: site.path, args: [vite, '--port', '0', '--host', '127.0.0.1'] }, async (url) => {
    const page = await (await fetch(`${url}main.js`)).text()
    const [, widget = ''] =
      /from "([^"]*chatter-widget[^"]*)"|import "([^"]*chatter-widget[^"]*)"/.exec(page) ?? []
    assert.equal(
      (await fetch(new URL(widget || '/node_modules/chatter-widget/dist/widget/index.js', url))).status,
      200,
    )
  })
})

const hosts: Readonly<Record<string, { packages: string[]; code: string }>> = {
  'Express 5': {
    packages: ['express@5', 'express-session@1'],
    code: `
      import express from 'express'
      import session from 'express-session'
      const sessions = session({ secret: 'of the session', resave: false, saveUninitialized: false })
      const userOf = (request) => new Promise((resolve) => {
        const asked = { headers: Object.fromEntries(request.headers), url: '/', method: 'GET', connection: {} }
        sessions(asked, { on() {}, once() {}, end() {}, setHeader() {}, getHeader() {} }, () => resolve(asked.session?.user))
      })
      const chatter = await mount(userOf)
      const app = express()
      app.use(sessions)
      app.use(express.json())
      app.post('/sign-in', (request, response) => {
        request.session.user = { id: request.body.id, name: request.body.id }
        response.send('in')
      })
      app.use(chatter.listener)
      app.get('/about', (_, response) => response.send('the app'))
      const server = app.listen(0, '127.0.0.1', () => listening(server))
      chatter.attach(server)`,
  },
  'Hono 4': {
    packages: ['hono@4', '@hono/node-server@2'],
    code: `
      import { serve } from '@hono/node-server'
      import { Hono } from 'hono'
      import { setCookie } from 'hono/cookie'
      const chatter = await mount(async ({ headers }) => cookieUser(headers.get('cookie') ?? ''))
      const app = new Hono()
      app.post('/sign-in', async (c) => (setCookie(c, 'user', (await c.req.json()).id), c.text('in')))
      app.all('/chat/*', (c) => chatter.fetch(c.req.raw, c.env))
      app.get('/about', (c) => c.text('the app'))
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => listening(server))
      chatter.attach(server)`,
  },
  'node:http': {
    packages: [],
    code: `
      import { createServer } from 'node:http'
      const chatter = await mount(async ({ headers }) => cookieUser(headers.get('cookie') ?? ''))
      const server = createServer((request, response) => chatter.listener(request, response, async () => {
        if (request.method !== 'POST') return response.end('the app')
        let body = ''
        for await (const chunk of request) body += chunk
        response.setHeader('set-cookie', 'user=' + JSON.parse(body).id)
        response.end('in')
      }))
      chatter.attach(server)
      server.listen(0, '127.0.0.1', () => listening(server))`,
  },
}

const mounting = `
  import { createChatter, openSqlite } from 'chatter-widget/server'
  const cookieUser = (cookie) => {
    const [, id] = /user=(\\w+)/.exec(cookie) ?? []
    return id && { id, name: id }
  }
  const mount = async (authenticate) => {
    const chatter = await createChatter({ stores: await openSqlite({ folder: './data' }), base: '/chat/', authenticate })
    await chatter.createRoom([{ id: 'mina' }, { id: 'sam' }])
    return chatter
  }
  const listening = (server) => console.log('http://127.0.0.1:' + server.address().port)
`

for (const [name, { packages, code }] of Object.entries(hosts))
  test(`a site on ${name} mounts the chat behind its own session`, async () => {
    using site = await install('better-sqlite3', ...packages)
    writeFileSync(join(site.path, 'host.js'), mounting + code)
    await withProgram({ path: site.path, args: ['host.js'] }, async (url) => {
      const at = url.replace(/\/$/, '')
      const json = { 'content-type': 'application/json', origin: at }
      assert.equal(await (await fetch(`${at}/about`)).text(), 'the app')
      assert.equal((await fetch(`${at}/chat/v1/me`)).status, 401)
      const signedIn = await fetch(`${at}/sign-in`, { method: 'POST', headers: json, body: '{"id":"mina"}' })
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
      const headers = { ...json, cookie }
      const { user } = await (await fetch(`${at}/chat/v1/me`, { headers })).json()
      assert.equal(user.id, 'mina')
      const { rooms } = await (await fetch(`${at}/chat/v1/rooms`, { headers })).json()
      const path = `${at}/chat/v1/rooms/${rooms[0].id}/messages/0190f5d2-0000-7000-8000-000000000001`
      const body = JSON.stringify({ text: 'Hello' })
      const sent = await fetch(path, { method: 'PUT', headers, body })
      assert.equal(sent.status, 201, await sent.clone().text())
      assert.equal((await fetch(`${at}/chat/chatter.js`)).status, 200)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const socket = new WebSocket(`${at.replace('http', 'ws')}/chat/v1/socket`)
      socket.onopen = () => resolve()
      socket.onerror = () => reject(new Error('the socket did not open'))
      await promise
      socket.close()
    })
  })

for (const version of [oldestVersion(), '24'])
  test(`npx starts the server on Node ${version}`, async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'chatter-npx-'))
    try {
      const node = await fetched(version, scratch)
      assert.ok(node && existsSync(node))
      const settings = { PORT: '0', CHATTER_SECRET: secret, CHATTER_LOG: 'silent' }
      const env = { ...settings, PATH: [dirname(node), process.env.PATH].join(delimiter) }
      const args = ['--yes', '--package', packed.tarball, '--package', 'better-sqlite3', 'chatter', 'serve']
      await withProgram({ path: scratch, program: 'npx', args, env }, async (url) => {
        assert.equal((await fetch(`${url}readyz`)).status, 200)
        assert.equal((await fetch(`${url}chatter.js`)).status, 200)
      })
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  })

test('the packages that the image installs are all that a server of any kind wants', async () => {
  const [, command = ''] =
    /^RUN (npm install --prefix (?:.*\\\n)*.*)$/m.exec(readFileSync('Dockerfile', 'utf8')) ?? []
  const scratch = mkdtempSync(join(tmpdir(), 'chatter-image-'))
  try {
    await run('sh', ['-c', command.replace('/server', scratch)], { cwd: process.cwd() })
    const { peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
    for (const name of Object.keys(peerDependencies))
      assert.ok(existsSync(join(scratch, 'node_modules', name, 'package.json')), name)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
})
