/**
 * The client with types that docs/server-api.md shows: generated from a server's own document, what is shown is taken, and
 * what is wrong in it is not. The generator is fetched for the run: it needs a TypeScript of its own.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { succeeds } from '../runner/command.ts'
import type { Result } from '../runner/report.ts'
import { textWith } from '../support/markdown.ts'
import { startServer } from '../support/server.ts'

const packages = ['openapi-typescript@7', 'openapi-fetch', 'typescript@5', '@types/node@24']

/** What is wrong, in place of what is right. */
const mistakes = [
  ["'/v1/rooms'", "'/v1/room'"],
  ['members: [', 'people: ['],
  ["id: 'sam'", 'id: 7'],
  ['error.code', 'error.kind'],
  ['roomId: room.id', 'room: room.id'],
  ['said.data?.seq', 'said.data?.place'],
] as const

export async function clientTypes(): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-client-'))
  try {
    const faults = await faultsIn(folder)
    for (const fault of faults) console.error(fault)
    return { passed: faults.length === 0 ? 1 : 0, failed: faults.length, tests: [] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function faultsIn(folder: string): Promise<string[]> {
  const npm = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, ...packages]
  if (!(await succeeds('npm', npm, { deadlineMs: 5 * 60_000 })))
    return [`npm did not fetch ${packages.join(' ')}`]
  await using server = await startServer()
  const document = await fetch(`${server.url}v1/openapi.json`)
  writeFileSync(join(folder, 'openapi.json'), await document.text())
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const generated = runIn(folder, 'openapi-typescript', ['openapi.json', '-o', 'chatter.d.ts'])
  if (!generated.isGood) return [`no client was generated:\n${generated.said}`]
  const code = textWith('docs/server-api.md', 'ts', 'openapi-fetch')
  const right = checked(folder, code)
  const faults = right.isGood ? [] : [`what the docs show is not taken:\n${right.said}`]
  for (const [good, bad] of mistakes) {
    const wrong = code.replace(good, bad)
    if (wrong === code) faults.push(`the docs do not have ${good}`)
    else if (checked(folder, wrong).isGood) faults.push(`${bad} is taken`)
  }
  return faults
}

const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']

function checked(folder: string, code: string) {
  writeFileSync(join(folder, 'client.ts'), code)
  return runIn(folder, 'tsc', [...strict, '--allowImportingTsExtensions', 'client.ts'])
}

function runIn(folder: string, program: string, args: readonly string[]) {
  const found = join(folder, 'node_modules', '.bin', program)
  const { status, stdout, stderr } = spawnSync(found, args, { cwd: folder, encoding: 'utf8' })
  return { isGood: status === 0, said: stdout + stderr }
}
