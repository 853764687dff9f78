import { execFile } from 'node:child_process'
import { chmodSync, cpSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../runner/command.ts'

const run = promisify(execFile)

/** What a build reads. */
const sources = [
  ...['package.json', 'README.md', 'LICENSE', 'tsconfig.json', 'vite.config.ts', 'vite.server.config.ts'],
  ...['rolldown.types.config.ts', 'server', 'widget', 'types'],
]

export type Packed = Disposable & {
  /** The file that `npm publish` would send. */
  readonly tarball: string
  /** Unpacked. */
  readonly folder: string
}

/** The package as npm publishes it, built in a copy of the sources so that no other test meets a half-built `dist`. */
export async function packPackage(): Promise<Packed> {
  const home = mkdtempSync(join(tmpdir(), 'chatter-packed-'))
  const copy = join(home, 'copy')
  const generated = globSync('*.json', { cwd: root }).filter((name) => !name.startsWith('package-lock'))
  for (const name of [...sources, ...generated])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const env = {
    ...process.env,
    PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
  }
  const at = { cwd: copy, env, maxBuffer: 64 * 1024 * 1024 }
  await run('npm', ['run', 'build', '--ignore-scripts'], at)
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json'], at)
  const [{ filename }] = JSON.parse(stdout)
  const tarball = join(home, filename)
  cpSync(join(copy, filename), tarball)
  await run('tar', ['-xzf', tarball, '-C', home])
  rmSync(copy, { recursive: true })
  return {
    tarball,
    folder: join(home, 'package'),
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  }
}

export type Site = Disposable & { readonly path: string }

/** An empty folder in which the package lies as npm would put it, and of its neighbours only these. */
export function siteWith({ folder }: Packed, names: readonly string[]): Site {
  const path = mkdtempSync(join(tmpdir(), 'chatter-site-'))
  cpSync(folder, join(path, 'node_modules', 'chatter-widget'), { recursive: true })
  for (const name of names) {
    const place = join(path, 'node_modules', name)
    mkdirSync(dirname(place), { recursive: true })
    cpSync(join(root, 'node_modules', name), place, { recursive: true })
  }
  mkdirSync(join(path, 'node_modules', '.bin'))
  symlinkSync('../chatter-widget/dist/server/cli.js', join(path, 'node_modules', '.bin', 'chatter'))
  chmodSync(join(path, 'node_modules/chatter-widget/dist/server/cli.js'), 0o755)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
