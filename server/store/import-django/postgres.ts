import pg from 'pg'
import { DatabaseProblem } from '../database-problem.ts'
import { asStartupError, placeOf, requireUrl } from '../postgres/link.ts'
import { type Column, type DjangoDatabase, pageRows, quoted, type Row } from './database.ts'

const connectMs = 5_000

/**
 * A database that is only read, as it is at this moment. `schema` has the tables of django-chatter (that of a tenant of
 * django-tenants, say); users may lie in `public`, as they do where all tenants share them. @throws DatabaseProblem
 */
export async function openDjangoPostgres(url: string, schema = 'public'): Promise<DjangoDatabase> {
  requireUrl(url)
  const client = clientOf(url)
  // A query under way rejects by itself: without a listener the event would end the process.
  client.on('error', () => {})
  async function ask(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await client.query<Row>(text, [...values])).rows
    } catch (error) {
      throw asStartupError(error, url)
    }
  }
  try {
    await client.connect().catch((error: unknown) => {
      throw asStartupError(error, url)
    })
    await ask('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    // A long statement is wanted here, whatever the role says.
    await ask(`SELECT set_config(name, '0', true) FROM pg_settings WHERE name IN
      ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`)
    await ask(`SET LOCAL TIME ZONE 'UTC'`)
    // Of tables that were never analyzed Postgres would read all recipients for each message.
    await ask('SET LOCAL enable_seqscan = off')
    const [found] = await ask('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])
    if (!found) throw new DatabaseProblem(`there is no schema ${schema} in ${placeOf(url)}`)
    await ask(`SET LOCAL search_path TO ${quoted(schema)}, public`)
  } catch (error) {
    await client.end()
    throw error
  }
  // Each part is quoted, so that no name is read in lower case.
  const named = (table: string) => table.split('.').map(quoted).join('.')
  let cursors = 0
  return {
    place: `${placeOf(url)}${schema === 'public' ? '' : `, schema ${schema}`}`,
    async columnsOf(table) {
      const columns = await ask(
        `SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type, coalesce(i.indisprimary, false) AS "isKey"
         FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)
         WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`,
        [named(table)],
      )
      return columns as unknown as Column[]
    },
    named,
    time: (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`,
    list: (column) => `coalesce(json_agg(${column}), '[]')::text`,
    parameter: '$1',
    async *pages(statement, ...values) {
      const cursor = `django_${++cursors}`
      await ask(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${statement}`, values)
      for (;;) {
        const page = await ask(`FETCH ${pageRows} FROM ${cursor}`)
        if (page.length > 0) yield page
        if (page.length < pageRows) break
      }
      await ask(`CLOSE ${cursor}`)
    },
    close: () => client.end(),
  }
}

function clientOf(url: string): pg.Client {
  try {
    return new pg.Client({
      connectionString: url,
      application_name: 'chatter import-django',
      keepAlive: true,
      connectionTimeoutMillis: connectMs,
    })
  } catch (error) {
    // The files that its URL names are read here.
    throw asStartupError(error, url)
  }
}
