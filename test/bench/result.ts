/** What a row found out about one budget. */
export type Result = {
  readonly what: string
  readonly against: string
  /** Chatter's figure over the other's, one for each pair of rounds. */
  readonly ratios: readonly number[]
  readonly budget: Budget
  /** Medians of both, for people; nothing is judged by them. */
  readonly measured: string
  /** What was lost, doubled or otherwise wrong: any of it fails the row. */
  readonly faults: readonly string[]
}

export type Budget = { readonly atLeast: number } | { readonly atMost: number }

/** How long everything takes: `quick` proves that it runs, not how fast. */
export type Pace = { readonly rounds: number; readonly roundMs: number; readonly isQuick: boolean }

export type Row = (pace: Pace) => Promise<Result[]>

export function isMet({ ratios, budget, faults }: Result): boolean {
  if (faults.length > 0 || ratios.length === 0) return false
  const ratio = median(ratios)
  return 'atLeast' in budget ? ratio >= budget.atLeast : ratio <= budget.atMost
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
