import { DrizzleQueryError } from 'drizzle-orm'
import pg from 'pg'
import { tlsReason } from '../../log/tls-reason.ts'
import { Problem } from '../../protocol/problems.ts'
import { DatabaseProblem } from '../database-problem.ts'
import { type Sql, sql, toQuery, type Value } from './sql.ts'

/**
 * Performs one statement, prepared once for each connection.
 * @throws Problem `overloaded` when the database is away or does not answer in time: whether it wrote is unknown
 */
export type Ask = <Rows extends readonly object[]>(
  strings: TemplateStringsArray,
  ...values: (Value | Sql)[]
) => Promise<Rows>

/** The connections to the database. */
export type Link = {
  readonly pool: pg.Pool
  readonly ask: Ask
  /** What is done on each new connection before it is used. If it fails, the connection is none. */
  onConnect(prepare: (ask: Ask) => Promise<void>): void
  transaction<T>(work: (ask: Ask) => Promise<T>): Promise<T>
}

const mostConnections = 10
const connectMs = 5_000
const tries = 20

// Counts and milliseconds are bigint there: they fit a JavaScript number.
const bigint = 20
const types: pg.CustomTypesConfig = {
  getTypeParser: (id, format) => (id === bigint ? Number : pg.types.getTypeParser(id, format)),
}

/** The database ends a statement before nobody waits for it any more, so that it is known what took so long. */
export const statementMs = (patienceMs: number) => Math.floor(patienceMs * 0.8)

type How = {
  /** Milliseconds. None: a statement may take as long as it likes. */
  readonly patienceMs?: number
  /** A connection begins with the time that a statement may take. Some poolers refuse that. */
  readonly asksForTimeout?: boolean
}

/**
 * Opens no connection yet: the first statement does. `?max=` in the URL is how many there may be. A statement that is
 * not answered within `patienceMs` fails, and its connection is closed: to a host that vanished, TCP alone would hold
 * on for a quarter of an hour. The database itself ends it a little earlier, else it would go on for nobody: in
 * transactions always, and outside of them where it was asked to when the connection began.
 */
export function connect(url: string, { patienceMs, asksForTimeout = true }: How = {}): Link {
  const max = Number(new URL(url).searchParams.get('max')) || mostConnections
  let prepare: (ask: Ask) => Promise<void> = async () => {}
  const pool = new pg.Pool({
    connectionString: url,
    max,
    types,
    application_name: 'chatter',
    keepAlive: true,
    connectionTimeoutMillis: Math.min(connectMs, patienceMs ?? connectMs),
    ...(patienceMs !== undefined && { query_timeout: patienceMs }),
    ...(patienceMs !== undefined && asksForTimeout && { statement_timeout: statementMs(patienceMs) }),
    verify: (client, done) => void prepare(askOn(client)).then(() => done(), done),
  })
  // Lost connections are replaced, and a query on one rejects by itself.
  const ignore = () => {}
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  return {
    pool,
    ask: askOn(pool),
    onConnect(work) {
      prepare = work
    },
    transaction: (work) => transact(pool, beginWith(patienceMs), work),
  }
}

const askOn = (connection: pg.Pool | pg.PoolClient): Ask =>
  async function ask<Rows extends readonly object[]>(
    strings: TemplateStringsArray,
    ...values: (Value | Sql)[]
  ) {
    const query = toQuery(sql(strings, ...values))
    const { rows } = await mapDbError(
      connection.query(query).catch((error) => Promise.reject(named(error, query))),
    )
    return rows as unknown as Rows
  }

/** Of a statement that took too long the log says which it was: its values are no part of its text. */
function named(error: unknown, { text }: { readonly text: string }): unknown {
  if (codeOf(error) === tookTooLong)
    (error as Error).message += `: ${text.replace(/\s+/g, ' ').trim().slice(0, 200)}`
  return error
}

const tookTooLong = '57014'

// A host that vanished in the middle would keep its rooms locked for as long as TCP holds on. Set with each, because a
// pooler may stand between, and the role may have settings of its own.
const beginWith = (patienceMs: number | undefined) =>
  patienceMs === undefined
    ? 'BEGIN; SET LOCAL statement_timeout = 0'
    : `BEGIN; SET LOCAL idle_in_transaction_session_timeout = 3000; SET LOCAL statement_timeout = ${statementMs(patienceMs)}`

async function transact<T>(pool: pg.Pool, begin: string, work: (ask: Ask) => Promise<T>): Promise<T> {
  const client = await mapDbError(pool.connect())
  try {
    await mapDbError(client.query(begin))
    const value = await work(askOn(client))
    await mapDbError(client.query('COMMIT'))
    client.release()
    return value
  } catch (error) {
    // Closed, and so rolled back.
    client.release(true)
    throw error
  }
}

/** What the database answers, with an outage reported as what it is: temporary. */
export async function mapDbError<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Problem || error instanceof DatabaseProblem) throw error
    const origin = error instanceof DrizzleQueryError ? error.cause : error
    const isRefusal = origin instanceof pg.DatabaseError && !temporaryCodes.test(codeOf(origin))
    if (isRefusal) throw origin
    const problem = new Problem('overloaded', 'the database does not answer: try again', { retryAfter: 1 })
    problem.cause = origin
    throw problem
  }
}

// Connection, resources, read-only after a failover, a transaction, a statement or a lock that took too long, a plan
// that a migration made void, shutdown.
const temporaryCodes = /^(08|53|25006|25P03|0A000|55P03|57014|57P0)/

/** Repeats what lost against another transaction: it left nothing behind. */
export async function retryOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await work()
    } catch (error) {
      if (left === 0 || !lostRaces.has(codeOf(error))) throw error
    }
  }
}

const lostRaces = new Set(['23505', '40001', '40P01'])

const codeOf = (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? '') : '')

const knownSsl = ['true', '1', '0', 'no-verify']

/** @throws DatabaseProblem where the driver would show the password, or end the process */
export function requireUrl(url: string): void {
  // Not left to the error of `new URL`: that shows all of it, password and all.
  if (!URL.canParse(url)) throw new DatabaseProblem('expected a URL like postgres://user@host:5432/database')
  const ssl = new URL(url).searchParams.get('ssl')
  // Any other text asks for TLS, even `false`, and is an uncaught TypeError when the server agrees.
  if (ssl !== null && !knownSsl.includes(ssl)) {
    throw new DatabaseProblem(`cannot use ${placeOf(url)}: expected sslmode=… in its URL in place of ssl=…`)
  }
}

/** Where that is, without the password. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `the database ${pathname.slice(1)} at ${host}`
}

/** One line for the operator. */
export function asStartupError(error: unknown, url: string): DatabaseProblem {
  if (error instanceof DatabaseProblem) return error
  const cause = error instanceof Problem ? error.cause : error
  const { message, errors } = cause as AggregateError
  const reason = tlsReason(cause)
  // A name of several addresses fails once for each.
  const said = message || errors?.map((one) => one.message).join(', ')
  const why = reason === undefined ? said : `TLS failed: ${reason}`
  return new DatabaseProblem(`cannot use ${placeOf(url)}: ${why}`)
}
