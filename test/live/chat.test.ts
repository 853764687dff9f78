import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../support/server.ts'

test('two users chat: each message reaches both, once, with its place', async () => {
  await using server = await startServer()
  const mina = await server.join('mina')
  const sam = await server.join('sam')
  const response = await server.fetch('mina', 'rooms', { method: 'POST', body: { memberIds: ['sam'] } })
  assert.equal(response.status, 201)
  const room = await response.json()
  assert.equal(room.kind, 'direct')
  await sam.socket.event('room', (event) => event.room.id === room.id)

  const first = await mina.send(room.id, 'Hello Sam')
  const second = await sam.send(room.id, 'Hello Mina')
  assert.deepEqual([first.seq, second.seq], [1, 2])
  for (const client of [mina, sam]) {
    await client.socket.event('message', (event) => event.message.seq === 2)
    assert.deepEqual(
      client.socket.events('message').map((event) => [event.message.text, event.user.name]),
      [
        ['Hello Sam', 'Mina'],
        ['Hello Mina', 'Sam'],
      ],
    )
  }
})
