import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { Emptier } from '../../rules/emptying.ts'
import { refoldAll } from '../../rules/refolding.ts'
import { steadyClock } from '../../rules/steady-clock.ts'
import { DatabaseProblem } from '../database-problem.ts'
import { Seal, type SealKeys } from '../sealing.ts'
import type { Store, Stores } from '../store.ts'
import { limitText } from '../text-usage.ts'
import { sqliteApiKeys } from './api-keys.ts'
import { sqliteArranging } from './arranging.ts'
import { sqliteDeletion } from './deletion.ts'
import { Disk } from './disk.ts'
import { knownEpoch, renewEpoch, startEpoch, stopEpoch } from './epoch.ts'
import { sqliteErasing } from './erasing.ts'
import { GroupCommit } from './group-commit.ts'
import { sqliteGroups } from './groups.ts'
import { sqliteGuests } from './guests.ts'
import { sqliteIdempotency } from './idempotency.ts'
import { sqliteImporting } from './importing.ts'
import { sqliteLinks } from './links.ts'
import { closeToOthers, lockFolder, makeFolder, openFile, requireDatabase } from './lock.ts'
import { sqliteMentions } from './mentions.ts'
import { sqliteMessages } from './messages.ts'
import { sqliteReactions } from './reactions.ts'
import { sqliteRetention } from './retention.ts'
import { sqliteRooms } from './rooms.ts'
import { folderKeys } from './seal-key.ts'
import { sqliteSignOuts } from './sign-outs.ts'
import { sealTenants, sqliteTenants } from './tenants.ts'
import { sqliteUsage } from './usage.ts'
import { sqliteUsers } from './users.ts'
import { SqliteWebhookLog } from './webhook-log.ts'
import { sqliteWebhooks } from './webhooks.ts'

const migrations = join(import.meta.dirname, 'migrations')
/** For a lock of somebody else, when the server stops. */
const lastPatienceMs = 2_000

export type SqliteOptions = {
  /** Holds the database and what belongs to it; made when missing. */
  readonly folder: string
  /** A server is alone on its folder. A tool (the command line) works beside one. Default: a server. */
  readonly role?: 'server' | 'tool'
  /** Milliseconds since 1970. Default: the clock of this machine, which never goes back here. */
  readonly now?: () => number
  /** Whether the database is there already. Where it is not, nothing is made. */
  readonly mustExist?: boolean
  /** Keys that seal the secrets of tenants, newest first. None: one is made in the folder. */
  readonly sealKeys?: SealKeys
  /** Sees every statement as it runs, with its values. */
  readonly trace?: (sql: string) => void
}

/**
 * Opens the database of all tenants in a folder: migrated, flushed to disk at every commit, and for one server only.
 * @throws DatabaseProblem when the folder cannot be written, is in use, or belongs to a newer version; NoDatabase
 */
export function openSqlite(options: SqliteOptions): Stores {
  const { folder, role = 'server', now = steadyClock(Date.now), mustExist = false } = options
  const { sealKeys = [], trace } = options
  if (mustExist) requireDatabase(folder)
  makeFolder(folder)
  const isServer = role === 'server'
  const unlock = isServer ? lockFolder(folder) : () => {}
  let db: Database.Database | undefined
  try {
    db = openFile(join(folder, 'chatter.db'), trace && { verbose: (sql) => trace(String(sql)) })
    setPragmas(db)
    closeToOthers(folder)
    bringUpToDate(db, folder, isServer)
    // A tool locks the folder only while it does that.
    if (!isServer) closeToOthers(folder)
    const stopped = join(folder, 'stopped')
    const { epoch, isNew } = isServer ? startEpoch(db, stopped) : { epoch: knownEpoch(db), isNew: false }
    if (isServer) assertDurable(db)
    const seal = new Seal(() => (sealKeys.length > 0 ? sealKeys : folderKeys(folder)))
    if (isServer) sealTenants(drizzle(db, { casing: 'snake_case' }), seal)
    const disk = new Disk(folder, isServer)
    // From here on nobody waits for a lock: the process would stand still meanwhile.
    if (isServer) db.pragma('busy_timeout = 0')
    return storesOn(db, { epoch, isNewEpoch: isNew, now, seal, disk, isServer }, (opened) => {
      try {
        if (isServer) stopEpoch(opened, stopped)
      } finally {
        opened.close()
        unlock()
      }
    })
  } catch (error) {
    db?.close()
    unlock()
    if (!(error instanceof Database.SqliteError)) throw error
    throw new DatabaseProblem(`cannot use the database in ${folder}: ${error.message}`)
  }
}

type Opened = {
  readonly epoch: string
  readonly isNewEpoch: boolean
  readonly now: () => number
  readonly seal: Seal
  readonly disk: Disk
  readonly isServer: boolean
}

function storesOn(
  db: Database.Database,
  { epoch, isNewEpoch, now, seal, disk, isServer }: Opened,
  close: (db: Database.Database) => void,
): Stores {
  const commit = new GroupCommit(db, () => disk.requireFiles())
  const users = sqliteUsers(db, commit, now)
  const usage = sqliteUsage(db, now)
  const webhookLog = new SqliteWebhookLog(db, now)
  commit.gather(webhookLog)
  const outbox = webhookLog.note
  const rooms = sqliteRooms(db, commit, { now, usage, outbox })
  const arranging = sqliteArranging(db, commit, { now, markOf: rooms.markOf })
  const mentions = sqliteMentions(db, { finderIn: users.finderIn, now })
  const messages = sqliteMessages(db, commit, { now, mentions, outbox })
  const reactions = sqliteReactions(db, commit, { now, outbox })
  const groups = sqliteGroups(db, commit, { now, viewOf: rooms.viewOf, usage, outbox })
  const guests = sqliteGuests(db, commit, { now, usage, outbox })
  const links = sqliteLinks(db, commit, now)
  const importing = sqliteImporting(db, commit)
  const deletion = sqliteDeletion(db, commit, { now, outbox, onDeleted: () => emptier.wake() })
  const retention = sqliteRetention(db, commit)
  const erasing = sqliteErasing(db, commit, {
    now,
    emptying: deletion.emptying,
    viewOf: rooms.viewOf,
    outbox,
  })
  const tenants = sqliteTenants(drizzle(db, { casing: 'snake_case' }), now, seal)
  const opened = new Map<string, Store>()
  const addText = (tenant: string, user: string, amount: number) =>
    commit.run(() => usage.add({ tenant, user, what: 'text', amount }))
  const closing = new AbortController()
  const emptier = new Emptier(deletion.emptying, closing.signal)
  if (isServer) {
    void refoldAll(users.refolder, closing.signal)
    emptier.wake()
  }
  const answers = db.prepare('SELECT 1 FROM meta')
  return {
    // A folder has one server, and this is nobody else's: not even that of a copy of the folder.
    identity: randomUUID(),
    epoch,
    // It has no second life beside this server.
    blindness: undefined,
    // Each statement reads so many rows and no more.
    missingTimeout: undefined,
    onEpoch() {},
    isNewEpoch,
    freeBytes: () => disk.free(),
    tenants: {
      ...tenants,
      // Asked every second: so the log says it, though nobody writes.
      async readVersion() {
        disk.requireFiles()
        return tenants.readVersion()
      },
    },
    keys: sqliteApiKeys(db, commit),
    idempotency: sqliteIdempotency(db, commit),
    signOuts: sqliteSignOuts(db, commit),
    webhooks: sqliteWebhooks(db, commit, { now, seal, log: webhookLog }),
    erasures: erasing.erasures,
    servers: undefined,
    forTenant(tenant) {
      const store = opened.get(tenant) ?? {
        epoch,
        ...users.stores(tenant),
        ...reactions(tenant),
        ...mentions.stores(tenant),
        ...arranging(tenant),
        ...deletion.stores(tenant),
        ...links(tenant),
        ...importing(tenant),
        ...guests(tenant),
        ...erasing.stores(tenant),
        ...retention(tenant),
        ...limitText(
          { ...rooms.stores(tenant), ...messages(tenant), ...groups(tenant) },
          (user, amount) => addText(tenant, user, amount),
          now,
        ),
      }
      opened.set(tenant, store)
      return store
    },
    renewEpoch: async () => renewEpoch(db),
    async check() {
      answers.get()
      disk.requireSpace()
      assertDurable(db)
    },
    async close() {
      // What a tool deleted goes with it: a running server would not look for it.
      if (!isServer) await emptier.whenIdle()
      closing.abort()
      disk.close()
      db.pragma(`busy_timeout = ${lastPatienceMs}`)
      commit.flush()
      close(db)
    },
  }
}

function setPragmas(db: Database.Database): void {
  db.pragma('journal_mode = WAL')
  // Explicitly: the compiled default falls back to NORMAL at the first write, and then a power cut loses commits.
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  db.pragma('busy_timeout = 5000')
  db.pragma('wal_autocheckpoint = 4000')
  db.pragma('journal_size_limit = 67108864')
}

function assertDurable(db: Database.Database): void {
  const level = db.pragma('synchronous', { simple: true })
  if (level !== 2)
    throw new DatabaseProblem(`SQLite does not flush to disk: synchronous is ${level}, expected 2`)
}

function bringUpToDate(db: Database.Database, folder: string, isLocked: boolean): void {
  const newest = readMigrationFiles({ migrationsFolder: migrations }).at(-1)?.folderMillis ?? 0
  const applied = lastMigration(db)
  if (applied > newest) {
    throw new DatabaseProblem(
      `the database in ${folder} was made by a newer version of Chatter: upgrade this one`,
    )
  }
  if (applied === newest) return
  // No tool changes the tables while a server uses them.
  const unlock = isLocked ? () => {} : lockFolder(folder)
  try {
    migrate(drizzle(db), { migrationsFolder: migrations })
  } finally {
    unlock()
  }
}

function lastMigration(db: Database.Database): number {
  const table = db.prepare(`SELECT 1 FROM sqlite_master WHERE name = '__drizzle_migrations'`).get()
  if (!table) return 0
  return Number(db.prepare('SELECT max(created_at) FROM __drizzle_migrations').pluck().get() ?? 0)
}
