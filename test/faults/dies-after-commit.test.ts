/** Criterion 2: a server that dies after a commit and before it published. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { aGroup, asked, join } from './api.ts'
import { aCluster, type Cluster } from './cluster.ts'
import { marker } from './node.ts'
import { until } from './until.ts'

let postgres: PostgresServer
let cluster: Cluster
before(async () => {
  postgres = await startPostgres()
  cluster = await aCluster(postgres, ['frail'])
})
after(async () => {
  await cluster[Symbol.asyncDispose]()
  await postgres.stop()
})

test('2: a message whose server dies between commit and publishing reaches the sockets of the other, in a room that stays quiet', async () => {
  const [living] = cluster.members
  assert.ok(living)
  const dying = await cluster.join('frail')
  // What it would look at every 15 s anyway, it does not: the silence of the other must be enough.
  await living.node.order({ noRounds: true })
  const roomId = await aGroup(cluster.url, ['mina', 'sam'])
  const [mina, sam] = [await join(dying.node.url, 'mina'), await join(living.node.url, 'sam')]
  await mina.send(roomId, `${marker}one`)
  await sam.socket.event('message', ({ message }) => message.seq === 1)

  const [id, text] = [uuidv7(), `${marker}the last words`]
  await dying.node.order({ dieBefore: text })
  mina.socket.post({ t: 'send', roomId, messageId: id, text })
  await dying.node.ended()
  const received = () => sam.socket.events('message').filter(({ message }) => message.id === id)
  await until(() => received().length > 0, 'the message')

  const back = await join(living.node.url, 'mina')
  assert.equal((await back.send(roomId, text, id)).seq, 2)
  await sam.socket.settle()
  assert.equal(received().length, 1)
  assert.deepEqual(cluster.complaints(), [])
})

test('2: so do an edit, a new name, and that somebody was added', async () => {
  const [living] = cluster.members
  assert.ok(living)
  const { url } = living.node
  const room = await aGroup(url, ['mina', 'sam'])
  const [mina, sam, lee] = [await join(url, 'mina'), await join(url, 'sam'), await join(url, 'lee')]
  const { id } = await mina.send(room, `${marker}one`)

  const changes = [
    { path: `/messages/${id}`, method: 'PATCH', body: { text: `${marker}two` }, text: `${marker}two` },
    { path: '', method: 'PATCH', body: { name: 'Renamed' }, text: '"name":"Renamed"' },
    { path: '/members/lee', method: 'PUT', body: {}, text: '"memberCount":3', to: lee },
  ]
  for (const { path, method, body, text, to = sam } of changes) {
    await living.node.order({})
    const { node } = await cluster.join('frail')
    await living.node.order({ noRounds: true })
    await node.order({ dieBefore: text })
    await assert.rejects(asked(node.url, 'mina', `rooms/${room}${path}`, { method, body }))
    await node.ended()
    const isReceived = () => to.socket.frames.some((frame) => JSON.stringify(frame).includes(text))
    await until(isReceived, text)
  }
  assert.deepEqual(cluster.complaints(), [])
})
