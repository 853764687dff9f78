import { parseArgs } from 'node:util'
import { ConfigProblem, settings } from '../config.ts'
import { inColumns } from './columns.ts'
import type { MigrateStoreFlags } from './migrate-store.ts'
import type { TenantFlags } from './tenant.ts'
import type { TokenFlags } from './token.ts'

export type Flags = TenantFlags & TokenFlags & MigrateStoreFlags & { readonly renew?: boolean }

/** A command of `chatter`, by its name of one or two words. */
export type CliCommand = {
  /** What follows its name: arguments in capitals, the last of them several with …, then flags it cannot do without. */
  readonly takes?: string
  readonly about: string
  /** Its flags and what they mean. */
  readonly flags: { readonly [flag: string]: string }
  /** Does it, and answers what to print. */
  run(env: NodeJS.ProcessEnv, flags: Flags, words: readonly string[]): Promise<string>
}

export type CliCommands = { readonly [name: string]: CliCommand }

export type CommandLine = { readonly help: string } | { readonly run: () => Promise<string> }

const text = { type: 'string' } as const
const several = { type: 'string', multiple: true } as const
const said = { type: 'boolean' } as const
const options = {
  ...Object.fromEntries(Object.values(settings).map((flag) => [flag, text])),
  ...{ host: several, origin: several, directory: text },
  ...{ tenant: text, user: text, name: text, minutes: text, from: text, to: text },
  ...{ json: said, yes: said, renew: said, help: { ...said, short: 'h' } },
} as const

/** What the arguments ask for. @throws ConfigProblem with every fault */
export function readCommandLine(
  args: string[],
  commands: CliCommands,
  surroundings: NodeJS.ProcessEnv,
): CommandLine {
  const { positionals: words, values } = parse(args)
  if (values.help || words.length === 0 || words[0] === 'help') return { help: helpFor(words, commands) }
  const names = [words.slice(0, 2).join(' '), words.slice(0, 1).join(' ')]
  const name = names.find((one) => Object.hasOwn(commands, one)) ?? ''
  const command = commands[name]
  if (!command) throw new ConfigProblem([unknown(words, commands)])
  const rest = words.slice(name.split(' ').length)
  const faults = [...faultsOfWords(name, command, rest), ...faultsOfFlags(name, command, Object.keys(values))]
  if (faults.length > 0) throw new ConfigProblem(faults)
  const env = { ...surroundings, ...settingsAmong(values, name === 'serve') }
  return { run: () => command.run(env, values as Flags, rest) }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    const [why] = (error as Error).message.split(/\.\s/)
    throw new ConfigProblem([`${why}: see chatter --help`])
  }
}

function unknown(words: readonly string[], commands: CliCommands): string {
  const siblings = Object.keys(commands).filter((name) => name.startsWith(`${words[0]} `))
  const asked = JSON.stringify(words.join(' '))
  return siblings.length > 0
    ? `${asked}: expected ${siblings.join(', ')}: see chatter ${words[0]} --help`
    : `unknown command ${asked}: see chatter --help`
}

function faultsOfWords(name: string, { takes = '' }: CliCommand, rest: readonly string[]): string[] {
  const wanted = (takes.split(/ ?--/)[0] ?? '').split(' ').filter((word) => word !== '')
  const missing = wanted.slice(rest.length)
  if (missing.length > 0) {
    return [`${name}: expected ${missing.join(' ')}: see chatter ${name} --help`]
  }
  const tooMany = wanted.at(-1)?.endsWith('…') ? [] : rest.slice(wanted.length)
  return tooMany.map((word) => `${name}: did not expect ${JSON.stringify(word)}`)
}

function faultsOfFlags(name: string, { flags }: CliCommand, given: readonly string[]): string[] {
  return given
    .filter((flag) => !Object.hasOwn(flags, flag))
    .map((flag) => `--${flag}: not a flag of ${name}: see chatter ${name} --help`)
}

/** The settings that were said as flags. A tenant's host is no address to listen on. */
function settingsAmong(values: Readonly<Record<string, unknown>>, isServer: boolean): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {}
  for (const [setting, flag] of Object.entries(settings)) {
    const value = values[flag]
    if (value === undefined || (flag === 'host' && !isServer)) continue
    env[setting] = Array.isArray(value) ? value.at(-1) : String(value)
  }
  return env
}

/** All commands in short; those that start with the words in full. */
function helpFor(words: readonly string[], commands: CliCommands): string {
  const asked = words.filter((word) => word !== 'help').join(' ')
  const chosen = Object.entries(commands).filter(
    ([name]) => asked !== '' && (`${name} `.startsWith(`${asked} `) || asked.startsWith(`${name} `)),
  )
  const usage = (name: string, { takes = '' }: CliCommand) => `chatter ${name} ${takes}`.trimEnd()
  if (chosen.length === 0) {
    const lines = Object.entries(commands).map(([name, command]) => [usage(name, command), command.about])
    return `${inColumns(lines)}\n\nchatter <command> --help shows its flags.`
  }
  return chosen
    .map(([name, command]) => {
      const flags = Object.entries(command.flags).map(([flag, meaning]) => [`  --${flag}`, meaning])
      return `${usage(name, command)}\n${command.about}\n${inColumns(flags)}`
    })
    .join('\n\n')
}
