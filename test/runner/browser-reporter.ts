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

type Session = Pick<TestSession, 'passed' | 'testFile' | 'testResults'> & {
  readonly browser: Pick<TestSession['browser'], 'name'>
}

/** A page that could not be loaded has no tests, and is a failure all the same. */
export function resultsOf({ browser, passed, testFile, testResults }: Session): TestResult[] {
  const file = relative('', testFile)
  const results = testResults ? testsIn(testResults, file, [browser.name]) : []
  if (passed || results.length > 0) return results
  return [{ name: 'the page loads', suites: [browser.name], file, seconds: 0, outcome: 'failed' }]
}

/** The outermost suite is the page itself, and has no name. Around it is the browser. */
function testsIn(
  { name, suites, tests }: TestSuiteResult,
  file: string,
  above: readonly string[],
): TestResult[] {
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
