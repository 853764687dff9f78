import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Database from 'better-sqlite3'
import { uuidv7 } from 'uuidv7'
import { GroupCommit } from '../../../server/store/sqlite/group-commit.ts'
import { aRoom } from '../../contract/store/a-world.ts'
import { aFolder } from '../../support/a-folder.ts'

/** A table of words in memory, and the statements that ran on it. */
function aTable() {
  const statements: string[] = []
  const db = new Database(':memory:', { verbose: (sql) => statements.push(String(sql)) })
  db.exec(
    'PRAGMA foreign_keys = ON; CREATE TABLE words (word TEXT PRIMARY KEY, of TEXT REFERENCES words DEFERRABLE INITIALLY DEFERRED)',
  )
  const insert = db.prepare('INSERT INTO words (word, of) VALUES (?, ?)')
  return {
    db,
    commit: new GroupCommit(db),
    add: (word: string, of: string | null = null) => insert.run(word, of),
    words: () => db.prepare<[], string>('SELECT word FROM words ORDER BY word').pluck().all(),
    count: (sql: string) => statements.filter((one) => one === sql).length,
  }
}

const statuses = (outcomes: readonly PromiseSettledResult<unknown>[]) => outcomes.map(({ status }) => status)

describe('the group commit:', () => {
  it('all writes of one turn are one transaction', async () => {
    const { commit, add, count, words } = aTable()
    await Promise.all(Array.from({ length: 50 }, (_, n) => commit.run(() => add(`word ${n}`))))
    assert.equal(count('COMMIT'), 1)
    assert.equal(words().length, 50)
    await commit.run(() => add('another turn'))
    assert.equal(count('COMMIT'), 2)
  })

  it('very many writes of one turn are several transactions, so that others get their turn', async () => {
    const { commit, add, count, words } = aTable()
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => commit.run(() => add(`word ${n}`))))
    assert.ok(count('COMMIT') > 1)
    assert.equal(words().length, 2_000)
  })

  it('a promise resolves after the commit', async () => {
    const { commit, add, count, db } = aTable()
    await Promise.all(
      ['a', 'b'].map(async (word) => {
        await commit.run(() => add(word))
        assert.deepEqual([count('COMMIT'), db.inTransaction], [1, false])
      }),
    )
  })

  it('what writes gather is written once at their end, without what those left who were undone', async () => {
    const { commit, add, words } = aTable()
    const gathered: string[] = []
    let written = 0
    commit.gather({
      get size() {
        return gathered.length
      },
      write() {
        if (gathered.length > 0) add(gathered.join(' '))
        written += 1
        gathered.length = 0
      },
      undo(size) {
        gathered.length = size
      },
    })
    const gather = (word: string) => commit.run(() => void gathered.push(word))
    await Promise.all([gather('a'), gather('b')])
    assert.deepEqual([words(), written], [['a b'], 1])
    const failing = commit.run(() => {
      gathered.push('undone')
      add('a b')
    })
    await Promise.allSettled([gather('c'), failing, gather('d')])
    assert.deepEqual([words(), written], [['a b', 'c d'], 2])
    // Where it cannot be written nothing is.
    assert.deepEqual(statuses(await Promise.allSettled([gather('a b'), commit.run(() => add('e'))])), [
      'rejected',
      'rejected',
    ])
    await gather('f')
    assert.deepEqual(words(), ['a b', 'c d', 'f'])
  })

  it('a write that fails undoes itself, all of it, and nothing else', async () => {
    const { commit, add, words, count } = aTable()
    const outcomes = await Promise.allSettled([
      commit.run(() => add('first')),
      commit.run(() => {
        add('half')
        throw new Error('changed my mind')
      }),
      commit.run(() => add('first')),
      commit.run(() => add('last')),
    ])
    assert.deepEqual(statuses(outcomes), ['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    assert.deepEqual(words(), ['first', 'last'])
    assert.equal(count('COMMIT'), 1)
  })

  it('a commit that fails rejects everybody in it, and the next one works', async () => {
    const { commit, add, words, db } = aTable()
    const outcomes = await Promise.allSettled([
      commit.run(() => add('innocent')),
      commit.run(() => add('orphan', 'nobody')),
    ])
    assert.deepEqual(statuses(outcomes), ['rejected', 'rejected'])
    assert.deepEqual([words(), db.inTransaction], [[], false])
    await commit.run(() => add('after'))
    assert.deepEqual(words(), ['after'])
  })

  it('on a full disk what was promised is there, what was refused is not, and it goes on', async () => {
    const { commit, add, words, db } = aTable()
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 2}`)
    const wanted = ['a', 'b'.repeat(50_000), 'c']
    const outcomes = await Promise.allSettled(wanted.map((word) => commit.run(() => add(word))))
    assert.equal(outcomes[1]?.status, 'rejected')
    assert.deepEqual(
      words(),
      wanted.filter((_, index) => outcomes[index]?.status === 'fulfilled'),
    )
    await commit.run(() => add('d'))
    assert.ok(words().includes('d'))
  })

  it('flush commits what waits, at once', async () => {
    const { commit, add, words } = aTable()
    const waiting = Promise.all(Array.from({ length: 300 }, (_, n) => commit.run(() => add(`word ${n}`))))
    commit.flush()
    assert.equal(words().length, 300)
    await waiting
  })

  it('a store that closes keeps what was being sent', async () => {
    const folder = aFolder()
    const stores = folder.open()
    const store = stores.forTenant('site')
    await store.saveUser({ id: 'mina' })
    const { room } = await store.openRoom(aRoom(['mina']))
    const sending = store.append({ room, id: uuidv7(), author: 'mina', text: 'last words' })
    await stores.close()
    const { message } = await sending
    const again = folder.open()
    assert.deepEqual(await again.forTenant('site').findMessage(room, message.id), message)
    await again.close()
    folder.remove()
  })

  it('a store that is closed refuses to write', async () => {
    const folder = aFolder()
    const stores = folder.open()
    await stores.close()
    await assert.rejects(stores.forTenant('site').saveUser({ id: 'mina' }))
    await assert.rejects(stores.check())
    folder.remove()
  })
})
