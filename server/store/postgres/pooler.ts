import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { Problem } from '../../protocol/problems.ts'
import { DatabaseProblem } from '../database-problem.ts'
import { type Ask, connect, type Link, placeOf, statementMs } from './link.ts'

/** A busy pooler may hand out two connections by chance. */
const rounds = 3

/**
 * Two connections prepare statements of one name. Each has names of its own, unless a pooler puts both on one connection
 * by turns and leaves the names as they are: then every other statement would fail.
 * @throws DatabaseProblem with such a pooler between
 */
export async function requirePreparedStatements(pool: pg.Pool, url: string): Promise<void> {
  // There is no second one.
  if (pool.options.max < 2) return
  const clients = await Promise.all([pool.connect(), pool.connect()])
  let isLost = true
  try {
    for (let round = 0; round < rounds; round++) {
      const name = `chatter_probe_${randomUUID()}`
      for (const client of clients) await client.query({ name, text: 'SELECT' })
      for (const client of clients) await client.query({ name, text: 'SELECT' })
    }
    isLost = false
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && lostNames.has(error.code ?? ''))) throw error
    throw new DatabaseProblem(
      `cannot use ${placeOf(url)}: a pooler between shares connections by transaction and keeps no prepared statements: expected PgBouncer 1.21 or newer with max_prepared_statements above 0, or pool_mode = session`,
    )
  } finally {
    for (const client of clients) client.release(isLost)
  }
}

/** Connects so that the database ends what takes too long, as far as what stands between lets it be asked to. */
export async function connectTimed(url: string, patienceMs: number): Promise<Link> {
  const link = connect(url, { patienceMs })
  try {
    await link.ask`SELECT`
    return link
  } catch (error) {
    await link.pool.end()
    const cause = error instanceof Problem ? error.cause : error
    if (!/unsupported startup parameter/.test(String(cause))) throw error
    return connect(url, { patienceMs, asksForTimeout: false })
  }
}

/** Why a statement outside of a transaction could run for ever; undefined where the database ends it. */
export async function findMissingTimeout(ask: Ask, patienceMs: number): Promise<string | undefined> {
  const [{ timeout }] = await ask<
    [{ timeout: string }]
  >`SELECT current_setting('statement_timeout') AS timeout`
  if (timeout !== '0') return undefined
  return `a pooler between does not pass statement_timeout on: expected ALTER ROLE … SET statement_timeout = ${statementMs(patienceMs)}`
}

/** The name is there already, or is not. */
const lostNames = new Set(['42P05', '26000'])
