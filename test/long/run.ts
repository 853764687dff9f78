// What `npm run test:long` runs: what takes too long for `npm test`. `npm run test:long -- faults fuzz` runs only these
// steps; beside the name of a step, any other argument chooses among its tests by their path, and one with a dash goes to
// node --test. The last line says how it went.
import { browserTests } from '../runner/browser-tests.ts'
import { nodeTests } from '../runner/node-tests.ts'
import { type Result, stepTable, sum } from '../runner/report.ts'
import { conclude, take } from '../runner/steps.ts'
import { testFiles } from '../runner/test-files.ts'
import { provideTools } from '../support/find.ts'
import { long } from '../support/scale.ts'
import { clientTypes } from './client-types.ts'
import { faults } from './faults.ts'
import { frameworkTypes } from './framework-types.ts'
import { oldestNode } from './oldest-node.ts'

type Options = {
  readonly filters: readonly string[]
  readonly flags: readonly string[]
  /** Whether results stand in the docs afterwards. */
  readonly isWritten: boolean
}

const steps: Readonly<Record<string, (options: Options) => Promise<Result>>> = {
  bench(options) {
    provideTools()
    return longTests('test/bench.test.ts', options)
  },
  clients: clientTypes,
  contract: (options) => longTests('test/store/{sqlite/contract,postgres/postgres}.test.ts', options),
  faults,
  fuzz: (options) => longTests('test/{live,http}/fuzz.test.ts', options),
  million(options) {
    provideTools()
    return longTests('test/long/million.test.ts', options)
  },
  'oldest-node': oldestNode,
  package: (options) => longTests('test/long/{package,first-chat}.test.ts', options),
  types: frameworkTypes,
  webkit: ({ filters }) => browserTests(testFiles('test/widget/**/*.browser.test.ts', filters), 'WebKit'),
}

/** Tests that are there for the long run, or do more in it. */
function longTests(pattern: string, { filters, flags }: Options): Promise<Result> {
  const deadlineMs = 3600_000
  return nodeTests(testFiles(pattern, filters), { deadlineMs, fileDeadlineMs: deadlineMs, env: long, flags })
}

const asked = process.argv.slice(2)
const others = asked.filter((argument) => !Object.hasOwn(steps, argument))
const filters = others.filter((argument) => !argument.startsWith('-'))
const flags = others.filter((argument) => argument.startsWith('-') && argument !== '--write')
const options: Options = { filters, flags, isWritten: others.includes('--write') }
const isAnyNamed = others.length < asked.length
const [stranger] = filters

if (stranger !== undefined && !isAnyNamed) {
  console.error(`no step ${stranger}: there are ${Object.keys(steps).join(', ')}`)
  process.exitCode = 2
} else {
  const chosen = Object.entries(steps).filter(([name]) => !isAnyNamed || asked.includes(name))
  const taken = await take(chosen.map(([name, run]) => ({ name, run: () => run(options) })))
  console.log(`\n${stepTable(taken.map(({ step, result, minutes }) => ({ ...step, ...result, minutes })))}`)
  const { passed, failed } = sum(taken.map(({ result }) => result))
  conclude(taken, passed + failed === 0 ? [`No test found for ${filters.join(', ')}.`] : [])
}
