import { Problem, type ProblemCode, problemCodes } from '../protocol/problems.ts'
import type { AnyCommand, Outcome } from './command.ts'
import { table } from './table.ts'

/** How a command can end. */
export type Ending = 'ok' | ProblemCode

const endings = ['ok', ...Object.keys(problemCodes)] as readonly Ending[]
const names = Object.keys(table) as readonly AnyCommand[]

/** Bounds of the buckets in seconds: a commit takes some milliseconds, and after ten seconds an outage is reported. */
export const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

/** Of each bucket how many took at most so long and longer than the one before; last those that took longer than all. */
export type Durations = { readonly counts: readonly number[]; readonly sum: number }

/** How commands ended since the start, in plain numbers: raising one costs nothing. */
export class Tally {
  /** Messages stored: a retry finds the one that is there. */
  stored = 0
  /** Commands that were begun and have not ended: nearly always they wait for the commit. */
  waiting = 0
  /** How long the sends took that were stored. */
  readonly sendSeconds = { counts: Array.from({ length: durationBounds.length + 1 }, () => 0), sum: 0 }
  readonly commands = Object.fromEntries(
    names.map((name) => [name, Object.fromEntries(endings.map((ending) => [ending, 0]))]),
  ) as Record<AnyCommand, Record<Ending, number>>

  done<N extends AnyCommand>(name: N, { created }: Outcome<N>): void {
    this.commands[name].ok += 1
    if (name === 'send' && created) this.stored += 1
  }

  /** A send was stored after so long. */
  took(seconds: number): void {
    const { counts } = this.sendSeconds
    const found = durationBounds.findIndex((bound) => seconds <= bound)
    const bucket = found < 0 ? durationBounds.length : found
    counts[bucket] = (counts[bucket] ?? 0) + 1
    this.sendSeconds.sum += seconds
  }

  failed(name: AnyCommand, error: unknown): void {
    this.commands[name][error instanceof Problem ? error.code : 'internal'] += 1
  }
}
