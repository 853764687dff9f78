import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
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
