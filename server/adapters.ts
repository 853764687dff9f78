/**
 * Adapters, each loaded when it is opened for the first time: no server needs all of them, a driver costs memory and time
 * at the start, and those that nobody opens need not be installed.
 */
import type { Fanout } from './fanout/fanout.ts'
import type { RedisFanoutOptions } from './fanout/redis/fanout.ts'
import { withPackages } from './missing-package.ts'
import type { PostgresOptions } from './store/postgres/open.ts'
import type { SqliteOptions } from './store/sqlite/open.ts'
import type { Stores } from './store/store.ts'

/**
 * Opens the database of all tenants in a folder: migrated, flushed to disk at every commit, and for one server only.
 * @throws DatabaseProblem when the folder cannot be written, is in use, or belongs to a newer version; NoDatabase;
 *   MissingPackage without better-sqlite3
 */
export async function openSqlite(options: SqliteOptions): Promise<Stores> {
  const adapter = await withPackages(import('./store/sqlite/open.ts'))
  return adapter.openSqlite(options)
}

/**
 * Opens the database of all tenants on Postgres, migrated; any number of servers may share it. While it is away its
 * answers are the Problem `overloaded`: temporary, and since a repeated write is the same write, safe to try again.
 * @throws DatabaseProblem when it cannot be reached, is read-only, loses commits, or belongs to a newer version; NoDatabase;
 *   MissingPackage without pg
 */
export async function openPostgres(options: PostgresOptions): Promise<Stores> {
  const adapter = await withPackages(import('./store/postgres/open.ts'))
  return adapter.openPostgres(options)
}

/**
 * The fan-out of several nodes, through Redis. Resolves when this node hears itself, or after `startWithinMs` without
 * Redis: it is restored when it comes. Rejects where Redis refuses (wrong password, missing rights), and at an address of
 * a wrong form, with one line that says where and why, and holds no password. MissingPackage without ioredis.
 */
export async function createRedisFanout(options: RedisFanoutOptions): Promise<Fanout> {
  const adapter = await withPackages(import('./fanout/redis/fanout.ts'))
  return adapter.createRedisFanout(options)
}
