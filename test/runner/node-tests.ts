import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandOptions, succeeds } from './command.ts'
import { bundleDrizzle } from './drizzle.ts'
import { nothing, type Result, readReport, resultOf } from './report.ts'

const reporter = import.meta.resolve('./node-reporter.ts')

type NodeOptions = CommandOptions & {
  /** The Node that runs them; else this one. */
  readonly node?: string
  /** How many files at once; else what Node thinks right. */
  readonly concurrency?: number
  /** Until a file counts as hanging: node --test then names it. */
  readonly fileDeadlineMs?: number
  /** More arguments for node. */
  readonly flags?: readonly string[]
}

/** Another Node may be too old for such hooks: its tests import everything as it lies. */
async function importing(scratch: string, { node }: NodeOptions): Promise<string[]> {
  return node === undefined ? [`--import=${await bundleDrizzle(join(scratch, 'drizzle'))}`] : []
}

/** Test files under node --test. */
export async function nodeTests(files: readonly string[], options: NodeOptions = {}): Promise<Result> {
  if (files.length === 0) return nothing
  const { node = process.execPath, concurrency, fileDeadlineMs = 10 * 60_000, flags = [] } = options
  const scratch = mkdtempSync(join(tmpdir(), 'chatter-test-'))
  const report = join(scratch, 'report')
  try {
    const isGood = await succeeds(
      node,
      [
        '--test',
        ...(await importing(scratch, options)),
        `--test-timeout=${fileDeadlineMs}`,
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        `--test-reporter=${reporter}`,
        `--test-reporter-destination=${report}`,
        ...(concurrency === undefined ? [] : [`--test-concurrency=${concurrency}`]),
        ...flags,
        ...files,
      ],
      { ...options, env: { NODE_COMPILE_CACHE: join(scratch, 'compiled'), ...options.env } },
    )
    return resultOf(existsSync(report) ? readReport(readFileSync(report, 'utf8')) : [], isGood)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
