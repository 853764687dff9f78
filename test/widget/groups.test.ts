import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Chat } from '../../widget/chat.ts'
import { anOpenChat } from './a-chat.ts'
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
