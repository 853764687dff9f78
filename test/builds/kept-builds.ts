/**
 * Builds of earlier versions, kept to be run against this one: an old widget must go on chatting with the newest
 * server, and an old server must go on working beside it. Each is one file, `NAME.json.gz`: paths below `dist` and
 * their text. `npm run keep-build -- NAME` writes one.
 */
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'

const root = join(import.meta.dirname, '..', '..')
/** Below node_modules, so that a kept server finds the drivers that are not bundled. */
const unpacked = join(root, 'node_modules', '.cache', 'chatter-builds')
/** What runs. Types, licences and compressed copies are not needed. */
const wanted = ['widget/**/*.js', 'server/**/*.{js,sql}', 'server/**/_journal.json']

export type KeptBuild = {
  /** What `node` runs, followed by a command: `serve`. */
  readonly program: string
  /** The folder of `chatter.js`. */
  readonly widget: string
}

/** The names of all kept builds, oldest first. */
export function keptBuilds(): string[] {
  return globSync('*.json.gz', { cwd: import.meta.dirname })
    .map((file) => basename(file, '.json.gz'))
    .sort()
}

/** Unpacks a kept build, once. */
export function openKeptBuild(name: string): KeptBuild {
  const folder = join(unpacked, name)
  if (!existsSync(folder)) {
    // Other test files may unpack the same: whoever is last finds it there.
    const half = `${folder} ${process.pid}`
    for (const [path, text] of Object.entries(filesOf(name))) {
      const file = join(half, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    moveIfFirst(half, folder)
  }
  return { program: join(folder, 'server', 'cli.js'), widget: join(folder, 'widget') }
}

/** Keeps what `npm run build` made. @returns how many bytes the file has */
export function keepBuild(name: string): number {
  const dist = join(root, 'dist')
  const paths = globSync(wanted, { cwd: dist }).sort()
  const files = Object.fromEntries(
    paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(dist, path), 'utf8')]),
  )
  const packed = gzipSync(JSON.stringify(files), { level: 9 })
  writeFileSync(fileOf(name), packed)
  return packed.length
}

const fileOf = (name: string) => join(import.meta.dirname, `${name}.json.gz`)

function filesOf(name: string): Record<string, string> {
  return JSON.parse(gunzipSync(readFileSync(fileOf(name))).toString())
}

function moveIfFirst(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    rmSync(from, { recursive: true, force: true })
    if (!existsSync(to)) throw error
  }
}
