/**
 * drizzle-orm in a few files instead of 500, as the built server has it: loading those takes each process two seconds of CPU,
 * and every test file is a process.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'
import { root } from './command.ts'

/** What is imported of it. Anything else fails, so that nothing of it is there twice. */
const modules = [
  'drizzle-orm',
  'drizzle-orm/better-sqlite3',
  'drizzle-orm/better-sqlite3/migrator',
  'drizzle-orm/casing',
  'drizzle-orm/migrator',
  'drizzle-orm/node-postgres',
  'drizzle-orm/pg-core',
  'drizzle-orm/sqlite-core',
]
const drivers = ['better-sqlite3', 'pg']

/** Bundles it into a folder. @returns the URL of what `node --import` takes so that the others import it from there */
export async function bundleDrizzle(folder: string): Promise<string> {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true, external: drivers },
    build: {
      ssr: true,
      target: 'node22',
      outDir: folder,
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(modules.map((name) => [fileOf(name), name])),
        external: drivers,
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  })
  const places = modules.map((name) => [name, pathToFileURL(join(folder, `${fileOf(name)}.mjs`)).href])
  const hook = join(folder, 'hook.mjs')
  writeFileSync(hook, hookFor(Object.fromEntries(places)))
  return pathToFileURL(hook).href
}

const fileOf = (name: string) => name.replaceAll('/', '.')

/** Drivers are imported from the folder of the bundle, where no node_modules is: from the project's. */
function hookFor(places: Record<string, string>): string {
  return `import { registerHooks } from 'node:module'
const places = new Map(Object.entries(${JSON.stringify(places)}))
const drivers = new Set(${JSON.stringify(drivers)})
const project = ${JSON.stringify(pathToFileURL(join(root, 'package.json')).href)}
registerHooks({
  resolve(name, context, next) {
    if (drivers.has(name)) return next(name, { ...context, parentURL: project })
    if (name !== 'drizzle-orm' && !name.startsWith('drizzle-orm/')) return next(name, context)
    const url = places.get(name)
    if (url === undefined) throw new Error(name + ' is not among the modules of test/runner/drizzle.ts')
    return next(url, context)
  },
})
`
}
