/** Looks for texts in each column of each table of a database, whatever tables there are. */
import { readFileSync } from 'node:fs'
import { after, before } from 'node:test'
import Database from 'better-sqlite3'
import pg from 'pg'
import { openPostgres } from '../../server/store/postgres/open.ts'
import type { Stores } from '../../server/store/store.ts'
import { aFolder } from '../support/a-folder.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'

/** A store, and what stands in all of its tables. */
export type ScannedStore = {
  readonly stores: Stores
  /** Tables with a column in which one of these texts stands, as `table.column`. */
  find(texts: readonly string[]): Promise<string[]>
  /** What the database has written down, indexes too, where it can be had as one. */
  bytes?(): Buffer
  close(): Promise<void>
}

type Clock = { readonly now?: () => number }

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.stop())

const holds = (value: unknown, texts: readonly string[]) => {
  const text = Buffer.isBuffer(value)
    ? value.toString('latin1')
    : typeof value === 'string'
      ? value
      : JSON.stringify(value)
  return text !== undefined && texts.some((one) => text.includes(one))
}

async function findIn(rows: readonly object[], table: string, texts: readonly string[]): Promise<string[]> {
  const found = rows.flatMap((row) =>
    Object.entries(row).flatMap(([column, value]) => (holds(value, texts) ? [`${table}.${column}`] : [])),
  )
  return [...new Set(found)]
}

async function onSqlite({ now = Date.now }: Clock = {}): Promise<ScannedStore> {
  const folder = aFolder()
  const stores = folder.open({ now })
  const db = new Database(folder.file('chatter.db'))
  const names = db.prepare<[], string>(`SELECT name FROM sqlite_master WHERE type = 'table'`).pluck()
  return {
    stores,
    async find(texts) {
      const found = names
        .all()
        .map((table) => findIn(db.prepare<[], object>(`SELECT * FROM "${table}"`).all(), table, texts))
      return (await Promise.all(found)).flat()
    },
    bytes() {
      db.exec(`VACUUM INTO '${folder.file('whole.db')}'`)
      return readFileSync(folder.file('whole.db'))
    },
    async close() {
      db.close()
      await stores.close()
      folder.remove()
    },
  }
}

async function onPostgres({ now = Date.now }: Clock = {}): Promise<ScannedStore> {
  const url = await server.newDatabase()
  const stores = await openPostgres({ url, role: 'server', now })
  const client = new pg.Client(url)
  await client.connect()
  return {
    stores,
    async find(texts) {
      const { rows } = await client.query<{ name: string }>(
        `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
      )
      const found: string[] = []
      for (const { name: table } of rows)
        found.push(...(await findIn((await client.query(`SELECT * FROM "${table}"`)).rows, table, texts)))
      return found
    },
    async close() {
      await client.end()
      await stores.close()
    },
  }
}

/** For a file of tests. */
export const scannedStores = { SQLite: onSqlite, Postgres: onPostgres }
