/** Reactions: seen at once, counted right, and told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../../server/protocol/problems.ts'
import type { Chat } from '../../widget/chat.ts'
import { aChat, anOpenChat, aWhile, FakeStorage, heard, messagesIn } from './a-chat.ts'
import { FakeServer } from './fake-server.ts'

async function aPost(given: Parameters<typeof anOpenChat>[2] = {}) {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam', 'mina'])
  const { id } = server.say(room, 'sam', 'we are open')
  const chat = await anOpenChat(server, room, given)
  return { server, room, id, chat }
}

/** In a line: `👍2*` is mine and somebody else's. */
const reactionsOf = (chat: Chat, room: string, at = 0) =>
  (messagesIn(chat, room)[at]?.reactions ?? [])
    .map(({ emoji, count, mine }) => `${emoji}${count}${mine ? '*' : ''}`)
    .join(' ')

test('my reaction is seen at once, beside those of others, and taken back the same way', async () => {
  const { server, room, id, chat } = await aPost()
  server.react(room, 1, { by: 'sam', emoji: '🎉' })
  await server.clock.run(100)
  const reaction = chat.react(room, id, '🎉')
  void chat.react(room, id, '👍')
  assert.equal(reactionsOf(chat, room), '🎉2* 👍1*')
  await server.clock.run(100)
  assert.equal(reactionsOf(chat, room), '🎉2* 👍1*')
  assert.equal((await reaction).reactions?.[0]?.count, 2)
  void chat.react(room, id, '👍', false)
  void chat.react(room, id, '🎉', false)
  assert.equal(reactionsOf(chat, room), '🎉1')
  await server.clock.run(100)
  assert.equal(reactionsOf(chat, room), '🎉1')
})

test('reactions count as no message, and leave what is unread as it is', async () => {
  const { server, room, chat } = await aPost()
  const messages = heard(chat, 'message')
  const before = chat.state.rooms.get(room)?.me
  server.react(room, 1, { by: 'mina', emoji: '👍' })
  await server.clock.run(100)
  assert.deepEqual(chat.state.rooms.get(room)?.me, before)
  assert.equal(messages.length, 0)
})

test('who reacts is told once each, as far as they are named', async () => {
  const { server, room, id, chat } = await aPost()
  const told: string[] = []
  chat.on('reaction', ({ userId, emoji, on }) => told.push(`${userId} ${emoji} ${on}`))
  server.react(room, 1, { by: 'mina', emoji: '👍' })
  void chat.react(room, id, '👍')
  await server.clock.run(100)
  server.react(room, 1, { by: 'mina', emoji: '👍', on: false })
  await server.clock.run(100)
  assert.deepEqual(told, ['mina 👍 true', 'ana 👍 true', 'mina 👍 false'])
})

test('reactions wait with all else while there is no connection, and only the last of each emoji is sent', async () => {
  const storage = new FakeStorage()
  const { server, room, id, chat } = await aPost({ storage })
  server.isDown = true
  server.cut()
  void chat.react(room, id, '👍')
  void chat.react(room, id, '👍', false)
  void chat.react(room, id, '❤️')
  void chat.react(room, id, '👍')
  assert.equal(reactionsOf(chat, room), '❤️1* 👍1*')
  chat.close()
  const again = aChat(server, { storage })
  server.isDown = false
  again.connect()
  await server.clock.run(aWhile)
  const asked = server.heard.flatMap((frame) => (frame.t === 'react' ? [`${frame.emoji} ${frame.on}`] : []))
  assert.deepEqual(asked, ['❤️ true', '👍 true'])
})

test('a reaction that is refused goes again, and says why', async () => {
  const { server, room, id, chat } = await aPost()
  const errors = heard(chat, 'send-error')
  server.refuse = ({ t }) => (t === 'react' ? new Problem('too_large', 'at most 20') : undefined)
  const reaction = chat.react(room, id, '👍')
  await server.clock.run(100)
  await assert.rejects(reaction, { code: 'too_large' })
  assert.equal(reactionsOf(chat, room), '')
  assert.deepEqual(
    errors.map(({ change, messageId }) => [change, messageId]),
    [['react', id]],
  )
  assert.deepEqual(chat.state.outbox, [])
})

test('beyond the users that are named, what is mine is what personal answers say, and what my other devices did', async () => {
  const { server, room, id, chat } = await aPost()
  const [message] = server.room(room).messages
  assert.ok(message)
  const userIds = Array.from({ length: 20 }, (_, at) => `u${at}`)
  const reactions = [{ emoji: '👍', count: 30, userIds }]
  const say = (rev: number) =>
    server.send('ana', {
      t: 'message',
      message: { ...message, rev, reactions },
      user: { id: 'sam', name: 'Sam' },
    })
  const head = server.room(room).head
  say(head + 1)
  await server.clock.run(10)
  assert.equal(reactionsOf(chat, room), '👍30')
  server.send('ana', { t: 'reacted', roomId: room, messageId: id, emoji: '👍', on: true, rev: head + 1 })
  await server.clock.run(10)
  assert.equal(reactionsOf(chat, room), '👍30*')
  say(head + 2)
  await server.clock.run(10)
  assert.equal(reactionsOf(chat, room), '👍30*')
  void chat.react(room, id, '👍', false)
  assert.equal(reactionsOf(chat, room), '👍29')
})

test('a reaction that was sent and never arrived goes again, whatever became of the message meanwhile', async () => {
  for (const others of ['edit', 'react'] as const) {
    const { server, room, id, chat } = await aPost()
    server.toServer = ({ t }) => (t === 'react' ? 'cut' : 'pass')
    const reaction = chat.react(room, id, '👍')
    await server.clock.run(100)
    server.toServer = () => 'pass'
    if (others === 'edit') server.edit(room, 1, 'we are closed')
    else server.react(room, 1, { by: 'mina', emoji: '🎉' })
    await server.clock.run(aWhile)
    assert.equal(reactionsOf(chat, room).includes('👍1*'), true, others)
    assert.equal(
      (await reaction).reactions?.some(({ emoji }) => emoji === '👍'),
      true,
    )
    assert.deepEqual(chat.state.outbox, [])
  }
})

test('where a server has no reactions, none are shown', async () => {
  const { server, room, chat } = await aPost()
  server.react(room, 1, { by: 'sam', emoji: '👍' })
  await server.clock.run(100)
  server.send('ana', { t: 'settings', features: { typing: true }, limits: server.limits })
  server.say(room, 'sam', 'more')
  await server.clock.run(100)
  assert.equal(reactionsOf(chat, room), '')
})
