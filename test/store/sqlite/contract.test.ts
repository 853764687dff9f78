import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { foldName, wordsOf } from '../../../server/protocol/names.ts'
import { openSqlite } from '../../../server/store/sqlite/open.ts'
import type { Later } from '../../contract/store/a-world.ts'
import { storeContract } from '../../contract/store.ts'

storeContract('SQLite', async ({ now }) => {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-store-'))
  const stores = openSqlite({ folder, role: 'server', now })
  const db = new Database(join(folder, 'chatter.db'))
  return {
    stores,
    later: laterOn(db),
    async close() {
      await stores.close()
      db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
})

function laterOn(db: Database.Database): Later {
  const user = db.prepare<string[]>(
    'INSERT INTO users (tenant, id, name, folded, created_at) VALUES (?, ?, ?, ?, 0)',
  )
  const word = db.prepare<string[]>('INSERT INTO user_words (tenant, word, user) VALUES (?, ?, ?)')
  const addAll = db.transaction((tenant: string, names: readonly string[]) => {
    for (const name of names) {
      user.run(tenant, name, name, foldName(name))
      for (const one of wordsOf(name)) word.run(tenant, one, name)
    }
  })
  const mine = 'WHERE id = @id AND room = (SELECT no FROM rooms WHERE tenant = @tenant AND id = @room)'
  const edit = db.prepare(
    `UPDATE messages SET text = @text, edited_at = coalesce(edited_at, created_at) + 1 ${mine}`,
  )
  const remove = db.prepare(`UPDATE messages SET text = '', deleted_at = created_at ${mine}`)
  return {
    amendAsBefore: async (tenant, room, id, text) =>
      void (text === null ? remove.run({ tenant, room, id }) : edit.run({ tenant, room, id, text })),
    addUsers: async (...users) => void addAll(...users),
  }
}
