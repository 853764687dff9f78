/** Criterion 12: what happens at the same time, by socket and by HTTP, on all servers. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RoomAnswer } from '../../server/protocol/views.ts'
import { aChatterFolder, type ChatterFolder } from '../support/chatter-process.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { scaled } from '../support/scale.ts'
import { aGroup, ask, asked, join } from './api.ts'
import { aCluster, type Cluster } from './cluster.ts'
import { faultsIn, type Happening } from './history.ts'
import { freshRoom } from './load.ts'
import { marker } from './node.ts'
import { until } from './until.ts'

const creates = 200
const senders = 64
const each = scaled(5, 100)

let postgres: PostgresServer
let cluster: Cluster
let onSqlite: ChatterFolder
let url: string
before(async () => {
  onSqlite = aChatterFolder()
  url = (await onSqlite.serve()).url
  postgres = await startPostgres()
  cluster = await aCluster(postgres)
})
after(async () => {
  await onSqlite[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
  await postgres.stop()
})

const byTurns = (urls: readonly string[], turn: number) => urls[turn % urls.length] ?? ''

/** Every one of three users opens the room of exactly these three, over and over. */
async function oneRoom(urls: readonly string[]): Promise<void> {
  const users = ['mina', 'sam', 'lee']
  for (const user of users) await asked(byTurns(urls, 0), user, 'me')
  const requests = Array.from({ length: creates }, (_, index) => {
    const user = users[index % users.length] ?? ''
    const memberIds = users.toSorted(() => (index % 2) - 0.5)
    return ask(byTurns(urls, index), user, 'rooms', { method: 'POST', body: { memberIds } })
  })
  const answers = await Promise.all(requests)
  const statuses = answers.map(({ status }) => status).sort()
  assert.deepEqual(statuses, [...new Array(creates - 1).fill(200), 201])
  assert.equal(new Set(answers.map(({ body }) => (body as RoomAnswer).id)).size, 1)
}

/** Everybody talks into one room at once, each on a socket of their own. */
async function oneOrder(urls: readonly string[]): Promise<void> {
  const founders = Array.from({ length: senders }, (_, index) => `u${index}`)
  const id = await aGroup(byTurns(urls, 0), founders)
  const clients = await Promise.all(founders.map((user, index) => join(byTurns(urls, index), user)))
  const happenings: Happening[] = []
  const talk = async (index: number) => {
    for (let count = 0; count < each; count++) {
      const message = await clients[index]?.send(id, `${marker}${count} of ${index}`)
      assert.ok(message)
      happenings.push({ t: 'acknowledged', message })
    }
  }
  await Promise.all(clients.map((_, index) => talk(index)))
  const places = Array.from({ length: senders * each }, (_, index) => index + 1)
  for (const [index, { socket }] of clients.entries()) {
    const received = () => socket.events('message').map(({ message }) => message)
    // What comes late may come twice.
    const seqs = () => [...new Set(received().map(({ seq }) => seq))].sort((a, b) => a - b)
    await until(
      () => seqs().length === places.length,
      () => `u${index} to have ${places.length} messages, not ${seqs().length}`,
    )
    assert.deepEqual(seqs(), places)
    for (const message of received()) happenings.push({ t: 'delivered', user: `u${index}`, message })
  }
  // Rooms of so many do not list their members, so nobody's are held against the messages.
  const { room, ...fresh } = await freshRoom(byTurns(urls, 0), { id, founders })
  const members = founders.map((userId) => ({ userId, role: 'member' as const, readSeq: 0 }))
  assert.deepEqual(faultsIn({ happenings, fresh: [{ room: { ...room, members }, ...fresh }], held: [] }), [])
  assert.equal(room.head, places.length)
}

test(`12: ${creates} requests at once, to two servers, for the room of the same three people make one room`, async () => {
  await oneRoom(cluster.members.map(({ node }) => node.url))
  assert.deepEqual(cluster.complaints(), [])
})

test(`12: on SQLite ${creates} requests at once make one room`, async () => {
  await oneRoom([url])
})

test(`12: ${senders} people at two servers who talk into one room at once are heard in one order, without a hole`, async () => {
  await oneOrder(cluster.members.map(({ node }) => node.url))
  assert.deepEqual(cluster.complaints(), [])
})

test(`12: on SQLite ${senders} people are heard in one order, without a hole`, async () => {
  await oneOrder([url])
})
