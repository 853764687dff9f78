import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { DatabaseProblem } from '../database-problem.ts'
import { type Column, type DjangoDatabase, pageRows, quoted, type Row } from './database.ts'

type TableInfo = { name: string; type: string; pk: number }

/** A file that is only read, as it is at this moment. @throws DatabaseProblem */
export function openDjangoSqlite(file: string): DjangoDatabase {
  if (!existsSync(file)) throw new DatabaseProblem(`there is no file ${file}`)
  const place = `the database ${file}`
  const asked = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error
      throw new DatabaseProblem(`cannot use ${place}: ${error.message}`)
    }
  }
  const db = asked(() => new Database(file, { readonly: true, fileMustExist: true }))
  try {
    // The moment is that of the first statement.
    asked(() => db.exec('BEGIN').prepare('SELECT 1 FROM sqlite_master').get())
  } catch (error) {
    db.close()
    throw error
  }
  return {
    place,
    columnsOf: async (table) =>
      asked(() => db.prepare<[], TableInfo>(`PRAGMA table_info(${quoted(table)})`).all()).map(
        ({ name, type, pk }): Column => ({ name, type, isKey: pk > 0 }),
      ),
    named: quoted,
    time: (column) => column,
    list: (column) => `json_group_array(${column})`,
    parameter: '?',
    async *pages(statement, ...values) {
      const rows = asked(() => db.prepare<unknown[], Row>(statement).iterate(...values))
      try {
        for (;;) {
          const page = asked(() => nextOf(rows))
          if (page.length > 0) yield page
          if (page.length < pageRows) return
        }
      } finally {
        rows.return?.()
      }
    },
    close: async () => void db.close(),
  }
}

function nextOf(rows: Iterator<Row>): Row[] {
  const page: Row[] = []
  while (page.length < pageRows) {
    const { done, value } = rows.next()
    if (done) break
    page.push(value)
  }
  return page
}
