import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as v from 'valibot'
import { limits } from '../../server/protocol/limits.ts'
import { MembersPage, RoomAnswer, RoomsPage } from '../../server/protocol/views.ts'
import { aCrowd, aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { databaseOf } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer()
})
after(() => server[Symbol.asyncDispose]())

const roomsOf = async (user: string, query = '') =>
  v.parse(RoomsPage, await jsonOf(server.fetch(user, `rooms${query}`))) as RoomsPage

test('rooms come by their latest activity, each with what I have read, and their people', async () => {
  const older = await aRoom(server, ['mina', 'sam'])
  const newer = await aRoom(server, ['mina', 'sam', 'ann'])
  const sam = await server.join('sam')
  const message = await sam.send(older.id, 'Hello')
  const { rooms, users, more, cursor } = await roomsOf('mina')
  assert.deepEqual(
    rooms.map(({ id }) => id),
    [older.id, newer.id],
  )
  assert.deepEqual([rooms[0]?.lastMessage, rooms[0]?.lastAt], [message, message.createdAt])
  assert.deepEqual(rooms[0]?.me, { readSeq: 0, unread: 1, muted: false })
  assert.deepEqual(Object.keys(users).sort(), ['ann', 'mina', 'sam'])
  assert.deepEqual([more, cursor], [false, undefined])
})

test('page by page, every room comes once', async () => {
  await server.fetch('busy', 'me')
  using database = databaseOf(server)
  const ids = database.fillRooms('busy', 45).reverse()
  const seen: string[] = []
  let query = '?limit=10'
  for (;;) {
    const { rooms, more, cursor } = await roomsOf('busy', query)
    seen.push(...rooms.map(({ id }) => id))
    assert.equal(more, cursor !== undefined)
    if (!more) break
    query = `?limit=10&cursor=${encodeURIComponent(cursor ?? '')}`
  }
  assert.deepEqual(seen, ids)
  assert.equal((await roomsOf('busy')).rooms.length, limits.listDefault)
})

test('nobody lists the rooms of others', async () => {
  await aRoom(server, ['mina', 'sam'])
  assert.deepEqual((await roomsOf('stranger')).rooms, [])
})

test('of the groups of somebody one sees those that one is in, too, and no other', async () => {
  const shared = await aRoom(server, ['kim', 'lou'], { name: 'Both' })
  await aRoom(server, ['lou', 'max'], { name: 'Secret' })
  await aRoom(server, ['kim', 'lou'])
  const path = (userId: string) => `/shared?userId=${encodeURIComponent(userId)}`
  const names = async (user: string, other: string) =>
    (await roomsOf(user, path(other))).rooms.map(({ name }) => name)
  assert.deepEqual(await names('kim', 'lou'), ['Both'])
  assert.deepEqual(await names('lou', 'kim'), ['Both'])
  assert.deepEqual(await names('max', 'lou'), ['Secret'])
  for (const other of ['max', 'nobody', '..', 'x/y']) assert.deepEqual(await names('kim', other), [])
  const { users, rooms } = await roomsOf('kim', path('lou'))
  assert.deepEqual([Object.keys(users).sort(), rooms[0]?.me?.unread], [['kim', 'lou'], 0])
  const headers = { authorization: `Bearer ${await server.token('lou')}` }
  await fetch(`${server.url}v1/rooms/${shared.id}/members/lou`, { method: 'DELETE', headers })
  assert.deepEqual([await names('kim', 'lou'), await names('lou', 'kim')], [[], []])
  await assertProblem(await server.fetch('kim', 'rooms/shared'), 400, 'bad_request')
})

test('one room is shown whole to its members', async () => {
  const { id } = await aRoom(server, ['mina', 'sam'], { name: 'Tea' })
  const room = v.parse(RoomAnswer, await jsonOf(server.fetch('sam', `rooms/${id}`)))
  assert.deepEqual([room.name, room.kind, room.memberCount, room.head], ['Tea', 'group', 2, 0])
  assert.deepEqual(
    room.members?.map(({ userId, role }) => [userId, role]),
    [
      ['mina', 'owner'],
      ['sam', 'member'],
    ],
  )
})

test('a room of 50 lists its members, one of 51 counts them; a list of them comes page by page', async () => {
  const crowd = aCrowd(limits.crowd + 1)
  const small = await aRoom(server, crowd.slice(1))
  const large = await aRoom(server, crowd)
  assert.equal(small.members?.length, limits.crowd)
  assert.deepEqual([large.members, large.memberCount], [undefined, limits.crowd + 1])
  const roleIn = async ({ id }: { id: string }, user: string) =>
    (await jsonOf<RoomAnswer>(server.fetch(user, `rooms/${id}`))).me?.role
  assert.deepEqual(
    [await roleIn(small, 'u1'), await roleIn(large, 'u0'), await roleIn(large, 'u7')],
    [undefined, 'owner', 'member'],
  )
  const listed = (await roomsOf('u7')).rooms.find(({ id }) => id === large.id)
  assert.equal(listed?.me?.role, 'member')
  const seen: string[] = []
  let query = '?limit=20'
  for (;;) {
    const answer = await jsonOf(server.fetch('u7', `rooms/${large.id}/members${query}`))
    const { members, users, cursor } = v.parse(MembersPage, answer)
    assert.deepEqual(Object.keys(users).sort(), members.map(({ userId }) => userId).sort())
    seen.push(...members.map(({ userId }) => userId))
    if (cursor === undefined) break
    query = `?limit=20&cursor=${encodeURIComponent(cursor)}`
  }
  assert.deepEqual(seen, [...crowd].sort())
})

const encode = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url')
const badCursors = ['', 'x', '%00', '!!!', encode(null), encode([]), encode([1]), encode({ 0: 1, 1: '' })]
const swapped = { rooms: encode(['text', 'id']), users: encode([1, 'id']) }

test('a cursor that no page gave is a bad_request', async () => {
  const { id } = await aRoom(server, ['mina', 'sam'])
  for (const cursor of badCursors) {
    for (const list of ['rooms', 'users', `rooms/${id}/members`]) {
      await assertProblem(await server.fetch('mina', `${list}?cursor=${cursor}`), 400, 'bad_request')
    }
  }
  for (const [list, cursor] of Object.entries(swapped)) {
    await assertProblem(await server.fetch('mina', `${list}?cursor=${cursor}`), 400, 'bad_request')
  }
})
