import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../../server/protocol/problems.ts'
import type { Chat } from '../../widget/chat.ts'
import { aChat, anOpenChat, aWhile, FakeStorage, messagesIn, texts } from './a-chat.ts'
import { FakeServer } from './fake-server.ts'

function aSite({ undoSend = true } = {}) {
  const server = new FakeServer()
  server.features = { ...server.features, undoSend }
  const [room, other] = [server.open(['ana', 'sam']), server.open(['ana', 'mina'])]
  const said = (id = room) => server.room(id).messages.map(({ text }) => text)
  return { server, room, other, said }
}

const undoable = { undoable: true }
const canUndo = (chat: Chat, room: string) => messagesIn(chat, room).map((row) => row.undoable)

test('what can be undone stands there at once, and is sent after six seconds', async () => {
  const { server, room, said } = aSite()
  const chat = await anOpenChat(server, room)
  chat.send(room, 'hello', undoable)
  await server.clock.run(5_900)
  assert.deepEqual(texts(chat, room), ['hello [queued]'])
  assert.deepEqual(canUndo(chat, room), [true])
  assert.deepEqual(said(), [])
  await server.clock.run(200)
  assert.deepEqual(said(), ['hello'])
  assert.deepEqual(texts(chat, room), ['hello'])
  assert.deepEqual(canUndo(chat, room), [false])
})

test('what is undone is never sent', async () => {
  const { server, room, said } = aSite()
  const chat = await anOpenChat(server, room)
  const id = chat.send(room, 'hello', undoable) ?? ''
  await server.clock.run(1_000)
  chat.discard(id)
  assert.deepEqual(texts(chat, room), [])
  await server.clock.run(aWhile)
  assert.deepEqual(said(), [])
})

test('where the site does not have it, and where nobody asks for it, nothing waits', async () => {
  const off = aSite({ undoSend: false })
  const silent = await anOpenChat(off.server, off.room)
  silent.send(off.room, 'off', undoable)
  await off.server.clock.run(100)
  assert.deepEqual(off.said(), ['off'])
  const { server, room, said } = aSite()
  const chat = await anOpenChat(server, room)
  chat.send(room, 'by a program')
  await server.clock.run(100)
  assert.deepEqual(said(), ['by a program'])
})

for (const [what, act] of [
  ['another room', (chat: Chat, other: string) => void chat.openRoom(other)],
  ['no room', (chat: Chat) => chat.leaveRoom()],
  ['who asks for it', (chat: Chat) => chat.sendNow()],
] as const)
  test(`${what} sends at once what can be undone`, async () => {
    const { server, room, other, said } = aSite()
    const chat = await anOpenChat(server, room)
    chat.send(room, 'hello', undoable)
    await server.clock.run(1_000)
    act(chat, other)
    await server.clock.run(100)
    assert.deepEqual(said(), ['hello'])
  })

test('the next message sends the one before it, in order, and can itself be undone for six seconds', async () => {
  const { server, room, said } = aSite()
  const chat = await anOpenChat(server, room)
  chat.send(room, 'one', undoable)
  await server.clock.run(4_000)
  chat.send(room, 'two', undoable)
  await server.clock.run(4_000)
  assert.deepEqual(said(), ['one'])
  assert.deepEqual(canUndo(chat, room), [false, true])
  chat.send(room, 'three')
  await server.clock.run(100)
  assert.deepEqual(said(), ['one', 'two', 'three'])
  await server.clock.run(aWhile)
  assert.deepEqual(said(), ['one', 'two', 'three'])
})

test('what can be undone delays nothing that was sent before it', async () => {
  const { server, room, said } = aSite()
  const chat = await anOpenChat(server, room)
  let isBusy = true
  server.refuse = ({ t }) =>
    t === 'send' && isBusy ? new Problem('rate_limited', 'slow down', { retryAfter: 2 }) : undefined
  chat.send(room, 'before')
  await server.clock.run(100)
  isBusy = false
  chat.send(room, 'hello', undoable)
  await server.clock.run(3_000)
  assert.deepEqual(said(), ['before'])
  assert.deepEqual(canUndo(chat, room), [false, true])
  await server.clock.run(4_000)
  assert.deepEqual(said(), ['before', 'hello'])
})

test('a reaction overtakes what can be undone, which stays so', async () => {
  const { server, room, said } = aSite()
  const { id } = server.say(room, 'sam', 'hi')
  const chat = await anOpenChat(server, room)
  chat.send(room, 'hello', undoable)
  const reacted = chat.react(room, id, '👍')
  await server.clock.run(1_000)
  assert.equal((await reacted).reactions?.length, 1)
  assert.deepEqual(said(), ['hi'])
  assert.deepEqual(canUndo(chat, room), [false, true])
})

test('what can be undone as the connection goes is sent by the next one, or is undone', async () => {
  const { server, room, said } = aSite()
  const chat = await anOpenChat(server, room)
  for (const text of ['kept', 'undone']) {
    const id = chat.send(room, text, undoable) ?? ''
    server.isDown = true
    server.cut()
    await server.clock.run(100)
    assert.equal(canUndo(chat, room).at(-1), true)
    if (text === 'undone') chat.discard(id)
    server.isDown = false
    chat.wake()
    await server.clock.run(2_000)
    assert.deepEqual(canUndo(chat, room), [false])
    assert.deepEqual(said(), ['kept'])
  }
})

test('what is too long fails as ever, and is not sent when the time is over', async () => {
  const { server, room, said } = aSite()
  const chat = await anOpenChat(server, room)
  chat.send(room, 'x'.repeat(chat.state.limits.textChars + 1), undoable)
  await server.clock.run(aWhile)
  assert.deepEqual(canUndo(chat, room), [false])
  assert.match(texts(chat, room)[0] ?? '', / \[failed\]$/)
  assert.deepEqual(said(), [])
})

test('without a connection nothing can be undone: it waits as any message', async () => {
  const { server, room, said } = aSite()
  const chat = await anOpenChat(server, room)
  chat.send(room, 'before', undoable)
  server.isDown = true
  server.cut()
  await server.clock.run(100)
  chat.send(room, 'offline', undoable)
  assert.deepEqual(texts(chat, room), ['before [queued]', 'offline [queued]'])
  assert.deepEqual(canUndo(chat, room), [false, false])
  server.isDown = false
  await server.clock.run(aWhile)
  assert.deepEqual(said(), ['before', 'offline'])
})

test('a page that goes away while it can be undone loses nothing: the next one sends it once its time is over', async () => {
  const { server, room, said } = aSite()
  const storage = new FakeStorage()
  const chat = await anOpenChat(server, room, { storage })
  chat.send(room, 'hello', undoable)
  await server.clock.run(1_000)
  chat.close()
  const again = aChat(server, { storage })
  again.connect()
  await server.clock.run(4_500)
  assert.deepEqual(said(), [])
  await server.clock.run(1_000)
  assert.deepEqual(said(), ['hello'])
  assert.deepEqual(again.state.outbox, [])
})

test('a page that is left while it can be undone sends it, and the next one at once', async () => {
  const { server, room, said } = aSite()
  const storage = new FakeStorage()
  const chat = await anOpenChat(server, room, { storage })
  chat.send(room, 'hello', undoable)
  server.isDown = true
  server.cut()
  chat.sendNow()
  chat.close()
  server.isDown = false
  const again = aChat(server, { storage })
  again.connect()
  await server.clock.run(500)
  assert.deepEqual(said(), ['hello'])
  assert.deepEqual(again.state.outbox, [])
})

test('a tab opened meanwhile does not send what the first one can undo, whatever is done in it', async () => {
  const { server, room, other, said } = aSite()
  const storage = new FakeStorage()
  const one = await anOpenChat(server, room, { storage })
  const id = one.send(room, 'hello', undoable) ?? ''
  const key = [...storage.entries.keys()].find((name) => name.includes(' send ')) ?? ''
  const two = await anOpenChat(server, room, { storage, newId: () => '00000000-0000-7000-a000-000000000001' })
  void two.openRoom(other)
  two.sendNow()
  two.send(other, 'something else')
  await server.clock.run(2_000)
  // It stays as it is, without a connection of its own.
  one.close()
  server.cut()
  two.wake()
  await server.clock.run(1_000)
  assert.deepEqual([said(other), two.state.connection.status], [['something else'], 'open'])
  assert.deepEqual([said(), canUndo(two, room)], [[], [true]])
  one.discard(id)
  two.followStorage(key)
  assert.deepEqual(two.state.outbox, [])
  await server.clock.run(aWhile)
  assert.deepEqual(said(), [])
})

test('what two tabs can undo is sent once, and neither keeps it', async () => {
  const { server, room, said } = aSite()
  const storage = new FakeStorage()
  const one = await anOpenChat(server, room, { storage })
  one.send(room, 'hello', undoable)
  await server.clock.run(1_000)
  const two = await anOpenChat(server, room, { storage })
  assert.deepEqual(canUndo(two, room), [true])
  one.sendNow()
  await server.clock.run(100)
  assert.deepEqual([texts(two, room), two.state.outbox], [['hello'], []])
  await server.clock.run(aWhile)
  assert.deepEqual(said(), ['hello'])
  assert.deepEqual([...storage.entries], [])
})

test('a client that is closed sends it when it connects again', async () => {
  const { server, room, said } = aSite()
  const chat = await anOpenChat(server, room)
  chat.send(room, 'hello', undoable)
  chat.close()
  await server.clock.run(aWhile)
  assert.deepEqual(said(), [])
  chat.connect()
  await server.clock.run(500)
  assert.deepEqual(said(), ['hello'])
})
