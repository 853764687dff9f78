import type { ServerStore } from '../store.ts'
import type { Link } from './link.ts'

/** A server that was not seen for so long is taken for dead … */
const livesMs = 6_000
/** … and its row is removed after this. */
const keptMs = 60_000

/** The servers on Postgres, by the clock of the database. */
export function postgresServers({ ask }: Link, compareEpoch: () => Promise<void>): ServerStore {
  return {
    async heartbeat(id) {
      // Rows that another server is just removing are skipped: two that wait for each other's rows would be a deadlock.
      const [{ others }] = await ask<[{ others: number }]>`
        WITH clock AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now),
          mine AS (
            INSERT INTO servers (id, seen_at) SELECT ${id}, now FROM clock
            ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at),
          gone AS (
            DELETE FROM servers WHERE id IN (
              SELECT s.id FROM servers s, clock WHERE s.id <> ${id} AND s.seen_at < now - ${keptMs}
              FOR UPDATE OF s SKIP LOCKED))
        SELECT count(*) AS others FROM servers s, clock
        WHERE s.id <> ${id} AND s.seen_at > now - ${livesMs}`
      // Behind a pooler connections outlive a failover, and an operator may have renewed it.
      await compareEpoch()
      return others
    },
    async leave(id) {
      await ask`DELETE FROM servers WHERE id = ${id}`
    },
  }
}
