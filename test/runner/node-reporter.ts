import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import type { TestResult } from './report.ts'

/** A reporter of node --test: a line of JSON for each test that has ended, see `TestResult`. */
// biome-ignore lint/style/noDefaultExport: node --test takes the default export of a reporter.
export default async function* nodeReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  /** What has begun around the test, outermost first. */
  const above: string[] = []
  for await (const { type, data } of events) {
    if (type === 'test:start') above[data.nesting] = data.name
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.details.type === 'suite') continue
    const isSkipped = data.skip !== undefined || data.todo !== undefined
    const result: TestResult = {
      name: data.name,
      suites: above.slice(0, data.nesting),
      file: relative('', entryOf(data)),
      seconds: data.details.duration_ms / 1000,
      outcome: isSkipped ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed',
    }
    yield `${JSON.stringify(result)}\n`
  }
}

/** The file that was run. The one that holds the test may be a suite for several of them; older Nodes know only that. */
function entryOf(data: { file?: string; entryFile?: string; name: string }): string {
  return data.entryFile ?? data.file ?? data.name
}
