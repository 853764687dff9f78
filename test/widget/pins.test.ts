/** Pinned messages: seen at once, and the same as on the server whatever comes late, twice or not at all. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../../server/protocol/problems.ts'
import type { Chat } from '../../widget/chat.ts'
import { pinnedIn } from '../../widget/state/pins.ts'
import { anOpenChat, heard } from './a-chat.ts'
import { FakeServer } from './fake-server.ts'

async function aPost(messages = 3) {
  const server = new FakeServer()
  server.features = { ...server.features, pins: true }
  const room = server.open(['ana', 'sam', 'mina'])
  for (let at = 1; at <= messages; at++) server.say(room, 'sam', `message ${at}`)
  server.read(room, 'ana', messages)
  const chat = await anOpenChat(server, room)
  await server.clock.run(1_000)
  const idOf = (seq: number) => server.room(room).messages.find((one) => one.seq === seq)?.id ?? ''
  return { server, room, chat, idOf }
}

const pins = (chat: Chat, room: string) => pinnedIn(chat.state, room).map(({ text }) => text)
const asked = ({ requests }: FakeServer) => requests.filter((path) => path.endsWith('/pins')).length

test('a pin of mine is seen at once, the newest first, and taken away the same way', async () => {
  const { server, room, chat, idOf } = await aPost()
  void chat.pin(room, idOf(1))
  await server.clock.run(1_000)
  const pinned = chat.pin(room, idOf(3))
  assert.deepEqual(pins(chat, room), ['message 3', 'message 1'])
  await server.clock.run(1_000)
  assert.deepEqual(pins(chat, room), ['message 3', 'message 1'])
  assert.equal((await pinned).pinned?.userId, 'ana')
  void chat.pin(room, idOf(1), false)
  assert.deepEqual(pins(chat, room), ['message 3'])
  await server.clock.run(1_000)
  assert.deepEqual(pins(chat, room), ['message 3'])
  assert.deepEqual(chat.state.outbox, [])
})

test('the list is asked for once, and kept by what comes: also of messages far back', async () => {
  const { server, room, chat } = await aPost(200)
  assert.equal(asked(server), 1)
  server.pin(room, 2, { by: 'mina' })
  await server.clock.run(100)
  assert.deepEqual(pins(chat, room), ['message 2'])
  server.edit(room, 2, 'message two')
  await server.clock.run(100)
  assert.deepEqual(pins(chat, room), ['message two'])
  server.remove(room, 2)
  await server.clock.run(100)
  assert.deepEqual(pins(chat, room), [])
  assert.equal(asked(server), 1)
})

test('what was pinned before is there when the room is opened, and no room of a server without pins asks', async () => {
  const { server, room, chat } = await aPost(100)
  server.pin(room, 1, { by: 'sam' })
  const again = await anOpenChat(server, room)
  await server.clock.run(1_000)
  assert.deepEqual(pins(again, room), ['message 1'])
  assert.equal(chat.state.rooms.get(room)?.known, server.room(room).head)
  const before = asked(server)
  server.features = { typing: true }
  const without = await anOpenChat(server, room)
  await server.clock.run(1_000)
  assert.deepEqual(pins(without, room), [])
  assert.equal(asked(server), before)
})

test('what changed while the list was on its way is in it', async () => {
  const server = new FakeServer()
  server.features = { ...server.features, pins: true }
  const room = server.open(['ana', 'sam'])
  for (let at = 1; at <= 100; at++) server.say(room, 'sam', `message ${at}`)
  server.read(room, 'ana', 100)
  server.pin(room, 1, { by: 'sam' })
  server.delayMs = (path) => (path.endsWith('/pins') ? 2_000 : 0)
  const chat = await anOpenChat(server, room)
  await server.clock.run(500)
  server.pin(room, 1, { by: 'sam', on: false })
  server.pin(room, 2, { by: 'sam' })
  await server.clock.run(5_000)
  assert.deepEqual(pins(chat, room), ['message 2'])
})

test('what changed during an outage is in the list, whether the messages are loaded or not', async () => {
  const { server, room, chat } = await aPost(100)
  server.pin(room, 1, { by: 'sam' })
  server.pin(room, 99, { by: 'sam' })
  await server.clock.run(100)
  server.cut()
  server.pin(room, 1, { by: 'sam', on: false })
  server.pin(room, 2, { by: 'sam' })
  await server.clock.run(60_000)
  assert.deepEqual(pins(chat, room).sort(), ['message 2', 'message 99'])
})

test('after more changes than the server tells one by one the list is asked for anew', async () => {
  const { server, room, chat } = await aPost(100)
  server.pin(room, 1, { by: 'sam' })
  await server.clock.run(100)
  server.mostChanges = 10
  server.cut()
  server.pin(room, 1, { by: 'sam', on: false })
  server.pin(room, 2, { by: 'sam' })
  for (let at = 0; at < 20; at++) server.say(room, 'sam', 'more')
  await server.clock.run(60_000)
  assert.deepEqual(pins(chat, room), ['message 2'])
})

test('a list that could not be loaded is asked for when the room is opened again', async () => {
  const { server, room } = await aPost()
  server.pin(room, 1, { by: 'sam' })
  let failures = 0
  const chat = await anOpenChat(server, room, {
    fetch: (input, init) =>
      String(input).endsWith('/pins') && failures++ === 0
        ? Promise.reject(new TypeError('fetch failed'))
        : server.fetch(input, init),
  })
  await server.clock.run(60_000)
  assert.deepEqual([pins(chat, room), failures], [[], 1])
  chat.leaveRoom()
  void chat.openRoom(room)
  await server.clock.run(1_000)
  assert.deepEqual([pins(chat, room), failures], [['message 1'], 2])
})

test('a pin that is refused goes again, and is told', async () => {
  const { server, room, chat, idOf } = await aPost()
  server.refuse = ({ t }) => (t === 'pin' ? new Problem('too_large', 'at most 50') : undefined)
  const errors = heard(chat, 'send-error')
  const pinned = chat.pin(room, idOf(1))
  assert.deepEqual(pins(chat, room), ['message 1'])
  await Promise.all([assert.rejects(pinned, { code: 'too_large' }), server.clock.run(1_000)])
  assert.deepEqual(pins(chat, room), [])
  assert.deepEqual(
    errors.map(({ change, fault }) => [change, fault.code]),
    [['pin', 'too_large']],
  )
})

test('pins are told once each, and leave an edit that waits, and what is edited, as they are', async () => {
  const { server, room, chat, idOf } = await aPost()
  const told: string[] = []
  chat.on('pin', ({ message, on }) => told.push(`${message.text} ${on}`))
  server.pin(room, 1, { by: 'mina' })
  void chat.pin(room, idOf(2))
  await server.clock.run(1_000)
  server.pin(room, 1, { by: 'mina', on: false })
  await server.clock.run(1_000)
  assert.deepEqual(told.sort(), ['message 1 false', 'message 1 true', 'message 2 true'])
  const { id } = server.say(room, 'ana', 'mine')
  await server.clock.run(1_000)
  chat.setDraft(room, { text: 'mine, too', editing: id })
  server.cut()
  void chat.pin(room, id).catch(() => {})
  assert.equal(chat.state.drafts.get(room)?.editing, id)
  void chat.edit(room, id, 'mine!').catch(() => {})
  void chat.pin(room, id, false).catch(() => {})
  void chat.pin(room, id).catch(() => {})
  assert.deepEqual(
    chat.state.outbox.map(({ change }) => change?.kind),
    ['edit', 'pin'],
  )
  await server.clock.run(60_000)
  const [first] = server.room(room).messages.filter((one) => one.id === id)
  assert.deepEqual([first?.text, first?.pinned?.userId], ['mine!', 'ana'])
})
