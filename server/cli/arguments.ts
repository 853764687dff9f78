import { parseArgs } from 'node:util'
import { ConfigProblem, type SettingName, settingMeanings, settings } from '../config.ts'
import { version } from '../version.ts'
import { inColumns } from './columns.ts'

/** A flag of one command. `multiple`: it may be given several times, and its value is a list. */
export type Flag = {
  readonly type: 'string' | 'boolean'
  readonly multiple?: true
  /** What it means, for the help. */
  readonly about: string
}

/** The flags of one command, by name. Other commands may give the same name another meaning. */
export type Flags = { readonly [flag: string]: Flag }

/** What the flags of a command were set to. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]?: F[K] extends { type: 'boolean' }
    ? boolean
    : F[K] extends { multiple: true }
      ? string[]
      : string
}

/** A command of `chatter`, by its name of one or two words. */
export type CliCommand = {
  /** What follows its name: arguments in capitals, the last of them several with …, then flags it cannot do without. */
  readonly takes?: string
  readonly about: string
  /**
   * Its own flags. A flag may stand before the command's name, where it is not known yet whose it is: so a name takes a
   * value with every command, or with none.
   */
  readonly flags: Flags
  /** The settings that it reads: each is a flag too, which wins over the environment. */
  readonly settings: readonly SettingName[]
  /** Does it, and answers what to print: a text, or where there is no end to that, pieces of it as they are asked for. */
  run(env: NodeJS.ProcessEnv, values: AnyValues, words: readonly string[]): Promise<Printed>
}

export type Printed = string | AsyncIterable<string>

type AnyValues = { readonly [flag: string]: string | string[] | boolean | undefined }

export type CliCommands = { readonly [name: string]: CliCommand }

export type CommandLine = { readonly help: string } | { readonly run: () => Promise<Printed> }

/** A command whose `run` is given the values of its own flags, and of no others. */
export function cliCommand<const F extends Flags>(
  command: Omit<CliCommand, 'flags' | 'run'> & {
    readonly flags: F
    run(env: NodeJS.ProcessEnv, values: FlagValues<F>, words: readonly string[]): Promise<Printed>
  },
): CliCommand {
  return command
}

/** What the arguments ask for. @throws ConfigProblem with every fault */
export function readCommandLine(
  args: string[],
  commands: CliCommands,
  environment: NodeJS.ProcessEnv,
): CommandLine {
  // With the flags of all commands, for the flags say which words are their values.
  const given = parse(args, Object.values(commands))
  const words = given.positionals
  if (given.values.version) return { help: `chatter ${version} on Node ${process.version}` }
  if (given.values.help || words.length === 0 || words[0] === 'help')
    return { help: helpFor(words, commands) }
  const names = [words.slice(0, 2).join(' '), words.slice(0, 1).join(' ')]
  const name = names.find((one) => Object.hasOwn(commands, one)) ?? ''
  const command = commands[name]
  if (!command) throw new ConfigProblem([unknown(words, commands)])
  const rest = words.slice(name.split(' ').length)
  const faults = [
    ...faultsOfWords(name, command, rest),
    ...faultsOfFlags(name, command, Object.keys(given.values)),
  ]
  if (faults.length > 0) throw new ConfigProblem(faults)
  const { values } = parse(args, [command])
  const env = { ...environment, ...settingsAmong(values, command) }
  return { run: () => command.run(env, values, rest) }
}

function parse(args: string[], commands: readonly CliCommand[]) {
  const flags = commands.flatMap((command) => Object.entries(flagsOf(command)))
  const options = {
    ...Object.fromEntries(flags),
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    const [why] = (error as Error).message.split(/\.\s/)
    throw new ConfigProblem([`${why}: see chatter --help`])
  }
}

/** All flags that a command takes. */
function flagsOf(command: CliCommand): Flags {
  const asFlag = (name: SettingName): [string, Flag] => [
    settings[name],
    { type: 'string', about: `${name}: ${settingMeanings[name]}` },
  ]
  return { ...command.flags, ...Object.fromEntries(command.settings.map(asFlag)) }
}

function unknown(words: readonly string[], commands: CliCommands): string {
  const siblings = Object.keys(commands).filter((name) => name.startsWith(`${words[0]} `))
  const asked = JSON.stringify(words.join(' '))
  return siblings.length > 0
    ? `${asked}: expected ${siblings.join(', ')}: see chatter ${words[0]} --help`
    : `unknown command ${asked}: see chatter --help`
}

function faultsOfWords(name: string, { takes = '' }: CliCommand, rest: readonly string[]): string[] {
  const wanted = (takes.split(/ ?(?:--|[<>])/)[0] ?? '').split(' ').filter((word) => word !== '')
  const missing = wanted.slice(rest.length)
  if (missing.length > 0) {
    return [`${name}: expected ${missing.join(' ')}: see chatter ${name} --help`]
  }
  const tooMany = wanted.at(-1)?.endsWith('…') ? [] : rest.slice(wanted.length)
  return tooMany.map((word) => `${name}: did not expect ${JSON.stringify(word)}`)
}

function faultsOfFlags(name: string, command: CliCommand, given: readonly string[]): string[] {
  const own = flagsOf(command)
  return given
    .filter((flag) => !Object.hasOwn(own, flag))
    .map((flag) => `--${flag}: not a flag of ${name}: see chatter ${name} --help`)
}

/** The settings that were given as flags. */
function settingsAmong(values: AnyValues, command: CliCommand): NodeJS.ProcessEnv {
  const given = command.settings.filter((name) => values[settings[name]] !== undefined)
  return Object.fromEntries(given.map((name) => [name, String(values[settings[name]])]))
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
    return `${inColumns(lines)}\n\nchatter <command> --help shows its flags, chatter --version what this is.`
  }
  return chosen
    .map(([name, command]) => {
      const flags = Object.entries(flagsOf(command)).map(([flag, { about }]) => [`  --${flag}`, about])
      return `${usage(name, command)}\n${command.about}\n${inColumns(flags)}`
    })
    .join('\n\n')
}
