/** What travels from one database to another: what store/tables.ts says, with every column of postgres/tables.ts. */
import { is } from 'drizzle-orm'
import { toSnakeCase } from 'drizzle-orm/casing'
import { getTableConfig, type PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { DatabaseProblem } from '../database-problem.ts'
import * as onPostgres from '../postgres/tables.ts'
import { exportedTables, type Table, tables } from '../tables.ts'

/** A value as both databases mean it, JSON as its text. A row has the columns of its table, in their order. */
export type Cell = string | number | boolean | null
export type Row = readonly Cell[]

export type Kind = keyof typeof kinds

export type Column = {
  readonly name: string
  readonly kind: Kind
  /** What it has where nothing is said; undefined: something must be. */
  readonly usual: Cell | undefined
  /** The only texts that it may have. */
  readonly oneOf?: readonly string[]
}

export type CopiedTable = {
  readonly name: string
  /** Those of the primary key first, in its order. */
  readonly columns: readonly Column[]
  /** How many columns are its primary key … */
  readonly key: number
  /** … and how many of these name the room, or else the tenant, whose rows are compared as one. */
  readonly group: number
  /** A condition on the rows that travel. */
  readonly where: string
}

const kinds = {
  string: { expected: 'text', read: (raw: unknown) => (typeof raw === 'string' ? raw : undefined) },
  // An integer beyond arrives as a rounded number, and none of those is safe: nothing is cut silently.
  number: {
    expected: 'a whole number below 2^53',
    read: (raw: unknown) => (Number.isSafeInteger(raw) ? (raw as number) : undefined),
  },
  boolean: {
    expected: 'a truth value',
    read: (raw: unknown) => (raw === 1 || raw === 0 ? raw === 1 : typeof raw === 'boolean' ? raw : undefined),
  },
  json: { expected: 'JSON', read: sameJson },
} as const

/** In the order in which they are written. */
export const copiedTables: readonly CopiedTable[] = tables.flatMap(describe)

/** What an import fills, but for the tenant's own row. */
export const tablesOfTenants = copiedTables.filter(
  ({ name }) => ['user_words', ...exportedTables.map((one) => one.name)].includes(name) && name !== 'tenants',
)

/** `full` are the tables in which it has rows. @throws DatabaseProblem */
export function requireEmptyTenant(tenant: string, full: readonly { readonly name: string }[]): void {
  if (full.length === 0) return
  const names = full.map(({ name }) => name).join(', ')
  throw new DatabaseProblem(`the tenant ${tenant} is not empty: it has ${names}: nothing was imported`)
}

function describe({ name, key, copy }: Table): CopiedTable[] {
  if (copy === 'none') return []
  const columns = columnsOf(name).map(describeColumn)
  const ofKey = key.flatMap((one) => columns.filter((column) => column.name === one))
  const others = columns.filter((column) => !key.includes(column.name))
  const isOfRoom = name === 'rooms' || key[1] === 'room'
  const group = isOfRoom ? 2 : key[0] === 'tenant' ? 1 : 0
  const where = copy === 'all' ? 'true' : copy.where
  return [{ name, columns: [...ofKey, ...others], key: key.length, group, where }]
}

function describeColumn(column: PgColumn): Column {
  const { notNull, default: usual, enumValues } = column
  const isPlain = ['number', 'string', 'boolean'].includes(typeof usual)
  return {
    name: toSnakeCase(column.name),
    kind: kindOf(column),
    usual: isPlain ? (usual as Cell) : notNull ? undefined : null,
    ...(enumValues && enumValues.length > 0 && { oneOf: enumValues }),
  }
}

function columnsOf(name: string): readonly PgColumn[] {
  const configs = Object.values(onPostgres).flatMap((table) =>
    is(table, PgTable) ? getTableConfig(table) : [],
  )
  return configs.find((config) => config.name === name)?.columns ?? []
}

function kindOf({ dataType, name }: PgColumn): Kind {
  // Text of another collation.
  if (dataType === 'custom') return 'string'
  if (Object.hasOwn(kinds, dataType)) return dataType as Kind
  throw new Error(`migrate-store cannot carry the column ${name}: ${dataType}`)
}

/** The next rows in the order of the key: after the row whose key are the parameters, unless it is the first page. */
export function pageSql(table: CopiedTable, limit: number, after: readonly string[]): string {
  const key = listed(table.columns.slice(0, table.key))
  const from = after.length > 0 ? `AND (${key}) > (${after.join(', ')})` : ''
  return `SELECT ${listed(table.columns)} FROM "${table.name}" WHERE ${table.where} ${from} ORDER BY ${key} LIMIT ${limit}`
}

export const countSql = ({ name, where }: CopiedTable): string =>
  `SELECT count(*) FROM "${name}" WHERE ${where}`

/** Column names for a statement. */
export const listed = (columns: CopiedTable['columns']): string =>
  columns.map(({ name }) => `"${name}"`).join(', ')

/** A row as a driver answers it. @throws DatabaseProblem when a value is not what its column is for */
export function readRow(table: CopiedTable, raw: readonly unknown[]): Row {
  return table.columns.map(({ name, kind }, index) => {
    const value = raw[index]
    if (value === null) return null
    const cell = kinds[kind].read(value)
    if (cell !== undefined) return cell
    throw new DatabaseProblem(
      `${placeIn(table, raw)}: ${name} is not ${kinds[kind].expected}: nothing was copied`,
    )
  })
}

/** For people: the table, and the first columns of a row's key with what they hold. */
export function placeIn(table: CopiedTable, row: readonly unknown[], depth = table.key): string {
  const parts = table.columns.slice(0, depth).map(({ name }, index) => {
    const value = row[index]
    return `${name} ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`
  })
  return [table.name, ...parts].join(', ')
}

/** The names in an object in one order: Postgres keeps another one than they were written in. */
function sameJson(raw: unknown): string | undefined {
  try {
    return typeof raw === 'string' ? JSON.stringify(JSON.parse(raw), inOrder) : undefined
  } catch {
    return undefined
  }
}

function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
