/**
 * Adapters that not every server needs. Each is loaded when it is opened for the first time: a driver costs memory and
 * time at the start.
 */
import type { Fanout } from './fanout/fanout.ts'
import type { RedisFanoutOptions } from './fanout/redis/fanout.ts'
import type { PostgresOptions } from './store/postgres/open.ts'
import type { Stores } from './store/store.ts'

/**
 * Opens the database of all tenants on Postgres, migrated; any number of servers may share it. While it is away its
 * answers are the Problem `overloaded`: temporary, and since a repeated write is the same write, safe to try again.
 * @throws DatabaseProblem when it cannot be reached, is read-only, loses commits, or belongs to a newer version; NoDatabase
 */
export async function openPostgres(options: PostgresOptions): Promise<Stores> {
  const adapter = await import('./store/postgres/open.ts')
  return adapter.openPostgres(options)
}

/**
 * The fan-out of several nodes, through Redis. Resolves when this node hears itself, or after `startWithinMs` without
 * Redis: it is restored when it comes. Rejects where Redis refuses (wrong password, missing rights), and at an address of
 * a wrong form, with one line that says where and why, and holds no password.
 */
export async function createRedisFanout(options: RedisFanoutOptions): Promise<Fanout> {
  const adapter = await import('./fanout/redis/fanout.ts')
  return adapter.createRedisFanout(options)
}
