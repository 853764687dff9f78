/**
 * The types of <chatter-widget> in the frameworks that have their own: what docs/embedding.md shows is taken, and what is
 * wrong in it is not. The frameworks are fetched for the run, and are no dependencies.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packPackage } from '../package/packed.ts'
import { succeeds } from '../runner/command.ts'
import type { Result } from '../runner/report.ts'
import { textWith } from '../support/markdown.ts'

type Framework = {
  readonly packages: readonly string[]
  /** Of a file. */
  readonly ending: 'tsx' | 'vue' | 'svelte'
  /** What the block in the docs names. */
  readonly named: string
  readonly check: readonly string[]
  /** What is wrong, in place of what is right. */
  readonly mistakes: readonly (readonly [right: string | RegExp, wrong: string])[]
  readonly options?: object
}

const ofReact: readonly (readonly [string | RegExp, string])[] = [
  ['mode="launcher"', 'mode="popup"'],
  ['message.text', 'message.txt'],
]

const frameworks: Readonly<Record<string, Framework>> = {
  'React 19': {
    packages: ['@types/react@19'],
    ending: 'tsx',
    named: "'chatter-widget/react'",
    check: ['tsc', '--project', '.'],
    mistakes: [...ofReact, ['tokenProvider={newToken}', 'tokenProvider={room}'], ['roomId={', 'roomID={']],
  },
  'React 18': {
    packages: ['@types/react@18'],
    ending: 'tsx',
    named: "'chatter-widget/react-18'",
    check: ['tsc', '--project', '.'],
    mistakes: [
      ['message.text', 'message.txt'],
      ['room-id={room}', 'roomId={room}'],
      ['room-id={room}', 'room-id={1}'],
    ],
  },
  'Vue 3': {
    packages: ['vue@3', 'vue-tsc@3'],
    ending: 'vue',
    named: "'chatter-widget/vue'",
    check: ['vue-tsc', '--noEmit', '--project', '.'],
    mistakes: [...ofReact, [':tokenProvider="newToken"', ':tokenProvider="room"']],
    options: { vueCompilerOptions: { strictTemplates: true } },
  },
  'Svelte 5': {
    packages: ['svelte@5', 'svelte-check@4'],
    ending: 'svelte',
    named: "'chatter-widget/svelte'",
    check: ['svelte-check', '--tsconfig', './tsconfig.json', '--fail-on-warnings'],
    mistakes: [...ofReact, ['tokenProvider={newToken}', 'tokenProvider={room}']],
  },
}

/** One test for each framework. */
export async function frameworkTypes(): Promise<Result> {
  using packed = await packPackage()
  let [passed, failed] = [0, 0]
  for (const [name, framework] of Object.entries(frameworks)) {
    const scratch = mkdtempSync(join(tmpdir(), 'chatter-types-'))
    try {
      const faults = await faultsOf(framework, scratch, packed.tarball)
      console.log(`${faults.length === 0 ? '✔' : '✖'} ${name}`)
      for (const fault of faults) console.error(fault)
      if (faults.length === 0) passed++
      else failed++
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  }
  return { passed, failed, tests: [] }
}

async function faultsOf(framework: Framework, folder: string, tarball: string): Promise<string[]> {
  const { packages, ending, named, mistakes } = framework
  const npm = [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    'typescript@5',
    tarball,
    ...packages,
  ]
  if (!(await succeeds('npm', npm, { deadlineMs: 5 * 60_000 })))
    return [`npm did not fetch ${packages.join(' ')}`]
  writeConfig(folder, framework)
  const text = textWith('docs/embedding.md', ending, named)
  const check = (words: string) => {
    writeFileSync(join(folder, `chat.${ending}`), words)
    return checked(folder, framework.check)
  }
  const right = check(text)
  const faults = right.isGood ? [] : [`what the docs show is not taken:\n${right.said}`]
  for (const [good, bad] of mistakes) {
    const wrong = text.replace(good, bad)
    if (wrong === text) faults.push(`the docs do not have ${good}`)
    else if (check(wrong).isGood) faults.push(`${bad} is taken`)
  }
  return faults
}

function writeConfig(folder: string, { options = {} }: Framework): void {
  const compilerOptions = {
    target: 'es2024',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2024', 'dom', 'dom.iterable'],
    jsx: 'react-jsx',
    types: [],
    strict: true,
    noEmit: true,
    verbatimModuleSyntax: true,
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const config = { compilerOptions, include: ['chat.*'], ...options }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
}

function checked(folder: string, [program = '', ...args]: readonly string[]) {
  const found = join(folder, 'node_modules', '.bin', program)
  const { status, stdout, stderr } = spawnSync(found, args, { cwd: folder, encoding: 'utf8' })
  return { isGood: status === 0, said: stdout + stderr }
}
