import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import * as v from 'valibot'
import { limits } from '../../server/protocol/limits.ts'
import { Changes, type Page } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { databaseOf, type TestDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let database: TestDatabase
let roomId: string
let mina: TestClient
beforeEach(async () => {
  server = await startServer()
  database = databaseOf(server)
  ;({ id: roomId } = await aRoom(server, ['mina', 'sam']))
  mina = await server.join('mina')
})
afterEach(async () => {
  database[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

const get = (query: string, user = 'mina') => server.fetch(user, `rooms/${roomId}/changes?${query}`)
const revs = ({ messages }: Pick<Changes, 'messages'>) => messages.map(({ rev }) => rev)

test('an edit that overtakes a page is brought by the changes since its head, once', async () => {
  const sent = await mina.send(roomId, 'Before')
  const page = await jsonOf<Page>(server.fetch('mina', `rooms/${roomId}/messages`))
  const rev = database.edit(roomId, sent.seq, 'After')
  assert.ok(page.head < rev, 'the page says that it is old')
  const changes = await mina.changes(roomId, page.head)
  assert.deepEqual(
    changes.messages.map(({ id, seq, text, editedAt }) => [id, seq, text, typeof editedAt]),
    [[sent.id, sent.seq, 'After', 'string']],
  )
  assert.deepEqual([changes.head, changes.more], [rev, false])
  assert.deepEqual((await mina.changes(roomId, changes.head)).messages, [])
})

test('the socket and HTTP answer the same', async () => {
  await mina.send(roomId, 'one')
  database.edit(roomId, 1, 'two')
  const { id: _, t: __, ...bySocket } = await mina.ok({ t: 'changes', roomId, since: 0 })
  assert.deepEqual(await jsonOf(get('since=0')), bySocket)
})

test('changes come by rev, with the newest version of each message and the users who wrote them', async () => {
  const sam = await server.join('sam')
  await mina.send(roomId, 'one')
  await sam.send(roomId, 'two')
  await mina.send(roomId, 'three')
  database.edit(roomId, 1, 'one!')
  database.edit(roomId, 1, 'one!!')
  const changes = await mina.changes(roomId, 0)
  assert.deepEqual(
    changes.messages.map(({ rev, text }) => [rev, text]),
    [
      [2, 'two'],
      [3, 'three'],
      [5, 'one!!'],
    ],
  )
  assert.deepEqual(Object.keys(changes.users).sort(), ['mina', 'sam'])
  assert.equal(changes.epoch, server.stores.epoch)
  assert.deepEqual(Object.keys((await mina.changes(roomId, 4)).users), ['mina'])
})

test('page by page, each change comes once and in order', async () => {
  database.fill(roomId, 40, { author: 'sam' })
  for (const seq of [3, 1, 20, 3]) database.edit(roomId, seq, 'edited')
  const whole = revs(await mina.changes(roomId, 0))
  for (const limit of [1, 7, 38, 39, 200]) {
    const seen: number[] = []
    for (;;) {
      const changes = await mina.changes(roomId, seen.at(-1) ?? 0, limit)
      seen.push(...revs(changes))
      assert.ok(changes.messages.length <= limit)
      if (!changes.more) break
    }
    assert.deepEqual(seen, whole, `limit ${limit}`)
  }
  assert.deepEqual(
    whole,
    [...whole].sort((a, b) => a - b),
  )
})

test('the room itself comes when it is newer, and not otherwise', async () => {
  await mina.send(roomId, 'one')
  assert.equal((await mina.changes(roomId, 0)).room, undefined)
  const rev = database.touch(roomId)
  const { room: shown, messages, users } = await mina.changes(roomId, 1)
  assert.deepEqual([shown?.id, shown?.rev, shown?.head, messages], [roomId, rev, rev, []])
  assert.deepEqual(shown?.me, { readSeq: 0, unread: 0, muted: false })
  assert.deepEqual(Object.keys(users).sort(), ['mina', 'sam'])
  assert.equal((await mina.changes(roomId, rev)).room, undefined)
})

test('a client ahead of the room, which was restored then, starts anew', async () => {
  await mina.send(roomId, 'one')
  const { reset, messages, head, room: shown } = await mina.changes(roomId, 2)
  assert.deepEqual([reset, messages, head, shown?.id], [true, [], 1, roomId])
})

test('a client more than 2,000 behind starts anew; one that is exactly 2,000 behind does not', async () => {
  database.fill(roomId, limits.changes + 1)
  const far = await mina.changes(roomId, 0)
  assert.deepEqual([far.reset, far.messages, far.more], [true, [], false])
  const near = await mina.changes(roomId, 1)
  assert.deepEqual([near.reset, near.messages.length, near.more], [undefined, limits.page, true])
})

test('nothing changed: nothing comes', async () => {
  const { messages, head, more, reset } = await mina.changes(roomId, 0)
  assert.deepEqual([messages, head, more, reset], [[], 0, false, undefined])
})

test('a stranger gets no changes, neither on the socket nor over HTTP', async () => {
  const stranger = await server.join('stranger')
  for (const target of [roomId, uuidv7()]) {
    assert.equal((await stranger.err({ t: 'changes', roomId: target, since: 0 })).code, 'not_found')
  }
  await assertProblem(await get('since=0', 'stranger'), 404, 'not_found')
})

test('changes over HTTP want a since', async () => {
  for (const query of [
    '',
    'since=',
    'since=-1',
    'since=1.5',
    'since=abc',
    'since=1e3',
    'since=9007199254740992',
  ]) {
    await assertProblem(await get(query), 400, 'bad_request')
  }
})

test('a whole answer fits its schema', async () => {
  await mina.send(roomId, 'one')
  database.touch(roomId)
  v.parse(Changes, await jsonOf(get('since=0&limit=200')))
})

test('of long messages hardly more are read than are answered', async (t) => {
  const count = 60
  for (let left = count; left > 0; left--) await mina.send(roomId, 'x'.repeat(limits.textChars))
  const store = server.stores.forTenant('default')
  const original = store.readChanges
  let read = 0
  t.mock.method(store, 'readChanges', async (...from: Parameters<typeof original>) => {
    const found = await original(...from)
    read += found.messages.length
    return found
  })
  const told: number[] = []
  for (let more = true; more; ) {
    const changes = await mina.changes(roomId, told.at(-1) ?? 0)
    told.push(...revs(changes))
    more = changes.more
  }
  assert.deepEqual(
    told,
    Array.from({ length: count }, (_, index) => index + 1),
  )
  assert.ok(read < 2 * count, `read ${read}`)
})
