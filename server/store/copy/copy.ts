import { randomUUID } from 'node:crypto'
import { withPackages } from '../../missing-package.ts'
import { DatabaseProblem } from '../database-problem.ts'
import type { Reader, Source, Target } from './ends.ts'
import { compare, pagesOf } from './sums.ts'
import { copiedTables } from './tables.ts'

export type CopyOptions = {
  /** The database that is read and never changed: a folder, or `postgres://…`. */
  readonly from: string
  /** Where an empty one is, or nothing yet. */
  readonly to: string
  readonly now: () => number
  /** How far it is. */
  readonly onStep?: (step: CopyStep) => void
}

export type CopyStep = {
  readonly doing: 'copying' | 'verifying'
  readonly table: string
  readonly rows: number
  readonly of: number
}

export type Copied = {
  /** How many rows of each table. */
  readonly tables: { readonly [name: string]: number }
  readonly rows: number
  readonly rooms: number
  readonly seconds: number
}

type OnStep = NonNullable<CopyOptions['onStep']>

/**
 * Copies all tenants of one database into another, which holds either all of it in the end or nothing. Before that is
 * decided, every row was read again from both sides and compared.
 * @throws DatabaseProblem when one of them cannot be used, the target is not empty, a server is using either, the source
 * changed meanwhile, or something arrived otherwise than it left
 */
export async function copyStore({ from, to, now, onStep = () => {} }: CopyOptions): Promise<Copied> {
  const start = now()
  const source = await sourceAt(from)
  try {
    const target = await targetAt(to, now)
    try {
      const tables = await copyRows(source, target, onStep)
      await target.settle()
      const rooms = await verify(source, target, tables, onStep)
      await requireUnchanged(source, tables)
      await target.commit(randomUUID())
      const rows = Object.values(tables).reduce((sum, count) => sum + count, 0)
      return { tables, rows, rooms, seconds: Math.round((now() - start) / 1000) }
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

// Each loads the driver of its own database: the other need not be there.
const sourceAt = async (place: string): Promise<Source> =>
  isUrl(place)
    ? (await withPackages(import('./postgres.ts'))).postgresSource(place)
    : (await withPackages(import('./sqlite.ts'))).sqliteSource(place)
const targetAt = async (place: string, now: () => number): Promise<Target> =>
  isUrl(place)
    ? (await withPackages(import('./postgres.ts'))).postgresTarget(place)
    : (await withPackages(import('./sqlite.ts'))).sqliteTarget(place, now)
const isUrl = (place: string) => /^postgres(ql)?:\/\//i.test(place)

type Counts = { [name: string]: number }

async function copyRows(source: Reader, target: Target, onStep: OnStep): Promise<Counts> {
  const copied: Counts = {}
  for (const table of copiedTables) {
    const step = { doing: 'copying', table: table.name, of: await source.count(table) } as const
    let rows = 0
    let written = Promise.resolve()
    onStep({ ...step, rows })
    for await (const page of pagesOf(source, table)) {
      // One page is written while the next is read.
      await written
      written = target.write(table, page)
      written.catch(() => {})
      rows += page.length
      onStep({ ...step, rows })
    }
    await written
    copied[table.name] = rows
  }
  return copied
}

/** How many rooms are the same. */
async function verify(source: Reader, target: Reader, tables: Counts, onStep: OnStep): Promise<number> {
  let rooms = 0
  for (const table of copiedTables) {
    const step = { doing: 'verifying', table: table.name, of: tables[table.name] ?? 0 } as const
    let rows = 0
    onStep({ ...step, rows })
    const { same, difference } = await compare(table, source, target, (count) => {
      rows += count
      onStep({ ...step, rows })
    })
    if (difference !== undefined) {
      throw new DatabaseProblem(`${target.place} does not hold what it was given: ${difference}`)
    }
    if (table.name === 'rooms') rooms = same
  }
  return rooms
}

/** Whatever changes a message moves the head of its room: so of the messages only their number is asked for. */
async function requireUnchanged(source: Source, tables: Counts): Promise<void> {
  const latest = await source.again()
  try {
    for (const table of copiedTables) {
      const isSame =
        table.name === 'messages'
          ? (await latest.count(table)) === tables.messages
          : (await compare(table, source, latest)).difference === undefined
      if (isSame) continue
      throw new DatabaseProblem(
        `${source.place} was changed while it was copied: stop its servers, and start again`,
      )
    }
  } finally {
    await latest.close()
  }
}
