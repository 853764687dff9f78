/** Everything in test/faults, in the large: an hour, and a table of which promise was kept how often. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { root } from '../runner/command.ts'
import { nodeTests } from '../runner/node-tests.ts'
import type { Result, TestResult } from '../runner/report.ts'
import { testFiles } from '../runner/test-files.ts'
import { findPostgres, findRedis, provideTools } from '../support/find.ts'
import { long } from '../support/scale.ts'

type Row = { runs: number; failed: number; seconds: number }

const page = join(root, 'docs', 'operations.md')
const longestMs = 4 * 3600_000
/** What the proof is made with has its tests in `npm test`. */
const means = ['faults/history.test.ts', 'faults/proxy.test.ts', 'simulator/simulator.test.ts']

type FaultOptions = {
  readonly filters: readonly string[]
  readonly flags: readonly string[]
  /** Whether the table stands in docs/operations.md afterwards. */
  readonly isWritten: boolean
}

export async function faults({ filters, flags, isWritten }: FaultOptions): Promise<Result> {
  provideTools()
  const isMeant = (path: string) => !means.some((end) => path.endsWith(end))
  const start = performance.now()
  const result = await nodeTests(testFiles('test/faults/**/*.test.ts', filters, isMeant), {
    concurrency: 1,
    deadlineMs: longestMs,
    fileDeadlineMs: longestMs,
    env: long,
    flags,
  })
  const table = tableOf(rowsOf(result.tests), (performance.now() - start) / 1000)
  console.log(`\n${table}`)
  if (isWritten) write(table)
  return result
}

/** The same promise kept under another seed is another run of it. */
function rowsOf(tests: readonly TestResult[]): Map<string, Row> {
  const rows = new Map<string, Row>()
  for (const { suites, name, outcome, seconds } of tests) {
    const promise = [...suites, name].join(' ').replace(/ \(seed \d+\)$/, '')
    const row = rows.get(promise) ?? { runs: 0, failed: 0, seconds: 0 }
    row.runs += 1
    row.failed += outcome === 'failed' ? 1 : 0
    row.seconds += seconds
    rows.set(promise, row)
  }
  return rows
}

function tableOf(rows: ReadonlyMap<string, Row>, seconds: number): string {
  const lines = [...rows].map(
    ([promise, row]) =>
      `| ${promise.replaceAll('|', '\\|')} | ${verdictOn(row)} | ${row.seconds.toFixed(0)} s |`,
  )
  const place = `${availableParallelism()} cores, ${versions()}`
  return [
    `On ${new Date().toISOString().slice(0, 10)}, ${place}, in ${(seconds / 60).toFixed(0)} minutes:`,
    '',
    '| promise | result | time |',
    '| --- | --- | --- |',
    ...lines,
  ].join('\n')
}

function verdictOn({ runs, failed }: Row): string {
  if (failed > 0) return `**${failed} of ${runs} failed**`
  return runs > 1 ? `kept ${runs} times` : 'kept'
}

function versions(): string {
  const first = (path: string) =>
    execFileSync(path, ['--version'], { encoding: 'utf8' }).match(/\d+\.[\d.]*\d/)?.[0]
  const sqlite = new Database(':memory:').prepare('SELECT sqlite_version()').pluck().get()
  return `Node ${process.versions.node}, Postgres ${first(findPostgres())}, Redis ${first(findRedis())}, SQLite ${sqlite}`
}

function write(table: string): void {
  const text = readFileSync(page, 'utf8')
  const place = /(<!-- proof -->\n)[\s\S]*?(<!-- \/proof -->)/
  if (!place.test(text)) throw new Error(`expected <!-- proof --> and <!-- /proof --> in ${page}`)
  writeFileSync(
    page,
    text.replace(place, (_, before, after) => `${before}\n${table}\n\n${after}`),
  )
}
