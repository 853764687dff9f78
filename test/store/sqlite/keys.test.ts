import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import Database from 'better-sqlite3'
import type { MessageView } from '../../../server/protocol/views.ts'
import type { Stores } from '../../../server/store/store.ts'
import { problem, Site } from '../../contract/store/a-world.ts'
import { aFolder, type Folder } from '../../support/a-folder.ts'

const lastNumber = 2 ** 31 - 1

describe('messages keyed by the number of their room', () => {
  let folder: Folder
  let stores: Stores
  let db: Database.Database

  beforeEach(() => {
    folder = aFolder()
    stores = folder.open()
    db = new Database(folder.file('chatter.db'))
  })
  afterEach(async () => {
    db.close()
    await stores.close()
    folder.remove()
  })

  const siteOf = (tenant: string) =>
    new Site(
      {
        stores,
        later: { amendAsBefore: async () => {}, addUsers: async () => {} },
        close: async () => {},
      },
      tenant,
    )
  const numbers = () =>
    db.prepare<[], number>('SELECT DISTINCT room FROM messages ORDER BY room').pluck().all()
  const pretendRooms = (count: number) =>
    db.prepare(`UPDATE sqlite_sequence SET seq = ? WHERE name = 'rooms'`).run(count)
  const textsOf = (messages: readonly MessageView[]) => messages.map(({ text }) => text)

  it('no place is in another room, however large', async () => {
    const site = siteOf('site')
    const rooms: string[] = []
    for (const name of ['a', 'b', 'c']) rooms.push(await site.group(name, 'mina', 'sam'))
    for (const room of rooms) {
      for (const text of ['one', 'two']) await site.say(room, 'mina', `${text} of ${room}`)
    }
    for (const room of rooms) {
      const all = [`one of ${room}`, `two of ${room}`]
      for (const far of [2 ** 31 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 33 + 2, Number.MAX_SAFE_INTEGER]) {
        assert.deepEqual(textsOf((await site.store.readPage(room, { before: far }, 100)).messages), all)
        assert.deepEqual(textsOf((await site.store.readPage(room, { around: far }, 100)).messages), all)
        assert.deepEqual(textsOf((await site.store.readPage(room, { after: far }, 100)).messages), [])
      }
      assert.deepEqual(textsOf((await site.store.readPage(room, { after: -1 }, 100)).messages), all)
      assert.deepEqual(textsOf((await site.store.readChanges(room, 0, 100)).messages), all)
      assert.equal((await site.store.findRoom(room, 'sam'))?.me?.unread, 2)
    }
  })

  it('they are exact up to the last number a room can have; there is none after it', async () => {
    pretendRooms(lastNumber - 2)
    const site = siteOf('site')
    const [one, other] = [await site.group('one', 'mina', 'sam'), await site.group('other', 'mina', 'sam')]
    for (const room of [one, other]) {
      for (let n = 1; n <= 40; n++) await site.say(room, 'mina', `${n}`)
    }
    assert.deepEqual(numbers(), [lastNumber - 1, lastNumber])
    for (const room of [one, other]) {
      const history = await site.history(room)
      assert.deepEqual(
        history.map(({ seq, text }) => [seq, text]),
        Array.from({ length: 40 }, (_, index) => [index + 1, `${index + 1}`]),
      )
      assert.deepEqual(textsOf((await site.store.readPage(room, { before: 8 }, 2)).messages), ['6', '7'])
      assert.equal((await site.store.markRead(room, 'sam', 33)).unread, 7)
      const [changed] = history
      assert.ok(changed)
      assert.equal((await site.edit(changed, 'again')).rev, 41)
      const { messages } = await site.store.readChanges(room, 39, 10)
      assert.deepEqual(textsOf(messages), ['40', 'again'])
      assert.equal((await site.alter(room, { kind: 'rename', name: 'new' }))?.seq, 43)
      assert.equal((await site.store.findRoom(room))?.lastMessage?.seq, 43)
    }
    await assert.rejects(site.group('beyond', 'mina'))
  })

  it('the number of a room that was removed is given to no other, and nothing stays behind', async () => {
    await stores.tenants.add({ id: 'acme', hosts: [], secrets: [], origins: [] })
    const [acme, site] = [siteOf('acme'), siteOf('site')]
    const kept = await site.room('mina', 'sam')
    await site.say(kept, 'mina')
    const gone = await acme.room('mina', 'sam')
    for (let n = 0; n < 20; n++) await acme.say(gone, 'mina')
    await stores.tenants.remove('acme')
    assert.deepEqual(numbers(), [1])
    await site.say(await site.group('next', 'mina'), 'mina')
    assert.deepEqual(numbers(), [1, 3])
    await assert.rejects(acme.say(gone, 'mina'), problem('not_found'))
  })

  it('many rooms are removed with all their messages', async () => {
    await stores.tenants.add({ id: 'acme', hosts: [], secrets: [], origins: [] })
    const numbered = (to: number) =>
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${to})`
    db.exec(`
      ${numbered(1_200)} INSERT INTO rooms (tenant, id, kind, head, rev, last_seq, last_at, member_count, created_at)
      SELECT 'acme', 'room ' || i, 'group', 10, 0, 10, 0, 0, 0 FROM n`)
    db.exec(`
      ${numbered(10)} INSERT INTO messages (key, rev, id, author, kind, text, hash, created_at)
      SELECT no << 32 | i, i, i, 'mina', 'text', '', '', 0 FROM rooms, n`)
    await stores.tenants.remove('acme')
    const left = db.prepare('SELECT (SELECT count(*) FROM rooms) + (SELECT count(*) FROM messages)').pluck()
    assert.equal(left.get(), 0)
  })
})
