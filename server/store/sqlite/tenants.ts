import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { Problem } from '../../protocol/problems.ts'
import { disabling } from '../../rules/disabling.ts'
import { noTenant } from '../../rules/no-tenant.ts'
import { changedColumns, type SettingColumns, settingsInColumns, usualColumns } from '../../rules/settings.ts'
import type { Seal } from '../sealing.ts'
import type { Tenant, TenantStore } from '../store.ts'
import { ownedTables, type Table } from '../tables.ts'
import { hosts, meta, tenants, users, webhooks } from './tables.ts'

const versionKey = 'tenants'
/** There while `default` does not answer to every host, though there is no tenant. */
const closedKey = 'default-closed'
const slice = 5_000
const roomSlice = 500

/**
 * Seals what an earlier version, or one without a key, stored as it was. Nothing changes for readers. In a transaction of
 * its own: the command line may give a tenant another secret meanwhile.
 */
export function sealTenants(db: BetterSQLite3Database, seal: Seal): void {
  const sealAll = () => {
    for (const { id, secrets } of db.select().from(tenants).all()) {
      if (!secrets.some((secret) => seal.isOutdated(secret))) continue
      const sealed = secrets.map((secret) => seal.seal(seal.open(secret, id), id))
      db.update(tenants).set({ secrets: sealed }).where(eq(tenants.id, id)).run()
    }
    for (const { tenant, id, secrets } of db.select().from(webhooks).all()) {
      if (!secrets.some((secret) => seal.isOutdated(secret))) continue
      const sealed = secrets.map((secret) => seal.seal(seal.open(secret, tenant), tenant))
      const isIt = and(eq(webhooks.tenant, tenant), eq(webhooks.id, id))
      db.update(webhooks).set({ secrets: sealed }).where(isIt).run()
    }
  }
  db.transaction(sealAll, { behavior: 'immediate' })
}

/** The tenants on SQLite. The command line writes them beside a running server, which asks for the version. */
export function sqliteTenants(db: BetterSQLite3Database, now: () => number, seal: Seal): TenantStore {
  // Asked for every second: put together anew each time, it would be most of what an idle server does.
  const version = db.select().from(meta).where(eq(meta.key, versionKey)).prepare()

  function list(): Tenant[] {
    const rows = db.select().from(tenants).orderBy(tenants.createdAt, tenants.id).all()
    const names = db.select().from(hosts).orderBy(hosts.host).all()
    return rows.map(({ createdAt: _, directory, settings, disabledAt, enabledAt, ...tenant }) => ({
      ...tenant,
      ...(disabledAt !== null && { disabledAt }),
      ...(enabledAt !== null && { enabledAt }),
      secrets: tenant.secrets.map((secret) => seal.open(secret, tenant.id)),
      settings: settingsInColumns({ directory, settings }),
      hosts: names.filter((name) => name.tenant === tenant.id).map((name) => name.host),
    }))
  }

  function find(id: string): Tenant {
    const tenant = list().find((one) => one.id === id)
    if (!tenant) throw noTenant(id)
    return tenant
  }

  function columnsOf(id: string): SettingColumns {
    const { directory, settings } = tenants
    const row = db.select({ directory, settings }).from(tenants).where(eq(tenants.id, id)).get()
    return row ?? usualColumns
  }

  function takeHosts(id: string, names: readonly string[]): void {
    for (const host of names) {
      const owner = db.select().from(hosts).where(eq(hosts.host, host)).get()
      if (owner && owner.tenant !== id)
        throw new Problem('conflict', `${host} belongs to tenant ${owner.tenant}`)
    }
    db.delete(hosts).where(eq(hosts.tenant, id)).run()
    for (const host of new Set(names)) db.insert(hosts).values({ host, tenant: id }).run()
  }

  function moveVersion(): void {
    db.insert(meta)
      .values({ key: versionKey, value: '1' })
      .onConflictDoUpdate({ target: meta.key, set: { value: sql`CAST(${meta.value} AS INTEGER) + 1` } })
      .run()
  }

  const write = <T>(work: () => T): T =>
    db.transaction(
      () => {
        const value = work()
        moveVersion()
        return value
      },
      { behavior: 'immediate' },
    )

  /** In slices, so that a server beside it never waits long for its turn to write. */
  function purge(id: string): void {
    for (const table of ownedTables) {
      if (table.name === 'rooms') purgeRooms(id)
      // Those of its rooms went with them.
      else if (table.name !== 'messages') purgeTable(table, id)
    }
  }

  function purgeTable({ name, key }: Table, id: string): void {
    const table = sql.identifier(name)
    const columns = sql.join(
      key.map((column) => sql.identifier(column)),
      sql`, `,
    )
    deleteAll(sql`DELETE FROM ${table} WHERE (${columns}) IN (
      SELECT ${columns} FROM ${table} WHERE tenant = ${id} LIMIT ${slice})`)
  }

  /** Messages know their tenant only by their room: none stays behind when that goes. */
  function purgeRooms(id: string): void {
    const some = sql`(SELECT no FROM rooms WHERE tenant = ${id} ORDER BY id LIMIT ${roomSlice}) r
      CROSS JOIN messages m ON m.key BETWEEN r.no << 32 AND (r.no << 32) + 4294967295`
    const empty = sql`DELETE FROM rooms WHERE no IN (
      SELECT no FROM rooms WHERE tenant = ${id} ORDER BY id LIMIT ${roomSlice})
      AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.key BETWEEN no << 32 AND (no << 32) + 4294967295)`
    const isLeft = sql`SELECT 1 FROM rooms WHERE tenant = ${id} LIMIT 1`
    while (db.get(isLeft) !== undefined) {
      deleteAll(sql`DELETE FROM messages WHERE key IN (SELECT m.key FROM ${some} LIMIT ${slice})`)
      db.run(empty)
    }
  }

  function deleteAll(slices: SQL): void {
    while (db.run(slices).changes > 0);
  }

  return {
    list: async () => list(),

    readVersion: async () => Number(version.get()?.value ?? 0),

    hasUsers: async (id) =>
      db.select({ id: users.id }).from(users).where(eq(users.tenant, id)).limit(1).get() !== undefined,

    isDefaultOpen: async () => db.select().from(meta).where(eq(meta.key, closedKey)).get() === undefined,

    async openDefault() {
      write(() => db.delete(meta).where(eq(meta.key, closedKey)).run())
    },

    async add({ hosts: names, settings = {}, ...tenant }) {
      const refuseTaken = () => {
        if (list().some(({ id }) => id === tenant.id))
          throw new Problem('conflict', `there is a tenant ${tenant.id}`)
      }
      refuseTaken()
      // Rows that the removal of an earlier one of this id left, or that a server wrote until it learned of it. Only
      // `default` may rightly have data before it is a tenant.
      if (tenant.id !== 'default') purge(tenant.id)
      write(() => {
        refuseTaken()
        const lists = {
          secrets: tenant.secrets.map((secret) => seal.seal(secret, tenant.id)),
          origins: [...tenant.origins],
        }
        db.insert(tenants)
          .values({ ...tenant, ...lists, ...changedColumns(usualColumns, settings), createdAt: now() })
          .run()
        takeHosts(tenant.id, names)
      })
    },

    async change(id, { hosts: names, secrets, origins, settings, isDisabled }) {
      return write(() => {
        const before = find(id)
        const wanted = typeof secrets === 'function' ? secrets(before.secrets) : secrets
        const set = {
          ...(wanted && { secrets: wanted.map((secret) => seal.seal(secret, id)) }),
          ...(origins && { origins: [...origins] }),
          ...(settings && changedColumns(columnsOf(id), settings)),
          ...disabling(before, isDisabled, now()),
        }
        if (Object.keys(set).length > 0) db.update(tenants).set(set).where(eq(tenants.id, id)).run()
        if (names) takeHosts(id, names)
        return find(id)
      })
    },

    async remove(id) {
      write(() => {
        find(id)
        db.delete(tenants).where(eq(tenants.id, id)).run()
        if (list().length > 0) return
        db.insert(meta).values({ key: closedKey, value: 'yes' }).onConflictDoNothing().run()
      })
      purge(id)
    },
  }
}
