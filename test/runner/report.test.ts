import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TestEvent } from 'node:test/reporters'
import { read } from '../support/markdown.ts'
import { resultsOf } from './browser-reporter.ts'
import { budgets, wholeBudget } from './budgets.ts'
import nodeReporter from './node-reporter.ts'
import {
  budgetTable,
  readReport,
  resultOf,
  slowest,
  stepTable,
  type TestResult,
  testTable,
} from './report.ts'

const aTest = (more: Partial<TestResult> = {}): TestResult => ({
  name: 'a promise is kept',
  suites: [],
  file: 'test/a.test.ts',
  seconds: 2,
  outcome: 'passed',
  ...more,
})

describe('the report of node --test', () => {
  it('has a line for each test, with its suites and the file that was run', async () => {
    const place = {
      nesting: 1,
      file: `${process.cwd()}/test/contract.ts`,
      entryFile: `${process.cwd()}/test/one.test.ts`,
    }
    const results = await reported([
      ['test:start', { name: 'rooms', nesting: 0 }],
      ['test:start', { name: 'open', ...place }],
      ['test:pass', { name: 'open', ...place, details: { duration_ms: 1_500, type: 'test' } }],
      ['test:start', { name: 'close', ...place }],
      ['test:fail', { name: 'close', ...place, details: { duration_ms: 20, type: 'test' } }],
      ['test:start', { name: 'later', ...place }],
      ['test:pass', { name: 'later', ...place, skip: true, details: { duration_ms: 0, type: 'test' } }],
      ['test:fail', { name: 'rooms', nesting: 0, details: { duration_ms: 1_600, type: 'suite' } }],
      ['test:summary', { counts: { tests: 3 } }],
    ])
    const of = { suites: ['rooms'], file: 'test/one.test.ts' }
    assert.deepEqual(results, [
      aTest({ ...of, name: 'open', seconds: 1.5 }),
      aTest({ ...of, name: 'close', seconds: 0.02, outcome: 'failed' }),
      aTest({ ...of, name: 'later', seconds: 0, outcome: 'skipped' }),
    ])
  })

  it('counts as far as it goes when the runner was killed while it wrote', () => {
    const line = `${JSON.stringify(aTest())}\n`
    assert.deepEqual(readReport(`${line}${line.slice(0, 20)}`), [aTest()])
    assert.deepEqual(readReport(''), [])
  })
})

describe('the report of web-test-runner', () => {
  const testFile = `${process.cwd()}/test/page.browser.test.ts`
  const file = 'test/page.browser.test.ts'
  const browser = { name: 'Firefox' }

  it('has the tests of all suites of a page, and its browser', () => {
    const inner = { name: 'keys', suites: [], tests: [{ name: 'enter', passed: false, skipped: false }] }
    const testResults = {
      name: '',
      suites: [{ name: 'composer', suites: [inner], tests: [] }],
      tests: [{ name: 'opens', passed: true, skipped: false, duration: 250 }],
    }
    assert.deepEqual(resultsOf({ browser, passed: false, testFile, testResults }), [
      aTest({ name: 'opens', suites: ['Firefox'], file, seconds: 0.25 }),
      aTest({ name: 'enter', suites: ['Firefox', 'composer', 'keys'], file, seconds: 0, outcome: 'failed' }),
    ])
  })

  it('has a failure for a page that did not load', () => {
    const [failure, ...others] = resultsOf({ browser, passed: false, testFile })
    assert.deepEqual([failure?.suites, failure?.file, failure?.outcome], [['Firefox'], file, 'failed'])
    assert.deepEqual(others, [])
    assert.deepEqual(resultsOf({ browser, passed: true, testFile }), [])
  })
})

describe('what a runner found', () => {
  const tests = [aTest(), aTest({ outcome: 'failed' }), aTest({ outcome: 'skipped' }), aTest()]

  it('is how many tests passed and failed', () => {
    assert.deepEqual(resultOf(tests, false), { passed: 2, failed: 1, tests })
  })

  it('is a failure when the runner failed and no test did', () => {
    assert.equal(resultOf([aTest()], false).failed, 1)
    assert.equal(resultOf([], false).failed, 1)
    assert.equal(resultOf([], true).failed, 0)
  })
})

describe('the slowest tests', () => {
  it('are ten, the slowest first, and none that took less than a second', () => {
    const tests = [3, 0.9, 12, 5, 1, 8, 0.2, 4, 6, 7, 9, 10, 11].map((seconds) => aTest({ seconds }))
    const seconds = slowest(tests).map((test) => test.seconds)
    assert.deepEqual(seconds, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3])
    assert.deepEqual(slowest(tests.slice(1, 2)), [])
  })

  it('stand in a table with seconds, file and name', () => {
    const tests = [
      aTest({ seconds: 12.34, file: 'test/long-name.test.ts', suites: ['a room', 'of two'] }),
      aTest({ seconds: 1.06 }),
    ]
    assert.equal(
      testTable(tests),
      [
        'seconds  test',
        '   12.3  test/long-name.test.ts  a room › of two › a promise is kept',
        '    1.1  test/a.test.ts          a promise is kept',
      ].join('\n'),
    )
  })
})

describe('the table of minutes', () => {
  it('marks a part over its budget, and by how much', () => {
    const parts = [
      { name: 'static', minutes: 1.2, budgetMinutes: 1.5 },
      { name: 'tools', minutes: 9 },
      { name: 'node', minutes: 7.25, budgetMinutes: 6 },
      { name: 'faults', minutes: 3.05, budgetMinutes: 3 },
    ]
    assert.equal(
      budgetTable(parts, 20),
      [
        'minutes  budget  part',
        '    1.2     1.5  static',
        '    9.0          tools',
        '    7.3     6.0  node  OVER BUDGET by 1.3 minutes',
        '    3.0     3.0  faults  OVER BUDGET by 3 s',
        '   20.5    20.0  whole  OVER BUDGET by 0.5 minutes',
      ].join('\n'),
    )
  })

  it('marks nothing that keeps to its budget to the second', () => {
    assert.doesNotMatch(budgetTable([{ name: 'node', minutes: 6, budgetMinutes: 6 }], 6), /OVER/)
  })

  it('has its budgets from where CONTRIBUTING shows them', () => {
    const rows = read('CONTRIBUTING.md').matchAll(/^\| ([a-z ]+) \| ([\d.]+) \|/gm)
    const shown = Object.fromEntries([...rows].map(([, part, minutes]) => [part, Number(minutes)]))
    assert.deepEqual(shown, { ...budgets, whole: wholeBudget })
  })

  it('of steps says what each found', () => {
    assert.equal(
      stepTable([
        { name: 'faults', passed: 31, failed: 0, minutes: 62.96 },
        { name: 'fuzz', passed: 2, failed: 1, minutes: 1.04 },
      ]),
      [
        'minutes  passed  failed  step',
        '   63.0      31       0  faults',
        '    1.0       2       1  fuzz',
      ].join('\n'),
    )
  })
})

/** What the reporter writes of these events. */
async function reported(events: readonly [string, object][]): Promise<TestResult[]> {
  async function* source(): AsyncGenerator<TestEvent> {
    for (const [type, data] of events) yield { type, data } as TestEvent
  }
  let text = ''
  for await (const line of nodeReporter(source())) text += line
  return readReport(text)
}
