import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { Problem } from '../../server/protocol/problems.ts'
import type { Chat } from '../../widget/chat.ts'
import { roomList } from '../../widget/state/room-list.ts'
import { unread } from '../../widget/state/unread.ts'
import { aChat, anOpenChat } from './a-chat.ts'
import { FakeServer } from './fake-server.ts'

let server: FakeServer
beforeEach(() => {
  server = new FakeServer()
})

const listed = (chat: Chat, filter?: 'unread' | 'archived') =>
  roomList(chat.state, '', filter).map(({ id }) => id)
const total = (chat: Chat) => unread(chat.state).total
const meIn = (chat: Chat, room: string) => chat.state.rooms.get(room)?.me

/** Three rooms, the first one the oldest, each with two messages of somebody else. */
async function threeRooms() {
  const rooms = ['sam', 'mina', 'bo'].map((other) => server.open(['ana', other]))
  for (const [at, room] of rooms.entries())
    for (const text of ['one', 'two']) server.say(room, ['sam', 'mina', 'bo'][at] ?? '', text)
  await server.clock.run(100)
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  const [a = '', b = '', c = ''] = rooms
  return { chat, a, b, c }
}

test('pinned rooms stand at the top, the newest pin first, on every device', async () => {
  const { chat, a, b, c } = await threeRooms()
  const other = aChat(server)
  other.connect()
  await server.clock.run(100)
  assert.deepEqual(listed(chat), [c, b, a])
  void chat.arrange(a, { pinned: true })
  assert.deepEqual(listed(chat), [a, c, b], 'at once')
  await server.clock.run(100)
  await Promise.all([chat.arrange(b, { pinned: true }), server.clock.run(100)])
  assert.deepEqual(listed(chat), [b, a, c])
  assert.deepEqual(listed(other), [b, a, c])
  await Promise.all([other.arrange(b, { pinned: false }), server.clock.run(100)])
  assert.deepEqual(listed(chat), [a, c, b])
})

test('a pinned room beyond the first page of the list is there all the same, and so is each of many pins', async () => {
  server.listed = 2
  const rooms = Array.from({ length: 7 }, (_, at) => server.open(['ana', `user ${at}`]))
  for (const room of rooms.slice(0, 5)) {
    await server.clock.run(10)
    server.arrange(room, 'ana', { pinned: true })
  }
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(1_000)
  assert.deepEqual(listed(chat).slice(0, 5), rooms.slice(0, 5).reverse())
})

test('a muted room does not count, and counts again when its mute ends by itself', async () => {
  const { chat, a } = await threeRooms()
  assert.equal(total(chat), 6)
  const mutedUntil = new Date(server.clock.now() + 3_600_000).toISOString()
  void chat.arrange(a, { mutedUntil })
  assert.equal(total(chat), 4)
  await server.clock.run(3_500_000)
  assert.deepEqual([meIn(chat, a)?.muted, total(chat)], [true, 4])
  await server.clock.run(100_000)
  assert.deepEqual([meIn(chat, a)?.muted, total(chat)], [false, 6])
})

test('a room that is muted for ever does not end its mute, however long that is', async () => {
  const { chat, a } = await threeRooms()
  await Promise.all([chat.arrange(a, { mutedUntil: 'forever' }), server.clock.run(100)])
  await server.clock.run(10 * 86_400_000)
  assert.equal(meIn(chat, a)?.muted, true)
  await Promise.all([chat.arrange(a, { mutedUntil: null }), server.clock.run(100)])
  assert.equal(meIn(chat, a)?.muted, false)
})

test('each change of how a room is kept is told once, on every device, and none of what was refused', async () => {
  const { chat, a, b } = await threeRooms()
  const other = aChat(server)
  other.connect()
  await server.clock.run(100)
  const told: unknown[] = []
  for (const one of [chat, other])
    one.on('arrange', ({ room }) =>
      told.push([one === chat, room.id, room.me.arranged?.pinnedAt !== undefined]),
    )
  await Promise.all([chat.arrange(a, { pinned: true }), server.clock.run(100)])
  assert.deepEqual(told.splice(0).toSorted(), [
    [false, a, true],
    [true, a, true],
  ])
  server.refuse = ({ t }) => (t === 'arrange' ? new Problem('too_large', 'too many') : undefined)
  await Promise.all([assert.rejects(chat.arrange(b, { pinned: true })), server.clock.run(100)])
  chat.markRead(a)
  server.say(b, 'mina', 'three')
  await server.clock.run(3_000)
  assert.deepEqual(told, [])
})

test('an archived room leaves the list and the sum, and comes back with a new message', async () => {
  const { chat, a, b, c } = await threeRooms()
  await Promise.all([chat.arrange(a, { archived: true }), server.clock.run(100)])
  assert.deepEqual([listed(chat), listed(chat, 'archived'), total(chat)], [[c, b], [a], 4])
  server.say(a, 'sam', 'three')
  await server.clock.run(100)
  assert.deepEqual([listed(chat), listed(chat, 'archived'), total(chat)], [[a, c, b], [], 7])
})

test('what a group itself says leaves it in the archive', async () => {
  const { chat, a, b, c } = await threeRooms()
  await Promise.all([chat.arrange(a, { archived: true }), server.clock.run(100)])
  server.configure(a, { slowMode: 10 }, 'sam')
  await server.clock.run(100)
  assert.deepEqual([listed(chat), listed(chat, 'archived')], [[c, b], [a]])
  server.say(a, 'sam', 'News')
  server.configure(a, { slowMode: 0 }, 'sam')
  await server.clock.run(100)
  assert.deepEqual([listed(chat), listed(chat, 'archived')], [[a, c, b], []])
})

test('an archived room that is muted stays in the archive', async () => {
  const { chat, a, b, c } = await threeRooms()
  await Promise.all([chat.arrange(a, { archived: true, mutedUntil: 'forever' }), server.clock.run(100)])
  server.say(a, 'sam', 'three')
  await server.clock.run(100)
  assert.deepEqual([listed(chat), total(chat)], [[c, b], 4])
})

test('archived rooms are not asked for until somebody looks, and add nothing to the sum', async () => {
  const { a, b, c } = await threeRooms()
  server.arrange(a, 'ana', { archived: true })
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(1_000)
  assert.deepEqual([chat.state.rooms.has(a), chat.state.list.more, total(chat)], [false, false, 4])
  assert.equal(chat.state.list.archived, 1)
  const [page] = await Promise.all([chat.listRooms('archived'), server.clock.run(100)])
  assert.deepEqual([page.rooms.map(({ id }) => id), page.more], [[a], false])
  assert.deepEqual([listed(chat, 'archived'), listed(chat), total(chat)], [[a], [c, b], 4])
})

test('a room that is marked unread counts from that message on, on every device (rule U18)', async () => {
  const { chat, a } = await threeRooms()
  const other = aChat(server)
  other.connect()
  await server.clock.run(100)
  chat.markRead(a, 2)
  await server.clock.run(100)
  assert.deepEqual([total(chat), total(other)], [4, 4])
  void chat.arrange(a, { unreadFrom: 2 })
  assert.deepEqual(listed(chat, 'unread').includes(a), true, 'at once')
  await server.clock.run(100)
  assert.equal(total(chat), 5)
  await server.clock.run(2_000)
  assert.deepEqual([total(chat), total(other), meIn(other, a)?.readSeq], [5, 5, 2])
  server.say(a, 'sam', 'three')
  await server.clock.run(100)
  assert.deepEqual([total(chat), total(other)], [6, 6])
})

test('a mark is over when the room is opened again and read to its end (rule U18)', async () => {
  const room = server.open(['ana', 'sam'])
  for (const text of ['one', 'two']) server.say(room, 'sam', text)
  const chat = await anOpenChat(server, room)
  chat.markRead(room, 2)
  await server.clock.run(2_000)
  await Promise.all([chat.arrange(room, { unreadFrom: 1 }), server.clock.run(100)])
  assert.deepEqual([total(chat), chat.state.active?.isMarked], [2, true])
  void chat.openRoom(room)
  await server.clock.run(100)
  assert.deepEqual([chat.state.active?.isMarked, chat.state.active?.divider], [undefined, 0])
  chat.markRead(room, 2)
  await server.clock.run(2_000)
  assert.deepEqual([total(chat), server.unread(room, 'ana')], [0, 0])
  assert.equal(meIn(chat, room)?.arranged?.unreadFrom, undefined)
})

test('what the server refuses is as it was before', async () => {
  const { chat, a, b, c } = await threeRooms()
  const refused = new Problem('too_large', 'expected at most 100 pinned rooms')
  server.refuse = ({ t }) => (t === 'arrange' ? refused : undefined)
  const arranged = assert.rejects(chat.arrange(a, { pinned: true, mutedUntil: 'forever' }), refused)
  assert.deepEqual(listed(chat), [a, c, b])
  await server.clock.run(100)
  await arranged
  assert.deepEqual([listed(chat), total(chat), meIn(chat, a)?.arranged?.pinnedAt], [[c, b, a], 6, undefined])
})

test('without a connection nothing is arranged, and whoever asked learns it', async () => {
  const { chat, a, b, c } = await threeRooms()
  server.isDown = true
  server.cut()
  await server.clock.run(100)
  await assert.rejects(chat.arrange(a, { pinned: true }))
  assert.deepEqual(listed(chat), [c, b, a])
})

test('a change from another device that got lost is noticed by its rev', async () => {
  const { chat, a, b, c } = await threeRooms()
  server.toClient = ({ t }) => (t === 'mine' ? 'drop' : 'pass')
  server.arrange(a, 'ana', { pinned: true })
  await server.clock.run(60_000)
  assert.deepEqual(listed(chat), [a, c, b])
})

test('of two changes the one with the higher rev counts, whichever comes first', async () => {
  const { chat, a } = await threeRooms()
  const mine = { t: 'mine', roomId: a, readSeq: 0, unread: 2 } as const
  server.send('ana', { ...mine, muted: true, arranged: { rev: 7 } })
  server.send('ana', { ...mine, muted: false, arranged: { rev: 6, pinnedAt: '2026-11-22T12:00:00.000Z' } })
  await server.clock.run(100)
  assert.deepEqual([meIn(chat, a)?.muted, meIn(chat, a)?.arranged], [true, { rev: 7 }])
})

test('a late answer to how others see me does not bring back what another device has changed since', async () => {
  const chat = aChat(server)
  const other = aChat(server)
  for (const one of [chat, other]) one.connect()
  await server.clock.run(100)
  server.delayMs = () => 1_000
  const late = chat.setPresence({ show: 'contacts' })
  await server.clock.run(500)
  server.delayMs = () => 0
  await Promise.all([other.setPresence({ show: 'off' }), server.clock.run(100)])
  await Promise.all([late, server.clock.run(1_000)])
  assert.deepEqual([chat.state.presence?.show, other.state.presence?.show], ['off', 'off'])
})

test('two changes of a room that both get lost are both taken back', async () => {
  const { chat, a } = await threeRooms()
  const before = meIn(chat, a)
  server.toServer = ({ t }) => (t === 'arrange' ? 'drop' : 'pass')
  const lost = [chat.arrange(a, { mutedUntil: 'forever' }), chat.arrange(a, { pinned: true })]
  assert.deepEqual([meIn(chat, a)?.muted, listed(chat)[0]], [true, a])
  server.cut()
  const [results] = await Promise.all([Promise.allSettled(lost), server.clock.run(60_000)])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.deepEqual([meIn(chat, a)?.muted, meIn(chat, a)?.arranged?.pinnedAt], [before?.muted, undefined])
})

test('what got lost is taken back also where the reader has read on meanwhile', async () => {
  const { chat, a } = await threeRooms()
  server.toServer = ({ t }) => (t === 'arrange' ? 'drop' : 'pass')
  const lost = [chat.arrange(a, { unreadFrom: 1 }), chat.arrange(a, { pinned: true })]
  chat.markRead(a)
  assert.deepEqual([meIn(chat, a)?.arranged?.unreadFrom, listed(chat)[0]], [undefined, a])
  server.cut()
  await Promise.all([Promise.allSettled(lost), server.clock.run(60_000)])
  assert.equal(meIn(chat, a)?.arranged?.pinnedAt, undefined)
})

test('a mark stays on every device where somebody wrote while it was being read away', async () => {
  const { chat, a } = await threeRooms()
  const other = await anOpenChat(server, a)
  await Promise.all([chat.openRoom(a), server.clock.run(100)])
  await Promise.all([chat.arrange(a, { unreadFrom: 1 }), server.clock.run(100)])
  // The third message is not here yet when the reader has seen the end that they know.
  server.toClient = ({ t }) => (t === 'message' ? 'drop' : 'pass')
  server.say(a, 'sam', 'three')
  chat.markRead(a, 2)
  await server.clock.run(60_000)
  for (const device of [chat, other]) {
    const { unread, arranged } = meIn(device, a) ?? {}
    assert.deepEqual([unread, arranged], [3, { rev: 1, unreadFrom: 1 }])
  }
})

test('a mark that was read away has the rev of the server on the device that read', async () => {
  const { chat, a } = await threeRooms()
  await Promise.all([chat.openRoom(a), server.clock.run(100)])
  await Promise.all([chat.arrange(a, { unreadFrom: 1 }), server.clock.run(100)])
  chat.markRead(a, 2)
  await server.clock.run(2_000)
  assert.deepEqual(meIn(chat, a)?.arranged, { rev: 2 })
})
