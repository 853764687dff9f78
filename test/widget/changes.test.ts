/** Editing and deleting messages, and what waits for the server meanwhile. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../../server/protocol/problems.ts'
import { roomList } from '../../widget/state/room-list.ts'
import { aChat, anOpenChat, aWhile, FakeStorage, heard, messagesIn, texts } from './a-chat.ts'
import { FakeServer } from './fake-server.ts'

async function aConversation(given: Parameters<typeof anOpenChat>[2] = {}) {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const { id } = server.say(room, 'ana', 'helo')
  server.say(room, 'sam', 'hm?')
  const chat = await anOpenChat(server, room, given)
  const stored = () => server.room(room).messages.map(({ text, deletedAt }) => (deletedAt ? '†' : text))
  const goOffline = () => {
    server.isDown = true
    server.cut()
  }
  return { server, room, id, chat, stored, goOffline }
}

const asked = ({ heard }: FakeServer) => heard.flatMap(({ t }) => (/send|edit|delete/.test(t) ? [t] : []))

test('an edit is seen at once, and says how far it got', async () => {
  const { server, room, id, chat, stored } = await aConversation()
  const edits = heard(chat, 'edit')
  const edit = chat.edit(room, id, ' hello ')
  assert.deepEqual(texts(chat, room), ['hello [sending]', 'hm?'])
  await server.clock.run(100)
  assert.deepEqual(texts(chat, room), ['hello', 'hm?'])
  assert.deepEqual(stored(), ['hello', 'hm?'])
  assert.equal((await edit).text, 'hello')
  assert.ok(messagesIn(chat, room)[0]?.edited)
  assert.deepEqual(
    edits.map(({ message, mine }) => [message.text, mine]),
    [['hello', true]],
  )
})

test('a deletion is seen at once, in the log and in the list', async () => {
  const { server, room, chat, stored } = await aConversation()
  const { id } = server.say(room, 'ana', 'the last')
  await server.clock.run(100)
  const deletions = heard(chat, 'delete')
  const deletion = chat.remove(room, id)
  assert.deepEqual(texts(chat, room), ['helo', 'hm?', '†'])
  assert.equal(roomList(chat.state)[0]?.preview?.deleted, true)
  await server.clock.run(100)
  assert.deepEqual(stored(), ['helo', 'hm?', '†'])
  assert.equal((await deletion).text, '')
  assert.equal(deletions.length, 1)
})

test('what others change is told once each, and only of what is held', async () => {
  const { server, room, chat } = await aConversation()
  const told: string[] = []
  for (const name of ['edit', 'delete'] as const)
    chat.on(name, ({ message, mine }) => told.push(`${name} ${message.text} ${mine}`))
  server.edit(room, 2, 'hm!')
  server.remove(room, 2)
  const other = server.open(['ana', 'bo'])
  for (const text of ['one', 'two']) server.say(other, 'bo', text)
  await server.clock.run(100)
  server.edit(other, 1, 'more')
  server.edit(other, 2, 'most')
  await server.clock.run(100)
  assert.deepEqual(told, ['edit hm! false', 'delete  false', 'edit most false'])
})

test('edits and deletions wait in order with messages while there is no connection', async () => {
  const { server, room, id, chat, stored, goOffline } = await aConversation()
  goOffline()
  const written = chat.send(room, 'new') ?? ''
  void chat.edit(room, id, 'hello')
  void chat.edit(room, written, 'newer')
  assert.deepEqual(texts(chat, room), ['hello [queued]', 'hm?', 'newer [queued]'])
  server.isDown = false
  await server.clock.run(aWhile)
  assert.deepEqual(asked(server), ['send', 'edit', 'edit'])
  assert.deepEqual(stored(), ['hello', 'hm?', 'newer'])
  assert.deepEqual(texts(chat, room), ['hello', 'hm?', 'newer'])
  assert.deepEqual(chat.state.outbox, [])
})

test('of several edits of a message that wait only the last one is sent, and none after it was deleted', async () => {
  const { server, room, id, chat, goOffline, stored } = await aConversation()
  goOffline()
  const first = chat.edit(room, id, 'one')
  void chat.edit(room, id, 'two')
  await assert.rejects(first, /given up/)
  assert.deepEqual(texts(chat, room), ['two [queued]', 'hm?'])
  const deletion = chat.remove(room, id)
  assert.equal(chat.state.outbox.length, 1)
  server.isDown = false
  await server.clock.run(aWhile)
  assert.deepEqual(asked(server), ['delete'])
  assert.deepEqual(stored(), ['†', 'hm?'])
  assert.ok((await deletion).deletedAt)
})

test('changes that wait survive a reload, and a version that knows messages only does not see them', async () => {
  const storage = new FakeStorage()
  const { server, room, id, chat, goOffline, stored } = await aConversation({ storage })
  goOffline()
  void chat.edit(room, id, 'hello')
  chat.close()
  assert.deepEqual(
    [...storage.entries.keys()].map((key) => key.split(' ').at(-2)),
    ['change'],
  )
  const again = aChat(server, { storage })
  server.isDown = false
  again.connect()
  await server.clock.run(aWhile)
  assert.deepEqual(stored(), ['hello', 'hm?'])
  assert.equal(storage.entries.size, 0)
})

test('an edit whose answer is lost is sent again, and nobody sees the old text in between', async () => {
  const { server, room, id, chat, stored } = await aConversation()
  server.toServer = ({ t }) => (t === 'edit' ? 'cut-after' : 'pass')
  void chat.edit(room, id, 'hello')
  const seen = new Set<string | undefined>()
  chat.subscribe(() => seen.add(messagesIn(chat, room)[0]?.text))
  await server.clock.run(100)
  server.toServer = () => 'pass'
  await server.clock.run(aWhile)
  assert.deepEqual([...seen], ['hello'])
  assert.deepEqual(stored(), ['hello', 'hm?'])
  assert.deepEqual(chat.state.outbox, [])
})

test('an edit that is refused keeps its text with the reason, until somebody gives it up', async () => {
  const { server, room, id, chat } = await aConversation()
  const errors = heard(chat, 'send-error')
  server.refuse = ({ t }) => (t === 'edit' ? new Problem('forbidden', 'too late') : undefined)
  const edit = chat.edit(room, id, 'hello')
  await server.clock.run(100)
  await assert.rejects(edit, { code: 'forbidden' })
  const [row] = messagesIn(chat, room)
  assert.deepEqual([row?.text, row?.status, row?.fault?.code], ['hello', 'failed', 'forbidden'])
  assert.deepEqual(errors, [
    { messageId: id, change: 'edit', roomId: room, fault: { code: 'forbidden', detail: 'too late' } },
  ])
  chat.discard(row?.change ?? '')
  assert.deepEqual(texts(chat, room), ['helo', 'hm?'])
})

test('a deletion that is refused brings the message back, and says why', async () => {
  const { server, room, id, chat } = await aConversation()
  const errors = heard(chat, 'send-error')
  server.refuse = ({ t }) => (t === 'delete' ? new Problem('forbidden', 'too late') : undefined)
  void chat.remove(room, id)
  await server.clock.run(100)
  assert.deepEqual(texts(chat, room), ['helo', 'hm?'])
  assert.deepEqual(chat.state.outbox, [])
  assert.equal(errors[0]?.change, 'delete')
})

test('what is nothing to read is no edit, and what is too long fails here', async () => {
  const { server, room, id, chat } = await aConversation()
  await assert.rejects(chat.edit(room, id, '  '), { code: 'bad_request' })
  await assert.rejects(chat.edit(room, id, 'x'.repeat(9_000)), { code: 'too_large' })
  assert.deepEqual(asked(server), [])
})

test('whoever waits for a change is told when the user is another one', async () => {
  const { chat, room, id, goOffline } = await aConversation()
  goOffline()
  const edit = chat.edit(room, id, 'hello')
  chat.logout()
  await assert.rejects(edit, /given up/)
})

test('an edit whose answer is lost does not go over what another device wrote since', async () => {
  for (const fate of ['cut', 'cut-after'] as const) {
    const storage = new FakeStorage()
    const { server, room, id, chat, stored } = await aConversation({ storage })
    server.toServer = ({ t }) => (t === 'edit' ? fate : 'pass')
    const edit = chat.edit(room, id, 'hello')
    await server.clock.run(100)
    server.toServer = () => 'pass'
    // Known only when the connection is back.
    server.edit(room, 1, 'hello there')
    await server.clock.run(aWhile)
    assert.deepEqual(stored(), ['hello there', 'hm?'])
    assert.deepEqual(texts(chat, room), ['hello there', 'hm?'])
    assert.equal((await edit).text, 'hello there')
    assert.deepEqual([chat.state.outbox, [...storage.entries]], [[], []])
  }
})

test('an edit that never arrived is sent again, whatever else became of the message', async () => {
  const { server, room, id, chat, stored } = await aConversation()
  server.toServer = ({ t }) => (t === 'edit' ? 'cut' : 'pass')
  void chat.edit(room, id, 'hello')
  await server.clock.run(100)
  server.toServer = () => 'pass'
  server.react(room, 1, { by: 'sam', emoji: '👍' })
  await server.clock.run(aWhile)
  assert.deepEqual(stored(), ['hello', 'hm?'])
})

test('a page that went away before the answer leaves no edit that goes over a later one', async () => {
  const storage = new FakeStorage()
  const { server, room, id, chat, stored } = await aConversation({ storage })
  server.toServer = ({ t }) => (t === 'edit' ? 'cut-after' : 'pass')
  void chat.edit(room, id, 'hello').catch(() => {})
  await server.clock.run(100)
  chat.close()
  server.toServer = () => 'pass'
  server.edit(room, 1, 'hello there')
  const again = aChat(server, { storage })
  again.connect()
  await server.clock.run(aWhile)
  assert.deepEqual(stored(), ['hello there', 'hm?'])
  assert.deepEqual([again.state.outbox, [...storage.entries]], [[], []])
})

test('a reaction or pin whose answer is lost stays as another device made it since', async () => {
  const { server, room, chat } = await aConversation()
  const [, { id } = { id: '' }] = server.room(room).messages
  for (const kind of ['react', 'pin'] as const) {
    server.toServer = ({ t }) => (t === kind ? 'cut-after' : 'pass')
    void (kind === 'pin' ? chat.pin(room, id) : chat.react(room, id, '👍'))
    await server.clock.run(100)
    server.toServer = () => 'pass'
    if (kind === 'pin') server.pin(room, 2, { by: 'ana', on: false })
    else server.react(room, 2, { by: 'ana', emoji: '👍', on: false })
    await server.clock.run(aWhile)
    assert.equal(chat.state.connection.status, 'open')
  }
  const [, { pinned, reactions } = {}] = server.room(room).messages
  assert.deepEqual([pinned, reactions, chat.state.outbox], [undefined, undefined, []])
})

test('a reaction that was only slowed down is made, whoever else reacted meanwhile', async () => {
  const { server, room, chat } = await aConversation()
  const [, { id } = { id: '' }] = server.room(room).messages
  let isSlow = true
  server.refuse = ({ t }) =>
    t === 'react' && isSlow ? new Problem('rate_limited', 'slow down', { retryAfter: 2 }) : undefined
  void chat.react(room, id, '👍')
  await server.clock.run(100)
  isSlow = false
  server.react(room, 2, { by: 'sam', emoji: '🎉' })
  await server.clock.run(aWhile)
  assert.equal(server.room(room).messages[1]?.reactions?.length, 2)
})

test('changes of a room that I was taken out of go with it, refused before or after', async () => {
  const storage = new FakeStorage()
  const { server, room, id, chat } = await aConversation({ storage })
  const group = server.open(['sam', 'ana'], { name: 'Observatory' })
  const said = server.say(group, 'ana', 'helo')
  await server.clock.run(100)
  server.refuse = ({ t }) => (t === 'edit' ? new Problem('forbidden', 'too late') : undefined)
  await assert.rejects(Promise.all([chat.edit(group, said.id, 'hello'), server.clock.run(100)]))
  assert.equal(chat.state.outbox.length, 1)
  server.leave(group, 'ana')
  await server.clock.run(100)
  assert.deepEqual(chat.state.outbox, [])
  server.refuse = () => undefined
  await Promise.all([
    assert.rejects(chat.edit(group, said.id, 'hello!'), { code: 'not_found' }),
    server.clock.run(100),
  ])
  assert.deepEqual([chat.state.outbox, [...storage.entries]], [[], []])
  // Here it stays: its author may see it and try again.
  await Promise.all([
    assert.rejects(chat.edit(room, id, 'x'.repeat(chat.state.limits.textChars + 1))),
    server.clock.run(100),
  ])
  assert.equal(chat.state.outbox.length, 1)
})
