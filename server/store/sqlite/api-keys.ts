import type Database from 'better-sqlite3'
import { type KeyRow, keyIn, rowOf, takenKey } from '../../rules/key-rows.ts'
import type { KeyStore } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'

const columns = 'id, hash, name, scopes, created_at, used_at'

/** Keys of the site's own servers on SQLite. */
export function sqliteApiKeys(db: Database.Database, commit: GroupCommit): KeyStore {
  const one = db.prepare<object, KeyRow>(`SELECT ${columns} FROM keys WHERE tenant = @tenant AND id = @id`)
  const all = db.prepare<object, KeyRow>(
    `SELECT ${columns} FROM keys WHERE tenant = @tenant ORDER BY created_at, id`,
  )
  const insert = db.prepare(
    `INSERT INTO keys (tenant, id, hash, name, scopes, created_at)
     VALUES (@tenant, @id, @hash, @name, @scopes, @created_at) ON CONFLICT DO NOTHING`,
  )
  const remove = db.prepare('DELETE FROM keys WHERE tenant = @tenant AND id = @id')
  const use = db.prepare(
    `UPDATE keys SET used_at = @at WHERE tenant = @tenant AND id = @id AND (used_at IS NULL OR used_at < @at)`,
  )
  return {
    async add(tenant, key) {
      const { changes } = await commit.run(() => insert.run({ tenant, ...rowOf(key) }))
      if (changes === 0) throw takenKey(key.id)
    },
    list: async (tenant) => all.all({ tenant }).map(keyIn),
    async find(tenant, id) {
      const row = one.get({ tenant, id })
      return row && keyIn(row)
    },
    remove: (tenant, id) => commit.run(() => remove.run({ tenant, id }).changes > 0),
    markUsed: (tenant, id, at) => commit.run(() => void use.run({ tenant, id, at })),
  }
}
