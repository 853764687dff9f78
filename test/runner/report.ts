/** What a run has to say of its time: pure, from what the runners wrote down. */

/** One test, as a runner's reporter writes it down: one of these as JSON on each line of its report. */
export type TestResult = {
  readonly name: string
  /** What it is part of, outermost first. */
  readonly suites: readonly string[]
  /** Path from the root of the project. */
  readonly file: string
  readonly seconds: number
  readonly outcome: 'passed' | 'failed' | 'skipped'
}

/** What a step found. Checks that are no tests count as one each. */
export type Result = {
  readonly passed: number
  readonly failed: number
  readonly tests: readonly TestResult[]
}

/** A part of the whole, with its time. Without a budget it counts only as part of the whole. */
export type PartTime = { readonly name: string; readonly minutes: number; readonly budgetMinutes?: number }

export const nothing: Result = { passed: 0, failed: 0, tests: [] }

/** A check that is no test. */
export const asResult = (isGood: boolean): Result => ({
  passed: isGood ? 1 : 0,
  failed: isGood ? 0 : 1,
  tests: [],
})

/** The lines that a reporter wrote. The last one may be cut off, where its runner was killed. */
export function readReport(text: string): TestResult[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

/** A runner that died before it could count is one failure; so is one that failed without a failed test. */
export function resultOf(tests: readonly TestResult[], isGood: boolean): Result {
  const count = (outcome: TestResult['outcome']) => tests.filter((test) => test.outcome === outcome).length
  const failed = count('failed')
  return { passed: count('passed'), failed: isGood ? failed : Math.max(failed, 1), tests }
}

export function sum(results: readonly Result[]): Result {
  return {
    passed: results.reduce((total, { passed }) => total + passed, 0),
    failed: results.reduce((total, { failed }) => total + failed, 0),
    tests: results.flatMap(({ tests }) => tests),
  }
}

/** What each step found and how long it took, a line for each. */
export function stepTable(
  steps: readonly { name: string; passed: number; failed: number; minutes: number }[],
): string {
  const lines = steps.map(
    ({ name, passed, failed, minutes }) =>
      `${minutes.toFixed(1).padStart(7)} ${`${passed}`.padStart(7)} ${`${failed}`.padStart(7)}  ${name}`,
  )
  return ['minutes  passed  failed  step', ...lines].join('\n')
}

/** Minutes against budgets, a line for each part and one for the whole. */
export function budgetTable(parts: readonly PartTime[], wholeBudget: number): string {
  const minutes = parts.reduce((total, part) => total + part.minutes, 0)
  const rows = [...parts, { name: 'whole', minutes, budgetMinutes: wholeBudget }]
  const lines = rows.map(({ name, minutes, budgetMinutes }) => {
    const budget = budgetMinutes === undefined ? '' : budgetMinutes.toFixed(1)
    const excess = minutes - (budgetMinutes ?? Number.POSITIVE_INFINITY)
    const mark = excess > 0 ? `  OVER BUDGET by ${inMinutes(excess)}` : ''
    return `${minutes.toFixed(1).padStart(7)} ${budget.padStart(7)}  ${name}${mark}`
  })
  return ['minutes  budget  part', ...lines].join('\n')
}

/** A little over is not shown as nothing. */
const inMinutes = (minutes: number) =>
  minutes < 0.1 ? `${(minutes * 60).toFixed(0)} s` : `${minutes.toFixed(1)} minutes`

/** The slowest of the tests, the slowest first, without those that nobody would try to make faster. */
export function slowest(
  tests: readonly TestResult[],
  { most = 10, fromSeconds = 1 } = {},
): readonly TestResult[] {
  return tests
    .filter(({ seconds }) => seconds >= fromSeconds)
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, most)
}

/** Seconds, file and name, a line for each test. */
export function testTable(tests: readonly TestResult[]): string {
  const width = Math.max(0, ...tests.map(({ file }) => file.length))
  const lines = tests.map(
    ({ seconds, file, suites, name }) =>
      `${seconds.toFixed(1).padStart(7)}  ${file.padEnd(width)}  ${[...suites, name].join(' › ')}`,
  )
  return ['seconds  test', ...lines].join('\n')
}
