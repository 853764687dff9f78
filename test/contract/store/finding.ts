import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import type { Profile, Store } from '../../../server/store/store.ts'
import { allPages, type World } from './a-world.ts'

const names = [
  'Mina López',
  'Łukasz Nowak',
  'Zoë Ångström',
  'Straße Groß',
  'Οδυσσέας Παπαδόπουλος',
  'Иван Ёлкин',
  'محمد العلي',
  'مُحَمَّد',
  '田中 太郎',
  'たなか がく',
  '김 민수',
  'Anne-Marie O’Neil',
  "Sean O'Connor",
  'J. R. R. Tolkien',
  'Agent 007',
  'İpek Yılmaz',
  'A_B 100% \\ "quoted"',
  'Søren Ærø',
  'Đorđe Þór Guðrún',
  'Cœur Ħal Ŋo',
  '🦊 Fox',
  'Ship 🇸🇪👩‍💻',
]

/** What is typed, and whom it finds. */
const searches: readonly (readonly [query: string, found: readonly string[]])[] = [
  ['min', ['Mina López']],
  ['lop', ['Mina López']],
  ['LÓPEZ mi', ['Mina López']],
  ['mina lopezz', []],
  ['ina', []],
  ['zoe', ['Zoë Ångström']],
  ['angstrom z', ['Zoë Ångström']],
  ['strass', ['Straße Groß']],
  ['GROẞ', ['Straße Groß']],
  ['ΟΔΥΣ', ['Οδυσσέας Παπαδόπουλος']],
  ['οδυσσεασ παπ', ['Οδυσσέας Παπαδόπουλος']],
  ['ив', ['Иван Ёлкин']],
  ['елкин', ['Иван Ёлкин']],
  ['محمد', ['محمد العلي', 'مُحَمَّد']],
  ['محمد ال', ['محمد العلي']],
  ['田', ['田中 太郎']],
  ['太郎 田中', ['田中 太郎']],
  ['がく', ['たなか がく']],
  ['ﾅｶ', []],
  ['민', ['김 민수']],
  ['marie', ['Anne-Marie O’Neil']],
  ["o'c", ["Sean O'Connor"]],
  ['o', ['Anne-Marie O’Neil', "Sean O'Connor", 'Οδυσσέας Παπαδόπουλος'].slice(0, 2)],
  ['r tolk', ['J. R. R. Tolkien']],
  ['007', ['Agent 007']],
  ['ipek yil', ['İpek Yılmaz']],
  ['quoted a', ['A_B 100% \\ "quoted"']],
  ['lukasz', ['Łukasz Nowak']],
  ['łUK', ['Łukasz Nowak']],
  ['soren aero', ['Søren Ærø']],
  ['SØR ÆR', ['Søren Ærø']],
  ['dorde thor gudr', ['Đorđe Þór Guðrún']],
  ['ðorđ', ['Đorđe Þór Guðrún']],
  ['coeur hal no', ['Cœur Ħal Ŋo']],
  ['🦊', ['🦊 Fox']],
  ['fox 🦊', ['🦊 Fox']],
  ['🇸🇪', ['Ship 🇸🇪👩‍💻']],
  ['💻', ['Ship 🇸🇪👩‍💻']],
]

/** Nothing but signs that mean something in SQL, LIKE or FTS: in no name's words. */
const signs = ['%', '_', "'", '"', '\\', '*', ';--', '%%%', '()', '🐺']

async function found(store: Store, query: string, more: object = {}): Promise<string[]> {
  const pages = await allPages(async (cursor) => {
    const { users, ...rest } = await store.searchUsers({
      query,
      limit: 3,
      ...more,
      ...(cursor && { cursor }),
    })
    return { entries: users.map(({ name }) => name), ...rest }
  })
  for (const page of pages.slice(0, -1)) assert.equal(page.length, 3, 'every page but the last is full')
  return pages.flat()
}

const times = (count: number, name: (n: number) => string) => Array.from({ length: count }, (_, n) => name(n))

const word = fc.constantFrom('ana', 'Anna', 'ÁN', 'bo', 'Bob', 'b', 'ça', 'can', 'x')
const someName = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '))

const fold = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
const startsSome = (name: string) => (prefix: string) =>
  fold(name)
    .split(' ')
    .some((one) => one.startsWith(fold(prefix)))

/** The user picker. */
export function findingPromises(world: World): void {
  it('each word of a query starts a word of the name; case, accents and their order do not matter', async () => {
    const { store } = world.site()
    for (const name of names) await store.saveUser({ id: name, name })
    for (const [query, expected] of searches) {
      assert.deepEqual((await found(store, query)).sort(), [...expected].sort(), query)
    }
  })

  it('signs of SQL are only signs', async () => {
    const { store } = world.site()
    for (const name of names) await store.saveUser({ id: name, name })
    for (const query of signs) assert.deepEqual(await found(store, query), [], query)
    for (const query of ['min%', 'm_na', "mina' --", 'mi*']) {
      const isPrefix = (await found(store, query)).every((name) => name === 'Mina López')
      assert.ok(isPrefix, query)
    }
    assert.deepEqual(await found(store, 'm_na'), [])
  })

  it('an empty query lists everybody by name', async () => {
    const { store } = world.site()
    for (const name of ['bob', 'Ánna', 'Carl', 'anna', 'Bob B.']) await store.saveUser({ id: name, name })
    assert.deepEqual(await found(store, ''), ['anna', 'Ánna', 'bob', 'Bob B.', 'Carl'])
    assert.deepEqual(await found(store, '  '), ['anna', 'Ánna', 'bob', 'Bob B.', 'Carl'])
  })

  it('paging finds each match once, in the same order for every page size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(someName, { maxLength: 25 }),
        fc.array(word, { maxLength: 2 }),
        fc.integer({ min: 1, max: 9 }),
        async (everybody, query, limit) => {
          const { store } = world.site()
          for (const [n, name] of everybody.entries()) await store.saveUser({ id: `${n}`, name })
          const expected = everybody.filter((name) => query.every(startsSome(name)))
          const text = query.join(' ')
          const all = await store.searchUsers({ query: text, limit: 100 })
          const pages = await allPages(async (cursor) => {
            const { users, ...rest } = await store.searchUsers({
              query: text,
              limit,
              ...(cursor && { cursor }),
            })
            return { entries: users, ...rest }
          })
          assert.deepEqual(pages.flat(), all.users)
          assert.deepEqual(all.users.map(({ name }) => name).sort(), expected.sort())
        },
      ),
      { numRuns: 40 },
    )
  })

  it('a user who is renamed is found by the new name only', async () => {
    const { store } = world.site()
    const rename = (name: string) => store.saveUser({ id: 'mina', name } satisfies Profile)
    await rename('Mina López')
    await rename('Mina Smith')
    assert.deepEqual(await found(store, 'lopez'), [])
    assert.deepEqual(await found(store, 'smith'), ['Mina Smith'])
    assert.deepEqual(await found(store, ''), ['Mina Smith'])
  })

  it('of several words the rarest leads, and one that is nobody’s ends it at once', async () => {
    const site = world.site()
    await site.addUsers([...times(3_000, (n) => `common ${n}`), 'rare common'])
    const rare = await site.store.searchUsers({ query: 'common rare', limit: 5 })
    assert.deepEqual([rare.users.map(({ name }) => name), rare.examined], [['rare common'], 1])
    const nobody = await site.store.searchUsers({ query: 'common impossible', limit: 5 })
    assert.deepEqual(nobody, { users: [], examined: 0 })
  })

  it('two words that many have and nearly nobody both: each page looks at 2,000 rows at most, and leads on', async () => {
    const site = world.site()
    const both = ['anna zz bob', 'anna zzz bob']
    await site.addUsers([...times(3_000, (n) => `anna ${n}`), ...times(3_000, (n) => `bob ${n}`), ...both])
    const examined: number[] = []
    const pages = await allPages(async (cursor) => {
      const { users, ...page } = await site.store.searchUsers({
        query: 'bob anna',
        limit: 5,
        ...(cursor && { cursor }),
      })
      examined.push(page.examined)
      return { ...page, entries: users.map(({ name }) => name) }
    })
    assert.deepEqual(pages, [[], both])
    assert.deepEqual(examined, [2_000, 1_002])
  })

  it('among people of shared rooms each word of a query counts, and pages come by name', async () => {
    const site = world.site()
    await site.room('mina')
    const names = ['Anna Bob', 'Anna Cid', 'Bob Anna', 'Dora Annabel Bobby', 'Zoe Bob']
    for (const name of names) {
      await site.store.saveUser({ id: name, name })
      await site.group('with mina', 'mina', name)
    }
    await site.store.saveUser({ id: 'stranger', name: 'Anna Bob' })
    assert.deepEqual(await found(site.store, 'bob anna', { sharingWith: 'mina' }), [
      'Anna Bob',
      'Bob Anna',
      'Dora Annabel Bobby',
    ])
    assert.deepEqual(await found(site.store, '', { sharingWith: 'mina' }), [
      ...names.slice(0, 4),
      'mina',
      'Zoe Bob',
    ])
  })

  it('only people of shared rooms, where the directory shows no others', async () => {
    const site = world.site()
    await site.room('anna', 'andy')
    const left = await site.group('left', 'anna', 'angela')
    await site.group('others', 'andy', 'anton')
    await site.leave(left, 'angela')
    assert.deepEqual(await found(site.store, 'an', { sharingWith: 'anna' }), ['andy', 'anna'])
    assert.deepEqual(await found(site.store, '', { sharingWith: 'anna' }), ['andy', 'anna'])
    assert.deepEqual(await found(site.store, '', { sharingWith: 'andy' }), ['andy', 'anna', 'anton'])
    assert.deepEqual(await found(site.store, 'an', { sharingWith: 'nobody' }), [])
  })
}
