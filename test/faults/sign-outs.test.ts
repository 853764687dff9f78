/** Criterion 14: whom a site shuts out on one server is out on all of them, whatever fails meanwhile. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeKey } from '../../server/rules/keys.ts'
import { openPostgres } from '../../server/store/postgres/open.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { aGroup, ask, join } from './api.ts'
import { aCluster, type Cluster } from './cluster.ts'
import { marker } from './node.ts'
import { until } from './until.ts'

/** In which it must have happened everywhere. */
const withinMs = 5_000

let postgres: PostgresServer
let cluster: Cluster
let key: string
before(async () => {
  postgres = await startPostgres()
  cluster = await aCluster(postgres)
  const made = makeKey()
  key = made.text
  const stores = await openPostgres({ url: cluster.databaseUrl, role: 'tool', now: Date.now })
  await stores.keys.add('default', {
    id: made.id,
    hash: made.hash,
    name: '',
    scopes: ['users'],
    createdAt: 0,
  })
  await stores.close()
})
after(async () => {
  await cluster[Symbol.asyncDispose]()
  await postgres.stop()
})

const asSite = (url: string, method: string, path: string, body?: object) =>
  fetch(`${url}v1/users/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })

/** The two servers, and these users connected to the second. */
async function atTheOther(users: readonly string[]) {
  const [one, other] = cluster.members.filter(({ node }) => node.isRunning)
  assert.ok(one && other)
  const clients = await Promise.all(users.map((user) => join(other.node.url, user)))
  return { one, other, clients }
}

async function isOut(url: string, user: string): Promise<void> {
  const { status } = await ask(url, user, 'me')
  assert.equal(status, 403)
  await assert.rejects(join(url, user))
}

test('14: who is shut out on one server is out on the other within five seconds, with Redis and without', async () => {
  const roomId = await aGroup(cluster.url, ['mina', 'sam', 'lee'])
  const { one, other, clients } = await atTheOther(['mina', 'sam', 'lee'])
  const [mina, sam, lee] = clients
  assert.ok(mina && sam && lee)
  await mina.send(roomId, `${marker}before`)
  assert.equal((await asSite(one.node.url, 'PUT', 'mina', { disabled: true })).status, 200)
  await until(() => mina.socket.ws.readyState === WebSocket.CLOSED, 'the end of the socket', withinMs)
  assert.equal((await mina.socket.closed).code, 4503)
  await isOut(other.node.url, 'mina')

  await cluster.redis.kill()
  assert.equal((await asSite(one.node.url, 'PUT', 'sam', { disabled: true })).status, 200)
  await until(() => sam.socket.ws.readyState === WebSocket.CLOSED, 'the end of the socket', withinMs)
  await isOut(other.node.url, 'sam')
  await cluster.redis.start()
  await cluster.saying({ fanout: 'up' })
  await lee.send(roomId, `${marker}after`)
  assert.deepEqual(cluster.complaints(), [])
})

test('14: a server that is killed once it has taken a sign-out has said it to the others', async () => {
  const { one, other, clients } = await atTheOther(['ana', 'bo'])
  const [ana, bo] = clients
  assert.ok(ana && bo)
  assert.equal((await asSite(one.node.url, 'POST', 'ana/disconnect', { revokeTokens: true })).status, 204)
  await one.node.kill()
  await until(() => ana.socket.ws.readyState === WebSocket.CLOSED, 'the end of the socket', withinMs)
  const { status } = await ask(other.node.url, 'ana', 'me')
  assert.equal(status, 401)
  await bo.socket.settle()
  await cluster.join()
})

test('14: while the database is away a sign-out is refused, and is one on all servers once it was taken', async () => {
  const { one, other } = await atTheOther([])
  const [here, there] = [await join(one.node.url, 'kim'), await join(other.node.url, 'kim')]
  const ask = () => asSite(one.node.url, 'POST', 'kim/disconnect')
  one.toPostgres.turn('cut')
  assert.equal((await ask()).status, 503)
  one.toPostgres.turn('open')
  await until(async () => (await ask()).status === 204, 'the database')
  for (const { socket } of [here, there])
    await until(() => socket.ws.readyState === WebSocket.CLOSED, 'the end of the socket', withinMs)
  assert.deepEqual(cluster.complaints(), [])
})
