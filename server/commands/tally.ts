import { type CommandName, commands } from '../protocol/commands.ts'
import { Problem, type ProblemCode, problemCodes } from '../protocol/problems.ts'
import type { Outcome } from './command.ts'

/** How a command can end. */
export type Ending = 'ok' | ProblemCode

const endings = ['ok', ...Object.keys(problemCodes)] as readonly Ending[]
const names = Object.keys(commands) as readonly CommandName[]

/** What commands came to since the start, in plain numbers: raising one costs nothing. */
export class Tally {
  /** Messages stored: a retry finds the one that is there. */
  stored = 0
  /** Commands that were begun and have not ended: nearly always they wait for the commit. */
  waiting = 0
  readonly commands = Object.fromEntries(
    names.map((name) => [name, Object.fromEntries(endings.map((ending) => [ending, 0]))]),
  ) as Record<CommandName, Record<Ending, number>>

  done<N extends CommandName>(name: N, { created }: Outcome<N>): void {
    this.commands[name].ok += 1
    if (name === 'send' && created) this.stored += 1
  }

  failed(name: CommandName, error: unknown): void {
    this.commands[name][error instanceof Problem ? error.code : 'internal'] += 1
  }
}
