import { writeFileSync } from 'node:fs'

type Suite = { tests?: { passed: boolean; skipped?: boolean }[]; suites?: Suite[] }
type Session = { passed: boolean; testResults?: Suite }

const allTests = (suite: Suite = {}): NonNullable<Suite['tests']> => [
  ...(suite.tests ?? []),
  ...(suite.suites ?? []).flatMap(allTests),
]

/** A web-test-runner reporter: tells test/run.ts how many tests of each kind there were. */
export function browserTally() {
  return {
    onTestRunFinished({ sessions }: { sessions: Session[] }): void {
      const path = process.env.CHATTER_TALLY
      if (!path) return
      const tests = sessions
        .flatMap((session) => allTests(session.testResults))
        .filter((test) => !test.skipped)
      const passed = tests.filter((test) => test.passed).length
      // A page that could not be loaded has no tests, and is a failure all the same.
      const broken = sessions.filter(
        (session) => !session.passed && !allTests(session.testResults).length,
      ).length
      writeFileSync(path, JSON.stringify({ passed, failed: tests.length - passed + broken }))
    },
  }
}
