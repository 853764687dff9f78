import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../server/protocol/limits.ts'
import type { RoomAnswer, RoomMe, RoomsPage } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { databaseOf } from '../support/database.ts'
import { signToken, startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer()
})
after(() => server[Symbol.asyncDispose]())

const patch = (user: string, room: string, body: object) =>
  server.fetch(user, `rooms/${room}/me`, { method: 'PATCH', body })
const named = (name: string) => aRoom(server, ['mina', 'sam'], { name })
const list = async (user: string, query = '') =>
  (await jsonOf<RoomsPage>(server.fetch(user, `rooms?limit=200${query}`))).rooms.map(({ id }) => id)

test('what is arranged is answered, told to the other devices of the user and to nobody else', async () => {
  const { id: roomId } = await named('told')
  const [phone, desktop, sam] = [
    await server.join('mina'),
    await server.join('mina'),
    await server.join('sam'),
  ]
  const { me } = await phone.ok({ t: 'arrange', roomId, pinned: true, muteMentions: true })
  const { arranged } = me as RoomMe
  assert.deepEqual([arranged?.rev, arranged?.muteMentions], [1, true])
  assert.ok(arranged?.pinnedAt)
  const mine = await desktop.socket.event('mine')
  assert.deepEqual(mine, { t: 'mine', roomId, ...(me as RoomMe) })
  const byHttp = await jsonOf<RoomMe>(patch('mina', roomId, { pinned: false }))
  assert.deepEqual(byHttp.arranged, { rev: 2, muteMentions: true })
  for (const { socket } of [phone, desktop]) await socket.event('mine', (event) => event.arranged?.rev === 2)
  for (const { socket } of [phone, sam]) await socket.settle()
  assert.deepEqual([phone.socket.events('mine').length, sam.socket.events('mine').length], [1, 0])
  const seen = await jsonOf<RoomAnswer>(server.fetch('sam', `rooms/${roomId}`))
  assert.deepEqual(seen.me, { readSeq: 0, unread: 0, muted: false })
  for (const client of [phone, desktop, sam]) await client.socket.close()
})

test('what changes nothing is told to nobody, and takes no rev', async () => {
  const { id: roomId } = await named('same')
  const [phone, desktop] = [await server.join('mina'), await server.join('mina')]
  const wishes = [{}, { pinned: false }, { archived: false }, { mutedUntil: null }, { unreadFrom: null }]
  for (const wish of [...wishes, { mutedUntil: '2001-01-01T00:00:00Z' }, { unreadFrom: 7 }]) {
    const { me } = await phone.ok({ t: 'arrange', roomId, ...wish })
    assert.deepEqual(me, { readSeq: 0, unread: 0, muted: false }, JSON.stringify(wish))
  }
  await desktop.socket.settle()
  assert.deepEqual(desktop.socket.events('mine'), [])
  for (const client of [phone, desktop]) await client.socket.close()
})

test('a new client learns of pinned rooms whatever their age, and of archived ones how many there are', async () => {
  await server.fetch('tidy', 'me')
  using database = databaseOf(server)
  const old = database.fillRooms('tidy', limits.listDefault * 3)
  const [first = '', second = '', third = ''] = old
  for (const room of [first, second]) await patch('tidy', room, { pinned: true })
  await patch('tidy', third, { archived: true })
  const { ready, socket } = await server.join('tidy')
  assert.deepEqual([ready.pinned, ready.archived], [[second, first], 1])
  const shown = ready.rooms.map(({ id }) => id)
  assert.deepEqual(shown, [...old.toReversed().slice(0, limits.listDefault), second, first])
  assert.deepEqual(Object.keys(ready.heads).sort(), [...old].sort())
  assert.ok(ready.rooms.at(-1)?.me?.arranged?.pinnedAt)
  await socket.close()
})

test('an archived room is out of the list until somebody says something in it, and a muted one stays out', async () => {
  const [quiet, loud] = [await named('quiet'), await named('loud')]
  const sam = await server.join('sam')
  for (const { id } of [quiet, loud]) await patch('mina', id, { archived: true })
  await patch('mina', quiet.id, { mutedUntil: 'forever' })
  const both = [quiet.id, loud.id]
  const among = (ids: string[]) => ids.filter((id) => both.includes(id)).sort()
  assert.deepEqual(
    [among(await list('mina')), among(await list('mina', '&filter=archived'))],
    [[], both.sort()],
  )
  for (const { id } of [quiet, loud]) await sam.send(id, 'Is anybody here?')
  assert.deepEqual(among(await list('mina')), [loud.id])
  assert.deepEqual(among(await list('mina', '&filter=archived')), [quiet.id])
  assert.deepEqual(among(await list('mina', '&filter=unread')), [loud.id])
  assert.deepEqual(among(await list('sam')), both)
  await sam.socket.close()
})

test('what a group itself says brings it back to nobody’s list', async () => {
  const { id } = await named('old')
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  await sam.send(id, 'Bye')
  await patch('mina', id, { archived: true })
  const shown = async () => (await jsonOf<RoomAnswer>(server.fetch('mina', `rooms/${id}`))).saidSeq
  for (const name of ['Older', 'Oldest'])
    await server.fetch('sam', `rooms/${id}`, { method: 'PATCH', body: { name } })
  const told = await mina.socket.event('room', ({ room }) => room.name === 'Oldest')
  assert.deepEqual([told.room.saidSeq, await shown()], [1, 1])
  assert.ok(!(await list('mina')).includes(id))
  assert.ok((await list('mina', '&filter=archived')).includes(id))
  await sam.send(id, 'Back again')
  assert.equal(await shown(), undefined)
  assert.ok((await list('mina')).includes(id))
  for (const { socket } of [mina, sam]) await socket.close()
})

test('archived takes the pin away, a pin takes it out of the archive, and both at once is a bad_request', async () => {
  const { id } = await named('either')
  const { arranged: pinned } = await jsonOf<RoomMe>(patch('mina', id, { pinned: true }))
  assert.ok(pinned?.pinnedAt)
  const { arranged: archived } = await jsonOf<RoomMe>(patch('mina', id, { archived: true }))
  assert.deepEqual(archived, { rev: 2, archivedSeq: 0 })
  const { arranged: again } = await jsonOf<RoomMe>(patch('mina', id, { pinned: true }))
  assert.equal(again?.archivedSeq, undefined)
  assert.ok((again?.pinnedAt ?? '') > pinned.pinnedAt)
  await assertProblem(await patch('mina', id, { pinned: true, archived: true }), 400, 'bad_request')
})

test('what is marked unread counts from there, is told, and is over when it is read to its end', async () => {
  const { id: roomId } = await named('unread')
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  for (const text of ['one', 'two', 'three']) await sam.send(roomId, text)
  await mina.ok({ t: 'read', roomId, seq: 3 })
  const { me } = await mina.ok({ t: 'arrange', roomId, unreadFrom: 2 })
  assert.deepEqual(me, { readSeq: 3, unread: 2, muted: false, arranged: { rev: 1, unreadFrom: 2 } })
  await sam.socket.settle()
  assert.deepEqual(
    sam.socket.events('read').map(({ seq }) => seq),
    [3],
  )
  await mina.ok({ t: 'read', roomId, seq: 3 })
  for (const text of ['four', 'five']) await sam.send(roomId, text)
  const tablet = await server.join('mina')
  await mina.ok({ t: 'read', roomId, seq: 4 })
  const halfway = await tablet.socket.event('mine')
  assert.deepEqual([halfway.readSeq, halfway.unread, halfway.arranged?.unreadFrom], [4, 4, 2])
  await mina.ok({ t: 'read', roomId, seq: 5 })
  const { t: _, ...after } = await tablet.socket.event('mine', ({ readSeq }) => readSeq === 5)
  assert.deepEqual(after, { roomId, readSeq: 5, unread: 0, muted: false, arranged: { rev: 2 } })
  for (const client of [mina, sam, tablet]) await client.socket.close()
})

test('a device that missed it notices by the heads', async () => {
  const { id } = await named('heads')
  const [, heads] = [await patch('mina', id, { pinned: true }), await readHeads('mina', id)]
  assert.deepEqual(heads, [0, 0, 1])
  assert.deepEqual(await readHeads('sam', id), [0, 0])
})

test('who comes back learns of rooms that were archived meanwhile, and who comes anew needs not', async () => {
  const { id } = await named('away')
  const away = await server.join('mina')
  await away.socket.close()
  assert.equal((await patch('mina', id, { archived: true })).status, 200)
  const token = await signToken('mina')
  const [back, anew] = [await server.socket(), await server.socket()]
  const { ready } = await back.hello(token, { epoch: away.ready.epoch })
  assert.equal(
    ready.rooms.find((room) => room.id === id),
    undefined,
  )
  const { heads } = await back.event('heads')
  assert.deepEqual(heads[id], [0, 0, 1])
  await anew.hello(token)
  await anew.settle()
  assert.deepEqual(anew.events('heads'), [])
  for (const socket of [back, anew]) await socket.close()
})

const readHeads = async (user: string, room: string) =>
  (await server.stores.forTenant('default').readHeads(user, [room]))[room]

for (const wish of [
  { mutedUntil: 'tomorrow' },
  { mutedUntil: '2030-02-31T25:00:00Z' },
  { mutedUntil: 5 },
  { unreadFrom: -1 },
  { unreadFrom: 1.5 },
  { pinned: 'yes' },
]) {
  test(`to arrange ${JSON.stringify(wish)} is a bad_request`, async () => {
    const { id } = await aRoom(server, ['mina', 'sam'])
    await assertProblem(await patch('mina', id, wish), 400, 'bad_request')
  })
}

test('a stranger arranges nothing, and another filter than there is is a bad_request', async () => {
  const { id } = await named('closed')
  for (const room of [id, uuidv7()])
    await assertProblem(await patch('stranger', room, { pinned: true }), 404, 'not_found')
  await assertProblem(await server.fetch('mina', 'rooms?filter=loud'), 400, 'bad_request')
})
