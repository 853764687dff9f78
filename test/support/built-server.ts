/** The server as `npm run build` makes it. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '..', '..')

/** What a server imports from node_modules. */
export const notBundled = ['better-sqlite3', 'ioredis', 'pg', 'prom-client']

export type BuiltServer = Disposable & {
  /** `dist` of the package. */
  readonly dist: string
  /** What `chatter` runs. */
  readonly program: string
}

/** Builds the server into a package of its own, which has no other dependency than those that are not bundled. */
export async function buildServer(): Promise<BuiltServer> {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-built-'))
  const dist = join(folder, 'dist')
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'))
  for (const name of notBundled) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), link, 'junction')
  }
  await build({
    root,
    configFile: join(root, 'vite.server.config.ts'),
    configLoader: 'native',
    logLevel: 'warn',
    build: { outDir: join(dist, 'server') },
  })
  return {
    dist,
    program: join(dist, 'server', 'cli.js'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
