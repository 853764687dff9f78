// What `npm test` runs: every step, even after one has failed. The last line says how it went.
// `npm test -- store` runs only the tests whose path contains "store"; an argument with a dash goes to node --test.
import { availableParallelism } from 'node:os'
import { browserTests } from './runner/browser-tests.ts'
import { budgets, wholeBudget } from './runner/budgets.ts'
import { succeeds } from './runner/command.ts'
import { nodeTests } from './runner/node-tests.ts'
import { asResult, budgetTable, type Result, slowest, sum, testTable } from './runner/report.ts'
import { conclude, type Step, type Taken, take } from './runner/steps.ts'
import { testFiles } from './runner/test-files.ts'
import { type BuiltServer, buildServer } from './support/built-server.ts'
import { programVariable } from './support/chatter-program.ts'
import { provideTools } from './support/find.ts'

/** Steps of one part share its budget, where it has one. */
type TestStep = Step & { readonly part: keyof typeof budgets | 'tools' }

const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'))

const check = async (command: string, ...args: string[]) => asResult(await succeeds(command, args))

/** All of it, and what is published once more: there a name of the DOM is none in the server. */
async function types(): Promise<Result> {
  const projects = ['.', 'server', 'widget']
  const good = await Promise.all(projects.map((project) => succeeds('tsc', ['--noEmit', '-p', project])))
  return asResult(good.every(Boolean))
}

let built: BuiltServer | undefined

async function tools(): Promise<Result> {
  provideTools()
  built = await buildServer()
  process.env[programVariable] = built.program
  return asResult(true)
}

/** Much of it is waiting. By itself Node would run one file after the other on two cores. */
const concurrency = availableParallelism() + 1

const chosen = (pattern: string, isWanted?: (path: string) => boolean) =>
  testFiles(pattern, filters, isWanted)

const isNodeTest = (path: string) =>
  !path.endsWith('.browser.test.ts') && !/^test\/(e2e|bench|faults|long)\//.test(path)

const checks: TestStep[] = [
  { name: 'types', part: 'static', run: types },
  { name: 'lint and format', part: 'static', run: () => check('biome', 'check', '--error-on-warnings') },
  { name: 'unused', part: 'static', run: () => check('knip') },
  { name: 'size', part: 'static', run: () => check('node', 'test/size.ts') },
  { name: 'docs', part: 'static', run: () => check('node', 'docs/generate.ts', '--check') },
  { name: 'tools', part: 'tools', run: tools },
]

const tests: TestStep[] = [
  {
    name: 'node tests',
    part: 'node',
    run: () => nodeTests(chosen('test/**/*.test.ts', isNodeTest), { flags, concurrency }),
  },
  {
    name: 'faults',
    part: 'faults',
    run: () => nodeTests(chosen('test/faults/**/*.test.ts'), { flags, concurrency }),
  },
  {
    name: 'browser tests',
    part: 'browsers',
    run: () => browserTests(chosen('test/**/*.browser.test.ts')),
  },
  {
    name: 'end to end',
    part: 'end to end',
    // In one process: they share their browsers.
    run: () => nodeTests(chosen('test/e2e/**/*.test.ts'), { flags: [...flags, '--test-isolation=none'] }),
  },
]

const isWhole = filters.length === 0
const taken = await take(isWhole ? [...checks, ...tests] : tests)
built?.[Symbol.dispose]()
const found = sum(taken.map(({ result }) => result))

if (isWhole) {
  console.log(`\nTime, against budgets for 2 cores (here are ${availableParallelism()}):`)
  console.log(budgetTable(timesOf(taken), wholeBudget))
}
const slow = slowest(found.tests)
if (slow.length > 0) console.log(`\nThe slowest tests:\n${testTable(slow)}`)
conclude(taken, untested())

function timesOf(steps: readonly Taken<TestStep>[]) {
  const byPart = Map.groupBy(steps, ({ step }) => step.part)
  return [...byPart].map(([name, ofPart]) => ({
    name,
    minutes: ofPart.reduce((total, { minutes }) => total + minutes, 0),
    ...(name !== 'tools' && { budgetMinutes: budgets[name] }),
  }))
}

/** A run that tested nothing is no success, however well it went; nor is one of everything with such a step. */
function untested(): string[] {
  const isEmpty = ({ passed, failed }: Result) => passed + failed === 0
  if (!isWhole) return isEmpty(found) ? [`No test found for ${filters.join(', ')}.`] : []
  const steps = taken.filter(({ step, result }) => tests.includes(step) && isEmpty(result))
  // Not every step has a test by the name that a flag asks for.
  if (flags.length > 0 && steps.length < tests.length) return []
  return steps.map(({ step }) => `No test found: ${step.name}.`)
}
