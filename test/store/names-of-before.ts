import assert from 'node:assert/strict'
import { it } from 'node:test'
import { foldKey, foldVersion } from '../../server/rules/refolding.ts'
import type { Stores } from '../../server/store/store.ts'

/** A database that is opened again and again, and read and written behind the port's back. */
export type Reopened = {
  open(): Promise<Stores>
  perform(statement: string): Promise<void>
  /** The first column of the first row. */
  ask(statement: string): Promise<unknown>
  remove(): Promise<void>
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** As the first versions stored a name. */
function savedBefore(tenant: string, id: string, name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '')
  const folded = plain.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
  const words = [...new Set(folded.match(/[\p{L}\p{N}]+/gu) ?? [])]
  const user = `INSERT INTO users (tenant, id, name, folded, created_at)
    VALUES (${[tenant, id, name, folded].map(quoted).join()}, 0)`
  const rows = words.map((word) => `(${[tenant, word, id].map(quoted).join()})`)
  return [user, rows.length > 0 && `INSERT INTO user_words (tenant, word, "user") VALUES ${rows.join()}`]
    .filter(Boolean)
    .join(';')
}

async function foundBy(stores: Stores, tenant: string, query: string): Promise<string[]> {
  const { users } = await stores.forTenant(tenant).searchUsers({ query, limit: 5 })
  return users.map(({ id }) => id)
}

/** What both databases promise of names that an earlier version folded. */
export function earlierNamePromises(make: () => Promise<Reopened>): void {
  async function on(work: (database: Reopened) => Promise<void>): Promise<void> {
    const database = await make()
    try {
      await work(database)
    } finally {
      await database.remove()
    }
  }

  const mark = `SELECT value FROM meta WHERE key = '${foldKey}'`
  async function untilDone({ ask }: Reopened): Promise<void> {
    while ((await ask(mark)) !== foldVersion) await new Promise(setImmediate)
  }

  it('names that an earlier version stored are found as new ones are, in all tenants', () =>
    on(async (database) => {
      await (await database.open()).close()
      await database.perform(`DELETE FROM meta WHERE key = '${foldKey}'`)
      const others = Array.from({ length: 450 }, (_, n) => savedBefore('site', `u${n}`, `Anna ${n} 🦊`))
      await database.perform(
        [
          ...others,
          savedBefore('acme', 'luk', 'Łukasz'),
          savedBefore('site', 'luk', 'Łukasz Ø'),
          savedBefore('site', 'zoe', 'Zoë'),
          savedBefore('zoo', 'fox', '🦊'),
        ].join(';'),
      )
      const stores = await database.open()
      await untilDone(database)
      assert.deepEqual(await foundBy(stores, 'acme', 'lukasz'), ['luk'])
      assert.deepEqual(await foundBy(stores, 'site', 'luk o'), ['luk'])
      assert.deepEqual(await foundBy(stores, 'site', 'zoe'), ['zoe'])
      assert.deepEqual(await foundBy(stores, 'zoo', '🦊'), ['fox'])
      assert.deepEqual(await foundBy(stores, 'site', '449 🦊'), ['u449'])
      assert.equal(await database.ask(`SELECT folded FROM users WHERE tenant = 'acme'`), 'lukasz')
      assert.equal(Number(await database.ask(`SELECT count(*) FROM user_words WHERE word = 'łukasz'`)), 0)
      await stores.close()
    }))

  it('a name that a server of the build before stores later is made anew at the next sign-in, and at no start', () =>
    on(async (database) => {
      const first = await database.open()
      await untilDone(database)
      await first.close()
      await database.perform(savedBefore('site', 'fox', '🦊 Fox'))
      const stores = await database.open()
      assert.deepEqual(await foundBy(stores, 'site', '🦊'), [])
      const profile = { id: 'fox', name: '🦊 Fox' }
      const { changed } = await stores.forTenant('site').saveUser(profile)
      assert.equal(changed, false, 'for others nothing changed')
      assert.deepEqual(await foundBy(stores, 'site', '🦊'), ['fox'])
      await stores.close()
    }))
}
