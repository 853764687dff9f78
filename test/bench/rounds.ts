import { type Budget, median, type Result } from './result.ts'
import { rounded } from './table.ts'

/** One contender of a row: a name for the table, and what measures it once. */
export type Contender = { readonly name: string; measure(): Promise<number>; faults?(): readonly string[] }

/** What Chatter is held against, and how much of it is asked for. */
export type Rival = Contender & { readonly budget: Budget }

/**
 * Measures everybody in turn, round after round (A B C, C B A, A B C …), so that what else the machine does hits all
 * alike; ratios are taken within a round. The first round warms up and does not count.
 */
export async function compete(
  { what, unit, rounds }: { what: string; unit: string; rounds: number },
  chatter: Contender,
  rivals: readonly Rival[],
): Promise<Result[]> {
  const all = [chatter, ...rivals]
  const figures = new Map<Contender, number[]>(all.map((one) => [one, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (const one of round % 2 === 0 ? all : all.toReversed()) {
      const figure = await one.measure()
      if (round > 0) figures.get(one)?.push(figure)
    }
  }
  const ours = figures.get(chatter) ?? []
  return rivals.map((rival) => {
    const theirs = figures.get(rival) ?? []
    return {
      what,
      against: rival.name,
      ratios: ours.map((figure, round) => figure / (theirs[round] ?? Number.NaN)),
      budget: rival.budget,
      measured: `${rounded(median(ours))} · ${rounded(median(theirs))} ${unit}`,
      faults: [chatter, rival].flatMap((one) =>
        (one.faults?.() ?? []).map((fault) => `${one.name}: ${fault}`),
      ),
    }
  })
}
