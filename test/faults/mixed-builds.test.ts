/**
 * A server of an earlier build works on beside this one, on one database and one bus: so it is during every deploy. What
 * one of them publishes the other fetches from the database, where their channels are not the same.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { Page, RoomAnswer } from '../../server/protocol/views.ts'
import { makeKey } from '../../server/rules/keys.ts'
import { openPostgres } from '../../server/store/postgres/open.ts'
import { keptBuilds } from '../builds/kept-builds.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { scaled } from '../support/scale.ts'
import { aGroup, asked, join } from './api.ts'
import { aCluster } from './cluster.ts'
import { Load } from './load.ts'
import { marker } from './node.ts'
import { Chance } from './simulator/chance.ts'
import { until } from './until.ts'

const size = { people: scaled(8, 40), rooms: scaled(4, 20), membersEach: 5 }
/** Less than the round in which everything is compared anyway. */
const soonMs = 7_000
const messages = scaled(150, 2_000)

let postgres: PostgresServer
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

for (const build of keptBuilds()) {
  test(`a server of ${build} and this one share a database and a bus, and nobody loses anything`, async () => {
    // The old one first: then this one migrates the database under it.
    await using cluster = await aCluster(postgres, [`build ${build}`])
    using load = await Load.start({ url: cluster.url, chance: new Chance(9), ...size })
    await load.talk(messages)
    await cluster.join('sound')
    await load.talk(messages)
    const urls = cluster.members.map(({ node }) => node.url)
    assert.deepEqual(await load.agree(urls), [])
    assert.deepEqual(cluster.complaints(), [])
  })
}

test('of two servers, one of them of the oldest build, each shows within seconds what is said at the other', async () => {
  const [oldest] = keptBuilds()
  await using cluster = await aCluster(postgres, [`build ${oldest}`])
  const [old] = cluster.members
  const { node } = await cluster.join('sound')
  assert.ok(old)
  const roomId = await aGroup(node.url, ['mina', 'sam'])
  const [mina, sam] = [await join(old.node.url, 'mina'), await join(node.url, 'sam')]
  for (const [from, to] of [
    [mina, sam],
    [sam, mina],
  ] as const) {
    const { seq } = await from.send(roomId, `${marker}are you there?`)
    const isReceived = () => to.socket.events('message').some(({ message }) => message.seq === seq)
    await until(isReceived, 'the message at the other server', soonMs)
  }
  assert.deepEqual(cluster.complaints(), [])
})

test('a message that mentions somebody is edited and deleted by a server of a build before, and no count is wrong', async () => {
  const build = keptBuilds().at(-1)
  await using cluster = await aCluster(postgres, [`build ${build}`])
  const [old] = cluster.members
  const { node } = await cluster.join('sound')
  assert.ok(old)
  const roomId = await aGroup(node.url, ['mina', 'sam'])
  const say = async () => {
    const path = `rooms/${roomId}/messages/${uuidv7()}`
    const body = { text: '@Sam, look', mentions: [{ userId: 'sam', at: 0, length: 4 }] }
    await asked(node.url, 'mina', path, { method: 'PUT', body })
    return path
  }
  const [edited, deleted] = [await say(), await say()]
  const seen = async () => {
    const { messages } = await asked<Page>(node.url, 'sam', `rooms/${roomId}/messages`)
    const { me } = await asked<RoomAnswer>(node.url, 'sam', `rooms/${roomId}`)
    return [messages.map(({ mentions }) => mentions?.length ?? 0), me?.mentions ?? 0, me?.unread]
  }
  assert.deepEqual(await seen(), [[1, 1], 2, 2])
  await asked(old.node.url, 'mina', edited, { method: 'PATCH', body: { text: 'look' } })
  await asked(old.node.url, 'mina', deleted, { method: 'DELETE' })
  assert.deepEqual(await seen(), [[0, 0], 0, 1])
  assert.deepEqual(cluster.complaints(), [])
})

test('what the site says at this server is read by users of a server of the build before', async () => {
  const build = keptBuilds().at(-1)
  await using cluster = await aCluster(postgres, [`build ${build}`])
  const [old] = cluster.members
  const { node } = await cluster.join('sound')
  assert.ok(old)
  const roomId = await aGroup(node.url, ['mina', 'sam'])
  const stores = await openPostgres({ url: cluster.databaseUrl, role: 'tool' })
  const { id, text: key, hash } = makeKey()
  await stores.keys.add('default', { id, hash, name: '', scopes: ['messages'], createdAt: 0 })
  await stores.close()
  const sam = await join(old.node.url, 'sam')
  const made = await fetch(`${node.url}v1/rooms/${roomId}/messages/${uuidv7()}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Your order', text: 'It is here.', data: { id: 7 } }),
  })
  const { seq } = await made.json()
  const isReceived = () => sam.socket.events('message').some(({ message }) => message.seq === seq)
  await until(isReceived, 'the message at the other server', soonMs)
  const { messages } = await asked<Page>(old.node.url, 'sam', `rooms/${roomId}/messages`)
  assert.deepEqual([messages.at(-1)?.text, messages.at(-1)?.authorId], ['Your order\nIt is here.', ''])
  const { messages: after } = await asked<Page>(node.url, 'sam', `rooms/${roomId}/messages`)
  assert.deepEqual(after.at(-1)?.site, { title: 'Your order', text: 'It is here.', data: { id: 7 } })
  assert.deepEqual(cluster.complaints(), [])
})

test('at least one build is kept', () => {
  assert.notEqual(keptBuilds().length, 0)
})
