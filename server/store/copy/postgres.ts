import pg from 'pg'
import { changedColumns, type SettingColumns } from '../../rules/settings.ts'
import { DatabaseProblem } from '../database-problem.ts'
import { asStartupError, connect, placeOf, requireUrl } from '../postgres/link.ts'
import { migrate, requireSound } from '../postgres/start.ts'
import type { Reader, Source, Target, TenantTarget } from './ends.ts'
import {
  type CopiedTable,
  copiedTables,
  countSql,
  type Kind,
  listed,
  pageSql,
  placeIn,
  type Row,
  readRow,
  requireEmptyTenant,
  tablesOfTenants,
} from './tables.ts'
import { requireThisVersion } from './version.ts'

type Session = {
  readonly url: string
  /** Answers rows as arrays. */
  ask(text: string, values?: readonly unknown[]): Promise<unknown[][]>
  end(): Promise<void>
}

const pageRows = 2_000
const connectMs = 5_000
/** A server that is just stopping is waited for, and so is the end of another copy. */
const patienceMs = 2_000
const lockNotAvailable = '55P03'

const types: { readonly [K in Kind]: string } = {
  string: 'text',
  number: 'bigint',
  boolean: 'boolean',
  json: 'jsonb',
}

/** Numbers of 64 bits, and JSON as its text. */
const parsers: { readonly [id: number]: (text: string) => unknown } = { 20: Number, 3802: String }

/**
 * The database, to be copied as it is now.
 * @throws DatabaseProblem when it cannot be reached, a server is using it, or it is not of this version
 */
export async function postgresSource(url: string): Promise<Source> {
  const session = await open(url)
  try {
    await requireNoServer(session)
    await session.ask('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await prepare(session)
    await requireSource(session)
    return { ...readerOf(session), again: () => postgresSource(url) }
  } catch (error) {
    await session.end()
    throw error
  }
}

/**
 * A database to be filled, migrated where it is new, in one transaction that only `commit` keeps.
 * @throws DatabaseProblem when it holds something, a server is using it, or Chatter could not serve it
 */
export async function postgresTarget(url: string): Promise<Target> {
  const session = await open(url)
  try {
    await requireNoServer(session)
    await requireEmpty(session)
    await bringUpToDate(url)
    await session.ask('BEGIN')
    await lockTables(session)
    await prepare(session)
    await requireEmpty(session)
    await session.ask('DELETE FROM meta')
  } catch (error) {
    await session.end()
    throw error
  }
  return {
    ...readerOf(session),
    write: (table, rows) => write(session, table, rows),
    async settle() {
      // Those that come go on from the last one.
      await session.ask(
        `SELECT setval(pg_get_serial_sequence('webhook_log', 'no'), (SELECT coalesce(max(no), 1) FROM webhook_log))`,
      )
      // Without it the planner knows nothing of what has just come: neither for the comparison nor for the first
      // server.
      await session.ask(`ANALYZE ${namesOfTables()}`)
    },
    async commit(epoch) {
      await session.ask(`INSERT INTO meta (key, value) VALUES ('epoch', $1)`, [epoch])
      await session.ask('COMMIT')
    },
  }
}

/** The database as it is now, also beside servers. @throws DatabaseProblem */
export async function postgresSnapshot(url: string): Promise<Reader> {
  const session = await open(url)
  try {
    await session.ask('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await prepare(session)
    await requireSource(session)
    return readerOf(session)
  } catch (error) {
    await session.end()
    throw error
  }
}

/**
 * A tenant to be filled, in one transaction beside whatever servers do.
 * @throws DatabaseProblem when it has something, or somebody else is filling it
 */
export async function postgresTenantTarget(url: string, tenant: string): Promise<TenantTarget> {
  const session = await open(url)
  const { ask } = session
  try {
    await ask('BEGIN')
    await prepare(session)
    await requireSource(session)
    const [[isFree] = []] = await ask('SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))', [
      `chatter tenant import ${tenant}`,
    ])
    if (!isFree) throw new DatabaseProblem(`somebody else is importing into ${tenant}`)
    const full: CopiedTable[] = []
    for (const table of tablesOfTenants) {
      if ((await ask(`SELECT 1 FROM "${table.name}" WHERE tenant = $1 LIMIT 1`, [tenant])).length > 0)
        full.push(table)
    }
    requireEmptyTenant(tenant, full)
  } catch (error) {
    await session.end()
    throw error
  }
  return {
    write: (table, rows) => write(session, table, rows),
    async commit(own) {
      const [row] = await ask('SELECT directory, settings FROM tenants WHERE id = $1 FOR UPDATE', [tenant])
      if (!row && tenant !== 'default')
        throw new DatabaseProblem(`${tenant} was removed: nothing was imported`)
      if (row && own) {
        const [directory, stored] = row as [SettingColumns['directory'], string]
        const after = changedColumns({ directory, settings: JSON.parse(stored) }, own.settings)
        await ask(
          'UPDATE tenants SET directory = $2, settings = $3, disabled_at = coalesce(disabled_at, $4) WHERE id = $1',
          [tenant, after.directory, JSON.stringify(after.settings), own.disabledAt],
        )
        await ask(`INSERT INTO meta AS m (key, value) VALUES ('tenants', '1')
          ON CONFLICT (key) DO UPDATE SET value = (m.value::bigint + 1)::text`)
      }
      await ask('COMMIT')
    },
    close: () => session.end(),
  }
}

function clientOf(url: string): pg.Client {
  try {
    return new pg.Client({
      connectionString: url,
      application_name: 'chatter migrate-store',
      keepAlive: true,
      connectionTimeoutMillis: connectMs,
      types: { getTypeParser: (id, format) => parsers[id] ?? pg.types.getTypeParser(id, format) },
    })
  } catch (error) {
    // The files that its URL names are read here.
    throw asStartupError(error, url)
  }
}

async function open(url: string): Promise<Session> {
  requireUrl(url)
  const client = clientOf(url)
  // A query under way rejects by itself: without a listener the event would end the process.
  client.on('error', () => {})
  const mapError = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer
    } catch (error) {
      const problem = asStartupError(error, url)
      problem.cause = error
      throw problem
    }
  }
  await mapError(client.connect())
  return {
    url,
    ask: async (text, values = []) =>
      (await mapError(client.query({ text, values: [...values], rowMode: 'array' }))).rows as unknown[][],
    end: () => client.end(),
  }
}

const namesOfTables = () => copiedTables.map(({ name }) => `"${name}"`).join(', ')

/**
 * A server is seen by its connections, of which its look at the tenants, once a second, keeps one open. Of several
 * Chatters in schemas of one database nothing shows whose they are: then only what changed meanwhile is noticed.
 */
async function requireNoServer({ url, ask }: Session): Promise<void> {
  const end = performance.now() + patienceMs
  for (;;) {
    const [[count] = []] = await ask(`
      SELECT count(*)::int FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'chatter'
        AND to_regclass('chatter_migrations') IS NOT NULL
        AND (SELECT count(*) FROM pg_class WHERE relname = 'chatter_migrations' AND relkind = 'r') = 1`)
    if (count === 0) return
    if (performance.now() > end) {
      throw new DatabaseProblem(
        `Chatter servers are using ${placeOf(url)} (${count} connections): stop them first`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, patienceMs / 10))
  }
}

/** For a transaction of many rows: no limit of time, and never all of a table to be sorted for one page of it. */
async function prepare({ ask }: Session): Promise<void> {
  await ask(`
    SELECT set_config(name, '0', true) FROM pg_settings WHERE name IN
      ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`)
  await ask(`SELECT set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)`)
  // What webhooks have yet to deliver is copied as it is (postgres/webhooks.ts).
  await ask(`SELECT set_config('chatter.sorted', 'on', true)`)
}

async function requireSource({ url, ask }: Session): Promise<void> {
  const place = placeOf(url)
  const [[isReplica, table] = []] = await ask(
    `SELECT pg_is_in_recovery(), to_regclass('chatter_migrations')::text`,
  )
  // Of what it lacks yet nothing would be known.
  if (isReplica) throw new DatabaseProblem(`${place} is a read-only replica, expected the primary`)
  if (table === null) throw new DatabaseProblem(`there is no Chatter in ${place}`)
  const [[last] = []] = await ask('SELECT max(made_at) FROM chatter_migrations')
  requireThisVersion({ dialect: 'postgres', last: Number(last), place, flag: '--database-url …' })
}

/** Tables that are not there yet are empty. */
async function requireEmpty({ url, ask }: Session): Promise<void> {
  const full: string[] = []
  for (const { name } of copiedTables) {
    const [[isThere] = []] = await ask('SELECT to_regclass($1) IS NOT NULL', [name])
    if (name === 'meta' || !isThere) continue
    if ((await ask(`SELECT 1 FROM "${name}" LIMIT 1`)).length > 0) full.push(name)
  }
  if (full.length > 0) throw new DatabaseProblem(`${placeOf(url)} is not empty: it holds ${full.join(', ')}`)
}

async function bringUpToDate(url: string): Promise<void> {
  const link = connect(url)
  try {
    await requireSound(link.ask, url, undefined)
    await migrate(link.ask, url)
  } catch (error) {
    throw asStartupError(error, url)
  } finally {
    await link.pool.end()
  }
}

/** Nobody else writes what this copy does not know. */
async function lockTables({ url, ask }: Session): Promise<void> {
  await ask(`SET LOCAL lock_timeout = ${patienceMs}`)
  try {
    await ask(`LOCK TABLE ${namesOfTables()} IN EXCLUSIVE MODE`)
  } catch (error) {
    const { cause } = error as DatabaseProblem
    const isHeld = cause instanceof pg.DatabaseError && cause.code === lockNotAvailable
    throw isHeld ? new DatabaseProblem(`somebody else is writing to ${placeOf(url)}: try again later`) : error
  }
}

async function write({ url, ask }: Session, table: CopiedTable, rows: readonly Row[]): Promise<void> {
  requireStorable(table, rows, placeOf(url))
  const values = table.columns.map((_, column) => rows.map((row) => row[column]))
  const parameters = table.columns.map(({ kind }, column) => `$${column + 1}::${types[kind]}[]`)
  await ask(
    `INSERT INTO "${table.name}" (${listed(table.columns)}) SELECT * FROM unnest(${parameters.join(', ')})`,
    values,
  )
}

function requireStorable(table: CopiedTable, rows: readonly Row[], place: string): void {
  for (const row of rows) {
    const column = row.findIndex((cell) => typeof cell === 'string' && cell.includes('\0'))
    if (column < 0) continue
    const { name = '' } = table.columns[column] ?? {}
    throw new DatabaseProblem(
      `${placeIn(table, row)}: ${name} has the character U+0000, which ${place} cannot store: nothing was copied`,
    )
  }
}

function readerOf({ url, ask, end }: Session): Reader {
  return {
    place: placeOf(url),
    count: async (table) => Number((await ask(countSql(table)))[0]?.[0]),
    async read(table, after) {
      const key = after?.slice(0, table.key) ?? []
      const page = pageSql(
        table,
        pageRows,
        key.map((_, index) => `$${index + 1}`),
      )
      return (await ask(page, key)).map((raw) => readRow(table, raw))
    },
    close: end,
  }
}
