/** Criterion 12: the event that somebody was added or removed is lost on its way to another server. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { TestClient } from '../support/client.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { aGroup, ask, asked, join } from './api.ts'
import { aCluster, type Cluster } from './cluster.ts'
import { marker } from './node.ts'

let postgres: PostgresServer
let cluster: Cluster
before(async () => {
  postgres = await startPostgres()
  cluster = await aCluster(postgres, ['sound', 'frail'])
})
after(async () => {
  await cluster[Symbol.asyncDispose]()
  await postgres.stop()
})

test('12: who was removed receives nothing more, and writes nothing, though the event of it was lost', async () => {
  const [here, there] = cluster.members
  assert.ok(here && there)
  const roomId = await aGroup(here.node.url, ['mina', 'sam', 'lee', 'zoe', 'ida'])
  const mina = await join(here.node.url, 'mina')
  const [sam, lee, zoe, ida] = [
    await join(there.node.url, 'sam'),
    await join(there.node.url, 'lee'),
    await join(there.node.url, 'zoe'),
    await join(there.node.url, 'ida'),
  ]
  await mina.send(roomId, `${marker}together`)
  const others = [sam, lee, zoe, ida]
  for (const { socket } of others) await socket.event('message', ({ message }) => message.seq === 1)
  const isRefused = async (client: TestClient) => {
    const { code } = await client.err({ t: 'send', roomId, messageId: uuidv7(), text: `${marker}still here` })
    assert.equal(code, 'not_found')
  }

  // Her server does not know yet that Ida is out when she writes.
  await there.node.order({ noRounds: true, miss: ['leave', 'room', 'message'] })
  await asked(here.node.url, 'mina', `rooms/${roomId}/members/ida`, { method: 'DELETE' })
  await isRefused(ida)
  await ida.socket.event('gone')
  for (const { socket } of [sam, lee, zoe]) await socket.event('message', ({ message }) => message.seq === 3)
  // Of lee's removal only the event for his own sockets is lost; of zoe's, everything.
  await there.node.order({ noRounds: true, miss: ['leave'] })
  await asked(here.node.url, 'mina', `rooms/${roomId}/members/lee`, { method: 'DELETE' })
  await sam.socket.event('room', ({ room: view }) => view.memberCount === 3)
  await there.node.order({ noRounds: true, miss: ['leave', 'room', 'message'] })
  await asked(here.node.url, 'mina', `rooms/${roomId}/members/zoe`, { method: 'DELETE' })
  await there.node.order({ noRounds: true })

  const { seq } = await mina.send(roomId, `${marker}without them`)
  await sam.socket.event('message', ({ message }) => message.seq === seq)
  // Zoe was still there to receive, at 5, that Lee was removed.
  for (const [user, client, places] of [
    ['ida', ida, [1]],
    ['lee', lee, [1, 3]],
    ['zoe', zoe, [1, 3, 5]],
  ] as const) {
    await isRefused(client)
    assert.equal((await ask(there.node.url, user, `rooms/${roomId}/messages`)).status, 404)
    await client.socket.event('gone')
    await client.socket.settle()
    // What comes late may come twice.
    const received = new Set(client.socket.events('message').map(({ message }) => message.seq))
    assert.deepEqual([...received].sort(), places)
  }
  assert.deepEqual(cluster.complaints(), [])
})

test('12: in a room that stays quiet, who was removed learns of it, and who was added hears it on open sockets', async () => {
  const [here, there] = cluster.members
  assert.ok(here && there)
  const room = await aGroup(here.node.url, ['mina', 'lee'])
  const mina = await join(here.node.url, 'mina')
  const [lee, zoe] = [await join(there.node.url, 'lee'), await join(there.node.url, 'zoe')]
  await there.node.order({ miss: ['join', 'leave', 'room', 'message'] })
  await asked(here.node.url, 'mina', `rooms/${room}/members/lee`, { method: 'DELETE' })
  await asked(here.node.url, 'mina', `rooms/${room}/members/zoe`, { method: 'PUT', body: {} })
  await Promise.all([
    lee.socket.event('gone', (gone) => gone.roomId === room),
    zoe.socket.event('room', ({ room: view }) => view.id === room),
  ])
  await there.node.order({})
  const { seq } = await mina.send(room, `${marker}welcome`)
  await zoe.socket.event('message', ({ message }) => message.seq === seq)
  await lee.socket.settle()
  assert.deepEqual(lee.socket.events('message'), [])
  assert.deepEqual(cluster.complaints(), [])
})
