import { type SettingName, settingMeanings, settings } from '../config.ts'

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

/** Names that a command takes, for its help: each with lines about it, under the heading of its group. */
export type NamesInHelp = {
  readonly [heading: string]: readonly (readonly [name: string, ...about: string[]])[]
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
  readonly names?: NamesInHelp
  /** Does it, and answers what to print: a text, or where there is no end to that, pieces of it as they are asked for. */
  run(env: NodeJS.ProcessEnv, values: AnyValues, words: readonly string[]): Promise<Printed>
}

export type Printed = string | AsyncIterable<string>

export type AnyValues = { readonly [flag: string]: string | string[] | boolean | undefined }

export type CliCommands = { readonly [name: string]: CliCommand }

/** A command whose `run` is given the values of its own flags, and of no others. */
export function cliCommand<const F extends Flags>(
  command: Omit<CliCommand, 'flags' | 'run'> & {
    readonly flags: F
    run(env: NodeJS.ProcessEnv, values: FlagValues<F>, words: readonly string[]): Promise<Printed>
  },
): CliCommand {
  return command
}

/** All flags that a command takes. */
export function flagsOf(command: CliCommand): Flags {
  return { ...command.flags, ...settingFlags(command.settings) }
}

/** Settings of the environment as flags. */
export function settingFlags(names: readonly SettingName[]): Flags {
  return Object.fromEntries(
    names.map((name) => [settings[name], { type: 'string', about: `${settingMeanings[name]} [${name}]` }]),
  )
}
