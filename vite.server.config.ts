/**
 * Builds the server: imported one by one from node_modules, the modules of drizzle-orm alone take more memory than all
 * the rest. `cli.js` checks Node and loads `chatter.js`, the command line; a host's own app imports `index.js`. Both
 * stand on `app.js`, and the adapters are chunks that are loaded when they are opened.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vite'

const sources = join(import.meta.dirname, 'server')

export default defineConfig({
  publicDir: false,
  plugins: [nodeCheck(), migrations()],
  ssr: {
    noExternal: true,
    // Native code, and drivers that not everybody needs.
    external: ['better-sqlite3', 'ioredis', 'pg', 'prom-client'],
  },
  build: {
    ssr: true,
    ssrEmitAssets: true,
    target: 'node22',
    outDir: 'dist/server',
    emptyOutDir: true,
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      input: { chatter: 'server/cli/cli.ts', index: 'server/index.ts' },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        codeSplitting: {
          includeDependenciesRecursively: false,
          // Chunks lie where their sources do: a store finds its migrations beside itself.
          groups: [
            // What a copy knows of tables, without a driver.
            { name: 'store/postgres/tables', test: /server\/store\/postgres\/tables/ },
            {
              name: 'store/sqlite/sqlite',
              test: /server\/store\/sqlite\/|drizzle-orm\/(better-sqlite3|sqlite-core)\//,
            },
            {
              name: 'store/postgres/postgres',
              test: /server\/store\/postgres\/|drizzle-orm\/node-postgres\//,
            },
            { name: 'store/drizzle', test: /drizzle-orm\// },
            // Each with one driver, so that the other need not be there.
            { name: 'store/copy/sqlite', test: /server\/store\/copy\/sqlite/ },
            { name: 'store/copy/postgres', test: /server\/store\/copy\/postgres/ },
            { name: 'store/copy/copy', test: /server\/store\/copy\// },
            { name: 'store/import-django/sqlite', test: /server\/store\/import-django\/sqlite/ },
            { name: 'store/import-django/postgres', test: /server\/store\/import-django\/postgres/ },
            { name: 'store/import-django/import', test: /server\/store\/import-django\// },
            { name: 'fanout/redis/redis', test: /server\/fanout\/redis\// },
            { name: 'metrics/prometheus', test: /server\/metrics\/prometheus/ },
            { name: 'app', minShareCount: 2 },
          ],
        },
      },
    },
  },
})

/** As it is written: an older Node than Vite knows has to read it. */
function nodeCheck(): Plugin {
  const source = readFileSync(join(sources, 'cli', 'bin.js'), 'utf8').replace('./cli.ts', './chatter.js')
  return {
    name: 'node-check',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'cli.js', source })
    },
  }
}

/** The SQL that brings a database to this version, beside the stores. */
function migrations(): Plugin {
  return {
    name: 'migrations',
    generateBundle() {
      for (const fileName of globSync('store/*/migrations/**/*.{sql,json}', { cwd: sources })) {
        this.emitFile({ type: 'asset', fileName, source: readFileSync(join(sources, fileName)) })
      }
    },
  }
}
