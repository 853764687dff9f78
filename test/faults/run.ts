// What `npm run test:faults` runs: everything in test/faults, in the large. Prints the results as a table; with `--write`
// it stands in docs/operations.md afterwards. `npm run test:faults -- redis` runs only tests whose path says so.
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import Database from 'better-sqlite3'
import { findPostgres, findRedis, provideTools } from '../support/find.ts'

type Row = { runs: number; failed: number; seconds: number }

const root = join(import.meta.dirname, '..', '..')
const page = join(root, 'docs', 'operations.md')
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
const longestMs = 4 * 3600_000
/** What the proof is made with has its tests in `npm test`. */
const means = ['faults/history.test.ts', 'faults/proxy.test.ts', 'simulator/simulator.test.ts']

process.env.CHATTER_FAULTS = 'long'
provideTools()

function versions(): string {
  const first = (path: string) =>
    execFileSync(path, ['--version'], { encoding: 'utf8' }).match(/\d+\.[\d.]*\d/)?.[0]
  const sqlite = new Database(':memory:').prepare('SELECT sqlite_version()').pluck().get()
  return `Node ${process.versions.node}, Postgres ${first(findPostgres())}, Redis ${first(findRedis())}, SQLite ${sqlite}`
}

/** The same promise kept under another seed is another run of it. */
const promiseOf = (name: string) => name.replace(/ \(seed \d+\)$/, '')

async function play(files: string[]): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>()
  const above: string[] = []
  const stream = run({ files, concurrency: 1, timeout: longestMs, cwd: root })
  const note = (
    isGood: boolean,
    name: string,
    nesting: number,
    details: { duration_ms: number; type?: string | undefined },
  ) => {
    if (details.type === 'suite' || files.includes(name)) return
    const promise = promiseOf([...above.slice(0, nesting), name].join(' '))
    const row = rows.get(promise) ?? { runs: 0, failed: 0, seconds: 0 }
    row.runs += 1
    row.failed += isGood ? 0 : 1
    row.seconds += details.duration_ms / 1000
    rows.set(promise, row)
  }
  stream.on('test:start', ({ name, nesting }) => {
    above[nesting] = name
  })
  stream.on('test:pass', ({ name, nesting, details }) => note(true, name, nesting, details))
  stream.on('test:fail', ({ name, nesting, details }) => note(false, name, nesting, details))
  for await (const text of stream.compose(spec)) process.stdout.write(String(text))
  return rows
}

function tableOf(rows: Map<string, Row>, seconds: number): string {
  const lines = [...rows].map(([promise, row]) => {
    const verdict =
      row.failed > 0
        ? `**${row.failed} of ${row.runs} failed**`
        : row.runs > 1
          ? `kept ${row.runs} times`
          : 'kept'
    return `| ${promise.replaceAll('|', '\\|')} | ${verdict} | ${row.seconds.toFixed(0)} s |`
  })
  const place = `${availableParallelism()} cores, ${versions()}`
  return [
    `On ${new Date().toISOString().slice(0, 10)}, ${place}, in ${(seconds / 60).toFixed(0)} minutes:`,
    '',
    '| promise | result | time |',
    '| --- | --- | --- |',
    ...lines,
  ].join('\n')
}

const files = globSync('test/faults/**/*.test.ts', { cwd: root })
  .filter((path) => !means.some((end) => path.endsWith(end)))
  .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
  .sort()
  .map((path) => join(root, path))
const start = performance.now()
const rows = await play(files)
const table = tableOf(rows, (performance.now() - start) / 1000)
console.log(`\n${table}`)
if (process.argv.includes('--write')) {
  const text = readFileSync(page, 'utf8')
  const place = /(<!-- proof -->\n)[\s\S]*?(<!-- \/proof -->)/
  if (!place.test(text)) throw new Error(`expected <!-- proof --> and <!-- /proof --> in ${page}`)
  writeFileSync(
    page,
    text.replace(place, (_, before, after) => `${before}\n${table}\n\n${after}`),
  )
}
process.exitCode = rows.size > 0 && [...rows.values()].every(({ failed }) => failed === 0) ? 0 : 1
