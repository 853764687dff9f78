/** Forwarded messages: seen at once, and with the name of who said them first. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anOpenChat, messagesIn } from './a-chat.ts'
import { FakeServer } from './fake-server.ts'

async function twoRooms() {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const other = server.open(['ana', 'mina', 'sam'])
  const { id } = server.say(room, 'sam', 'we are open')
  const chat = await anOpenChat(server, other)
  return { server, room, other, id, chat }
}

test('a message is forwarded at once, by its id alone, and leaves what is being written there', async () => {
  const { server, room, other, id, chat } = await twoRooms()
  chat.setDraft(other, 'half a thought')
  const stored = chat.forward(room, id, other)
  await Promise.resolve()
  const shown = () => messagesIn(chat, other).map(({ text, forwarded, mine }) => [text, forwarded?.id, mine])
  assert.deepEqual(shown(), [['we are open', 'sam', true]])
  await server.clock.run(1_000)
  assert.deepEqual(shown(), [['we are open', 'sam', true]])
  assert.equal((await stored).forwarded?.authorId, 'sam')
  assert.equal(chat.state.drafts.get(other)?.text, 'half a thought')
  const sent = server.heard.find(({ t }) => t === 'send')
  assert.ok(sent && !('text' in sent))
  assert.deepEqual(chat.state.outbox, [])
})

test('what is not held here is forwarded, too, and a second time still names who said it first', async () => {
  const { server, room, other, chat } = await twoRooms()
  for (let at = 0; at < 100; at++) server.say(room, 'sam', `message ${at}`)
  const first = server.room(room).messages[1]
  assert.ok(first)
  const stored = chat.forward(room, first.id, other)
  await server.clock.run(1_000)
  const { id, text, forwarded } = await stored
  assert.deepEqual([text, forwarded?.authorId], ['message 0', 'sam'])
  const again = chat.forward(other, id, room)
  await server.clock.run(1_000)
  assert.equal((await again).forwarded?.authorId, 'sam')
})
