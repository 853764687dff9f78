import { type SignOutRow, signOutIn } from '../../rules/sign-out-rows.ts'
import type { SignOutStore } from '../store.ts'
import { type Link, retryOnConflict } from './link.ts'
import { sql } from './sql.ts'

const columns = sql`tenant, "user", at, tokens_from, is_disabled, is_enabled`

/** Whom the site signed out, on Postgres. */
export function postgresSignOuts({ ask, transaction }: Link): SignOutStore {
  return {
    async put({ tenant, user, at, tokensFrom, isDisabled, isEnabled }, old) {
      await retryOnConflict(() =>
        transaction(async (askIn) => {
          await askIn`DELETE FROM sign_outs WHERE at < ${old}::bigint AND NOT is_disabled`
          await askIn`
            INSERT INTO sign_outs AS s (${columns})
            VALUES (${tenant}, ${user}, ${at}::bigint, ${tokensFrom}::bigint, ${isDisabled}, ${isEnabled})
            ON CONFLICT (tenant, "user") DO UPDATE SET at = greatest(s.at + 1, excluded.at),
              tokens_from = coalesce(excluded.tokens_from, s.tokens_from),
              is_disabled = CASE WHEN excluded.is_enabled THEN false ELSE s.is_disabled OR excluded.is_disabled END,
              is_enabled = excluded.is_enabled`
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
