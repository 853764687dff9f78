import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { DatabaseProblem } from '../database-problem.ts'
import { placeOf } from './link.ts'

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

/** The name is there already, or is not. */
const lostNames = new Set(['42P05', '26000'])
