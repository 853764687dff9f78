import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { ServerFrame } from '../../server/protocol/events.ts'
import type { Chat } from '../../widget/chat.ts'
import { aChat, anOpenChat } from './a-chat.ts'
import { FakeServer } from './fake-server.ts'

let server: FakeServer
beforeEach(() => {
  server = new FakeServer()
})

const both = <T>(asked: Promise<T>) => Promise.all([asked, server.clock.run(200)])
const held = (chat: Chat, room: string) => chat.state.rooms.get(room)

test('a group is named, described, joined and left by others, and each member sees it', async () => {
  const room = server.open(['ana', 'sam'], { name: 'Plans' })
  const chat = await anOpenChat(server, room)
  const other = await anOpenChat(server, room, { user: 'sam' })
  await both(chat.rename(room, 'Better plans'))
  await both(chat.describe(room, 'What we do next'))
  await both(chat.setMember(room, 'mina'))
  for (const one of [chat, other]) {
    const { name, description, memberCount } = held(one, room) ?? {}
    assert.deepEqual([name, description, memberCount], ['Better plans', 'What we do next', 3])
  }
  await both(chat.setMember(room, 'mina', 'owner'))
  assert.equal(held(chat, room)?.members?.find(({ userId }) => userId === 'mina')?.role, 'owner')
  await both(chat.removeMember(room, 'sam'))
  assert.deepEqual([held(chat, room)?.memberCount, held(other, room)], [2, undefined])
  await both(chat.describe(room, null))
  assert.equal(held(chat, room)?.description, undefined)
})

test('a group that an owner deletes is gone for everybody, and closed where it was open', async () => {
  const room = server.open(['ana', 'sam'], { name: 'Plans' })
  const chat = await anOpenChat(server, room)
  const other = await anOpenChat(server, room, { user: 'sam' })
  await both(assert.rejects(other.deleteRoom(room), { code: 'forbidden' }))
  assert.ok(held(other, room))
  await both(chat.deleteRoom(room))
  assert.deepEqual([held(chat, room), held(other, room)], [undefined, undefined])
  assert.deepEqual([chat.state.active, other.state.active?.fault?.code], [undefined, 'not_found'])
})

test('whoever leaves a group has it no more, and it is closed', async () => {
  const room = server.open(['ana', 'sam', 'mina'], { name: 'Plans' })
  const chat = await anOpenChat(server, room)
  await both(chat.leave(room))
  assert.deepEqual(
    [held(chat, room), chat.state.active, server.room(room).members.has('ana')],
    [undefined, undefined, false],
  )
})

test('a group that is deleted before the answers come by which it was made, changed and listed is not there', async () => {
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  const known = server.open(['ana', 'sam'], { name: 'Known' })
  await server.clock.run(100)
  server.delayMs = (path) => (/rooms(\?|\/[^/]+)?$/.test(path) ? 1_500 : 0)
  const made = assert.rejects(chat.createRoom({ memberIds: ['sam'], name: 'Plans' }), { code: 'not_found' })
  const changed = assert.rejects(chat.rename(known, 'Unknown'), { code: 'not_found' })
  const listed = chat.listRooms('unread')
  await server.clock.run(500)
  const [, other] = [...server.rooms.keys()]
  assert.ok(other)
  for (const room of [known, other]) server.end(room)
  await Promise.all([made, changed, listed, server.clock.run(5_000)])
  assert.deepEqual([...chat.state.rooms.keys()], [])
})

test('a group that was made from here is gone when it was deleted and the socket told of neither', async () => {
  class Deaf extends FakeServer {
    isDeaf = false
    protected override deliver(user: string, frame: ServerFrame, except?: object): void {
      if (!this.isDeaf) super.deliver(user, frame, except)
    }
  }
  const deaf = new Deaf()
  const chat = aChat(deaf)
  chat.connect()
  await deaf.clock.run(100)
  deaf.isDeaf = true
  const [room] = await Promise.all([
    chat.createRoom({ memberIds: ['sam'], name: 'Plans' }),
    deaf.clock.run(100),
  ])
  deaf.end(room)
  await deaf.clock.run(29_000)
  assert.ok(held(chat, room))
  await deaf.clock.run(2_000)
  assert.equal(held(chat, room), undefined)
})

test('owners say who writes, and how often; each member sees it', async () => {
  const room = server.open(['ana', 'sam'], { name: 'Plans' })
  const chat = await anOpenChat(server, room)
  const other = await anOpenChat(server, room, { user: 'sam' })
  await both(chat.configure(room, { post: 'owners', slowMode: 30 }))
  for (const one of [chat, other]) {
    const { post, slowMode, lastMessage } = held(one, room) ?? {}
    assert.deepEqual([post, slowMode], ['owners', 30])
    assert.deepEqual(lastMessage?.system?.settings, { post: 'owners', slowMode: 30 })
  }
  await both(chat.configure(room, { post: 'all', slowMode: 0 }))
  assert.deepEqual([held(other, room)?.post, held(other, room)?.slowMode], [undefined, undefined])
  await both(assert.rejects(other.configure(room, { slowMode: 10 }), { code: 'forbidden' }))
})

const said = (room: string) =>
  server
    .room(room)
    .messages.filter(({ kind }) => kind === 'text')
    .map(({ text }) => text)

test('in slow mode messages wait in their order, as long as it takes; what changes one does not', async () => {
  const room = server.open(['sam', 'ana'], { name: 'Plans' })
  server.configure(room, { slowMode: 3_600 }, 'sam')
  const chat = await anOpenChat(server, room)
  for (const text of ['one', 'two', 'three']) chat.send(room, text)
  await server.clock.run(1_000)
  assert.deepEqual(said(room), ['one'])
  const [, first] = server.room(room).messages
  await both(chat.react(room, first?.id ?? '', '👍'))
  assert.equal(server.room(room).messages[1]?.reactions?.length, 1)
  await server.clock.run(3_601_000)
  assert.deepEqual(said(room), ['one', 'two'])
  await server.clock.run(3_900_000)
  assert.deepEqual(said(room), ['one', 'two', 'three'])
  assert.deepEqual(chat.state.outbox, [])
})

test('what waits in slow mode goes at once when I become an owner', async () => {
  const room = server.open(['sam', 'ana'], { name: 'Plans' })
  server.configure(room, { slowMode: 3_600 }, 'sam')
  const chat = await anOpenChat(server, room)
  for (const text of ['one', 'two']) chat.send(room, text)
  await server.clock.run(1_000)
  assert.equal(chat.state.outbox.length, 1)
  server.setRole(room, 'ana', 'owner')
  await server.clock.run(1_000)
  assert.deepEqual(said(room), ['one', 'two'])
})

test('what waits in slow mode goes at once when that ends', async () => {
  const room = server.open(['sam', 'ana'], { name: 'Plans' })
  server.configure(room, { slowMode: 3_600 }, 'sam')
  const chat = await anOpenChat(server, room)
  for (const text of ['one', 'two']) chat.send(room, text)
  await server.clock.run(1_000)
  assert.equal(chat.state.outbox.length, 1)
  server.configure(room, { slowMode: 0 }, 'sam')
  await server.clock.run(1_000)
  assert.deepEqual(said(room), ['one', 'two'])
})
