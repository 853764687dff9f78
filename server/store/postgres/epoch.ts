import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { Problem } from '../../protocol/problems.ts'
import type { Ask } from './link.ts'
import { sql } from './sql.ts'

/**
 * Where the database is in the life of its cluster: the number that initdb gave it, and the timeline, which every failover
 * and every restore to a point in time begins anew. The last commits before that may be gone.
 */
const place = sql([
  `(SELECT system_identifier FROM pg_control_system()) || ' ' || left(pg_walfile_name(pg_current_wal_lsn()), 8)`,
])

/** Rights, or functions, that only an operator could give it. */
const refusals = /^42/

/**
 * The epoch of the database, as it is now. It is compared on each new connection, before anything is asked there: no
 * answer of a database that lost commits goes out under the epoch of before.
 */
export class PostgresEpoch {
  #epoch = ''
  #blindness: string | undefined
  #listen: () => void = () => {}

  /** Reads it, and renews it where the database failed over while no server ran. */
  static async open(ask: Ask): Promise<PostgresEpoch> {
    const epoch = new PostgresEpoch()
    await ask`INSERT INTO meta (key, value) VALUES ('epoch', ${randomUUID()}) ON CONFLICT DO NOTHING`
    await epoch.#attempt(
      () => ask`INSERT INTO meta (key, value) SELECT 'place', ${place} ON CONFLICT DO NOTHING`,
    )
    await epoch.compare(ask)
    return epoch
  }

  get current(): string {
    return this.#epoch
  }

  /** Why a failover is not noticed; undefined where it is. */
  get blindness(): string | undefined {
    return this.#blindness
  }

  onChange(listen: () => void): void {
    this.#listen = listen
  }

  /**
   * Renews the epoch where the database is in another place than all servers knew: of those that find it one does, for
   * the others wait for its row. Then reads it, also where another server or an operator renewed it.
   */
  async compare(ask: Ask): Promise<void> {
    await this.#attempt(
      () => ask`
      WITH here AS MATERIALIZED (SELECT ${place} AS place),
        moved AS (
          UPDATE meta SET value = here.place FROM here
          WHERE key = 'place' AND value <> here.place RETURNING key)
      UPDATE meta SET value = ${randomUUID()} WHERE key = 'epoch' AND EXISTS (SELECT FROM moved)`,
    )
    // In a statement of its own: that of the one that waited saw the database as it was before.
    const [row] = await ask<{ value: string }[]>`SELECT value FROM meta WHERE key = 'epoch'`
    const before = this.#epoch
    this.#epoch = row?.value ?? before
    if (before !== '' && this.#epoch !== before) this.#listen()
  }

  async #attempt(work: () => Promise<unknown>): Promise<void> {
    if (this.#blindness !== undefined) return
    try {
      await work()
    } catch (error) {
      // One that is read-only, or a standby, does not say it now: nothing is written there, and it may be read.
      const origin = error instanceof Problem ? error.cause : error
      if (!(origin instanceof pg.DatabaseError)) throw error
      if (refusals.test(origin.code ?? '')) this.#blindness = origin.message
    }
  }
}
