import { parseArgs } from 'node:util'
import { ConfigProblem, settings } from '../config.ts'
import { nearest } from '../rules/did-you-mean.ts'
import { version } from '../version.ts'
import { type AnyValues, type CliCommand, type CliCommands, flagsOf, type Printed } from './cli-command.ts'
import { helpFor } from './help.ts'

export type CommandLine = { readonly help: string } | { readonly run: () => Promise<Printed> }

/** What the arguments ask for. @throws ConfigProblem with every fault */
export function readCommandLine(
  args: string[],
  commands: CliCommands,
  environment: NodeJS.ProcessEnv,
): CommandLine {
  // With the flags of all commands, for the flags say which words are their values.
  const given = parse(args, commands)
  const words = given.positionals
  if (given.values.version) return { help: `chatter ${version} on Node ${process.version}` }
  if (given.values.help || words.length === 0 || words[0] === 'help')
    return { help: helpFor(words, commands) }
  const name = nameIn(words, commands)
  const command = commands[name]
  if (!command) throw new ConfigProblem([unknown(words, commands)])
  const rest = words.slice(name.split(' ').length)
  const faults = [
    ...faultsOfWords(name, command, rest),
    ...faultsOfFlags(name, command, Object.keys(given.values)),
  ]
  if (faults.length > 0) throw new ConfigProblem(faults)
  const { values } = parse(args, { [name]: command })
  const env = { ...environment, ...settingsAmong(values, command) }
  return { run: () => command.run(env, values, rest) }
}

/** The name of the command that words begin with; empty where there is none. */
function nameIn(words: readonly string[], commands: CliCommands): string {
  const names = [words.slice(0, 2).join(' '), words.slice(0, 1).join(' ')]
  return names.find((one) => Object.hasOwn(commands, one)) ?? ''
}

function parse(args: string[], commands: CliCommands) {
  const flags = Object.values(commands).flatMap((command) => Object.entries(flagsOf(command)))
  const options = {
    ...Object.fromEntries(flags),
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    const [why = ''] = (error as Error).message.split(/\.\s/)
    const [, unknownFlag] = /^Unknown option '--(.*)'$/.exec(why) ?? []
    if (unknownFlag === undefined) throw new ConfigProblem([`${why}: see chatter --help`])
    const name = nameIn(
      args.filter((word) => !word.startsWith('-')),
      commands,
    )
    const command = commands[name]
    const known = command ? Object.keys(flagsOf(command)) : Object.keys(options)
    throw new ConfigProblem([notAFlag(unknownFlag, name, known)])
  }
}

function notAFlag(flag: string, name: string, known: readonly string[]): string {
  const meant = nearest(flag, known)
  const of = name === '' ? 'a flag' : `a flag of ${name}`
  const help = `see ${`chatter ${name}`.trim()} --help`
  return meant === undefined
    ? `--${flag}: not ${of}: ${help}`
    : `--${flag}: not ${of}, did you mean --${meant}? ${capital(help)}`
}

const capital = (text: string) => text.replace(/^./, (letter) => letter.toUpperCase())

function unknown(words: readonly string[], commands: CliCommands): string {
  const names = Object.keys(commands)
  const siblings = names.filter((name) => name.startsWith(`${words[0]} `))
  const asked = words.slice(0, 2).join(' ')
  const help = siblings.length > 0 ? `chatter ${words[0]} --help` : 'chatter --help'
  const meant =
    nearest(asked, siblings.length > 0 ? siblings : names) ??
    // Of a group whose name alone was misspelt.
    nearest(words[0] ?? '', new Set(names.map((name) => name.split(' ')[0] ?? '')))
  const what = `unknown command ${JSON.stringify(asked)}`
  if (meant !== undefined && meant !== words[0]) return `${what}, did you mean ${meant}? See ${help}`
  return siblings.length > 0
    ? `${JSON.stringify(asked)}: expected ${siblings.join(', ')}: see ${help}`
    : `${what}: see ${help}`
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
  const own = Object.keys(flagsOf(command))
  return given.filter((flag) => !own.includes(flag)).map((flag) => notAFlag(flag, name, own))
}

/** The settings that were given as flags. */
function settingsAmong(values: AnyValues, command: CliCommand): NodeJS.ProcessEnv {
  const given = command.settings.filter((name) => values[settings[name]] !== undefined)
  return Object.fromEntries(given.map((name) => [name, String(values[settings[name]])]))
}
