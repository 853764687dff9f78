/**
 * A node hears a room of other nodes only when Redis has acknowledged that, and says hello long before: what is said in
 * between is fetched.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createRedisFanout } from '../../server/fanout/redis/fanout.ts'
import { aLog, aRoom } from '../support/builders.ts'
import { Line } from '../support/proxy.ts'
import { startRedis } from '../support/redis.ts'
import { startServer } from '../support/server.ts'

/** Much less than the round in which everything is compared anyway. */
const soonMs = 8_000

it('what is said after a hello and before the room is heard reaches everybody, without a loss', async (t) => {
  await using stack = new AsyncDisposableStack()
  const redis = stack.adopt(await startRedis(), (server) => server.stop())
  const line = stack.use(await Line.open(() => [{ port: redis.port }]))
  const database = { identity: 'a database', epoch: 'an epoch' }
  const connect = (port: number) =>
    createRedisFanout({ url: `redis://127.0.0.1:${port}`, log: aLog().log, database })
  const near = stack.use(await startServer({ fanout: await connect(redis.port) }))
  const far = stack.use(await startServer({ fanout: await connect(line.port), stores: near.stores }))
  const room = await aRoom(near, ['mina', 'sam'], { kind: 'group' })
  const mina = await near.join('mina')

  // From now on Redis takes so long to hear, and the node to know.
  line.delayMs = 400
  const sam = await far.join('sam')
  assert.notEqual(far.fanout.hearing()?.pending, 0)
  const start = performance.now()
  await mina.send(room.id, 'are you there?')
  const another = await aRoom(near, ['mina', 'sam'], { kind: 'group', name: 'Another' })
  await sam.socket.event('message', ({ message }) => message.text === 'are you there?')
  await sam.socket.event('room', ({ room }) => room.id === another.id)
  // That room is not heard at once either.
  await mina.send(another.id, 'and here?')
  await sam.socket.event('message', ({ message }) => message.text === 'and here?')
  const ms = performance.now() - start
  assert.ok(ms < soonMs, `${Math.round(ms)} ms`)
  assert.equal(far.chatter.stats().losses, 0)
  t.diagnostic(`${Math.round(ms)} ms`)
})
