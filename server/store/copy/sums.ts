import { createHash, type Hash } from 'node:crypto'
import type { Reader } from './ends.ts'
import { type CopiedTable, placeIn, type Row } from './tables.ts'

/** What is compared of a room's rows, or of a tenant's where they belong to no room. */
type Sum = {
  readonly place: string
  readonly rows: number
  /** The highest of each column in which a room keeps its numbers. */
  readonly highest: ReadonlyMap<string, number>
  /** SHA-256 of all rows in the order of their key, each as JSON in a line. */
  readonly hash: string
}

export type Comparison = {
  /** Groups that are the same. */
  readonly same: number
  /** The first that is not, and in what. */
  readonly difference?: string
}

const numbers = new Set(['head', 'last_seq', 'seq', 'rev'])

/** Reads a table in both databases, and compares its rows: in one pass, whatever the size. */
export async function compare(
  table: CopiedTable,
  source: Reader,
  target: Reader,
  onRows: (rows: number) => void = () => {},
): Promise<Comparison> {
  const [wanted, found] = [sumsOf(source, table, onRows), sumsOf(target, table)]
  for (let same = 0; ; same++) {
    const [{ value: expected }, { value: got }] = await Promise.all([wanted.next(), found.next()])
    if (!expected && !got) return { same }
    const difference = differenceOf(expected, got)
    if (difference !== undefined) return { same, difference }
  }
}

/** Every row of a table, some at a time. */
export async function* pagesOf(reader: Reader, table: CopiedTable): AsyncGenerator<Row[], undefined> {
  for (let last: Row | undefined; ; ) {
    const rows = await reader.read(table, last)
    last = rows.at(-1)
    if (!last) return
    yield rows
  }
}

async function* sumsOf(
  reader: Reader,
  table: CopiedTable,
  onRows: (rows: number) => void = () => {},
): AsyncGenerator<Sum, undefined> {
  let sum: OpenSum | undefined
  for await (const rows of pagesOf(reader, table)) {
    for (const row of rows) {
      if (!sum?.holds(row)) {
        if (sum) yield sum.close()
        sum = new OpenSum(table, row)
      }
      sum.add(row)
    }
    onRows(rows.length)
  }
  if (sum) yield sum.close()
}

class OpenSum {
  readonly #table: CopiedTable
  readonly #first: Row
  readonly #hash: Hash = createHash('sha256')
  readonly #numbered: readonly (readonly [name: string, column: number])[]
  readonly #highest = new Map<string, number>()
  #rows = 0

  constructor(table: CopiedTable, first: Row) {
    this.#table = table
    this.#first = first
    this.#numbered = table.columns.flatMap(({ name }, column) =>
      numbers.has(name) ? [[name, column] as const] : [],
    )
  }

  holds(row: Row): boolean {
    for (let column = 0; column < this.#table.group; column++) {
      if (row[column] !== this.#first[column]) return false
    }
    return true
  }

  add(row: Row): void {
    this.#rows += 1
    this.#hash.update(`${JSON.stringify(row)}\n`)
    for (const [name, column] of this.#numbered) {
      this.#highest.set(name, Math.max(this.#highest.get(name) ?? 0, Number(row[column])))
    }
  }

  close(): Sum {
    return {
      place: placeIn(this.#table, this.#first, this.#table.group),
      rows: this.#rows,
      highest: this.#highest,
      hash: this.#hash.digest('hex'),
    }
  }
}

function differenceOf(expected: Sum | undefined, got: Sum | undefined): string | undefined {
  if (!expected || !got || expected.place !== got.place) {
    return `expected ${expected?.place ?? 'nothing more'}, got ${got?.place ?? 'nothing more'}`
  }
  const { place } = expected
  if (expected.rows !== got.rows) return `${place}: expected ${expected.rows} rows, got ${got.rows}`
  for (const [name, highest] of expected.highest) {
    const other = got.highest.get(name)
    if (highest !== other) return `${place}: expected the highest ${name} ${highest}, got ${other}`
  }
  return expected.hash === got.hash ? undefined : `${place}: the rows differ in what they say`
}
