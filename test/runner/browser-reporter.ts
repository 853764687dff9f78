import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestSession, TestSuiteResult } from '@web/test-runner'
import type { TestResult } from './report.ts'

/** A reporter of web-test-runner: at the end a line of JSON for each test, see `TestResult`. */
export function browserReporter(path: string): Reporter {
  return {
    onTestRunFinished({ sessions }) {
      const results = sessions.flatMap(resultsOf)
      writeFileSync(path, results.map((result) => `${JSON.stringify(result)}\n`).join(''))
    },
  }
}

type Session = Pick<TestSession, 'passed' | 'testFile' | 'testResults'>

/** A page that could not be loaded has no tests, and is a failure all the same. */
export function resultsOf({ passed, testFile, testResults }: Session): TestResult[] {
  const file = relative('', testFile)
  const results = testResults ? testsIn(testResults, file) : []
  if (passed || results.length > 0) return results
  return [{ name: 'the page loads', suites: [], file, seconds: 0, outcome: 'failed' }]
}

/** The outermost suite is the page itself, and has no name. */
function testsIn({ name, suites, tests }: TestSuiteResult, file: string, above: string[] = []): TestResult[] {
  const here = name ? [...above, name] : above
  const own = tests.map(
    ({ name, duration = 0, passed, skipped }): TestResult => ({
      name,
      suites: here,
      file,
      seconds: duration / 1000,
      outcome: skipped ? 'skipped' : passed ? 'passed' : 'failed',
    }),
  )
  return [...own, ...suites.flatMap((suite) => testsIn(suite, file, here))]
}
