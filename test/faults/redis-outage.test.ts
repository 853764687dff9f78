/** Criterion 3: Redis dies during traffic, and comes back. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TestClient } from '../support/client.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { scaled } from '../support/scale.ts'
import { aGroup, asked, join } from './api.ts'
import { aCluster, type Cluster } from './cluster.ts'
import { Load } from './load.ts'
import { marker } from './node.ts'
import { Chance } from './simulator/chance.ts'
import { until } from './until.ts'

const size = { people: scaled(8, 20), rooms: scaled(4, 10), membersEach: 5 }
const messages = scaled(200, 2_000)
const outageMs = scaled(3_000, 30_000)

let postgres: PostgresServer
let cluster: Cluster
before(async () => {
  postgres = await startPostgres()
  cluster = await aCluster(postgres)
})
after(async () => {
  await cluster[Symbol.asyncDispose]()
  await postgres.stop()
})

/** The places of the messages in a room that a socket received: what comes late may come twice. */
function placesTold({ socket }: TestClient, room: string): number[] {
  const received = socket.events('message').filter(({ message }) => message.roomId === room)
  return [...new Set(received.map(({ message }) => message.seq))].sort((a, b) => a - b)
}

test('3: while Redis is dead everything is taken, servers hear each other through the database, and nothing is lost or doubled', async () => {
  const [one, other] = cluster.members
  assert.ok(one && other)
  const room = await aGroup(cluster.url, ['mina', 'sam'])
  const [mina, sam] = [await join(one.node.url, 'mina'), await join(other.node.url, 'sam')]
  using load = await Load.start({ url: cluster.url, chance: new Chance(3), ...size })
  await load.talk(messages)

  const talking = load.talk(messages)
  await cluster.redis.kill()
  const end = performance.now() + outageMs
  await cluster.saying({ fanout: 'down' })
  for (let seq = 1; seq <= 3 || performance.now() < end; seq++) {
    assert.equal((await mina.send(room, `${marker}without Redis ${seq}`)).seq, seq)
    await until(() => placesTold(sam, room).includes(seq), `message ${seq} at the other server`)
    await load.talk(scaled(10, 200))
  }
  await talking
  await cluster.redis.start()
  await cluster.saying({ fanout: 'up' })
  await load.talk(messages)

  assert.deepEqual(await load.agree([one.node.url, other.node.url]), [])
  const { seq: last } = await mina.send(room, `${marker}at last`)
  await until(() => placesTold(sam, room).includes(last), 'the last message')
  const places = Array.from({ length: last }, (_, index) => index + 1)
  for (const client of [mina, sam]) assert.deepEqual(placesTold(client, room), places)
  assert.deepEqual(
    load.people.filter(({ connections }) => connections !== 1).map(({ device }) => device),
    [],
  )
  assert.deepEqual(cluster.complaints(), [])
})

test('3: while Redis is dead, who is removed hears no more, and who is added hears the room on open sockets', async () => {
  const [one, other] = cluster.members
  assert.ok(one && other)
  const room = await aGroup(cluster.url, ['mina', 'sam', 'lee'])
  const [mina, sam] = [await join(one.node.url, 'mina'), await join(other.node.url, 'sam')]
  const [lee, zoe] = [await join(other.node.url, 'lee'), await join(other.node.url, 'zoe')]
  await cluster.redis.kill()
  await cluster.saying({ fanout: 'down' })

  await asked(one.node.url, 'mina', `rooms/${room}/members/lee`, { method: 'DELETE' })
  await asked(one.node.url, 'mina', `rooms/${room}/members/zoe`, { method: 'PUT', body: {} })
  const { seq: first } = await mina.send(room, `${marker}without lee`)
  await until(() => placesTold(sam, room).includes(first), 'the message')
  await lee.socket.event('gone')
  await zoe.socket.event('room', ({ room: view }) => view.id === room)
  const { seq: second } = await mina.send(room, `${marker}with zoe`)
  for (const { socket } of [sam, zoe]) await socket.event('message', ({ message }) => message.seq === second)
  await cluster.redis.start()
  await cluster.saying({ fanout: 'up' })
  const { seq: third } = await mina.send(room, `${marker}with Redis`)
  for (const { socket } of [sam, zoe]) await socket.event('message', ({ message }) => message.seq === third)
  await lee.socket.settle()
  assert.deepEqual(placesTold(lee, room), [])
  assert.deepEqual(cluster.complaints(), [])
})

test('9: who reads is not taken for slow when much is delivered late, however long the messages are', async () => {
  const [one, other] = cluster.members
  assert.ok(one && other)
  const readers = ['sam', 'lee', 'zoe']
  const room = await aGroup(cluster.url, ['mina', ...readers])
  const mina = await join(one.node.url, 'mina')
  const clients = await Promise.all(readers.map((user) => join(other.node.url, user)))
  await cluster.redis.kill()
  await cluster.saying({ fanout: 'down' })
  // It stands still meanwhile, and so has all of them to deliver at once.
  other.node.pause()
  let last = 0
  for (let count = 0; count < 150; count++)
    last = (await mina.send(room, marker + '長'.repeat(7_900 - marker.length))).seq
  other.node.resume()
  const isOver = (client: TestClient) => client.socket.ws.readyState !== client.socket.ws.OPEN
  const places = Array.from({ length: last }, (_, index) => index + 1)
  await until(
    () => clients.every((client) => placesTold(client, room).length === last || isOver(client)),
    () => `${last} messages, not ${clients.map((client) => placesTold(client, room).length)}`,
  )
  for (const client of clients) {
    assert.deepEqual(placesTold(client, room), places)
    await client.socket.settle()
  }
  await cluster.redis.start()
  await cluster.saying({ fanout: 'up' })
  assert.deepEqual(cluster.complaints(), [])
})
