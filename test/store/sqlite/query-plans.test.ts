import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import Database from 'better-sqlite3'
import type { Store, Stores } from '../../../server/store/store.ts'
import { aRoom } from '../../contract/store/a-world.ts'
import { type Picks, rooms, users, visits } from '../../contract/store/visits.ts'
import { aFolder, type Folder } from '../../support/a-folder.ts'

const everyPick: readonly Picks[] = [
  [0, 0, 0, 0],
  [0, 1, 1, 1],
  [1, 2, 1, 0],
  [0, 1, 0, 1],
  [2, 0, 1, 0],
]
/** Not a table: a subquery already cut to the size of a page, the words of a query, or nothing at all. */
const boundedScan = /^SCAN (CONSTANT ROW|\(subquery-\d+\)|p|(f|wanted) VIRTUAL TABLE.*)$/
/** A value bound bare as a limit, or to be compared with in a join: SQLite looks at it, and plans anew at each call. */
const bareLimit = /\bLIMIT \d+\.\d/
const bareInJoin = /\bJOIN\b[\s\S]*= '/
const isStatement = (sql: string) => /^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(sql)
/** Sorts a user's own rooms, the people of a few, those of so many memberships, the members of one room, who reacted to one message, or what is already cut to a page; never a room's messages. */
const sorting: readonly (keyof Store)[] = [
  'listRooms',
  'listMemberships',
  'listMembershipsOf',
  'findCompanions',
  'searchUsers',
  'openRoom',
  'react',
  'readChanges',
]

/** What a tenant has few of: five webhooks, the requests of a day, and of rooms those that are being emptied. */
const few = ['webhooks', 'idempotency USING INDEX', 'rooms USING INDEX rooms_uncleared']

describe('each statement of a store touches what it answers and no more:', () => {
  let folder: Folder
  let stores: Stores
  let db: Database.Database
  let seen: string[] = []

  before(async () => {
    folder = aFolder()
    stores = folder.open({ trace: (sql) => seen.push(sql) })
    const store = stores.forTenant('site')
    for (const id of users) await store.saveUser({ id })
    await store.openRoom(aRoom(users, rooms[0]))
    db = new Database(folder.file('chatter.db'))
  })
  after(async () => {
    db.close()
    await stores.close()
    folder.remove()
  })

  const planOf = (sql: string) =>
    db
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => detail)

  /** The statements that a method runs, whatever its answer. */
  async function statementsOf(method: keyof Store): Promise<string[]> {
    seen = []
    for (const picks of everyPick) {
      await Promise.resolve(visits[method](stores.forTenant('site'), picks)).catch(() => {})
    }
    return seen.filter(isStatement)
  }

  for (const method of Object.keys(visits) as (keyof Store)[]) {
    it(method, async () => {
      const statements = await statementsOf(method)
      assert.ok(statements.length > 0 || method === 'epoch', 'it asks the database')
      for (const sql of statements) {
        const plan = planOf(sql)
        const shown = `${sql}\n${plan.join('\n')}`
        assert.doesNotMatch(sql, /\bOFFSET\b/i, shown)
        for (const bare of [bareLimit, bareInJoin]) assert.doesNotMatch(sql, bare, `planned anew: ${shown}`)
        for (const line of plan) {
          assert.ok(!line.startsWith('SCAN') || boundedScan.test(line), `reads a whole table: ${shown}`)
          const isFew = few.some((read) => line.startsWith(`SEARCH ${read} `))
          assert.ok(isFew || !line.includes('(tenant=?)'), `reads a whole tenant: ${shown}`)
          assert.ok(!line.includes('TEMP B-TREE') || sorting.includes(method), `sorts: ${shown}`)
        }
      }
    })
  }

  it('each statement of a search says how many rows it reads, whether or not they match', async () => {
    const statements = await statementsOf('searchUsers')
    const found = statements.filter((sql) => /FROM (user_words|users|members)/.test(sql))
    assert.ok(found.length >= 4, 'words are counted and read, names and people of shared rooms are read')
    for (const sql of found) {
      // The rows that are read are those up to the limit: nothing between them and it is left out.
      const [, condition = '', limit = ''] =
        /FROM [\s\S]*?WHERE ((?:(?!WHERE)[\s\S])*?)(?:ORDER BY[^)]*?)?LIMIT \+([\d.]+)/.exec(sql) ?? []
      assert.ok(Number(limit) >= 1 && Number(limit) <= 5_000, sql)
      assert.doesNotMatch(condition, /EXISTS|\bIN\b|LIKE/, sql)
    }
  })

  it('no change of a group reads all of its members', async () => {
    const statements = await statementsOf('alterRoom')
    const ofMembers = statements.filter((sql) => /\bFROM members\b/.test(sql))
    assert.ok(ofMembers.length >= 3, 'roles, owners and the eldest are asked for')
    for (const sql of ofMembers)
      for (const line of planOf(sql)) assert.doesNotMatch(line, /members.*\(tenant=\? AND room=\?\)/, sql)
  })

  it('each statement that looks for a room of two reads 1,000 memberships at most, those that ended too', async () => {
    const statements = await statementsOf('filterSharing')
    assert.ok(statements.length >= 2)
    for (const sql of statements) {
      assert.match(
        sql,
        /FROM members( a)? INDEXED BY members_by_user\s+WHERE (?:(?!left_seq)[\s\S])*? LIMIT 1000\)/,
      )
    }
  })
})
