import { withPackages } from '../../missing-package.ts'
import { foldName, wordsIn } from '../../protocol/names.ts'
import type { SettingValue } from '../../rules/settings.ts'
import { DatabaseProblem } from '../database-problem.ts'
import type { OwnRow, Reader, TenantTarget } from './ends.ts'
import { pagesOf } from './sums.ts'
import { type Cell, type CopiedTable, copiedTables, type Row } from './tables.ts'
import { type Counts, type FileRow, type FileTable, fileLines, fileRows } from './tenant-file.ts'

export type ExportOptions = {
  /** A folder, or `postgres://…`; servers may run on it. */
  readonly from: string
  readonly tenant: string
  readonly now: () => number
}

export type TenantImportOptions = {
  /** A folder without a server, or `postgres://…`, where servers may run. */
  readonly to: string
  /** It is there, and has nothing yet. */
  readonly tenant: string
  readonly file: AsyncIterable<Uint8Array>
  readonly now: () => number
}

export type ImportedTenant = { readonly rows: Counts; readonly seconds: number }

const rowsAtOnce = 1_000
const bytesAtOnce = 4 * 1024 * 1024

/**
 * All of one tenant as it was at one moment, as the text of a file. A column that a database has for itself is in none of it, nor is
 * anything that opens a door. @throws DatabaseProblem, also while a user is being erased: half of them would be in it
 */
export async function* exportTenant({ from, tenant, now }: ExportOptions): AsyncGenerator<string, undefined> {
  const reader = await snapshotOf(from)
  try {
    const erasures = tableNamed('erasures')
    const isOf = `tenant = ${quoted(tenant)}`
    if ((await reader.count({ ...erasures, where: `${isOf} AND done_at IS NULL` })) > 0) {
      throw new DatabaseProblem(
        `a user of ${tenant} is being erased: export it when that is done (chatter user erase ID --yes waits for it)`,
      )
    }
    yield* fileLines({ tenant, at: now() }, (table) => pagesFor(reader, table, tenant))
  } finally {
    await reader.close()
  }
}

/**
 * What `exportTenant` wrote, into a tenant that is empty: all of it, in one transaction, or nothing. Ids, numbers and times are
 * those of before, so what clients and readers remember stays true.
 * @throws DatabaseProblem that names the line, or says what the database lacks
 */
export async function importTenant({ to, tenant, file, now }: TenantImportOptions): Promise<ImportedTenant> {
  const start = now()
  const target = await targetAt(to, tenant)
  try {
    const batch = new Batch(target, tenant, now)
    const rows = fileRows(file)
    for (;;) {
      const next = await rows.next()
      if (next.done) {
        await batch.flush()
        await target.commit(batch.own)
        return { rows: next.value, seconds: Math.round((now() - start) / 100) / 10 }
      }
      await batch.add(next.value)
    }
  } finally {
    await target.close()
  }
}

// Each loads the driver of its own database: the other need not be there.
const snapshotOf = async (place: string): Promise<Reader> =>
  isUrl(place)
    ? (await withPackages(import('./postgres.ts'))).postgresSnapshot(place)
    : (await withPackages(import('./sqlite.ts'))).sqliteSnapshot(place)
const targetAt = async (place: string, tenant: string): Promise<TenantTarget> =>
  isUrl(place)
    ? (await withPackages(import('./postgres.ts'))).postgresTenantTarget(place, tenant)
    : (await withPackages(import('./sqlite.ts'))).sqliteTenantTarget(place, tenant)
const isUrl = (place: string) => /^postgres(ql)?:\/\//i.test(place)
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

function tableNamed(name: string): CopiedTable {
  const table = copiedTables.find((one) => one.name === name)
  if (!table) throw new Error(`no table ${name}`)
  return table
}

/** Who signs a tenant's tokens is said where it is imported, as its secrets are: `jwks` stays behind. */
async function* pagesFor(reader: Reader, table: FileTable, tenant: string): AsyncGenerator<Row[], undefined> {
  for await (const page of pagesOf(reader, ofTenant(table, tenant))) {
    if (table.name !== 'tenants') yield page
    else {
      const settings = table.table.columns.findIndex(({ name }) => name === 'settings')
      yield page.map((row) =>
        row.map((cell, index) => (index === settings ? withoutJwks(String(cell)) : cell)),
      )
    }
  }
}

function withoutJwks(settings: string): string {
  const { jwks: _, ...others } = JSON.parse(settings)
  return JSON.stringify(others)
}

function ofTenant({ name, table, where }: FileTable, tenant: string): CopiedTable {
  const column = name === 'tenants' ? 'id' : 'tenant'
  return { ...table, where: `${column} = ${quoted(tenant)} AND ${where}` }
}

/** Rows on their way into a database, some at a time. */
class Batch {
  own: OwnRow | undefined
  readonly #target: TenantTarget
  readonly #tenant: string
  readonly #now: () => number
  #rows: FileRow[] = []
  #bytes = 0

  constructor(target: TenantTarget, tenant: string, now: () => number) {
    this.#target = target
    this.#tenant = tenant
    this.#now = now
  }

  async add(read: FileRow): Promise<void> {
    if (read.table.name === 'tenants') {
      this.own = ownRowIn(read)
      return
    }
    const isFull = this.#rows.length >= rowsAtOnce || this.#bytes > bytesAtOnce
    if (isFull || this.#rows[0]?.table !== read.table) await this.flush()
    this.#rows.push(read)
    this.#bytes += read.bytes
  }

  async flush(): Promise<void> {
    const [first, last] = [this.#rows[0], this.#rows.at(-1)]
    if (!first || !last) return
    const { table } = first.table
    const rows = this.#rows.map(({ row }) => this.#completed(table, row))
    this.#rows = []
    this.#bytes = 0
    try {
      await this.#target.write(table, rows)
      if (table.name === 'users') await this.#target.write(tableNamed('user_words'), wordsOf(table, rows))
    } catch (error) {
      if (!(error instanceof DatabaseProblem)) throw error
      throw new DatabaseProblem(`lines ${first.line} to ${last.line}: ${error.message}`)
    }
  }

  /** With what does not stand in the file. */
  #completed(table: CopiedTable, row: Row): Row {
    const of = (name: string) => row[table.columns.findIndex((column) => column.name === name)]
    return table.columns.map(({ name }, index): Cell => {
      if (name === 'tenant') return this.#tenant
      if (table.name === 'users' && name === 'folded') return foldName(String(of('name')))
      // Servers that run ask for what came since.
      if (table.name === 'sign_outs' && name === 'at') return this.#now()
      return row[index] ?? null
    })
  }
}

function wordsOf(users: CopiedTable, rows: readonly Row[]): Row[] {
  const place = (name: string) => users.columns.findIndex((column) => column.name === name)
  const [tenant, id, folded] = ['tenant', 'id', 'folded'].map(place)
  const words = tableNamed('user_words')
  return rows.flatMap((row) =>
    wordsIn(String(row[folded ?? 0])).map((word) => {
      const cells: { readonly [name: string]: Cell | undefined } = {
        tenant: row[tenant ?? 0],
        word,
        user: row[id ?? 0],
      }
      return words.columns.map(({ name }) => cells[name] ?? null)
    }),
  )
}

/** Settings that this version does not know are not taken. @throws DatabaseProblem where they are none */
function ownRowIn({ table, row, line }: FileRow): OwnRow {
  const of = (name: string) => row[table.table.columns.findIndex((column) => column.name === name)]
  const stored: unknown = JSON.parse(String(of('settings')))
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) {
    throw new DatabaseProblem(`line ${line}: tenants.settings: expected an object: nothing was imported`)
  }
  const { jwks: _, ...settings } = stored as { readonly [name: string]: SettingValue }
  const disabledAt = of('disabled_at')
  return {
    settings: { ...settings, directory: String(of('directory')) },
    disabledAt: typeof disabledAt === 'number' ? disabledAt : null,
  }
}
