/** What npm would publish, as a site finds it that installs the package: with lit, and of the rest what it asked for. */
import assert from 'node:assert/strict'
import { execFile, type StdioOptions, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { SignJWT } from 'jose'
import { root } from '../runner/command.ts'
import { textWith } from '../support/markdown.ts'
import { secret } from '../support/server.ts'
import { type Packed, packPackage, type Site, siteWith } from './packed.ts'

const lit = ['lit', 'lit-html', 'lit-element', '@lit/reactive-element', '@lit-labs/ssr-dom-shim']

let packed: Packed
let site: Site
let description: {
  exports: Record<string, string | Record<string, string>>
  dependencies: object
  peerDependencies: Record<string, string>
  peerDependenciesMeta: Record<string, { optional?: boolean }>
  devDependencies: Record<string, string>
}
before(async () => {
  packed = await packPackage()
  site = siteWith(packed, [...lit, '@types/trusted-types'])
  description = JSON.parse(readFileSync(join(packed.folder, 'package.json'), 'utf8'))
})
after(() => {
  site[Symbol.dispose]()
  packed[Symbol.dispose]()
})

const run = (cwd: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, args, { cwd }).catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  )

test('every entry leads to files that are in the package, and no source is', () => {
  const files = Object.values(description.exports).flatMap((entry) =>
    typeof entry === 'string' ? entry : Object.values(entry),
  )
  for (const file of [...files, 'dist/server/cli.js', 'dist/server/licenses.md', 'README.md', 'LICENSE'])
    assert.ok(existsSync(join(packed.folder, file)), file)
  const sources = globSync('**/*.ts', { cwd: packed.folder }).filter((name) => !name.endsWith('.d.ts'))
  assert.deepEqual(sources, [])
})

test('it depends on lit alone, and has a row for each package that a server may want', () => {
  assert.deepEqual(Object.keys(description.dependencies), ['lit'])
  assert.deepEqual(Object.keys(description.peerDependencies), [
    'better-sqlite3',
    'ioredis',
    'pg',
    'prom-client',
  ])
  for (const [name, version] of Object.entries(description.peerDependencies)) {
    assert.equal(description.peerDependenciesMeta[name]?.optional, true, name)
    assert.equal(version, description.devDependencies[name], name)
  }
})

test('editors know each attribute, part and token that there is', () => {
  const data = (name: string) => JSON.parse(readFileSync(join(packed.folder, name), 'utf8'))
  const [{ declarations }] = data('custom-elements.json').modules
  const { attributes, cssParts, cssProperties, events } = declarations[0]
  const names = (all: readonly { name: string }[]) => all.map(({ name }) => name)
  const [tag] = data('vscode.html-custom-data.json').tags
  assert.deepEqual([tag.name, names(tag.attributes)], ['chatter-widget', names(attributes)])
  const css = data('vscode.css-custom-data.json')
  assert.deepEqual(names(css.properties), names(cssProperties))
  assert.deepEqual(
    names(css.pseudoElements),
    names(cssParts).map((part) => `::part(${part})`),
  )
  const [element] = data('web-types.json').contributions.html.elements
  assert.deepEqual(names(element.js.events), names(events))
  assert.deepEqual(
    element.attributes.find(({ name }: { name: string }) => name === 'mode').value.type,
    '"inline"|"launcher"',
  )
})

test('what it publishes names no package that a site may not have', () => {
  const named = globSync('{dist/widget/**/*.js,dist/types/**/*.ts,types/*.ts}', { cwd: packed.folder })
    // The script is a bundle: the text in it holds words of all kinds.
    .filter((name) => !/chatter(-chunks|\.js)/.test(name))
    .flatMap((name) => importsOf(readFileSync(join(packed.folder, name), 'utf8')))
  const known = /^(lit(\/.*)?|lit-html\/.*|node:.*|chatter-widget\/.*)$/
  // Types for a framework are asked for by who has it.
  const frameworks = ['react', 'react/jsx-runtime', 'vue', 'svelte', 'svelte/elements']
  assert.deepEqual(
    [...new Set(named)].filter((name) => !known.test(name) && !frameworks.includes(name)),
    [],
  )
})

/** What a module names that is no file beside it. */
function importsOf(code: string): string[] {
  const text = code.replace(/\/\*.*?\*\//gs, '')
  const found = text.matchAll(/(?:\bfrom|^import|\bimport\(|^declare module) ?["']([^.'"][^'"]*)["']/gm)
  return [...found].map(([, name = '']) => name)
}

for (const entry of ['chatter-widget', 'chatter-widget/widget', 'chatter-widget/chat'])
  test(`importing ${entry} on a server does nothing, and fails in nothing`, async () => {
    const { stdout, stderr } = await run(
      site.path,
      '--input-type=module',
      '--eval',
      `console.log(Object.keys(await import('${entry}')).length > 0)`,
    )
    assert.deepEqual([stdout.trim(), stderr], ['true', ''])
  })

for (const moduleResolution of ['bundler', 'nodenext'])
  test(`its types are taken by a program that resolves like ${moduleResolution}, with all checks`, async () => {
    using strict = siteWith(packed, [...lit, '@types/trusted-types', '@types/node', 'undici-types'])
    writeFileSync(join(strict.path, 'package.json'), '{"type":"module"}')
    writeFileSync(join(strict.path, 'site.ts'), consumer)
    const options = {
      target: 'es2024',
      module: moduleResolution === 'bundler' ? 'esnext' : 'nodenext',
      moduleResolution,
      lib: ['es2024', 'dom', 'dom.iterable', 'esnext.disposable'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
    }
    writeFileSync(
      join(strict.path, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['site.ts'] }),
    )
    const { stdout } = await run(
      strict.path,
      join(root, 'node_modules/typescript/bin/tsc'),
      '-p',
      strict.path,
    )
    assert.equal(stdout, '')
  })

/** Whoever uses all of it, with a mistake at each place that must be found. */
const consumer = `
import { ChatterWidget, type ChatterMessageEvent } from 'chatter-widget'
import { Chat, timeline, unread } from 'chatter-widget/chat'
import { type Chatter, createChatter, openSqlite } from 'chatter-widget/server'
import { createServer } from 'node:http'

const widget: ChatterWidget = document.createElement('chatter-widget')
widget.addEventListener('chatter-message', ({ message, live }: ChatterMessageEvent) => {
  const text: string = message.text ?? ''
  // @ts-expect-error
  const wrong: number = message.id
  void [text, live, wrong]
})
declare const chat: Chat
const total: number = unread(chat.state).total
void [total, timeline]

const chatter: Chatter = await createChatter({
  stores: await openSqlite({ folder: './data' }),
  base: '/chat/',
  authenticate: async (request) => (request.headers.has('cookie') ? { id: 'mina', name: 'Mina' } : undefined),
})
const server = createServer((request, response) => chatter.listener(request, response, () => response.end()))
chatter.attach(server)
const answer: Response = await chatter.fetch(new Request('http://localhost/chat/v1/me'))
const room = await chatter.createRoom([{ id: 'mina' }, { id: 'sam' }])
const id: string = room.id
// @ts-expect-error
await chatter.createRoom('mina')
// @ts-expect-error
room.nothing
void [answer, id]
`

/** Starts `chatter serve` of the package, and gives it to `use` with its URL. */
async function serving(
  path: string,
  settings: Readonly<Record<string, string>>,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const program = join(path, 'node_modules/chatter-widget/dist/server/cli.js')
  const env = {
    PATH: process.env.PATH ?? '',
    PORT: '0',
    CHATTER_SECRET: secret,
    CHATTER_DATA: join(path, 'data'),
    ...settings,
  }
  const child = spawn(process.execPath, [program, 'serve'], {
    cwd: path,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    await use(/http\S+/.exec(String(line))?.[0] ?? '')
  } finally {
    child.kill('SIGTERM')
    await once(child, 'close')
  }
}

test('with better-sqlite3 beside it, `chatter serve` serves the widget and the chat', async () => {
  using home = siteWith(packed, ['better-sqlite3'])
  await serving(home.path, { CHATTER_LOG: 'silent' }, async (url) => {
    assert.equal((await fetch(`${url}readyz`)).status, 200)
    const script = await (await fetch(`${url}chatter.js`)).text()
    const [, chunk = ''] = /(chatter-chunks\/[^"']+)/.exec(script) ?? []
    assert.equal((await fetch(`${url}${chunk}`)).status, 200, chunk)
    assert.equal((await fetch(`${url}v1/me`)).status, 401)
    const program = join(home.path, 'node_modules/chatter-widget/dist/server/cli.js')
    const { stdout } = await run(home.path, program, 'manifest')
    const { version, lasting, classic, chunks } = JSON.parse(stdout)
    assert.equal(version, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version)
    for (const name of [classic, lasting.script, ...chunks])
      assert.equal((await fetch(`${url}${name}`)).status, 200, name)
    const code = Buffer.from(await (await fetch(`${url}${lasting.script}`)).arrayBuffer())
    assert.equal(lasting.integrity, `sha384-${createHash('sha384').update(code).digest('base64')}`)
  })
})

test('the lines of the README install what a server on SQLite needs, and start it', async () => {
  const [install = '', ...lines] = textWith('README.md', '', 'npm install').trim().split('\n')
  const [own, ...others] = install.replace('npm install ', '').split(' ')
  assert.equal(own, 'chatter-widget')
  using home = siteWith(packed, others)
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const env = { ...process.env, PATH, PORT: '0', CHATTER_LOG: 'silent' }
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit']
  // A group of its own: what npx starts is ended with it.
  const child = spawn('sh', ['-c', lines.join('\n')], { cwd: home.path, env, stdio, detached: true })
  try {
    const closed = once(child, 'close').then(() => assert.fail('it ended'))
    const lines = createInterface({ input: child.stdout ?? assert.fail() })
    const [line] = await Promise.race([once(lines, 'line'), closed])
    const url = /http\S+/.exec(String(line))?.[0]
    const headers = { origin: 'https://www.example.com' }
    const answer = await fetch(`${url}v1/me`, { headers })
    assert.equal(answer.headers.get('access-control-allow-origin'), headers.origin)
    const key = readFileSync(join(home.path, 'chatter-secret'), 'utf8').trim()
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('mina')
      .setExpirationTime('10m')
      .sign(new TextEncoder().encode(key))
    assert.equal((await fetch(`${url}v1/me`, { headers: { authorization: `Bearer ${token}` } })).status, 200)
  } finally {
    if (child.exitCode === null) {
      process.kill(-(child.pid ?? 0), 'SIGTERM')
      await once(child, 'close')
    }
  }
})

const missing: readonly [name: string, use: string, settings: Record<string, string>, beside: string[]][] = [
  ['better-sqlite3', 'SQLite', {}, []],
  ['pg', 'Postgres', { DATABASE_URL: 'postgres://127.0.0.1:1/chat' }, []],
  ['ioredis', 'Redis', { REDIS_URL: 'redis://127.0.0.1:1' }, ['better-sqlite3']],
  ['prom-client', 'CHATTER_METRICS', { CHATTER_METRICS: '127.0.0.1:0' }, ['better-sqlite3']],
]
for (const [name, use, settings, beside] of missing)
  test(`without ${name} a server that needs it ends with one line that says so`, async () => {
    using home = siteWith(packed, beside)
    const program = join(home.path, 'node_modules/chatter-widget/dist/server/cli.js')
    const env = {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      CHATTER_SECRET: secret,
      CHATTER_DATA: join(home.path, 'data'),
      CHATTER_LOG: 'error',
      ...settings,
    }
    const child = spawn(process.execPath, [program, 'serve'], {
      cwd: home.path,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (data) => (said += data))
    const [code] = await once(child, 'close')
    assert.deepEqual(
      [code, said],
      [1, `chatter: ${use} needs the package ${name}, which is not installed: npm install ${name}\n`],
    )
  })

test('with better-sqlite3 alone every command that reads or writes a folder works', () => {
  using home = siteWith(packed, ['better-sqlite3'])
  const program = join(home.path, 'node_modules/chatter-widget/dist/server/cli.js')
  const env = { PATH: process.env.PATH ?? '' }
  const run = (input: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
      cwd: home.path,
      env,
      input,
      encoding: 'utf8',
    })
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`)
    return stdout
  }
  run('', 'migrate')
  run('', 'tenant', 'add', 'shop', '--host', 'shop.example')
  const file = run('', 'tenant', 'export', 'shop')
  run('', 'tenant', 'add', 'moved', '--host', 'moved.example')
  run(file, 'tenant', 'import', 'moved')
  run('', 'migrate-store', '--from', './data', '--to', './copy')
  run('', 'backup', '--to', 'backup.db')
})

test('a host that has read the body before mounts it all the same, and keeps its other paths', async () => {
  using home = siteWith(packed, ['better-sqlite3'])
  const host = `
    import { createServer } from 'node:http'
    import { createChatter, openSqlite } from 'chatter-widget/server'
    const chatter = await createChatter({
      stores: await openSqlite({ folder: './data' }),
      base: '/chat/',
      authenticate: async (request) => request.headers.get('cookie') === 'session=1' && { id: 'mina', name: 'Mina' },
    })
    await chatter.createRoom([{ id: 'mina' }, { id: 'sam', name: 'Sam' }])
    // As frameworks do: the body is read, and a part of the path taken off.
    const server = createServer(async (request, response) => {
      const chunks = []
      for await (const chunk of request) chunks.push(chunk)
      if (chunks.length > 0) request.body = JSON.parse(Buffer.concat(chunks))
      request.originalUrl = request.url
      request.url = request.url.replace('/chat', '')
      chatter.listener(request, response, () => response.end('the app'))
    })
    chatter.attach(server)
    server.listen(0, '127.0.0.1', async () => {
      const at = 'http://127.0.0.1:' + server.address().port
      const ask = async (path, init) => (await fetch(at + path, init)).text()
      const headers = { cookie: 'session=1', origin: at, 'content-type': 'application/json' }
      const body = JSON.stringify({ memberIds: ['sam'] })
      const made = await ask('/chat/v1/rooms', { method: 'POST', headers, body })
      console.log(JSON.stringify([await ask('/'), await ask('/chat/about'), made]))
      process.exit()
    })`
  const { stdout, stderr } = await run(home.path, '--input-type=module', '--eval', host)
  assert.equal(stderr, '')
  const [page, other, made] = JSON.parse(stdout)
  assert.deepEqual([page, other], ['the app', 'the app'])
  assert.equal(JSON.parse(made).kind, 'direct', made)
})
