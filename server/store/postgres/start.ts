import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import pg from 'pg'
import { DatabaseProblem, NoDatabase } from '../database-problem.ts'
import { type Ask, connect, placeOf } from './link.ts'

const migrationsFolder = join(import.meta.dirname, 'migrations')
const oldestVersion = 14
/** A clock further from the database's would date messages wrongly, and hide it behind "never goes back". */
const clockToleranceMs = 120_000

type State = {
  version: number
  encoding: string
  schema: string | null
  is_replica: boolean
  is_read_only: boolean
  synchronous_commit: string
  now: number
}

/** @throws DatabaseProblem when Chatter cannot keep its promises on this database */
export async function requireSound(ask: Ask, url: string, now: number | undefined): Promise<void> {
  const [state] = await ask<[State]>`
    SELECT current_setting('server_version_num')::int / 10000 AS version,
      current_setting('server_encoding') AS encoding,
      current_schema() AS schema,
      pg_is_in_recovery() AS is_replica,
      current_setting('transaction_read_only') = 'on' AS is_read_only,
      current_setting('synchronous_commit') AS synchronous_commit,
      (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now`
  const fault = faultOf(state, now)
  if (fault) throw new DatabaseProblem(`cannot use ${placeOf(url)}: ${fault}`)
}

function faultOf(state: State, now = state.now): string | undefined {
  if (state.version < oldestVersion)
    return `expected Postgres ${oldestVersion} or newer, got ${state.version}`
  if (state.encoding !== 'UTF8') return `expected the encoding UTF8, got ${state.encoding}`
  if (state.is_replica) return 'it is a read-only replica, expected the primary'
  if (state.is_read_only) return 'it is read-only (default_transaction_read_only is on)'
  if (state.schema === null) return 'the schema that search_path names does not exist'
  if (state.synchronous_commit === 'off') {
    return 'synchronous_commit is off: a crash would lose messages that were acknowledged'
  }
  const apartMs = Math.abs(state.now - now)
  if (apartMs > clockToleranceMs) {
    return `its clock and this machine's are ${Math.round(apartMs / 60_000)} minutes apart`
  }
  return undefined
}

/**
 * Brings the tables to this version, forward only, all in one transaction. Of several servers that start at once one
 * does it and the others wait. Not drizzle's own migrator: that takes no lock, and needs the right to make schemas.
 * @throws DatabaseProblem when a newer version of Chatter made them
 */
export async function migrate(ask: Ask, url: string): Promise<void> {
  if ((await pending(ask, url)).length === 0) return
  // Without a timeout: a migration of much data, or another server's, may take long.
  const { pool, transaction } = connect(url)
  try {
    await transaction(async (step) => {
      await step`SELECT pg_advisory_xact_lock(hashtextextended('chatter migrations', 0))`
      await step`CREATE TABLE IF NOT EXISTS chatter_migrations (made_at bigint PRIMARY KEY, hash text NOT NULL)`
      for (const { sql: statements, folderMillis, hash } of await pending(step, url)) {
        for (const statement of statements) await step`${{ strings: [statement], values: [] }}`
        await step`INSERT INTO chatter_migrations (made_at, hash) VALUES (${folderMillis}, ${hash})`
      }
    })
  } finally {
    await pool.end()
  }
}

/** @throws NoDatabase */
export async function requireTables(ask: Ask, url: string): Promise<void> {
  if (!(await hasTables(ask))) throw new NoDatabase(`there is no database of Chatter in ${placeOf(url)}`)
}

async function hasTables(ask: Ask): Promise<boolean> {
  const [{ table }] = await ask<[{ table: string | null }]>`
    SELECT to_regclass('chatter_migrations')::text AS table`
  return table !== null
}

async function pending(ask: Ask, url: string): Promise<MigrationMeta[]> {
  const all = readMigrationFiles({ migrationsFolder })
  if (!(await hasTables(ask))) return all
  const [{ last }] = await ask<[{ last: number }]>`
    SELECT coalesce(max(made_at), 0) AS last FROM chatter_migrations`
  if (last > (all.at(-1)?.folderMillis ?? 0)) {
    throw new DatabaseProblem(`${placeOf(url)} was made by a newer version of Chatter: upgrade this one`)
  }
  return all.filter(({ folderMillis }) => folderMillis > last)
}

/**
 * An id that was made with the tables, and what a dump does not carry: which cluster it lies in, and which database of
 * it that is. Where the cluster's number is not to be had, the table's own stands for it: a dump that is put back
 * makes the table anew.
 */
export async function identityOf(ask: Ask): Promise<string> {
  await ask`INSERT INTO meta (key, value) VALUES ('id', ${randomUUID()}) ON CONFLICT DO NOTHING`
  const [{ id, database, table }] = await ask<[{ id: string; database: string; table: string }]>`
    SELECT m.value AS id, d.oid::text AS database, 'meta'::regclass::oid::text AS "table"
    FROM meta m, pg_database d WHERE m.key = 'id' AND d.datname = current_database()`
  const system = await systemOf(ask)
  return [id, database, system ?? `table ${table}`].join(' ')
}

/** The number that initdb gave the cluster; undefined where the provider does not let it be read. */
async function systemOf(ask: Ask): Promise<string | undefined> {
  try {
    const [{ system }] = await ask<[{ system: string }]>`
      SELECT system_identifier::text AS system FROM pg_control_system()`
    return system
  } catch (error) {
    // Not that it does not answer at all: two servers must come to the same.
    if (error instanceof pg.DatabaseError) return undefined
    throw error
  }
}

export async function renewEpoch(ask: Ask): Promise<string> {
  const epoch = randomUUID()
  await ask`UPDATE meta SET value = ${epoch} WHERE key = 'epoch'`
  return epoch
}
