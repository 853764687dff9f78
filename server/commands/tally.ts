import { Problem, type ProblemCode, problemCodes } from '../protocol/problems.ts'
import type { AnyCommand, Outcome } from './command.ts'
import { table } from './table.ts'

/** How a command can end. */
export type Ending = 'ok' | ProblemCode

const endings = ['ok', ...Object.keys(problemCodes)] as readonly Ending[]
const names = Object.keys(table) as readonly AnyCommand[]

/** What commands came to since the start, in plain numbers: raising one costs nothing. */
export class Tally {
  /** Messages stored: a retry finds the one that is there. */
  stored = 0
  /** Commands that were begun and have not ended: nearly always they wait for the commit. */
  waiting = 0
  readonly commands = Object.fromEntries(
    names.map((name) => [name, Object.fromEntries(endings.map((ending) => [ending, 0]))]),
  ) as Record<AnyCommand, Record<Ending, number>>

  done<N extends AnyCommand>(name: N, { created }: Outcome<N>): void {
    this.commands[name].ok += 1
    if (name === 'send' && created) this.stored += 1
  }

  failed(name: AnyCommand, error: unknown): void {
    this.commands[name][error instanceof Problem ? error.code : 'internal'] += 1
  }
}
