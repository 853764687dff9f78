import type Database from 'better-sqlite3'
import { type IdempotencyRow, settledBy } from '../../rules/repeated.ts'
import type { IdempotencyStore } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'

const isIt = 'tenant = @tenant AND key = @key AND name = @name'

/** Requests that must not be performed twice, on SQLite. */
export function sqliteIdempotency(db: Database.Database, commit: GroupCommit): IdempotencyStore {
  const forget = db.prepare(
    'DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency WHERE at <= @old LIMIT 100)',
  )
  const one = db.prepare<object, IdempotencyRow>(
    `SELECT fingerprint, at, status, body FROM idempotency WHERE ${isIt}`,
  )
  const count = db
    .prepare<object, number>(
      'SELECT count(*) FROM (SELECT 1 FROM idempotency WHERE tenant = @tenant AND key = @key LIMIT +@most)',
    )
    .pluck()
  const put = db.prepare(
    `INSERT INTO idempotency (tenant, key, name, fingerprint, at) VALUES (@tenant, @key, @name, @fingerprint, @now)
     ON CONFLICT (tenant, key, name) DO UPDATE SET fingerprint = @fingerprint, at = @now, status = NULL, body = NULL`,
  )
  const keep = db.prepare(
    `UPDATE idempotency SET status = @status, body = @body WHERE ${isIt} AND fingerprint = @fingerprint`,
  )
  const drop = db.prepare(
    `DELETE FROM idempotency WHERE ${isIt} AND fingerprint = @fingerprint AND status IS NULL`,
  )
  return {
    begin: (request, { now, old, abandoned, most }) =>
      commit.run(() => {
        forget.run({ old })
        const settled = settledBy(one.get(request), request, { old, abandoned })
        if (settled) return settled
        if ((count.get({ tenant: request.tenant, key: request.key, most }) ?? 0) >= most) return 'full'
        put.run({ ...request, now })
        return 'begun'
      }),
    finish: (request, answer) => commit.run(() => void keep.run({ ...request, ...answer })),
    forget: (old) => commit.run(() => forget.run({ old }).changes),
    release: (request) => commit.run(() => void drop.run(request)),
  }
}
