import { eq, sql } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { Problem } from '../../protocol/problems.ts'
import { disabling } from '../../rules/disabling.ts'
import { noTenant } from '../../rules/no-tenant.ts'
import { changedColumns, type SettingColumns, settingsInColumns, usualColumns } from '../../rules/settings.ts'
import type { Seal } from '../sealing.ts'
import type { Tenant, TenantStore } from '../store.ts'
import { ownedTables } from '../tables.ts'
import { type Link, mapDbError } from './link.ts'
import { hosts, meta, tenants, users } from './tables.ts'

const versionKey = 'tenants'
/** There while `default` does not answer to every host, though there is no tenant. */
const closedKey = 'default-closed'
const slice = 5_000

type Connection = Pick<NodePgDatabase, 'select' | 'insert' | 'update' | 'delete'>

/** The tenants on Postgres. The command line writes them beside running servers, which ask for the version. */
export function postgresTenants({ pool }: Link, now: () => number, seal: Seal): TenantStore {
  const db = drizzle(pool, { casing: 'snake_case' })

  async function list(connection: Connection = db): Promise<Tenant[]> {
    const rows = await connection.select().from(tenants).orderBy(tenants.createdAt, tenants.id)
    const names = await connection.select().from(hosts).orderBy(hosts.host)
    return rows.map(({ createdAt: _, directory, settings, disabledAt, enabledAt, ...tenant }) => ({
      ...tenant,
      ...(disabledAt !== null && { disabledAt }),
      ...(enabledAt !== null && { enabledAt }),
      secrets: tenant.secrets.map((secret) => seal.open(secret, tenant.id)),
      settings: settingsInColumns({ directory, settings }),
      hosts: names.filter((name) => name.tenant === tenant.id).map((name) => name.host),
    }))
  }

  async function find(connection: Connection, id: string): Promise<Tenant> {
    const tenant = (await list(connection)).find((one) => one.id === id)
    if (!tenant) throw noTenant(id)
    return tenant
  }

  async function columnsOf(connection: Connection, id: string): Promise<SettingColumns> {
    const { directory, settings } = tenants
    const [row] = await connection.select({ directory, settings }).from(tenants).where(eq(tenants.id, id))
    return row ?? usualColumns
  }

  async function takeHosts(connection: Connection, id: string, names: readonly string[]): Promise<void> {
    const owners = await connection.select().from(hosts)
    const taken = owners.find(({ host, tenant }) => names.includes(host) && tenant !== id)
    if (taken) throw new Problem('conflict', `${taken.host} belongs to tenant ${taken.tenant}`)
    await connection.delete(hosts).where(eq(hosts.tenant, id))
    const mine = [...new Set(names)].map((host) => ({ host, tenant: id }))
    if (mine.length > 0) await connection.insert(hosts).values(mine)
  }

  /** The version goes up first: its row is the lock that makes those who change tenants take turns. */
  const write = <T>(work: (connection: Connection) => Promise<T>): Promise<T> =>
    db.transaction(async (transaction) => {
      await transaction
        .insert(meta)
        .values({ key: versionKey, value: '1' })
        .onConflictDoUpdate({ target: meta.key, set: { value: sql`(${meta.value}::bigint + 1)::text` } })
      return work(transaction)
    })

  /** In slices: none takes long, and each frees what it locked. */
  async function purge(id: string): Promise<void> {
    for (const { name, key } of ownedTables) {
      const table = sql.identifier(name)
      const columns = sql.join(
        key.map((column) => sql.identifier(column)),
        sql`, `,
      )
      const some = sql`DELETE FROM ${table} WHERE (${columns}) IN (
        SELECT ${columns} FROM ${table} WHERE tenant = ${id} LIMIT ${slice})`
      while (((await db.execute(some)).rowCount ?? 0) > 0);
    }
  }

  const store: TenantStore = {
    list: () => list(),

    async readVersion() {
      const [row] = await db.select().from(meta).where(eq(meta.key, versionKey))
      return Number(row?.value ?? 0)
    },

    async hasUsers(id) {
      const some = await db.select({ id: users.id }).from(users).where(eq(users.tenant, id)).limit(1)
      return some.length > 0
    },

    async isDefaultOpen() {
      const rows = await db.select().from(meta).where(eq(meta.key, closedKey))
      return rows.length === 0
    },

    async openDefault() {
      await write((transaction) => transaction.delete(meta).where(eq(meta.key, closedKey)))
    },

    async add({ hosts: names, settings = {}, ...tenant }) {
      const refuseTaken = async (connection: Connection) => {
        const isTaken = (await list(connection)).some(({ id }) => id === tenant.id)
        if (isTaken) throw new Problem('conflict', `there is a tenant ${tenant.id}`)
      }
      await refuseTaken(db)
      // Rows that the removal of an earlier one of this id left, or that a server wrote until it learned of it. Only
      // `default` may rightly have data before it is a tenant.
      if (tenant.id !== 'default') await purge(tenant.id)
      await write(async (transaction) => {
        await refuseTaken(transaction)
        const lists = {
          secrets: tenant.secrets.map((secret) => seal.seal(secret, tenant.id)),
          origins: [...tenant.origins],
        }
        const columns = changedColumns(usualColumns, settings)
        await transaction.insert(tenants).values({ ...tenant, ...lists, ...columns, createdAt: now() })
        await takeHosts(transaction, tenant.id, names)
      })
    },

    change: (id, { hosts: names, secrets, origins, settings, isDisabled }) =>
      write(async (transaction) => {
        const before = await find(transaction, id)
        const wanted = typeof secrets === 'function' ? secrets(before.secrets) : secrets
        const set = {
          ...(wanted && { secrets: wanted.map((secret) => seal.seal(secret, id)) }),
          ...(origins && { origins: [...origins] }),
          ...(settings && changedColumns(await columnsOf(transaction, id), settings)),
          ...disabling(before, isDisabled, now()),
        }
        if (Object.keys(set).length > 0) await transaction.update(tenants).set(set).where(eq(tenants.id, id))
        if (names) await takeHosts(transaction, id, names)
        return find(transaction, id)
      }),

    async remove(id) {
      await write(async (transaction) => {
        await find(transaction, id)
        await transaction.delete(tenants).where(eq(tenants.id, id))
        if ((await list(transaction)).length > 0) return
        await transaction.insert(meta).values({ key: closedKey, value: 'yes' }).onConflictDoNothing()
      })
      await purge(id)
    },
  }

  return {
    list: () => mapDbError(store.list()),
    readVersion: () => mapDbError(store.readVersion()),
    hasUsers: (id) => mapDbError(store.hasUsers(id)),
    isDefaultOpen: () => mapDbError(store.isDefaultOpen()),
    openDefault: () => mapDbError(store.openDefault()),
    add: (tenant) => mapDbError(store.add(tenant)),
    change: (id, change) => mapDbError(store.change(id, change)),
    remove: (id) => mapDbError(store.remove(id)),
  }
}
