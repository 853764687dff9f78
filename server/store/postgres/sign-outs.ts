import { type SignOutRow, signOutIn } from '../../rules/sign-out-rows.ts'
import type { SignOutStore } from '../store.ts'
import { type Link, retryOnConflict } from './link.ts'
import { sql } from './sql.ts'

const columns = sql`tenant, "user", at, tokens_from, is_disabled, is_enabled`

/** Whom the site signed out, on Postgres. */
export function postgresSignOuts({ ask, transaction }: Link): SignOutStore {
  return {
    async put({ tenant, user, at, tokensFrom, isDisabled, isEnabled }, old) {
      const time = sql`greatest(${at}::bigint, (SELECT coalesce(max(at), 0) + 1 FROM sign_outs))`
      await retryOnConflict(() =>
        transaction(async (askIn) => {
          // One after the other: the later of two that are read is the one that was committed later.
          await askIn`SELECT pg_advisory_xact_lock(hashtextextended('chatter sign-outs', 0))`
          await askIn`DELETE FROM sign_outs WHERE at < ${old}::bigint AND NOT is_disabled`
          if (isEnabled)
            await askIn`
              UPDATE sign_outs SET at = ${time}, is_disabled = false, is_enabled = true
              WHERE tenant = ${tenant} AND "user" = ${user} AND is_disabled`
          else
            await askIn`
              INSERT INTO sign_outs AS s (${columns})
              VALUES (${tenant}, ${user}, ${time}, ${tokensFrom}::bigint, ${isDisabled}, false)
              ON CONFLICT (tenant, "user") DO UPDATE SET at = excluded.at,
                tokens_from = greatest(excluded.tokens_from, s.tokens_from),
                is_disabled = s.is_disabled OR excluded.is_disabled, is_enabled = false`
        }),
      )
    },
    async list(from) {
      const disabled = await ask<SignOutRow[]>`
        SELECT ${columns} FROM sign_outs WHERE is_disabled AND at < ${from}::bigint`
      const since = await ask<
        SignOutRow[]
      >`SELECT ${columns} FROM sign_outs WHERE at >= ${from}::bigint ORDER BY at`
      return [...disabled, ...since].map(signOutIn)
    },
    async listSince(from) {
      const rows = await ask<
        SignOutRow[]
      >`SELECT ${columns} FROM sign_outs WHERE at >= ${from}::bigint ORDER BY at`
      return rows.map(signOutIn)
    },
  }
}
