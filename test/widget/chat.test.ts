import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../server/protocol/limits.ts'
import { Problem } from '../../server/protocol/problems.ts'
import { roomList, typingIn } from '../../widget/state/room-list.ts'
import { type MessageRow, timeline } from '../../widget/state/timeline.ts'
import { unread } from '../../widget/state/unread.ts'
import { aChat, anOpenChat, aToken, aWhile, heard, messagesIn, texts } from './a-chat.ts'
import { aUser } from './builders.ts'
import { FakeServer } from './fake-server.ts'

const named = (rows: readonly { text: string }[]) => rows.map(({ text }) => text)

test('connecting brings the rooms, opening one its messages', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  server.say(room, 'sam', 'Hello')
  const chat = await anOpenChat(server, room)
  assert.equal(chat.state.session.status, 'signed-in')
  assert.equal(chat.state.me, 'ana')
  assert.deepEqual(texts(chat, room), ['Hello'])
})

test('a message appears at once, is sent, and stays one row with the same key', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  const id = chat.send(room, 'Hello Sam')
  assert.deepEqual(texts(chat, room), ['Hello Sam [sending]'])
  await server.clock.run(100)
  assert.deepEqual(
    messagesIn(chat, room).map(({ key, status }) => [key, status]),
    [[id, 'sent']],
  )
  assert.deepEqual(named(server.room(room).messages), ['Hello Sam'])
})

test('blanks and line ends around a text are not sent', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  chat.send(room, '\n Hello\n Sam \n')
  assert.deepEqual(texts(chat, room), ['Hello\n Sam [sending]'])
  await server.clock.run(100)
  assert.deepEqual(named(server.room(room).messages), ['Hello\n Sam'])
})

test('what the server would refuse is not sent: nothing to read, NUL, half a surrogate pair', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  for (const text of [' \n ', '\u200b\u200d', '\u3164\u2800\ufe0f', 'NUL \0', 'half \ud83d', '\udc00']) {
    assert.equal(chat.send(room, text), undefined)
    await assert.rejects(chat.sendStored(room, text), { code: 'bad_request' })
  }
  assert.deepEqual(chat.state.outbox, [])
})

test('two people see the same, live', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const ana = await anOpenChat(server, room)
  const sam = await anOpenChat(server, room, {
    user: 'sam',
    newId: () => '00000000-0000-7000-a000-000000000001',
  })
  ana.send(room, 'Hello Sam')
  sam.send(room, 'Hello Ana')
  await server.clock.run(aWhile)
  assert.equal(texts(ana, room).length, 2)
  assert.deepEqual(texts(ana, room), texts(sam, room))
})

test('scrolling back loads each page once, until the first message', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  for (let at = 1; at <= 120; at++) server.say(room, 'ana', `${at}`)
  const chat = await anOpenChat(server, room)
  assert.equal(texts(chat, room).length, 50)
  server.requests.length = 0
  void chat.loadOlder(room)
  void chat.loadOlder(room)
  await server.clock.run(100)
  await Promise.all([chat.loadOlder(room), server.clock.run(100)])
  await Promise.all([chat.loadOlder(room), server.clock.run(100)])
  assert.equal(server.requests.length, 2)
  assert.deepEqual(
    texts(chat, room),
    Array.from({ length: 120 }, (_, at) => `${at + 1}`),
  )
  assert.equal(timeline(chat.state, room).older, false)
})

test('a failed page says so, and can be asked for again', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  for (let at = 1; at <= 60; at++) server.say(room, 'ana', `${at}`)
  const chat = await anOpenChat(server, room)
  server.isDown = true
  await Promise.all([chat.loadOlder(room), server.clock.run(100)])
  assert.deepEqual(timeline(chat.state, room).loadOlder, { code: 'offline', detail: 'fetch failed' })
  server.isDown = false
  await Promise.all([chat.loadOlder(room), server.clock.run(100)])
  assert.equal(timeline(chat.state, room).loadOlder, undefined)
  assert.equal(texts(chat, room).length, 60)
})

test('around a place, forward to the live end, and at once back to the latest', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  for (let at = 1; at <= 300; at++) server.say(room, 'ana', `${at}`)
  const chat = await anOpenChat(server, room)
  await Promise.all([chat.loadAround(room, 100), server.clock.run(100)])
  assert.deepEqual([texts(chat, room).at(0), texts(chat, room).at(-1)], ['76', '125'])
  server.say(room, 'sam', 'new')
  await server.clock.run(100)
  assert.equal(texts(chat, room).at(-1), '125', 'what is beyond the log is not shown in it')
  await Promise.all([chat.loadNewer(room), server.clock.run(100)])
  assert.equal(texts(chat, room).at(-1), '175')
  chat.send(room, 'mine')
  await server.clock.run(100)
  assert.deepEqual(texts(chat, room).slice(-2), ['new', 'mine'])
})

test('of two requests for another place the later one wins, whichever answers last', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  for (let at = 1; at <= 300; at++) server.say(room, 'ana', `${at}`)
  const chat = await anOpenChat(server, room)
  server.delayMs = (path) => (path.includes('around=50') ? 50 : 0)
  const loads = [chat.loadAround(room, 50), chat.loadAround(room, 150)]
  await Promise.all([...loads, server.clock.run(200)])
  assert.equal(texts(chat, room).includes('150'), true)
})

test('a room with many unread messages opens around its divider (rule S2)', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  for (let at = 1; at <= 90; at++) server.say(room, 'sam', `${at}`)
  server.read(room, 'ana', 20)
  const chat = await anOpenChat(server, room)
  const rows = timeline(chat.state, room).rows
  const divider = rows.findIndex(({ type }) => type === 'unread')
  assert.equal((rows[divider + 1] as MessageRow).text, '21')
})

test('the divider stays until I send or leave (rule U15)', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  server.say(room, 'sam', 'one')
  const chat = await anOpenChat(server, room)
  const hasDivider = () => timeline(chat.state, room).rows.some(({ type }) => type === 'unread')
  chat.markRead(room, 1)
  server.say(room, 'sam', 'two')
  await server.clock.run(aWhile)
  assert.equal(hasDivider(), true)
  chat.send(room, 'mine')
  assert.equal(hasDivider(), false)
})

test('a message in an unknown room brings the room, its count and one event', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  const messages = heard(chat, 'message')
  chat.connect()
  await server.clock.run(100)
  const room = server.open(['sam', 'ana'])
  server.say(room, 'sam', 'Hello')
  await server.clock.run(100)
  assert.deepEqual(
    roomList(chat.state).map(({ id, unread, preview }) => [id, unread, preview?.text]),
    [[room, 1, 'Hello']],
  )
  assert.equal(unread(chat.state).total, 1)
  assert.deepEqual(
    messages.map(({ message, mine }) => [message.text, mine]),
    [['Hello', false]],
  )
})

test('a message that overtakes the answer about its room is there, and counted', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  server.delayMs = () => 100
  const room = server.open(['sam', 'ana'])
  await server.clock.run(50)
  server.say(room, 'sam', 'Hello')
  await server.clock.run(500)
  assert.deepEqual(
    roomList(chat.state).map(({ unread, preview }) => [unread, preview?.text]),
    [[1, 'Hello']],
  )
  assert.equal(unread(chat.state).total, 1)
})

test('a room that is opened before the server says who I am shows as soon as it does, and no mark is undone', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  server.say(room, 'sam', 'Hello')
  const chat = aChat(server)
  const marks: number[] = []
  chat.subscribe(({ rooms }) => marks.push(rooms.get(room)?.me.readSeq ?? 0))
  server.toClient = () => 'late'
  chat.connect()
  void chat.openRoom(room)
  await server.clock.run(50)
  chat.markRead(room, 1)
  await server.clock.run(500)
  assert.deepEqual(texts(chat, room), ['Hello'])
  assert.deepEqual(marks, marks.toSorted())
})

test('a new room appears even though the answer about it got lost', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  server.lostAnswers = 1
  const room = server.open(['sam', 'ana'])
  await server.clock.run(5_000)
  assert.deepEqual([...chat.state.rooms.keys()], [room])
})

test('a message in a room that is not mine any more leaves nothing on the badge', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  const room = server.open(['sam', 'zoe'])
  const message = server.say(room, 'sam', 'Hello')
  server.send('ana', { t: 'message', message, user: aUser('sam') })
  await server.clock.run(100)
  assert.equal(unread(chat.state).total, 0)
})

test('a room that becomes mine while an answer says that it is not is asked for again', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  const room = server.open(['sam', 'zoe'])
  const message = server.say(room, 'sam', 'Hello')
  server.delayMs = () => 100
  server.send('ana', { t: 'message', message, user: aUser('sam') })
  await server.clock.run(50)
  server.delayMs = () => 0
  server.join(room, 'ana')
  await server.clock.run(500)
  assert.deepEqual([...chat.state.rooms.keys()], [room])
})

test('an answer older than the event that a room is gone does not bring it back', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  const room = server.open(['sam', 'ana'])
  server.delayMs = () => 100
  await server.clock.run(50)
  server.delayMs = () => 0
  server.leave(room, 'ana')
  await server.clock.run(500)
  assert.equal(chat.state.rooms.size, 0)
})

test('an answer older than a connection does not bring back what its ready left out', async () => {
  const server = new FakeServer()
  const room = server.open(['sam', 'ana'])
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  server.delayMs = () => 5_000
  server.send('ana', { t: 'heads', heads: { [room]: [1, 0] } })
  await server.clock.run(1_000)
  server.delayMs = () => 0
  server.room(room).members.delete('ana')
  server.cut()
  await server.clock.run(aWhile)
  assert.equal(chat.state.rooms.size, 0)
})

test('a room that turns out not to be mine when it is looked into is gone', async () => {
  const server = new FakeServer()
  const room = server.open(['sam', 'ana'])
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  server.room(room).members.delete('ana')
  void chat.openRoom(room)
  await server.clock.run(100)
  assert.equal(chat.state.rooms.size, 0)
  assert.equal(chat.state.active?.fault?.code, 'not_found')
})

test('an event comes for each new message of others and of my other devices, never for my own or for old ones', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  server.say(room, 'sam', 'old')
  server.toClient = (frame) => (frame.t === 'message' ? 'twice' : 'pass')
  const chat = await anOpenChat(server, room)
  const messages = heard(chat, 'message')
  chat.send(room, 'from here')
  server.say(room, 'ana', 'from my phone')
  server.say(room, 'sam', 'from sam')
  server.edit(room, 1, 'old, edited')
  await server.clock.run(100)
  assert.deepEqual(
    messages.map(({ message, mine }) => [message.text, mine]),
    [
      ['from my phone', true],
      ['from sam', false],
    ],
  )
})

test('reading in one tab clears the badge in the other within a second (rule U17)', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const one = await anOpenChat(server, room)
  const two = await anOpenChat(server, room)
  server.say(room, 'sam', 'Hello')
  await server.clock.run(100)
  assert.equal(unread(two.state).total, 1)
  one.markRead(room, 1)
  assert.equal(unread(one.state).total, 0)
  await server.clock.run(1_000)
  assert.equal(unread(two.state).total, 0)
})

test('read marks go once a second, the newest one, and none is lost (rule U16)', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  for (let at = 1; at <= 9; at++) server.say(room, 'sam', `${at}`)
  const chat = await anOpenChat(server, room)
  for (let seq = 1; seq <= 9; seq++) {
    chat.markRead(room, seq)
    await server.clock.run(100)
  }
  await server.clock.run(2_000)
  const marks = server.heard.flatMap((frame) => (frame.t === 'read' ? [frame.seq] : []))
  assert.deepEqual(marks, [1, 9])
})

test('a mark set while an older one is on the way follows it', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  for (let at = 1; at <= 9; at++) server.say(room, 'sam', `${at}`)
  const chat = await anOpenChat(server, room)
  chat.markRead(room, 1)
  chat.markRead(room, 9)
  await server.clock.run(2_000)
  assert.equal(server.room(room).members.get('ana')?.readSeq, 9)
})

test('a mark set offline arrives with the next connection', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  server.say(room, 'sam', 'Hello')
  const chat = await anOpenChat(server, room)
  server.isDown = true
  server.cut()
  chat.markRead(room, 1)
  server.isDown = false
  await server.clock.run(aWhile)
  assert.equal(server.room(room).members.get('ana')?.readSeq, 1)
  assert.equal(unread(chat.state).total, 0)
})

test('my newest seen message says who has seen it', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam', 'kim'])
  const chat = await anOpenChat(server, room)
  chat.send(room, 'one')
  chat.send(room, 'two')
  await server.clock.run(100)
  server.read(room, 'sam', 1)
  await server.clock.run(100)
  const receipts = () =>
    messagesIn(chat, room).map(({ status, seenBy }) => [status, seenBy?.map(({ user }) => user.name)])
  assert.deepEqual(receipts(), [
    ['seen', ['Sam']],
    ['sent', undefined],
  ])
  server.read(room, 'kim', 2)
  await server.clock.run(100)
  assert.deepEqual(receipts(), [
    ['seen', undefined],
    ['seen', ['Kim']],
  ])
})

test('who has seen a message is told with when, of those who show it, and offline without', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam', 'kim'])
  server.hiding.add('kim')
  server.say(room, 'ana', 'Hello')
  const chat = await anOpenChat(server, room)
  for (const user of ['kim', 'sam']) server.read(room, user, 1)
  await server.clock.run(100)
  const told = async () => {
    const asked = chat.seenBy(room, 1)
    await server.clock.run(100)
    return (await asked).map(({ user, at }) => [user.name, at !== undefined])
  }
  assert.deepEqual(await told(), [
    ['Sam', true],
    ['Kim', false],
  ])
  const later = server.say(room, 'ana', 'Once more')
  const asked = chat.seenBy(room, 1)
  server.read(room, 'sam', later.seq)
  await server.clock.run(100)
  assert.deepEqual(
    (await asked).map(({ user, at }) => [user.name, at !== undefined]).sort(),
    [
      ['Kim', false],
      ['Sam', true],
    ],
    'as the server knows it',
  )
  server.isDown = true
  assert.deepEqual((await told()).sort(), [
    ['Kim', false],
    ['Sam', false],
  ])
})

test('a large room is asked who has seen a message', async () => {
  const server = new FakeServer()
  const people = Array.from({ length: 60 }, (_, at) => `p${at}`)
  const room = server.open(['ana', ...people])
  server.say(room, 'ana', 'Hello all')
  const chat = await anOpenChat(server, room)
  server.read(room, 'p7', 1)
  const asked = chat.seenBy(room, 1)
  await server.clock.run(100)
  assert.deepEqual(
    (await asked).map(({ user }) => user.name),
    ['P7'],
  )
})

test('pages are as large as the server says', async () => {
  const server = new FakeServer()
  server.limits = { ...server.limits, page: 9 }
  const room = server.open(['ana', 'sam'])
  server.say(room, 'sam', 'Hello')
  const chat = await anOpenChat(server, room)
  const asked = chat.listMembers(room)
  await server.clock.run(100)
  await asked
  const paths = server.requests.filter((request) => request.startsWith(`GET /v1/rooms/${room}/`))
  assert.deepEqual(paths, [`GET /v1/rooms/${room}/messages`, `GET /v1/rooms/${room}/members?limit=9`])
})

test('typing shows at the first key, is sent every three seconds at most, and ends after five (rule D47)', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const ana = await anOpenChat(server, room)
  const sam = await anOpenChat(server, room, { user: 'sam' })
  for (let key = 0; key < 40; key++) {
    sam.typing(room)
    await server.clock.run(100)
  }
  assert.equal(server.heard.filter(({ t }) => t === 'typing').length, 2)
  assert.deepEqual(
    typingIn(ana.state, room).map(({ name }) => name),
    ['Sam'],
  )
  await server.clock.run(5_000)
  assert.deepEqual(typingIn(ana.state, room), [])
})

test('typing ends for the others when nothing is left of what was typed', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const ana = await anOpenChat(server, room)
  const sam = await anOpenChat(server, room, { user: 'sam' })
  const typists = () => typingIn(ana.state, room).length
  sam.typing(room, { over: true })
  sam.typing(room)
  await server.clock.run(4_000)
  assert.equal(typists(), 1)
  sam.typing(room, { over: true })
  await server.clock.run(100)
  assert.equal(typists(), 0)
  sam.typing(room, { over: true })
  await server.clock.run(6_000)
  assert.deepEqual(
    server.heard.flatMap((frame) => (frame.t === 'typing' ? [frame.over ?? false] : [])),
    [false, true],
  )
})

test('where the site has turned typing off, nothing of it is sent, and from then on nothing is shown', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.type(room, 'sam')
  await server.clock.run(100)
  assert.equal(typingIn(chat.state, room).length, 1)
  server.send('ana', { t: 'settings', features: { typing: false }, limits: { ...limits, textChars: 10 } })
  await server.clock.run(100)
  assert.equal(chat.state.limits.textChars, 10)
  assert.deepEqual(typingIn(chat.state, room), [])
  chat.typing(room)
  // Of a server that does not know it yet.
  server.type(room, 'sam')
  await server.clock.run(100)
  assert.deepEqual(typingIn(chat.state, room), [])
  assert.deepEqual(
    server.heard.filter(({ t }) => t === 'typing'),
    [],
  )
})

test('who sent what he was typing is no longer typing', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.type(room, 'sam')
  server.say(room, 'sam', 'done')
  await server.clock.run(100)
  assert.deepEqual(typingIn(chat.state, room), [])
})

test('presence of somebody is known while the connection is', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.send('ana', { t: 'presence', userId: 'sam', online: true })
  await server.clock.run(100)
  assert.equal(roomList(chat.state)[0]?.online, true)
  server.cut()
  assert.equal(roomList(chat.state)[0]?.online, false)
})

test('a direct room opens without asking when it is here, and is made once when it is not', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  const [held] = await Promise.all([chat.openDirect('sam'), server.clock.run(100)])
  assert.equal(held, room)
  const [made] = await Promise.all([chat.openDirect('kim'), server.clock.run(100)])
  assert.equal(chat.state.active?.roomId, made)
  assert.deepEqual([...server.room(made).members.keys()], ['ana', 'kim'])
  assert.equal(server.requests.filter((request) => request.startsWith('POST')).length, 1)
})

test('a room that is made opens only if nothing else was opened meanwhile', async () => {
  const server = new FakeServer()
  const other = server.open(['ana', 'mina'])
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  server.delayMs = (path) => (path === '/v1/rooms' ? 1_500 : 0)
  const late = chat.openDirect('kim')
  await server.clock.run(500)
  await Promise.all([chat.openRoom(other), server.clock.run(100)])
  chat.setDraft(other, 'half a sent')
  const [made] = await Promise.all([late, server.clock.run(2_000)])
  assert.deepEqual([...server.room(made).members.keys()], ['ana', 'kim'])
  assert.ok(chat.state.rooms.has(made), 'it is there')
  assert.equal(chat.state.active?.roomId, other)
  assert.equal(chat.state.drafts.get(made), undefined)
})

test('of rooms that are made at the same time the one asked for last is open, however they come', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  for (const delays of [
    [2_000, 0, 1_000],
    [0, 1_000, 2_000],
    [2_000, 1_000, 0],
  ]) {
    const left = [...delays]
    server.delayMs = (path) => (path === '/v1/rooms' ? (left.shift() ?? 0) : 0)
    const opened = [
      chat.openDirect('kim'),
      chat.openNotes(),
      chat.createRoom({ memberIds: ['kim', 'sam'], name: 'Us' }),
    ]
    const [rooms] = await Promise.all([Promise.all(opened), server.clock.run(5_000)])
    assert.equal(chat.state.active?.roomId, rooms[2])
    for (const room of server.rooms.keys()) server.leave(room, 'ana')
    await server.clock.run(100)
  }
})

test('whoever leaves the room meanwhile stays out of the one that is made', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  const late = chat.openNotes()
  chat.leaveRoom()
  await Promise.all([late, server.clock.run(1_000)])
  assert.equal(chat.state.active, undefined)
})

test('a direct room with myself is my notes', async () => {
  const server = new FakeServer()
  server.open(['ana', 'sam'])
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  const [notes] = await Promise.all([chat.openDirect('ana'), server.clock.run(100)])
  assert.deepEqual([...server.room(notes).members.keys()], ['ana'])
  assert.equal(roomList(chat.state).find(({ id }) => id === notes)?.title.kind, 'self')
})

test('sendStored resolves to the message as the server has it, and waits while there is no connection', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.isDown = true
  server.cut()
  let stored: unknown
  const sent = chat.sendStored(room, 'Hello').then((message) => {
    stored = message
  })
  await server.clock.run(20_000)
  assert.equal(stored, undefined)
  server.isDown = false
  await Promise.all([sent, server.clock.run(aWhile)])
  assert.deepEqual(stored, server.room(room).messages.at(-1))
})

test('sendStored rejects with what the server refuses a message for', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const stranger = server.open(['sam', 'kim'])
  const chat = await anOpenChat(server, room)
  const refused = assert.rejects(chat.sendStored(stranger, 'Hello'), { code: 'not_found' })
  await Promise.all([refused, server.clock.run(aWhile)])
  await assert.rejects(chat.sendStored(room, ' \u200b '), { code: 'bad_request' })
  const tooLong = 'x'.repeat(limits.textChars + 1)
  await assert.rejects(chat.sendStored(room, tooLong), { code: 'too_large' })
})

test('sendStored rejects when the message is given up, or nobody is signed in any more', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.isDown = true
  server.cut()
  const given = assert.rejects(chat.sendStored(room, 'Hello', { messageId: 'one' }), /given up/)
  chat.discard('one')
  await given
  const signedOut = assert.rejects(chat.sendStored(room, 'Hello'), /given up/)
  chat.logout()
  await signedOut
  await assert.rejects(chat.sendStored(room, 'Hello'), { code: 'unauthorized' })
})

test('my notes open on a first run with no rooms', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  const [notes] = await Promise.all([chat.openNotes(), server.clock.run(100)])
  assert.equal(server.room(notes).kind, 'self')
  assert.equal(roomList(chat.state)[0]?.title.kind, 'self')
})

test('a named group is made once though the first answer is lost', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  server.lostAnswers = 1
  const create = chat.createRoom({ memberIds: ['sam', 'kim'], name: 'Plans' })
  const [room] = await Promise.all([create, server.clock.run(200)])
  assert.equal(server.rooms.size, 1)
  assert.equal(server.room(room).name, 'Plans')
})

test('a room that is not mine says so instead of opening', async () => {
  const server = new FakeServer()
  const room = server.open(['sam', 'kim'])
  const chat = await anOpenChat(server, room)
  assert.equal(chat.state.active?.fault?.code, 'not_found')
})

test('a room I was removed from is gone at once', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam', 'kim'])
  const chat = await anOpenChat(server, room)
  server.leave(room, 'ana')
  await server.clock.run(100)
  assert.equal(chat.state.rooms.has(room), false)
  assert.equal(chat.state.active?.fault?.code, 'not_found')
})

test('the list goes on page by page, and the badge counts what it has not shown yet', async () => {
  const server = new FakeServer()
  server.listed = 2
  const rooms = Array.from({ length: 5 }, (_, at) => server.open(['ana', `p${at}`]))
  for (const room of rooms) server.say(room, [...server.room(room).members.keys()][1] ?? '', 'Hello')
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  assert.equal(roomList(chat.state).length, 2)
  assert.equal(unread(chat.state).total, 5)
  for (let page = 0; page < 5; page++) await Promise.all([chat.loadMoreRooms(), server.clock.run(100)])
  assert.equal(roomList(chat.state).length, 5)
  assert.equal(unread(chat.state).total, 5)
  assert.equal(chat.state.list.more, false)
})

test('rooms that changed far down the list while away are not asked for one by one', async () => {
  const server = new FakeServer()
  server.listed = 2
  const rooms = Array.from({ length: 6 }, (_, at) => server.open(['ana', `p${at}`]))
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  for (let page = 0; page < 3; page++) await Promise.all([chat.loadMoreRooms(), server.clock.run(100)])
  server.cut()
  server.requests.length = 0
  for (const room of rooms.slice(0, 5))
    server.say(room, [...server.room(room).members.keys()][1] ?? '', 'Hello')
  await server.clock.run(10_000)
  assert.deepEqual(server.requests, [])
  assert.equal(unread(chat.state).total, 5)
  for (let page = 0; page < 3; page++) await Promise.all([chat.loadMoreRooms(), server.clock.run(100)])
  assert.equal(roomList(chat.state).length, 6)
  assert.equal(unread(chat.state).total, 5)
})

test('a renamed room and its new member show, without a gap', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'], { kind: 'group' })
  const chat = await anOpenChat(server, room)
  server.rename(room, 'Plans')
  server.join(room, 'kim')
  server.say(room, 'kim', 'Hello')
  await server.clock.run(100)
  assert.deepEqual(roomList(chat.state)[0]?.title, { kind: 'name', name: 'Plans' })
  assert.equal(roomList(chat.state)[0]?.memberCount, 3)
  assert.deepEqual(texts(chat, room), ['Hello'])
  assert.equal(server.heard.filter(({ t }) => t === 'changes').length, 0)
})

test('listeners are called at every change, until they are stopped', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  let changes = 0
  const stop = chat.subscribe(() => changes++)
  server.say(room, 'sam', 'one')
  await server.clock.run(100)
  assert.equal(changes, 1)
  stop()
  server.say(room, 'sam', 'two')
  await server.clock.run(100)
  assert.equal(changes, 1)
})

test('an event comes when the badge changes, and only then', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  const badges = heard(chat, 'unread-change')
  server.say(room, 'sam', 'one')
  server.type(room, 'sam')
  chat.setDraft(room, 'half')
  await server.clock.run(100)
  assert.deepEqual(
    badges.map(({ total, byRoom }) => [total, ...byRoom]),
    [[1, [room, 1]]],
  )
})

test('closing ends every timer, request and socket', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const before = server.clock.waiting
  const chat = await anOpenChat(server, room, { auth: { provider: () => aToken('ana', { exp: 2e9 }) } })
  chat.typing(room)
  chat.send(room, 'Hello')
  server.type(room, 'sam')
  chat.markRead(room, 1)
  void chat.searchUsers('sa').catch(() => {})
  chat.close()
  await server.clock.run(100)
  assert.equal(server.connections, 0)
  assert.equal(server.clock.waiting, before)
  assert.equal(chat.state.connection.status, 'idle')
})

test('closed and connected again, it goes on where it was', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  chat.close()
  server.say(room, 'sam', 'meanwhile')
  await server.clock.run(aWhile)
  chat.connect()
  await server.clock.run(100)
  assert.deepEqual(texts(chat, room), ['meanwhile'])
})

test('a problem of a search reaches the caller', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  const search = chat.searchUsers('sa')
  await Promise.all([
    assert.rejects(search, (error) => error instanceof Problem && error.code === 'not_found'),
    server.clock.run(100),
  ])
})
