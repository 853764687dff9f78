/** What `--help` prints, in lines that a terminal of 100 columns does not break. */
import type { SettingName } from '../config.ts'
import {
  type CliCommand,
  type CliCommands,
  type Flags,
  type NamesInHelp,
  settingFlags,
} from './cli-command.ts'
import { inColumns, wrapped } from './columns.ts'

const mostColumns = 96
/** Which database a command works on is said in the same way with all of them. */
const ofDatabase: readonly SettingName[] = ['CHATTER_DATA', 'DATABASE_URL', 'CHATTER_SEAL_KEY']

/** All commands in short; a group of them, each with what it takes; or one of them in full. */
export function helpFor(words: readonly string[], commands: CliCommands): string {
  const asked = words.filter((word) => word !== 'help').join(' ')
  const all = Object.entries(commands)
  const one = all.find(([name]) => `${asked} `.startsWith(`${name} `))
  if (one) return helpOfOne(...one)
  const group = all.filter(([name]) => asked !== '' && name.startsWith(`${asked} `))
  return group.length > 0 ? helpOfGroup(asked, group) : helpOfAll(all)
}

function helpOfAll(all: readonly [string, CliCommand][]): string {
  const groups = Map.groupBy(all, ([name]) => groupOf(name))
  const widest = Math.max(...all.map(([name]) => name.length))
  const lists = [...groups.values()].map((group) =>
    rows(
      group.map(([name, { about }]) => [name, about]),
      widest,
    ),
  )
  return [
    'chatter COMMAND',
    ...lists,
    databaseFlags(all.map(([, command]) => command)),
    'chatter COMMAND --help shows what a command takes, chatter --version what this is.',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const groupOf = (name: string) => (name.includes(' ') ? name.slice(0, name.indexOf(' ')) : '')

function helpOfGroup(asked: string, group: readonly [string, CliCommand][]): string {
  const each = group.map(
    ([name, command]) => `${usage(name, command)}\n${indented(wrapped(command.about, mostColumns - 4), 4)}`,
  )
  const database = databaseFlags(group.map(([, command]) => command))
  return [each.join('\n'), database, `chatter ${asked} COMMAND --help shows what else a command takes.`]
    .filter((part) => part !== '')
    .join('\n\n')
}

function helpOfOne(name: string, command: CliCommand): string {
  const ownSettings = command.settings.filter((setting) => !ofDatabase.includes(setting))
  return [
    `${usage(name, command)}\n${wrapped(command.about, mostColumns).join('\n')}`,
    flagRows({ ...command.flags, ...settingFlags(ownSettings) }),
    ...namesIn(command.names ?? {}),
    databaseFlags([command]),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

const usage = (name: string, { takes = '' }: CliCommand) => `chatter ${name} ${takes}`.trimEnd()

/** Said once, however many commands take them. */
function databaseFlags(commands: readonly CliCommand[]): string {
  const names = ofDatabase.filter((name) => commands.some(({ settings }) => settings.includes(name)))
  if (names.length === 0) return ''
  return `Which database, for each command that needs one:\n${flagRows(settingFlags(names))}`
}

function flagRows(flags: Flags): string {
  return rows(
    Object.entries(flags).map(([flag, { type, about }]) => [
      type === 'boolean' ? `--${flag}` : `--${flag} ${flag.slice(flag.lastIndexOf('-') + 1).toUpperCase()}`,
      about,
    ]),
  )
}

function namesIn(names: NamesInHelp): string[] {
  const groups = Object.entries(names)
  const widest = Math.max(...groups.flatMap(([, group]) => group.map(([name]) => name.length)))
  return groups.map(([heading, group]) => `${heading}:\n${rows(group, widest)}`)
}

/** A name, and beside it what is said of it, in lines of its own column. */
function rows(entries: readonly (readonly [name: string, ...about: string[]])[], least = 0): string {
  const widest = Math.max(least, ...entries.map(([name]) => name.length))
  const lines = entries.flatMap(([name, ...about]) =>
    about
      .flatMap((text) => wrapped(text, mostColumns - widest - 4))
      .map((line, at) => [(at === 0 ? `  ${name}` : '').padEnd(widest + 2), line]),
  )
  return inColumns(lines)
}

const indented = (lines: readonly string[], by: number) =>
  lines.map((line) => `${' '.repeat(by)}${line}`).join('\n')
