import { type Budget, median, type Result } from './result.ts'
import { rounded } from './table.ts'

/** Whoever is measured in turn with others: a name for the table, and what measures it once. */
export type Contender<M = number> = {
  readonly name: string
  measure(): Promise<M>
  faults?(): readonly string[]
  /** What is worth knowing beside the figures. */
  note?(): string
}

/** What Chatter is held against, and how much of it is asked for. */
export type Rival = Contender & { readonly budget: Budget }

export type Line = { readonly what: string; readonly unit: string; readonly budget: Budget }
type Figures = Omit<Contender, 'measure'> & { readonly figures: readonly number[] }

/** Chatter against each of its rivals, by one figure. */
export async function compete(
  { what, unit, rounds }: { what: string; unit: string; rounds: number },
  chatter: Contender,
  rivals: readonly Rival[],
): Promise<Result[]> {
  const measured = await race<number, Contender>({ rounds }, [chatter, ...rivals])
  const ours = { ...chatter, figures: measured.get(chatter) ?? [] }
  return rivals.map((rival) =>
    compare({ what, unit, budget: rival.budget }, ours, { ...rival, figures: measured.get(rival) ?? [] }),
  )
}

/**
 * Measures everybody in turn, round after round (A B C, C B A, A B C …), so that what else the machine does hits all
 * alike. The first round warms up and does not count; a single round has none before it.
 */
export async function race<M, C extends Contender<M>>(
  { rounds, warmsUp = rounds > 1 }: { rounds: number; warmsUp?: boolean },
  all: readonly C[],
): Promise<Map<C, M[]>> {
  const measured = new Map<C, M[]>(all.map((one) => [one, []]))
  for (let round = warmsUp ? 0 : 1; round <= rounds; round += 1) {
    for (const one of round % 2 === 0 ? all : all.toReversed()) {
      const measure = await one.measure()
      if (round > 0) measured.get(one)?.push(measure)
    }
  }
  return measured
}

/** A line of the table: ratios are taken within a round. */
export function compare({ what, unit, budget }: Line, ours: Figures, theirs: Figures): Result {
  const notes = [ours.note?.() ?? '', theirs.note?.() ?? ''].filter((note) => note !== '')
  return {
    what,
    against: theirs.name,
    ratios: ours.figures.map((figure, round) => figure / (theirs.figures[round] ?? Number.NaN)),
    budget,
    measured: [
      `${rounded(median(ours.figures))} · ${rounded(median(theirs.figures))} ${unit}`,
      ...notes,
    ].join(', '),
    faults: [ours, theirs].flatMap((one) => (one.faults?.() ?? []).map((fault) => `${one.name}: ${fault}`)),
  }
}
