/** Which rows a search looks at, whatever the database. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { foldName, wordsOf } from '../../server/protocol/names.ts'
import { type Finder, type Place, searchUsers, type WordRow } from '../../server/rules/search.ts'

const isBehind = (a: Place, b: Place) => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])

/** A database in memory, that notes by which words it was read and how many rows at once. */
class Names implements Finder {
  readonly led: string[] = []
  most = 0
  total = 0
  readonly #rows: readonly WordRow[]

  constructor(names: readonly string[]) {
    const rows = names.flatMap((name, n) =>
      wordsOf(name).map((word) => ({
        id: `${n}`.padStart(6, '0'),
        name,
        avatar_url: null,
        about: null,
        merged_into: null,
        folded: foldName(name),
        word,
      })),
    )
    this.#rows = rows.sort((a, b) => (isBehind([a.word, a.id], [b.word, b.id]) ? 1 : -1))
  }

  countWords(prefix: string, most: number): number {
    return this.#read(prefix, [prefix, ''], most).length
  }

  readWords(prefix: string, after: Place, most: number): WordRow[] {
    this.led.push(prefix)
    return this.#read(prefix, after, most)
  }

  readNames(): WordRow[] {
    return assert.fail('words are asked for')
  }

  readSharing(): WordRow[] {
    return assert.fail('everybody is asked for')
  }

  #read(prefix: string, after: Place, most: number): WordRow[] {
    const isThere = ({ word, id }: WordRow) => word.startsWith(prefix) && isBehind([word, id], after)
    const rows = this.#rows.filter(isThere).slice(0, most)
    this.most = Math.max(this.most, rows.length)
    this.total += rows.length
    return rows
  }
}

const times = (count: number, name: (n: number) => string) => Array.from({ length: count }, (_, n) => name(n))

describe('a search of several words', () => {
  it('reads by the rarest of them', async () => {
    const names = new Names([...times(3_000, (n) => `common ${n}`), 'common rare'])
    const { users } = await searchUsers(names, { query: 'common rare', limit: 10 })
    assert.deepEqual([users.map(({ name }) => name), [...new Set(names.led)]], [['common rare'], ['rare']])
  })

  it('reads no row where a word is nobody’s', async () => {
    const names = new Names(times(3_000, (n) => `common ${n}`))
    const found = await searchUsers(names, { query: 'common impossible', limit: 10 })
    assert.deepEqual(found, { users: [], examined: 0 })
    assert.ok(names.total <= 500, `${names.total} rows`)
  })

  it('of common words that nobody has all of reads 500 rows at once and 2,000 for an answer, and leads on', async () => {
    const names = new Names([
      ...times(3_000, (n) => `anna a${n}`),
      ...times(3_000, (n) => `bob b${n}`),
      'bob zoe anna',
    ])
    const answers: { count: number; rows: number }[] = []
    const found: string[] = []
    for (let cursor: string | undefined; ; ) {
      const { total } = names
      const page = await searchUsers(names, { query: 'bob anna', limit: 10, ...(cursor && { cursor }) })
      answers.push({ count: page.users.length, rows: names.total - total })
      found.push(...page.users.map(({ name }) => name))
      cursor = page.cursor
      if (cursor === undefined) break
    }
    assert.deepEqual(found, ['bob zoe anna'])
    assert.equal(answers.length, 2)
    assert.ok(
      answers.every(({ rows }) => rows <= 2_000 + 2 * 500),
      JSON.stringify(answers),
    )
    assert.ok(names.most <= 500)
    // All pages are led by the word that the first one chose.
    assert.deepEqual([...new Set(names.led)], ['anna'])
  })

  it('compares eight words and no more, however many there are', async () => {
    const names = new Names(times(2_000, (n) => `a b c d e f g h i j k l ${n}`))
    await searchUsers(names, { query: 'a b c d e f g h i j k l', limit: 10 })
    assert.ok(names.total <= 8 * 500 + 500, `${names.total} rows`)
  })
})

it('a cursor of another query is refused', async () => {
  const names = new Names(times(30, (n) => `anna ${n}`))
  const { cursor = '' } = await searchUsers(names, { query: 'anna', limit: 10 })
  await assert.rejects(searchUsers(names, { query: 'bob', limit: 10, cursor }), { code: 'bad_request' })
})
