/** The list of tables against the databases as they are, and what it says against what is done. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import Database from 'better-sqlite3'
import pg from 'pg'
import { uuidv7 } from 'uuidv7'
import { copiedTables } from '../../server/store/copy/tables.ts'
import { openPostgres } from '../../server/store/postgres/open.ts'
import type { Stores } from '../../server/store/store.ts'
import { type Table, tables } from '../../server/store/tables.ts'
import { aRoom, Site } from '../contract/store/a-world.ts'
import { aFolder, type Folder } from '../support/a-folder.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'

/** A migrated database, its stores, and the names that one column of a statement answers. */
type World = {
  readonly stores: Stores
  ask(statement: string): Promise<readonly (string | number)[]>
  close(): Promise<void>
}

type Dialect = {
  open(): Promise<World>
  readonly tables: string
  /** The columns of a table's primary key, in its order. */
  keyOf(table: string): string
  /** Tables with a column of that name. */
  having(column: string): string
}

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.stop())

const sqlite: Dialect = {
  async open() {
    const folder: Folder = aFolder()
    const stores = folder.open()
    const db = new Database(folder.file('chatter.db'))
    return {
      stores,
      ask: async (statement) => db.prepare<[], string>(statement).pluck().all(),
      async close() {
        db.close()
        await stores.close()
        folder.remove()
      },
    }
  },
  // SQLite's own begin with its name.
  tables: `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  keyOf: (table) => `SELECT name FROM pragma_table_xinfo('${table}') WHERE pk > 0 ORDER BY pk`,
  having: (column) =>
    `SELECT t.name FROM sqlite_master t, pragma_table_xinfo(t.name) c WHERE t.type = 'table' AND c.name = '${column}'`,
}

const postgres: Dialect = {
  async open() {
    const url = await server.newDatabase()
    const stores = await openPostgres({ url, role: 'server', now: Date.now })
    const client = new pg.Client(url)
    await client.connect()
    return {
      stores,
      ask: async (text) => (await client.query({ text, rowMode: 'array' })).rows.map(([one]) => one),
      async close() {
        await client.end()
        await stores.close()
      },
    }
  },
  tables: `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`,
  keyOf: (table) =>
    `SELECT a.attname FROM pg_index i CROSS JOIN unnest(i.indkey::int[]) WITH ORDINALITY AS k (number, place)
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
     WHERE i.indrelid = '${table}'::regclass AND i.indisprimary ORDER BY k.place`,
  having: (column) =>
    `SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = '${column}'`,
}

for (const [name, dialect] of Object.entries({ sqlite, postgres })) {
  describe(`of the tables on ${name}`, () => {
    const listed = tables.filter(({ only }) => only === undefined || only === name)
    let world: World
    before(async () => {
      world = await dialect.open()
    })
    after(() => world.close())

    const count = async ({ name: table }: Table) =>
      Number((await world.ask(`SELECT count(*) FROM ${table}`))[0])
    const full = async () => {
      const found: Table[] = []
      for (const one of listed) if ((await count(one)) > 0) found.push(one)
      return found
    }

    it('each is named once in the list, and none is there that it lacks', async () => {
      const names = listed.map((one) => one.name)
      assert.deepEqual(names.toSorted(), [...(await world.ask(dialect.tables))].sort())
    })

    it('each has the key that the list says', async () => {
      for (const { name: table, key } of listed) {
        // Numbers of their own.
        if (name === 'sqlite' && ['rooms', 'messages'].includes(table)) continue
        assert.deepEqual(await world.ask(dialect.keyOf(table)), key, table)
      }
    })

    it('each with rows of a tenant says that they go with it', async () => {
      const names = new Set(await world.ask(dialect.having('tenant')))
      const staying = listed.filter((one) => names.has(one.name) && one.removal === 'none')
      assert.deepEqual(staying, [])
    })

    it('all hold something in a database that is used, and after its one tenant is gone only what is no tenant’s', async () => {
      const { stores } = world
      await stores.tenants.add({
        id: 'acme',
        hosts: ['acme.test'],
        secrets: ['s'.repeat(32)],
        origins: [],
      })
      const site = new Site(
        {
          stores,
          later: { amendAsBefore: async () => {}, addUsers: async () => {} },
          close: async () => {},
        },
        'acme',
      )
      const webhook = { tenant: 'acme', id: 'a webhook', url: 'https://a.test/', createdAt: 0 }
      await stores.webhooks.add({ ...webhook, events: 'all', secrets: ['whsec_'] })
      const { roomId: room, id } = await site.say(await site.room('mina', 'sam'), 'mina')
      while (await stores.webhooks.sortOut());
      await site.store.react({ room, id, by: 'sam', emoji: '👍', on: true })
      const mentions = [{ userId: 'sam', at: 0, length: 1 }]
      await site.store.amend({ kind: 'edit', room, id, by: 'mina', text: 'x', mentions })
      const group = await site.group('Team', 'mina')
      await site.store.createLink({ room: group, by: 'mina', id: uuidv7(), code: 'code' })
      const key = { id: 'a key', hash: 'of it', name: '', scopes: ['read'], createdAt: 0 } as const
      await stores.keys.add('acme', key)
      const signOut = {
        tenant: 'acme',
        user: 'lee',
        at: 1,
        tokensFrom: null,
        isDisabled: true,
        isEnabled: false,
      }
      await stores.signOuts.put(signOut, 0)
      const hold = { room, attempts: 1, nextAt: 0, why: 'no answer' }
      await stores.webhooks.holdRooms(webhook, [hold], { at: 0, old: 0 })
      await site.store.beginErasing('zed')
      const request = { tenant: 'acme', key: 'a key', name: 'a name', fingerprint: 'of it' }
      await stores.idempotency.begin(request, { now: 1, old: 0, abandoned: 0, most: 1 })
      await site.users('lee')
      await site.store.openRoom({ ...aRoom(['mina', 'sam', 'lee']), mostWithStrangers: 1 })
      await stores.servers?.heartbeat('a server')
      assert.deepEqual(await full(), listed)
      await stores.tenants.remove('acme')
      assert.deepEqual(
        await full(),
        listed.filter(({ removal }) => removal === 'none'),
      )
    })
  })
}

it('what is copied is what the list says, in its order and with all its columns', () => {
  const expected = tables.filter(({ copy }) => copy !== 'none')
  assert.deepEqual(
    copiedTables.map(({ name, columns, key }) => [name, columns.slice(0, key).map((column) => column.name)]),
    expected.map(({ name, key }) => [name, key]),
  )
})
