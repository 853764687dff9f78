import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../../server/protocol/problems.ts'
import type { Chat } from '../../widget/chat.ts'
import { typingIn } from '../../widget/state/room-list.ts'
import { aChat, heard, messagesIn, texts } from './a-chat.ts'
import { InMemoryServer } from './in-memory-connection.ts'

/** A chat that would fail at the first WebSocket. */
async function aConnectedChat(server: InMemoryServer, user: string, room: string): Promise<Chat> {
  const chat = aChat(server, {
    user,
    connection: server.connection,
    WebSocket: undefined as unknown as typeof WebSocket,
    newId: () => `00000000-0000-7000-9000-${user.padStart(12, '0').replace(/\D/g, 'a')}`,
  })
  chat.connect()
  await server.clock.run(100)
  void chat.openRoom(room)
  await server.clock.run(100)
  return chat
}

function connectionOf(server: InMemoryServer, user: string) {
  const found = [...server.signedIn].find((connection) => connection.user === user)
  assert.ok(found, `${user} is not connected`)
  return found
}

test('two people write, read and type over connections that are no WebSockets', async () => {
  const server = new InMemoryServer()
  const room = server.open(['ana', 'sam'])
  const ana = await aConnectedChat(server, 'ana', room)
  const sam = await aConnectedChat(server, 'sam', room)
  ana.send(room, 'Hello Sam')
  sam.typing(room)
  await server.clock.run(100)
  assert.deepEqual(texts(sam, room), ['Hello Sam'])
  assert.deepEqual(
    typingIn(ana.state, room).map(({ id }) => id),
    ['sam'],
  )
  sam.markRead(room, 1)
  await server.clock.run(2_000)
  assert.deepEqual(
    messagesIn(ana, room).map(({ status }) => status),
    ['seen'],
  )
  assert.equal(server.connections, 0)
})

test('any connection that comes back brings what was missed and takes what was written', async () => {
  const server = new InMemoryServer()
  const room = server.open(['ana', 'sam'])
  const chat = await aConnectedChat(server, 'ana', room)
  connectionOf(server, 'ana').lose()
  assert.equal(chat.state.connection.status, 'waiting')
  server.say(room, 'sam', 'Are you there?')
  chat.send(room, 'In a minute')
  assert.deepEqual(texts(chat, room), ['In a minute [queued]'])
  chat.wake()
  await server.clock.run(1_000)
  assert.equal(chat.state.connection.status, 'open')
  assert.deepEqual(texts(chat, room), ['Are you there?', 'In a minute'])
})

test('any connection may refuse the user, and connecting tries again', async () => {
  const server = new InMemoryServer()
  const { signIn } = server
  server.signIn = () => {
    throw new Problem('unauthorized', 'who are you?')
  }
  const chat = aChat(server, { connection: server.connection })
  const refused = heard(chat, 'auth-error')
  chat.connect()
  await server.clock.run(100)
  assert.deepEqual(refused, [{ fault: { code: 'unauthorized', detail: 'who are you?' } }])
  assert.equal(chat.state.session.status, 'signed-out')
  server.signIn = signIn
  chat.connect()
  await server.clock.run(100)
  assert.equal(chat.state.session.status, 'signed-in')
  chat.close()
  assert.equal(chat.state.connection.status, 'idle')
  assert.equal(server.signedIn.size, 0)
})
