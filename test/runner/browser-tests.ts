import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { succeeds } from './command.ts'
import { nothing, type Result, readReport, resultOf } from './report.ts'

/** Test files in a real Chromium and a real Firefox; or in WebKit. */
export async function browserTests(
  files: readonly string[],
  engine: 'usual' | 'WebKit' = 'usual',
): Promise<Result> {
  if (files.length === 0) return nothing
  const scratch = mkdtempSync(join(tmpdir(), 'chatter-test-'))
  const report = join(scratch, 'report')
  try {
    const args = ['--config', 'test/runner/web-test-runner.config.ts', '--files', ...files]
    const isGood = await succeeds('web-test-runner', args, {
      env: { CHATTER_TEST_REPORT: report, ...(engine === 'WebKit' && { CHATTER_TEST_WEBKIT: '1' }) },
    })
    return resultOf(existsSync(report) ? readReport(readFileSync(report, 'utf8')) : [], isGood)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
