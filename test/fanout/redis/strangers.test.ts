/** Several Chatters on one Redis, whatever its database numbers: none hears another. */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { Redis } from 'ioredis'
import { channelsOf } from '../../../server/fanout/redis/channels.ts'
import {
  decodeEarlierHeartbeat,
  type EarlierHeartbeat,
  earlierPartitionOf,
} from '../../../server/fanout/redis/earlier-builds.ts'
import { createRedisFanout, type RedisFanoutOptions } from '../../../server/fanout/redis/fanout.ts'
import { aDelivery, aTopic, listen, record, settle, texts, until } from '../../contract/fanout.ts'
import { aFolder } from '../../support/a-folder.ts'
import { aLog, aRoom } from '../../support/builders.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'
import { startServer } from '../../support/server.ts'
import { aDatabase } from './a-database.ts'
import { aStranger } from './a-stranger.ts'

const room = aTopic('room')

describe('on one Redis', { concurrency: true }, () => {
  let redis: RedisServer
  let openings = 0

  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.stop())

  async function aNode(t: TestContext, options: Partial<RedisFanoutOptions> = {}) {
    const log = aLog()
    const fanout = await createRedisFanout({ url: redis.url, log: log.log, database: aDatabase, ...options })
    t.after(() => fanout.close())
    await listen(fanout, room)
    const losses: boolean[] = []
    fanout.onLoss((topics) => losses.push([...topics].includes(room)))
    const lines = (text: string) => log.lines().filter(({ msg }) => String(msg).includes(text))
    return { fanout, heard: record(fanout), losses, lines }
  }

  /** A node, and a voice on its channels. */
  async function aListener(t: TestContext) {
    const prefix = `listener-${++openings}`
    const node = await aNode(t, { prefix })
    const voice = new Redis(redis.url)
    t.after(() => voice.disconnect())
    return { ...node, prefix, voice }
  }

  it('two whole servers with users of the same ids show each other nothing', async (t) => {
    const aSite = async (url: string) => {
      const folder = aFolder()
      const stores = folder.open()
      const fanout = await createRedisFanout({ url, log: aLog().log, database: stores })
      const server = await startServer({ stores, fanout })
      t.after(async () => {
        await server[Symbol.asyncDispose]()
        await stores.close()
        folder.remove()
      })
      return server
    }
    const [here, there] = [await aSite(redis.url), await aSite(`${redis.url}/1`)]
    const mina = await here.join('mina')
    const before = mina.socket.frames.length
    const { id } = await aRoom(there, ['mina', 'sam'])
    const [elsewhere, sam] = [await there.join('mina'), await there.join('sam')]
    await sam.send(id, 'for others')
    await elsewhere.socket.event('message')
    // Behind all that the other site published.
    await aRoom(here, ['mina', 'lee'])
    await mina.socket.event('room')
    assert.doesNotMatch(JSON.stringify(mina.socket.frames.slice(before)), /for others|sam/)
    assert.equal(here.fanout.hearing()?.peers, 0)
  })

  for (const [what, database] of [
    ['of another database', { ...aDatabase, identity: 'another' }],
    ['of another epoch', { ...aDatabase, epoch: 'another' }],
  ] as const) {
    it(`a server ${what} is not heard, and neither missed`, async (t) => {
      const prefix = `apart-${++openings}`
      const here = await aNode(t, { prefix })
      const there = await aNode(t, { prefix, database, url: `${redis.url}/1` })
      const friend = await aNode(t, { prefix })
      await until(() => here.fanout.hearing()?.peers === 1, 'here to hear its friend')
      there.fanout.publish(aDelivery(room, 'for others'))
      await settle(there.fanout, there.fanout, there.heard)
      await there.fanout.close()
      friend.fanout.publish(aDelivery(room, 'for us'))
      await settle(friend.fanout, here.fanout, here.heard)
      assert.deepEqual(texts(here.heard), ['for us'])
      assert.deepEqual([here.fanout.hearing()?.peers, here.fanout.hearing()?.missing], [1, 0])
      assert.deepEqual(here.losses, [])
    })
  }

  it('a stranger on our own channels is ignored and logged once, and its death is no news', async (t) => {
    const { fanout, heard, losses, lines, prefix, voice } = await aListener(t)
    const stranger = aStranger(voice, prefix, 'stranger', { ...aDatabase, epoch: 'of a copy' })
    for (let turn = 0; turn < 3; turn++) {
      await stranger.heartbeat()
      await stranger.publish(room, 'for others')
    }
    const friend = aStranger(voice, prefix, 'friend')
    await friend.publish(room, 'for us')
    await friend.heartbeat()
    await until(() => fanout.hearing()?.peers === 1, 'the friend to be heard')
    assert.deepEqual(texts(heard), ['for us'])
    // The friend falls silent no sooner than the stranger: when it is missed, the other one would be too.
    await until(() => fanout.hearing()?.missing === 1, 'the friend to be missed')
    assert.equal(lines('fell silent').length, 1)
    assert.deepEqual(losses, [true])
    assert.equal(lines('ignored a server of another database').length, 1)
  })

  it('a server of an earlier build is no peer: what it counts is fetched, and it is counted to', async (t) => {
    const { fanout, losses, lines, prefix, voice } = await aListener(t)
    const old = aStranger(voice, prefix, 'old')
    const counted: EarlierHeartbeat[] = []
    const ear = new Redis(redis.url)
    t.after(() => ear.disconnect())
    ear.on('messageBuffer', (_channel, message: Buffer) => counted.push(decodeEarlierHeartbeat(message)))
    await ear.subscribe(channelsOf(prefix, aDatabase).earlierHeartbeats)
    await old.earlierHeartbeat()
    assert.deepEqual(losses, [])
    old.counts(room, 1)
    await old.earlierHeartbeat()
    await until(() => losses.length > 0, 'the loss')
    // What it may have missed until it was heard counts, too.
    const isTold = (change: number) =>
      counted.some(
        ({ mark, published }) => mark !== undefined && published[earlierPartitionOf(room)] === change,
      )
    await until(() => isTold(1), 'a first heartbeat of ours')
    fanout.publish(aDelivery(room, 'not for that channel'))
    await until(() => isTold(2), 'what was published to be counted')
    assert.deepEqual([fanout.hearing()?.peers, fanout.hearing()?.missing], [0, 0])
    assert.equal(lines('a server of an earlier build').length, 1)
    await until(() => losses.length > 1, 'its silence to be noticed')
    const before = counted.length
    assert.deepEqual([fanout.hearing()?.peers, fanout.hearing()?.missing], [0, 0])
    assert.deepEqual(lines('fell silent'), [])
    await aStranger(voice, prefix, 'friend').heartbeat()
    await until(() => fanout.hearing()?.missing === 1, 'some seconds')
    // One may have been under way when the silence was noticed; after that they stopped.
    assert.ok(counted.length <= before + 1, `${counted.length - before} more`)
  })

  it('servers of this build do not take each other for an earlier one', async (t) => {
    const { losses, lines, prefix, voice } = await aListener(t)
    const other = await aNode(t, { prefix, database: { ...aDatabase, identity: 'another' } })
    const old = aStranger(voice, prefix, 'old')
    await old.earlierHeartbeat()
    other.fanout.publish(aDelivery(room, 'for others'))
    await until(() => other.lines('a server of an earlier build').length > 0, 'the other to hear it')
    await old.earlierHeartbeat({ isLast: true })
    await aStranger(voice, prefix, 'friend').heartbeat()
    await until(() => losses.length > 0, 'the friend to be missed')
    assert.deepEqual(losses, [true])
    assert.equal(lines('fell silent').length, 1)
  })
})
