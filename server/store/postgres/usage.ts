import { type QuotaName, quotaExceeded, quotas, spanAt } from '../../rules/quotas.ts'
import type { Ask } from './link.ts'
import { sql } from './sql.ts'

export type Used = {
  readonly tenant: string
  readonly user: string
  readonly what: QuotaName
  readonly amount: number
}

/** What users used up of their quotas, on Postgres. */
export function postgresUsage(now: () => number) {
  /** @returns what it comes to in this hour or day */
  async function add(ask: Ask, { tenant, user, what, amount }: Used): Promise<number> {
    const since = spanAt(what, now())
    // One row for each user and quota: nothing has to be cleaned up. A span that has begun by another node's clock goes
    // on, but for one that is too far ahead to be true.
    const goesOn = sql`u.since BETWEEN ${since}::bigint AND ${since + quotas[what].span}::bigint`
    const [{ used }] = await ask<[{ used: number }]>`
      INSERT INTO usage AS u (tenant, "user", what, since, used)
      VALUES (${tenant}, ${user}, ${what}, ${since}::bigint, ${amount}::bigint)
      ON CONFLICT (tenant, "user", what) DO UPDATE SET
        used = CASE WHEN ${goesOn} THEN u.used ELSE 0 END + ${amount}::bigint,
        since = CASE WHEN ${goesOn} THEN u.since ELSE ${since}::bigint END
      RETURNING used`
    return used
  }

  return {
    add,
    /** Within a transaction. @throws Problem `rate_limited` where that is more than `most`: it must be undone */
    async take(ask: Ask, used: Used, most: number): Promise<void> {
      if ((await add(ask, used)) > most) throw quotaExceeded(used.what, most, now())
    },
  }
}

export type PostgresUsage = ReturnType<typeof postgresUsage>
