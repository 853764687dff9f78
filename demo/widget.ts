import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StartProblem } from '../server/main.ts'

const root = join(import.meta.dirname, '..')
const sources = ['widget/**/*.ts', 'server/protocol/*.ts', 'vite.config.ts', 'package-lock.json']

/**
 * Builds the widget where there is none, or an older one than its sources: the first `npm start` shows it. With
 * `isWatching` it is built again whenever a source changes.
 * @throws StartProblem
 */
export async function buildWidget({ isWatching = false } = {}): Promise<void> {
  if (!isWatching && isFresh()) return
  console.error('Building the widget…')
  try {
    // Only here: whoever has a built widget needs no bundler.
    const { build } = await import('vite')
    // The native loader writes no file: `node --watch` would take it for a change, and start again for ever.
    const built = await build({
      root,
      configLoader: 'native',
      logLevel: 'warn',
      build: { watch: isWatching ? {} : null },
    })
    if ('on' in built) await firstBuild(built)
  } catch (error) {
    throw new StartProblem(`cannot build the widget: ${(error as Error).message}`)
  }
}

function isFresh(): boolean {
  const script = join(root, 'dist', 'widget', 'chatter.js')
  if (!existsSync(script)) return false
  const builtAt = statSync(script).mtimeMs
  return globSync(sources, { cwd: root }).every((path) => statSync(join(root, path)).mtimeMs <= builtAt)
}

type Watcher = Extract<Awaited<ReturnType<typeof import('vite').build>>, { on: unknown }>

function firstBuild(watcher: Watcher): Promise<void> {
  return new Promise((resolve, reject) => {
    watcher.on('event', (event) => {
      if (event.code === 'END') resolve()
      if (event.code === 'ERROR') reject(event.error)
    })
  })
}
