import { type IdempotencyRow, settledBy } from '../../rules/repeated.ts'
import type { IdempotencyStore, RepeatableRequest } from '../store.ts'
import { type Link, retryOnConflict } from './link.ts'
import { sql } from './sql.ts'

const isIt = ({ tenant, key, name }: RepeatableRequest) =>
  sql`tenant = ${tenant} AND key = ${key} AND name = ${name}`

/** Requests that must not be performed twice, on Postgres. */
export function postgresIdempotency({ ask, transaction }: Link): IdempotencyStore {
  const forget = async (askIn: typeof ask, old: number) => {
    const gone = await askIn`
      DELETE FROM idempotency WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM idempotency WHERE at <= ${old}::bigint ORDER BY at LIMIT 100 FOR UPDATE SKIP LOCKED))
      RETURNING 1`
    return gone.length
  }
  return {
    forget: (old) => retryOnConflict(() => forget(ask, old)),
    begin: (request, { now, old, abandoned, most }) =>
      retryOnConflict(() =>
        transaction(async (askIn) => {
          const { tenant, key, name, fingerprint } = request
          await forget(askIn, old)
          // Of two at once one makes the row, and the other waits for it here.
          const made = await askIn`
            INSERT INTO idempotency (tenant, key, name, fingerprint, at)
            SELECT ${tenant}, ${key}, ${name}, ${fingerprint}, ${now}::bigint
            WHERE (SELECT count(*) FROM (
              SELECT 1 FROM idempotency WHERE tenant = ${tenant} AND key = ${key} LIMIT ${most}) kept) < ${most}
            ON CONFLICT DO NOTHING RETURNING 1`
          if (made.length > 0) return 'begun'
          const [row] = await askIn<IdempotencyRow[]>`
            SELECT fingerprint, at, status, body FROM idempotency WHERE ${isIt(request)} FOR UPDATE`
          if (!row) return 'full'
          const settled = settledBy(row, request, { old, abandoned })
          if (settled) return settled
          await askIn`
            UPDATE idempotency SET fingerprint = ${fingerprint}, at = ${now}::bigint, status = NULL, body = NULL
            WHERE ${isIt(request)}`
          return 'begun'
        }),
      ),
    async finish(request, { status, body }) {
      await retryOnConflict(
        () => ask`
          UPDATE idempotency SET status = ${status}, body = ${body}
          WHERE ${isIt(request)} AND fingerprint = ${request.fingerprint}`,
      )
    },
    async release(request) {
      await retryOnConflict(
        () => ask`
          DELETE FROM idempotency WHERE ${isIt(request)} AND fingerprint = ${request.fingerprint} AND status IS NULL`,
      )
    },
  }
}
