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

/** What is asked for; `none` asks for nothing: the ratio is only shown. */
export type Budget = { readonly atLeast: number } | { readonly atMost: number } | 'none'

/** How long everything takes. */
export type Pace = { readonly rounds: number; readonly roundMs: number; readonly isQuick: boolean }

export const steady: Pace = { rounds: 5, roundMs: 1_500, isQuick: false }
/** Proves that it runs, not how fast. */
export const quick: Pace = { rounds: 1, roundMs: 100, isQuick: true }

export type Row = (pace: Pace) => Promise<Result[]>

export function isMet({ ratios, budget, faults }: Result): boolean {
  if (faults.length > 0 || ratios.length === 0) return false
  const ratio = median(ratios)
  if (budget === 'none') return Number.isFinite(ratio)
  return 'atLeast' in budget ? ratio >= budget.atLeast : ratio <= budget.atMost
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
