import type Database from 'better-sqlite3'
import { type QuotaName, quotaExceeded, quotas, spanAt } from '../../rules/quotas.ts'

export type Used = {
  readonly tenant: string
  readonly user: string
  readonly what: QuotaName
  readonly amount: number
}

/** What users used up of their quotas, on SQLite. */
export function sqliteUsage(db: Database.Database, now: () => number) {
  // One row for each user and quota: nothing has to be cleaned up. A span that has begun by a clock that went ahead goes
  // on, but for one that is too far ahead to be true.
  const goesOn = 'usage.since BETWEEN @since AND @since + @span'
  const add = db
    .prepare<object, number>(
      `INSERT INTO usage (tenant, user, what, since, used) VALUES (@tenant, @user, @what, @since, @amount)
       ON CONFLICT (tenant, user, what) DO UPDATE SET
         used = iif(${goesOn}, used, 0) + @amount, since = iif(${goesOn}, since, @since) RETURNING used`,
    )
    .pluck()

  return {
    /** Within a transaction. @returns what it comes to in this hour or day */
    add: (used: Used): number =>
      add.get({ ...used, since: spanAt(used.what, now()), span: quotas[used.what].span }) ?? 0,

    /** The same. @throws Problem `rate_limited` where that is more than `most`: the transaction must be undone */
    take(used: Used, most: number): void {
      if (this.add(used) > most) throw quotaExceeded(used.what, most, now())
    },
  }
}

export type SqliteUsage = ReturnType<typeof sqliteUsage>
