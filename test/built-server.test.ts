/** What `npm run build` makes of the server: a few files that run with four packages beside them. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as source from '../server/index.ts'
import { type BuiltServer, buildServer, notBundled } from './support/built-server.ts'
import { aChatterFolder } from './support/chatter-process.ts'
import { startPostgres } from './support/postgres.ts'
import { startRedis } from './support/redis.ts'
import { signToken } from './support/server.ts'

const root = join(import.meta.dirname, '..')

let built: BuiltServer
let scripts: ReadonlyMap<string, string>
before(async () => {
  built = await buildServer()
  const folder = join(built.dist, 'server')
  const names = globSync('**/*.js', { cwd: folder })
  scripts = new Map(names.map((name) => [join(folder, name), readFileSync(join(folder, name), 'utf8')]))
})
after(() => built[Symbol.dispose]())

/** The modules that must be there before a script runs. */
function importsOf(script: string): string[] {
  const code = scripts.get(script) ?? assert.fail(`no ${script}`)
  return [...code.matchAll(/^(?:import|export) [^'"]*["']([^"'\n]+)["'];?$/gm)].map(([, name = '']) => name)
}

function allImportsOf(script: string, seen = new Set<string>()): Set<string> {
  for (const name of importsOf(script)) {
    const path = name.startsWith('.') ? join(dirname(script), name) : name
    if (seen.has(path)) continue
    seen.add(path)
    if (path !== name) allImportsOf(path, seen)
  }
  return seen
}

describe('the bundle', () => {
  test('imports native code and drivers, and has everything else inside', () => {
    const named = [...scripts.keys()].flatMap(importsOf).filter((name) => !name.startsWith('.'))
    const required = [...scripts.values()].flatMap((code) => [
      ...code.matchAll(/\b(?:__require|import)\("([^".][^"]*)"\)/g),
    ])
    const all = [...named, ...required.map(([, name = '']) => name)].filter((name) => !isBuiltin(name))
    assert.deepEqual([...new Set(all)].sort(), notBundled)
  })

  test('loads them only when it opens something', () => {
    const first = allImportsOf(join(built.dist, 'server', 'chatter.js'))
    assert.deepEqual(
      [...first].filter((name) => notBundled.includes(name)),
      [],
    )
    assert.ok(first.has(join(built.dist, 'server', 'app.js')))
  })

  test('says beside itself whose code lies in it, under which licence', () => {
    const code = [...scripts.values()].join('\n')
    const inside = [...code.matchAll(/^\/\/ node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\/.*$/gm)]
    const names = new Set(inside.map(([, name = '']) => name))
    for (const name of ['drizzle-orm', 'hono', 'jose', 'pino', 'ws']) assert.ok(names.has(name), name)
    const licences = readFileSync(join(built.dist, 'server', 'licenses.md'), 'utf8')
    for (const name of names) {
      const { version, license } = JSON.parse(
        readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'),
      )
      assert.ok(licences.includes(`\n## ${name} - ${version} (${license})\n`), name)
    }
    for (const text of ['Permission is hereby granted', 'Apache License\n', 'ISC License']) {
      assert.ok(licences.includes(text), text)
    }
  })

  test('gives an app of its own what the source gives', async () => {
    const index = await import(join(built.dist, 'server', 'index.js'))
    assert.deepEqual(Object.keys(index).sort(), Object.keys(source).sort())
  })
})

describe('the built server', () => {
  test('makes its database, answers healthz and serves the widget', async () => {
    mkdirSync(join(built.dist, 'widget'), { recursive: true })
    writeFileSync(join(built.dist, 'widget', 'chatter.js'), 'export const built = true')
    await using folder = aChatterFolder(built.program)
    const server = await folder.serve({ CHATTER_METRICS: '127.0.0.1:0', CHATTER_LOG: 'info' })
    assert.deepEqual(await (await fetch(`${server.url}healthz`)).json(), {
      status: 'ok',
      version: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
    })
    assert.equal((await fetch(`${server.url}readyz`)).status, 200)
    assert.equal(await (await fetch(`${server.url}chatter.js`)).text(), 'export const built = true')
    const mina = await server.socket()
    assert.equal((await mina.hello(await signToken('mina'))).ready.t, 'ready')
    server.kill('SIGTERM')
    const { code, stderr } = await server.ended
    assert.equal(code, 0)
    assert.match(stderr, /"msg":"metrics are at http:/)
    assert.ok(existsSync(join(folder.path, 'chatter.db')))
  })

  test('moves to Postgres, and serves from there with Redis', async () => {
    await using folder = aChatterFolder(built.program)
    const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
    try {
      assert.equal((await folder.run('tenant', 'add', 'acme', '--host', '127.0.0.1')).code, 0)
      const url = await postgres.newDatabase()
      const { code, stderr } = await folder.run('migrate-store', '--from', folder.path, '--to', url)
      assert.equal(code, 0, stderr)
      const server = await folder.serve({ DATABASE_URL: url, REDIS_URL: redis.url })
      const { database, fanout } = await (await fetch(`${server.url}readyz`)).json()
      assert.deepEqual([database, fanout], ['up', 'up'])
      server.kill('SIGTERM')
      assert.equal((await server.ended).code, 0)
    } finally {
      await Promise.all([postgres.stop(), redis.stop()])
    }
  })
})

describe('on an old Node', () => {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const refused = (version: string) =>
    `chatter: needs Node ${engines.node.slice(2)} or newer, this is v${version}\n`

  /** What `chatter --help` says on a Node that gives itself this version. */
  function help(version: string): Promise<{ code: unknown; stderr: string }> {
    const lie = `
      Object.defineProperty(process, 'version', { value: 'v${version}' })
      Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
    const args = ['--import', `data:text/javascript,${encodeURIComponent(lie)}`, built.program, '--help']
    return new Promise((resolve) => {
      execFile(process.execPath, args, (error, _, stderr) => resolve({ code: error?.code ?? 0, stderr }))
    })
  }

  test('it says in one line which Node it needs, that of package.json, and ends with 1', async () => {
    for (const version of ['9.11.2', '20.20.2', '22.17.1']) {
      assert.deepEqual(await help(version), { code: 1, stderr: refused(version) })
    }
    for (const version of ['22.18.0', '23.0.0'])
      assert.deepEqual(await help(version), { code: 0, stderr: '' })
  })

  test('also where that Node is a real one', (t) => {
    const older = olderNode()
    if (!older) return t.skip('this machine has no older Node')
    const { status, stdout, stderr } = spawnSync(older.path, [built.program, 'serve'], { encoding: 'utf8' })
    assert.deepEqual([status, stdout, stderr], [1, '', refused(older.version)])
  })

  /** The machine's own, not the one that npm installed. */
  function olderNode(): { path: string; version: string } | undefined {
    const folders = (process.env.PATH ?? '').split(delimiter).filter((one) => !one.includes('node_modules'))
    for (const path of folders.map((folder) => join(folder, 'node'))) {
      const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' })
      const [, version = ''] = /^v(\d+\.\d+\.\d+)$/.exec(stdout?.trim() ?? '') ?? []
      if (version && Number.parseFloat(version) < Number.parseFloat(engines.node.slice(2)))
        return { path, version }
    }
    return undefined
  }
})
