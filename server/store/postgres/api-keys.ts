import { type KeyRow, keyIn, rowOf, takenKey } from '../../rules/key-rows.ts'
import type { KeyStore } from '../store.ts'
import { type Link, retryOnConflict } from './link.ts'
import { sql } from './sql.ts'

const columns = sql`id, hash, name, scopes, created_at, used_at`

/** Keys of the site's own servers on Postgres. */
export function postgresApiKeys({ ask }: Link): KeyStore {
  return {
    async add(tenant, key) {
      const row = rowOf(key)
      const added = await retryOnConflict(
        () => ask`
          INSERT INTO keys (tenant, id, hash, name, scopes, created_at)
          VALUES (${tenant}, ${row.id}, ${row.hash}, ${row.name}, ${row.scopes}, ${row.created_at}::bigint)
          ON CONFLICT DO NOTHING RETURNING 1`,
      )
      if (added.length === 0) throw takenKey(key.id)
    },
    async list(tenant) {
      const rows = await ask<
        KeyRow[]
      >`SELECT ${columns} FROM keys WHERE tenant = ${tenant} ORDER BY created_at, id`
      return rows.map(keyIn)
    },
    async find(tenant, id) {
      const [row] = await ask<KeyRow[]>`SELECT ${columns} FROM keys WHERE tenant = ${tenant} AND id = ${id}`
      return row && keyIn(row)
    },
    async remove(tenant, id) {
      const gone = await retryOnConflict(
        () => ask`DELETE FROM keys WHERE tenant = ${tenant} AND id = ${id} RETURNING 1`,
      )
      return gone.length > 0
    },
    async markUsed(tenant, id, at) {
      await retryOnConflict(
        () => ask`
          UPDATE keys SET used_at = ${at}::bigint
          WHERE tenant = ${tenant} AND id = ${id} AND (used_at IS NULL OR used_at < ${at}::bigint)`,
      )
    },
  }
}
