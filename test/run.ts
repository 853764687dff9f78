// What `npm test` runs: every step, even after one has failed. The last line says how it went.
// `npm test -- store` runs only the tests whose path contains "store"; an argument with a dash goes to node --test.
import { spawn } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { provideTools } from './support/find.ts'

type Result = { passed: number; failed: number }
type Step = { name: string; run: () => Promise<Result> | Result; tests?: boolean; needs?: string }

const root = join(import.meta.dirname, '..')
const scratch = mkdtempSync(join(tmpdir(), 'chatter-test-'))
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
const nodeFlags = process.argv.slice(2).filter((argument) => argument.startsWith('-'))

// Not a measure of speed, only the end of a test file that never exits: node --test then names it.
const stepDeadlineMs = 20 * 60_000
let nodeTestsRan = false
const nothing: Result = { passed: 0, failed: 0 }
const asResult = (isGood: boolean): Result => (isGood ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })

function succeeds(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<boolean> {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  const child = spawn(command, args, {
    cwd: root,
    stdio: 'inherit',
    timeout: stepDeadlineMs,
    env: { ...process.env, PATH: path, ...env },
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code === 0))
  })
}

const check = async (command: string, ...args: string[]) => asResult(await succeeds(command, args))

function testFiles(pattern: string, isWanted = (_path: string) => true): string[] {
  const files = globSync(pattern, { cwd: root }).map((path) => path.replaceAll('\\', '/'))
  const isChosen = (path: string) => !filters.length || filters.some((filter) => path.includes(filter))
  return files.filter((path) => isWanted(path) && isChosen(path)).sort()
}

const isNodeTest = (path: string) =>
  !path.endsWith('.browser.test.ts') && !/^test\/(e2e|bench|faults)\//.test(path)

/** A runner that died before it could count is one failure; so is one that failed without a failed test. */
function counted({ passed, failed }: Result, isGood: boolean): Result {
  return { passed, failed: isGood ? failed : Math.max(failed, 1) }
}

async function nodeTests(files: string[], ...flags: string[]): Promise<Result> {
  if (!files.length) return nothing
  const report = join(scratch, 'node.tap')
  rmSync(report, { force: true })
  const reporters = ['spec', 'tap'].map((name) => `--test-reporter=${name}`)
  const destinations = ['stdout', report].map((name) => `--test-reporter-destination=${name}`)
  const args = [
    '--test',
    '--test-timeout=600000',
    ...reporters,
    ...destinations,
    ...flags,
    ...nodeFlags,
    ...files,
  ]
  const isGood = await succeeds(process.execPath, args)
  const tap = existsSync(report) ? readFileSync(report, 'utf8') : ''
  // The summary is the end of the report, so the last number under a name is the one.
  const counts = [...tap.matchAll(/^# (\w+) (\d+)$/gm)].map(([, name, count]) => [name, Number(count)])
  const { tests = 0, pass = 0, fail = 0, cancelled = 0 } = Object.fromEntries(counts)
  nodeTestsRan ||= tests > 0
  return counted({ passed: pass, failed: fail + cancelled }, isGood)
}

async function browserTests(files: string[]): Promise<Result> {
  if (!files.length) return nothing
  const report = join(scratch, 'browser.json')
  const args = ['--config', 'test/web-test-runner.config.ts', '--files', ...files]
  const isGood = await succeeds('web-test-runner', args, { CHATTER_TALLY: report })
  return counted(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : nothing, isGood)
}

/** All of it, and what is published once more: there a name of the DOM is none in the server. */
async function types(): Promise<Result> {
  const projects = ['.', 'server', 'widget']
  const good = await Promise.all(projects.map((project) => succeeds('tsc', ['--noEmit', '-p', project])))
  return asResult(good.every(Boolean))
}

function tools(): Result {
  provideTools()
  return asResult(true)
}

const steps: Step[] = [
  { name: 'types', run: types },
  { name: 'lint and format', run: () => check('biome', 'check', '--error-on-warnings') },
  { name: 'unused', run: () => check('knip') },
  { name: 'tools', run: tools },
  { name: 'node tests', run: () => nodeTests(testFiles('test/**/*.test.ts', isNodeTest)), tests: true },
  // Most of it is waiting: three at a time.
  {
    name: 'faults',
    run: () => nodeTests(testFiles('test/faults/**/*.test.ts'), '--test-concurrency=3'),
    tests: true,
  },
  {
    name: 'browser tests',
    run: () => browserTests(testFiles('test/**/*.browser.test.ts')),
    tests: true,
    needs: 'test/web-test-runner.config.ts',
  },
  {
    name: 'end to end',
    run: () => nodeTests(testFiles('test/e2e/**/*.test.ts'), '--test-concurrency=1'),
    tests: true,
    needs: 'test/e2e',
  },
  { name: 'size', run: () => check('node', 'test/size.ts'), needs: 'test/size.ts' },
  { name: 'docs', run: () => check('node', 'docs/generate.ts', '--check'), needs: 'docs/generate.ts' },
]

async function take({ name, run, needs }: Step): Promise<Result> {
  console.log(`\n── ${name} ${'─'.repeat(70 - name.length)}`)
  if (needs && !existsSync(join(root, needs))) {
    console.log(`not built yet: ${needs}`)
    return nothing
  }
  const start = performance.now()
  const result = await Promise.resolve()
    .then(run)
    .catch((error: Error) => {
      console.error(error.message)
      return asResult(false)
    })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(
    `${result.failed ? '✗' : '✓'} ${name}: ${result.passed} passed, ${result.failed} failed (${seconds} s)`,
  )
  return result
}

const total = { ...nothing }
const unhappy: string[] = []
for (const step of steps.filter(({ tests }) => tests || !filters.length)) {
  const { passed, failed } = await take(step)
  total.passed += passed
  total.failed += failed
  if (failed) unhappy.push(step.name)
}
rmSync(scratch, { recursive: true, force: true })

const isEmpty = filters.length ? total.passed + total.failed === 0 : !nodeTestsRan
console.log('')
if (unhappy.length) console.log(`Failed: ${unhappy.join(', ')}`)
if (isEmpty) console.log(`No test found${filters.length ? ` for ${filters.join(', ')}` : ''}.`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed || isEmpty ? 1 : 0
