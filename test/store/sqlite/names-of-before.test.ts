import Database from 'better-sqlite3'
import { aFolder } from '../../support/a-folder.ts'
import { earlierNamePromises } from '../names-of-before.ts'

earlierNamePromises(async () => {
  const folder = aFolder()
  const onFile = <T>(look: (db: Database.Database) => T): T => {
    const db = new Database(folder.file('chatter.db'))
    try {
      return look(db)
    } finally {
      db.close()
    }
  }
  return {
    open: async () => folder.open(),
    perform: async (statement) => onFile((db) => void db.exec(statement)),
    ask: async (statement) => onFile((db) => db.prepare(statement).pluck().get()),
    remove: async () => folder.remove(),
  }
})
