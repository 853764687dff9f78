import { type Budget, isMet, median, type Result } from './result.ts'

const headings = ['', 'against', 'ratio', 'range', 'budget', 'verdict', 'medians here: Chatter · the other']

/** The results as one table, and below it what went wrong. */
export function table(results: readonly Result[]): string {
  const rows = [headings, ...results.map(cells)]
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const rule = '─'.repeat(Math.max(...lines.map(({ length }) => length)))
  const faults = results.flatMap(({ what, against, faults }) =>
    faults.map((fault) => `${what} against ${against}: ${fault}`),
  )
  return [lines[0], rule, ...lines.slice(1), ...faults].join('\n')
}

function cells(result: Result): string[] {
  const { what, against, ratios, budget, measured } = result
  const range = `${rounded(Math.min(...ratios))}–${rounded(Math.max(...ratios))}`
  return [what, against, rounded(median(ratios)), range, bound(budget), verdict(result), measured]
}

function bound(budget: Budget): string {
  if (budget === 'none') return 'none'
  return 'atLeast' in budget ? `≥ ${budget.atLeast}` : `≤ ${budget.atMost}`
}

function verdict(result: Result): string {
  if (!isMet(result)) return 'MISSED'
  return result.budget === 'none' ? '' : 'ok'
}

/** Three digits, as many as are worth reading. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '?'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(3)).toString()
}
