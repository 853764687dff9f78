import { isUtf8 } from 'node:buffer'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { changedColumns, type SettingColumns } from '../../rules/settings.ts'
import { DatabaseProblem } from '../database-problem.ts'
import { Seal } from '../sealing.ts'
import { firstKey, keyAt, lastKey } from '../sqlite/keys.ts'
import { lockFolder, openFile } from '../sqlite/lock.ts'
import { openSqlite } from '../sqlite/open.ts'
import { knownFolderKeys } from '../sqlite/seal-key.ts'
import type { Reader, Source, Target, TenantTarget } from './ends.ts'
import {
  type CopiedTable,
  copiedTables,
  countSql,
  listed,
  pageSql,
  placeIn,
  type Row,
  readRow,
  requireEmptyTenant,
  tablesOfTenants,
} from './tables.ts'
import { requireThisVersion } from './version.ts'

const pageRows = 2_000
const cacheKib = 65_536

/**
 * The database in a folder, to be copied. No server runs on it until it is closed.
 * @throws DatabaseProblem when there is none, a server is using it, or it is not of this version
 */
export async function sqliteSource(folder: string): Promise<Source> {
  if (!existsSync(fileIn(folder))) throw new DatabaseProblem(`there is no Chatter database in ${folder}`)
  const unlock = lockFolder(folder)
  try {
    const reader = snapshotOf(folder)
    const close = async () => {
      await reader.close()
      unlock()
    }
    return { ...reader, close, again: async () => snapshotOf(folder) }
  } catch (error) {
    unlock()
    throw error
  }
}

/**
 * A folder to be filled, made and migrated where it is new, in one transaction that only `commit` keeps.
 * @throws DatabaseProblem when it holds something, a server is using it, or it belongs to a newer version
 */
export async function sqliteTarget(folder: string, now: () => number): Promise<Target> {
  if (existsSync(fileIn(folder))) requireEmptyFile(folder)
  await openSqlite({ folder, role: 'tool', now }).close()
  const { db, close } = beginIn(folder, (opened) => {
    requireEmpty(opened, folder)
    opened.exec('DELETE FROM meta')
  })
  return {
    ...readerOf(db, folder),
    close,
    async write(table, rows) {
      const insert = db.prepare(insertSql(table))
      asCopyError(folder, () => {
        for (const row of rows)
          insert.run(row.map((cell) => (typeof cell === 'boolean' ? Number(cell) : cell)))
      })
    },
    async settle() {},
    async commit(epoch) {
      asCopyError(folder, () => {
        db.prepare(`INSERT INTO meta (key, value) VALUES ('epoch', ?)`).run(epoch)
        db.exec('COMMIT')
      })
    },
  }
}

/** The database in a folder as it is now, also beside a server. @throws DatabaseProblem */
export async function sqliteSnapshot(folder: string): Promise<Reader> {
  if (!existsSync(fileIn(folder))) throw new DatabaseProblem(`there is no Chatter database in ${folder}`)
  return snapshotOf(folder)
}

/**
 * A tenant to be filled, in one transaction. A server on the folder could write nothing as long as that lasts, so there is none.
 * @throws DatabaseProblem when a server is using the folder, or the tenant has something
 */
export async function sqliteTenantTarget(folder: string, tenant: string): Promise<TenantTarget> {
  const { db, close } = beginIn(folder, (opened) => {
    // A message is found by its room.
    const tables = tablesOfTenants.filter(({ name }) => name !== 'messages')
    requireEmptyTenant(
      tenant,
      tables.filter(({ name }) => opened.prepare(isInTenant(name)).get(tenant) !== undefined),
    )
  })
  return {
    close,
    async write(table, rows) {
      const insert = db.prepare(insertSql(table))
      asCopyError(folder, () => {
        for (const row of rows) {
          const { changes } = insert.run(row.map((cell) => (typeof cell === 'boolean' ? Number(cell) : cell)))
          if (changes !== 1) throw new DatabaseProblem(`${placeIn(table, row)}: there is no such room`)
        }
      })
    },
    async commit(own) {
      asCopyError(folder, () => {
        const row = db.prepare('SELECT directory, settings FROM tenants WHERE id = ?').get(tenant)
        if (row && own) {
          const before = row as { directory: SettingColumns['directory']; settings: string }
          const after = changedColumns({ ...before, settings: JSON.parse(before.settings) }, own.settings)
          db.prepare(
            'UPDATE tenants SET directory = ?, settings = ?, disabled_at = coalesce(disabled_at, ?) WHERE id = ?',
          ).run(after.directory, JSON.stringify(after.settings), own.disabledAt, tenant)
          db.exec(`INSERT INTO meta (key, value) VALUES ('tenants', '1')
            ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1`)
        }
        db.exec('COMMIT')
      })
    },
  }
}

/** The folder's database in a transaction, with no server on it until it is closed, once that is as `prepare` requires. */
function beginIn(folder: string, prepare: (db: Database.Database) => void) {
  const unlock = lockFolder(folder)
  let db: Database.Database | undefined
  const end = () => {
    db?.close()
    unlock()
  }
  try {
    const opened = openFile(fileIn(folder), { fileMustExist: true })
    db = opened
    asCopyError(folder, () => {
      opened.pragma('synchronous = FULL')
      opened.pragma('foreign_keys = ON')
      opened.pragma(`cache_size = -${cacheKib}`)
      opened.pragma('busy_timeout = 5000')
      opened.exec('BEGIN IMMEDIATE')
      prepare(opened)
    })
    return { db: opened, close: async () => end() }
  } catch (error) {
    end()
    throw error
  }
}

const isInTenant = (table: string) => `SELECT 1 FROM "${table}" WHERE tenant = ? LIMIT 1`

const fileIn = (folder: string) => join(folder, 'chatter.db')
const placeOf = (folder: string) => `the database in ${folder}`

/** Read-only, and of one moment: that of the first statement. */
function snapshotOf(folder: string): Reader {
  const db = openFile(fileIn(folder), { readonly: true, fileMustExist: true })
  try {
    asCopyError(folder, () => {
      db.exec('BEGIN')
      const last = hasTable(db, '__drizzle_migrations')
        ? db.prepare('SELECT max(created_at) FROM __drizzle_migrations').pluck().get()
        : 0
      const flag = `--data ${folder}`
      requireThisVersion({ dialect: 'sqlite', last: Number(last), place: placeOf(folder), flag })
    })
    return unsealed(readerOf(db, folder), new Seal(() => knownFolderKeys(folder)))
  } catch (error) {
    db.close()
    throw error
  }
}

/** Another database knows nothing of the folder's key: secrets travel as they are, and are sealed there anew. */
function unsealed(reader: Reader, seal: Seal): Reader {
  return {
    ...reader,
    async read(table, after) {
      const rows = await reader.read(table, after)
      if (table.name !== 'tenants' && table.name !== 'webhooks') return rows
      const [tenant, secrets] = [table.name === 'tenants' ? 'id' : 'tenant', 'secrets'].map((name) =>
        table.columns.findIndex((one) => one.name === name),
      )
      return rows.map((row) =>
        row.map((cell, column) => {
          if (column !== secrets) return cell
          const stored: string[] = JSON.parse(String(cell))
          return JSON.stringify(stored.map((text) => seal.openIfKnown(text, String(row[tenant ?? 0]))))
        }),
      )
    },
  }
}

function readerOf(db: Database.Database, folder: string): Reader {
  return {
    place: placeOf(folder),
    count: async (table) => asCopyError(folder, () => Number(db.prepare(countSql(table)).pluck().get())),
    async read(table, after) {
      const key = after?.slice(0, table.key) ?? []
      const page = table.name === 'messages' ? messagesPageSql : pageSql
      const parameters = key.map((_, index) => `@${index}`)
      const rows = asCopyError(folder, () =>
        db
          .prepare(page(table, pageRows, parameters))
          .raw()
          .all({ ...key }),
      ) as unknown[][]
      return rows.map((raw) => {
        const row = readRow(table, raw)
        requireText(db, table, row)
        return row
      })
    },
    close: async () => void db.close(),
  }
}

/** A `pageSql` whose messages say their tenant and room: here they know only the number of that. */
function messagesPageSql({ columns, where }: CopiedTable, limit: number, after: readonly string[]): string {
  const names = columns.map(({ name }) =>
    name === 'tenant' ? 'r.tenant' : name === 'room' ? 'r.id' : `m."${name}"`,
  )
  const [tenant, room, seq] = after
  const isFirst = tenant === undefined || room === undefined || seq === undefined
  const last = `iif(r.tenant = ${tenant} AND r.id = ${room}, ${seq}, 0)`
  return `
    SELECT ${names.join(', ')} FROM rooms r CROSS JOIN messages m
      ON m.key > ${isFirst ? firstKey('r.no') : keyAt('r.no', last)} AND m.key <= ${lastKey('r.no')}
    WHERE ${where} ${isFirst ? '' : `AND (r.tenant, r.id) >= (${tenant}, ${room})`}
    ORDER BY r.tenant, r.id, m.key LIMIT ${limit}`
}

/** Its parameters are the cells of a row. */
function insertSql({ name, columns }: CopiedTable): string {
  const values = columns.map(() => '?')
  if (name !== 'messages') return `INSERT INTO "${name}" (${listed(columns)}) VALUES (${values.join(', ')})`
  const [, , , ...others] = columns
  return `WITH r AS (SELECT no FROM rooms WHERE tenant = ? AND id = ?)
    INSERT INTO messages (key, ${listed(others)})
    SELECT ${[keyAt('no', '?'), ...values.slice(3)].join(', ')} FROM r`
}

/** Its parameters are the key of a row. */
function isRowSql({ name, columns, key }: CopiedTable): string {
  if (name === 'messages') return `key = ${keyAt('(SELECT no FROM rooms WHERE tenant = ? AND id = ?)', '?')}`
  const cells = columns.slice(0, key).map((column) => `"${column.name}" = ?`)
  return cells.join(' AND ')
}

/**
 * SQLite stores any bytes as text, and the driver reads what is no UTF-8 (half of a surrogate pair, say) as U+FFFD.
 * @throws DatabaseProblem
 */
function requireText(db: Database.Database, table: CopiedTable, row: Row): void {
  for (const [index, { name, kind }] of table.columns.entries()) {
    const cell = row[index]
    if (kind !== 'string' || typeof cell !== 'string' || !cell.includes('\ufffd')) continue
    const bytes = db
      .prepare(`SELECT CAST("${name}" AS BLOB) FROM "${table.name}" WHERE ${isRowSql(table)}`)
      .pluck()
      .get(...row.slice(0, table.key))
    if (Buffer.isBuffer(bytes) && isUtf8(bytes)) continue
    throw new DatabaseProblem(`${placeIn(table, row)}: ${name} is not UTF-8: nothing was copied`)
  }
}

function requireEmptyFile(folder: string): void {
  const db = openFile(fileIn(folder), { readonly: true, fileMustExist: true })
  try {
    requireEmpty(db, folder)
  } finally {
    db.close()
  }
}

/** Of an older version it may lack tables. */
function requireEmpty(db: Database.Database, folder: string): void {
  const full = asCopyError(folder, () =>
    copiedTables.filter(
      ({ name }) =>
        name !== 'meta' && hasTable(db, name) && db.prepare(`SELECT 1 FROM "${name}" LIMIT 1`).get(),
    ),
  )
  if (full.length === 0) return
  const names = full.map(({ name }) => name).join(', ')
  throw new DatabaseProblem(`${placeOf(folder)} is not empty: it holds ${names}`)
}

function hasTable(db: Database.Database, name: string): boolean {
  return db.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`).get(name) !== undefined
}

/** One line for the operator. */
function asCopyError<T>(folder: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
    throw new DatabaseProblem(`cannot use ${placeOf(folder)}: ${error.message}`)
  }
}
