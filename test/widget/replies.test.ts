/** Answers to messages, and what their quotes say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../../server/protocol/problems.ts'
import { aChat, anOpenChat, aWhile, FakeStorage, heard, messagesIn } from './a-chat.ts'
import { FakeServer } from './fake-server.ts'

async function aQuestion(given: Parameters<typeof anOpenChat>[2] = {}) {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const { id } = server.say(room, 'sam', 'when?')
  const chat = await anOpenChat(server, room, given)
  const quotes = () =>
    messagesIn(chat, room).map(({ text, replyTo, answered }) => [
      text,
      replyTo && `${answered?.name}: ${replyTo.deleted ? '†' : replyTo.text}`,
    ])
  return { server, room, id, chat, quotes }
}

test('an answer shows what it answers at once, and once it is stored', async () => {
  const { server, room, id, chat, quotes } = await aQuestion()
  chat.send(room, 'now', { replyTo: id })
  const wanted = [
    ['when?', undefined],
    ['now', 'Sam: when?'],
  ]
  assert.deepEqual(quotes(), wanted)
  await server.clock.run(100)
  assert.deepEqual(quotes(), wanted)
  assert.equal(server.room(room).messages[1]?.replyTo?.id, id)
})

test('an answer that waits survives a reload with its quote', async () => {
  const storage = new FakeStorage()
  const { server, room, id, chat } = await aQuestion({ storage })
  server.isDown = true
  server.cut()
  chat.send(room, 'now', { replyTo: id })
  chat.close()
  const again = aChat(server, { storage })
  server.isDown = false
  again.connect()
  await server.clock.run(aWhile)
  assert.equal(server.room(room).messages[1]?.replyTo?.text, 'when?')
})

test('the deletion of a message clears every quote of it, wherever it lies itself', async () => {
  const { server, room, id, chat, quotes } = await aQuestion()
  server.say(room, 'ana', 'now', undefined, id)
  for (let turn = 0; turn < 80; turn++) server.say(room, 'sam', 'more')
  server.say(room, 'ana', 'still now', undefined, id)
  await server.clock.run(100)
  const late = await anOpenChat(server, room, { user: 'sam' })
  assert.ok(!messagesIn(late, room).some(({ key }) => key === id))
  server.remove(room, 1)
  await server.clock.run(100)
  assert.deepEqual(
    quotes().filter(([, quote]) => quote),
    [
      ['now', 'Sam: †'],
      ['still now', 'Sam: †'],
    ],
  )
  assert.equal(messagesIn(late, room).at(-1)?.replyTo?.text, '')
  assert.equal(chat.state.rooms.get(room)?.lastMessage?.replyTo?.deleted, true)
})

test('a quote that arrives after the deletion of what it quotes says nothing of it', async () => {
  const { server, room, id, chat, quotes } = await aQuestion()
  const late = server.say(room, 'sam', 'late', undefined, id)
  await server.clock.run(100)
  server.remove(room, 1)
  await server.clock.run(100)
  const { seq } = late
  server.send('ana', {
    t: 'message',
    message: { ...late, rev: 99, editedAt: late.createdAt },
    user: { id: 'sam', name: 'Sam' },
  })
  await server.clock.run(10)
  assert.deepEqual(quotes().at(seq - 1), ['late', 'Sam: †'])
  chat.close()
})

test('an answer ends the group of the messages before it (rule M21)', async () => {
  const { server, room, id, chat } = await aQuestion()
  server.say(room, 'sam', 'well?')
  server.say(room, 'sam', 'then I answer myself', undefined, id)
  await server.clock.run(100)
  assert.deepEqual(
    messagesIn(chat, room).map(({ first }) => first),
    [true, false, true],
  )
})

test('an answer to what is not there any more is refused with the reason, and the next one goes', async () => {
  const { server, room, id, chat } = await aQuestion()
  server.refuse = (frame) =>
    frame.t === 'send' && frame.replyTo ? new Problem('conflict', 'deleted') : undefined
  chat.send(room, 'now', { replyTo: id })
  chat.send(room, 'later')
  await server.clock.run(100)
  assert.deepEqual(
    messagesIn(chat, room).map(({ text, status, fault }) => [text, status, fault?.code]),
    [
      ['when?', 'sent', undefined],
      ['now', 'failed', 'conflict'],
      ['later', 'sent', undefined],
    ],
  )
})

test('a message that is not here and cannot be loaded is told with its room, and what is read stays', async () => {
  const { server, room, chat } = await aQuestion()
  for (let turn = 1; turn <= 200; turn++) server.say(room, 'sam', `message ${turn}`)
  server.read(room, 'ana', 999)
  await server.clock.run(aWhile)
  const again = await anOpenChat(server, room)
  const errors = heard(again, 'error')
  const before = messagesIn(again, room)
  server.isDown = true
  server.cut()
  await Promise.all([again.seek(room, 1), server.clock.run(1_000)])
  assert.deepEqual(
    errors.map(({ fault, roomId }) => [fault.code, roomId]),
    [['offline', room]],
  )
  assert.deepEqual(messagesIn(again, room), before)
  // Whoever comes back to where they were asked for nothing.
  await Promise.all([again.seek(room, 1, 20), server.clock.run(1_000)])
  assert.equal(errors.length, 1)
  chat.close()
})
