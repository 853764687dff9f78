/** The server's tests under the oldest Node that package.json permits. `npm test` runs them under the project's own. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, succeeds } from '../runner/command.ts'
import { nodeTests } from '../runner/node-tests.ts'
import { asResult, type Result } from '../runner/report.ts'
import { testFiles } from '../runner/test-files.ts'
import { provideTools } from '../support/find.ts'

const pattern = 'test/{cli,commands,fanout,http,live,metrics,store,views}/**/*.test.ts'
const withoutUsing = import.meta.resolve('./lower-using.ts')
const longestMs = 3600_000

type NodeOptions = { readonly filters: readonly string[]; readonly flags: readonly string[] }

export async function oldestNode({ filters, flags }: NodeOptions): Promise<Result> {
  provideTools()
  const scratch = mkdtempSync(join(tmpdir(), 'chatter-node-'))
  try {
    const node = await fetched(oldestVersion(), scratch)
    if (!node) return asResult(false)
    return await nodeTests(testFiles(pattern, filters), {
      node,
      deadlineMs: longestMs,
      flags: [`--import=${withoutUsing}`, ...flags],
    })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** The lowest version of `engines`: `22.18` is the newest 22.18. */
export function oldestVersion(): string {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return engines.node.replace('>=', '')
}

/** The program, as npm has it for this system; undefined, with the reason on the terminal, where it cannot be had. */
export async function fetched(version: string, folder: string): Promise<string | undefined> {
  const name = `node-${process.platform.replace('win32', 'win')}-${process.arch}`
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${version}`]
  const isInstalled = await succeeds('npm', args, { deadlineMs: 5 * 60_000 })
  const program = join(folder, 'node_modules', name, 'bin', 'node')
  const found = isInstalled ? execFileSync(program, ['--version'], { encoding: 'utf8' }).trim() : 'nothing'
  if (found.startsWith(`v${version}.`)) {
    console.log(`Under Node ${found}:`)
    return program
  }
  console.error(`Node ${version} cannot be had: npm's ${name}@${version} gave ${found}. Nothing was tested.`)
  return undefined
}
