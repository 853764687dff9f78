import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { after, afterEach, before, beforeEach, describe, it, type TestContext } from 'node:test'
import { Redis } from 'ioredis'
import { type Logger, pino } from 'pino'
import type { Delivery, Fanout } from '../../../server/fanout/fanout.ts'
import { channelsOf } from '../../../server/fanout/redis/channels.ts'
import { createRedisFanout, type RedisFanoutOptions } from '../../../server/fanout/redis/fanout.ts'
import { partitionOf } from '../../../server/fanout/redis/partitions.ts'
import { encodeBatch } from '../../../server/fanout/redis/wire.ts'
import {
  aDelivery,
  fanoutContract,
  isUp,
  listen,
  record,
  settle,
  texts,
  until,
} from '../../contract/fanout.ts'
import { freePort, type RedisServer, startRedis } from '../../support/redis.ts'
import { aDatabase } from './a-database.ts'

const silent = pino({ level: 'silent' })

/** Those that are heard by who holds these topics. */
function channelsFor(...topics: readonly string[]): string[] {
  const { ofPartition, heartbeats, earlierHeartbeats } = channelsOf('chatter', aDatabase)
  return [heartbeats, earlierHeartbeats, ...topics.map((topic) => ofPartition(partitionOf(topic)))].sort()
}

function aLog(): { log: Logger; lines: string[] } {
  const lines: string[] = []
  return { log: pino({}, { write: (line) => lines.push(line) }), lines }
}

/** A connection of the operator's, to look and to do harm. */
function connectAdmin(redis: RedisServer): Redis {
  const admin = new Redis(redis.url, { retryStrategy: () => 50 })
  admin.on('error', () => {})
  return admin
}

async function connections(admin: Redis): Promise<number> {
  return String(await admin.client('LIST'))
    .trim()
    .split('\n').length
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const outcome = await promise.then(
    () => assert.fail('expected a rejection'),
    (error: unknown) => error,
  )
  assert.ok(outcome instanceof Error)
  return outcome.message
}

describe('through Redis', () => {
  let redis: RedisServer
  let openings = 0

  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.stop())

  fanoutContract('the Redis fan-out', async () => {
    // A prefix for each test, so that none hears the end of the one before.
    const options = { url: redis.url, log: silent, database: aDatabase, prefix: `contract-${++openings}` }
    const fanouts = await Promise.all([createRedisFanout(options), createRedisFanout(options)])
    return { fanouts, close: () => closeAll(fanouts) }
  })
})

async function closeAll(fanouts: readonly Fanout[]): Promise<void> {
  await Promise.all(fanouts.map((fanout) => fanout.close()))
}

describe('two nodes on one Redis', () => {
  let redis: RedisServer
  let admin: Redis
  let here: Fanout
  let there: Fanout
  let heardHere: Delivery[]
  let heardThere: Delivery[]
  let lines: string[]
  const opened: Fanout[] = []

  async function open(options: Partial<RedisFanoutOptions> = {}): Promise<Fanout> {
    const fanout = await createRedisFanout({ url: redis.url, log: silent, database: aDatabase, ...options })
    opened.push(fanout)
    return fanout
  }

  async function openBoth(options: Partial<RedisFanoutOptions> = {}): Promise<void> {
    const logged = aLog()
    lines = logged.lines
    here = await open({ log: logged.log, ...options })
    there = await open(options)
    heardHere = record(here)
    heardThere = record(there)
    await listen(here, 'room')
    await listen(there, 'room')
  }

  const bothAreUp = () => until(() => isUp(here) && isUp(there), 'both nodes up')
  const logged = (text: string) => lines.filter((line) => line.includes(text))

  async function deliveriesFlowBothWays(): Promise<void> {
    here.publish(aDelivery('room', 'there and'))
    await settle(here, there, heardThere)
    assert.equal(texts(heardThere).at(-1), 'there and')
    there.publish(aDelivery('room', 'back again'))
    await settle(there, here, heardHere)
    assert.equal(texts(heardHere).at(-1), 'back again')
  }

  beforeEach(async () => {
    redis = await startRedis()
    admin = connectAdmin(redis)
  })
  afterEach(async () => {
    await closeAll(opened.splice(0))
    admin.disconnect()
    await redis.stop()
  })

  it('find each other again after Redis was killed and started anew', async () => {
    await openBoth()
    await redis.stop()
    await until(() => !isUp(here) && !isUp(there), 'both nodes down')
    redis = await startRedis({ port: redis.port })
    await bothAreUp()
    await deliveriesFlowBothWays()
  })

  it('hear themselves at once while Redis is away, and nothing of it is sent when it returns', async () => {
    await openBoth()
    await redis.stop()
    await until(() => !isUp(here) && !isUp(there), 'both nodes down')
    for (let n = 0; n < 10_000; n++) here.publish(aDelivery('room', 'while it was away'))
    await null
    assert.equal(heardHere.length, 10_000)
    redis = await startRedis({ port: redis.port })
    await bothAreUp()
    here.publish(aDelivery('room', 'after its return'))
    await settle(here, there, heardThere)
    assert.deepEqual(texts(heardThere), ['after its return'])
  })

  it('do not send again what was on its way when Redis died', async () => {
    await openBoth()
    process.kill(redis.pid, 'SIGSTOP')
    here.publish(aDelivery('room', 'into the void'))
    await new Promise(setImmediate)
    await redis.stop()
    redis = await startRedis({ port: redis.port })
    await until(async () => (await connections(admin)) === 5, 'all connections anew')
    await bothAreUp()
    here.publish(aDelivery('room', 'after its return'))
    await settle(here, there, heardThere)
    assert.deepEqual(texts(heardThere), ['after its return'])
  })

  it('lose at most what was published while Redis died, and none of it arrives twice', async () => {
    await openBoth()
    let sent = 0
    const talking = setInterval(() => here.publish(aDelivery('room', `${sent++}`)), 1)
    try {
      await until(() => heardThere.length > 20, 'the first twenty deliveries')
      await redis.stop()
      await until(() => !isUp(here) && !isUp(there), 'both nodes down')
      redis = await startRedis({ port: redis.port })
      await bothAreUp()
      const before = heardThere.length
      await until(() => heardThere.length > before + 20, 'twenty deliveries more')
    } finally {
      clearInterval(talking)
    }
    await settle(here, there, heardThere)
    const numbers = texts(heardThere).map(Number)
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    )
    assert.deepEqual(
      texts(heardHere).map(Number),
      Array.from({ length: sent }, (_, n) => n),
    )
  })

  it('find each other again after their connections were cut', async () => {
    await openBoth()
    for (const type of ['pubsub', 'normal']) {
      const cut = await admin.call('CLIENT', 'KILL', 'TYPE', type)
      assert.equal(cut, 2)
      await until(async () => (await connections(admin)) === 5, 'two connections in place of those')
      await bothAreUp()
      await deliveriesFlowBothWays()
    }
  })

  it('are not up while Redis answers nothing, hear themselves, and are up again when it does', async () => {
    await openBoth()
    process.kill(redis.pid, 'SIGSTOP')
    try {
      here.publish(aDelivery('room', 'into the void'))
      await null
      assert.deepEqual(texts(heardHere), ['into the void'])
      await until(() => !isUp(here), 'the publisher to notice')
    } finally {
      process.kill(redis.pid, 'SIGCONT')
    }
    await bothAreUp()
    await deliveriesFlowBothWays()
    assert.ok(texts(heardThere).filter((text) => text === 'into the void').length <= 1, 'twice is too often')
  })

  it('are not up without the right to the channels, and up again with it', async () => {
    const rights = ['resetchannels', '&chatter:*', '+publish', '+subscribe', '+unsubscribe']
    await admin.acl('SETUSER', 'chatter', 'on', '>secret', ...rights)
    await openBoth({ url: redis.url.replace('//', '//chatter:secret@') })
    await deliveriesFlowBothWays()

    await admin.acl('SETUSER', 'chatter', 'resetchannels')
    await until(() => !isUp(here) && !isUp(there), 'both nodes down')
    let isEverUp = false
    const look = () => {
      isEverUp ||= isUp(here)
      looking = setImmediate(look)
    }
    let looking = setImmediate(look)
    const refusals = async () =>
      Number(((await admin.call('ACL', 'LOG', '1')) as [[string, number]])[0]?.[1] ?? 0)
    const isTold = () => logged('Redis is down').some((line) => line.includes('NOPERM'))
    const isRefused = until(async () => isTold() && (await refusals()) >= 6, 'some refused subscriptions')
    await isRefused.finally(() => clearImmediate(looking))
    assert.equal(isEverUp, false)
    here.publish(aDelivery('room', 'only here'))
    await null
    assert.equal(texts(heardHere).at(-1), 'only here')

    await admin.acl('SETUSER', 'chatter', ...rights)
    await bothAreUp()
    await deliveriesFlowBothWays()
  })

  it('say that their password is no longer right, but not the password', async () => {
    await admin.acl(
      'SETUSER',
      'chatter',
      'on',
      '>secret',
      '&chatter:*',
      '+publish',
      '+subscribe',
      '+unsubscribe',
    )
    await openBoth({ url: redis.url.replace('//', '//chatter:secret@') })
    await admin.acl('SETUSER', 'chatter', 'resetpass', '>changed')
    await admin.call('CLIENT', 'KILL', 'USER', 'chatter')
    await until(() => logged('WRONGPASS').length > 0, 'a line that says why')
    assert.equal(isUp(here), false)
    assert.deepEqual(logged('secret'), [])
    await admin.acl('SETUSER', 'chatter', '>secret')
    await bothAreUp()
    await deliveriesFlowBothWays()
  })

  it('are not up after the right to publish was lost, and up again with it', async () => {
    await admin.acl(
      'SETUSER',
      'chatter',
      'on',
      '>secret',
      '&chatter:*',
      '+publish',
      '+subscribe',
      '+unsubscribe',
    )
    await openBoth({ url: redis.url.replace('//', '//chatter:secret@') })
    await admin.acl('SETUSER', 'chatter', '-publish')
    here.publish(aDelivery('room', 'only here'))
    await until(() => !isUp(here), 'the publisher to notice')
    await admin.acl('SETUSER', 'chatter', '+publish')
    await bothAreUp()
    await deliveriesFlowBothWays()
  })

  it('ignore what is not theirs on their channels, and say so once', async () => {
    await openBoth()
    const cut = encodeBatch({ node: 'stranger', number: 1, mark: '' }, [
      aDelivery('room', 'cut short'),
    ]).subarray(0, -1)
    for (const garbage of [
      '',
      'hello',
      '{"topic":"room"}',
      Buffer.from([0xc1]),
      cut,
      Buffer.alloc(100_000),
    ]) {
      for (const channel of channelsFor('room')) await admin.publish(channel, garbage)
    }
    await deliveriesFlowBothWays()
    assert.deepEqual(texts(heardThere), ['there and', 'back again'])
    assert.equal(logged('ignored a message that no node of ours wrote').length, 1)
  })

  it('say an outage in few lines, whatever is published, and never what was published', async () => {
    await openBoth()
    await redis.stop()
    await until(() => !isUp(here), 'the outage to be noticed')
    for (let n = 0; n < 1_000; n++) {
      here.publish(aDelivery('room', 'a private message'))
      await new Promise(setImmediate)
    }
    assert.equal(logged('other nodes were not reached').length, 1)
    assert.ok(logged('Redis is down').length <= 3, 'one line for each reason')
    assert.deepEqual(logged('private'), [])
  })

  it('send all that one turn publishes to a topic as one message', async () => {
    await openBoth()
    const messages: Buffer[] = []
    admin.on('pmessageBuffer', (_pattern, _channel, message: Buffer) => messages.push(message))
    await admin.psubscribe('chatter:*')
    for (let n = 0; n < 100; n++) here.publish(aDelivery('room', `${n}`))
    await until(() => heardThere.length === 100, 'a hundred deliveries')
    await until(() => messages.length > 0, 'the message')
    assert.equal(messages.length, 1)
  })

  it('ask Redis for the channels of what they hold, and for none when closed', async () => {
    await openBoth()
    const channels = async () => ((await admin.pubsub('CHANNELS', '*')) as string[]).sort()
    assert.deepEqual(await channels(), channelsFor('room'))
    await listen(here, 'a/user/mina', 'nodes')
    assert.deepEqual(await channels(), channelsFor('room', 'a/user/mina', 'nodes'))
    const rooms = Array.from({ length: 1_000 }, (_, n) => `room ${n}`)
    await listen(there, ...rooms)
    const all = channelsFor('room', 'a/user/mina', 'nodes', ...rooms)
    assert.deepEqual(await channels(), [...new Set(all)])
    await closeAll(opened)
    assert.deepEqual(await admin.pubsub('CHANNELS', '*'), [])
    await until(async () => (await connections(admin)) === 1, 'the end of all connections')
  })

  it('hear nothing of another Chatter on the same Redis', async () => {
    await openBoth()
    const stranger = await open({ prefix: 'another' })
    stranger.publish(aDelivery('room', 'for others'))
    stranger.publish(aDelivery('settled'))
    await stranger.close()
    await deliveriesFlowBothWays()
    assert.deepEqual(texts(heardThere), ['there and', 'back again'])
  })

  it('close in bounded time while Redis answers nothing', async () => {
    await openBoth()
    process.kill(redis.pid, 'SIGSTOP')
    try {
      await closeAll(opened.splice(0))
    } finally {
      process.kill(redis.pid, 'SIGCONT')
    }
  })
})

describe('a start that Redis refuses is one clear error:', () => {
  let redis: RedisServer
  let admin: Redis

  before(async () => {
    redis = await startRedis()
    admin = connectAdmin(redis)
    await admin.acl('SETUSER', 'nobody', 'on', '>secret', 'resetchannels', '+publish', '+subscribe')
    await admin.config('SET', 'requirepass', 'secret')
  })
  after(async () => {
    admin.disconnect()
    await redis.stop()
  })

  const openAt = (url: string, startWithinMs = 60_000) =>
    createRedisFanout({ url, log: silent, database: aDatabase, startWithinMs })
  const place = () => `Cannot use Redis at redis://127.0.0.1:${redis.port}: `

  const noConnectionIsLeft = () =>
    until(async () => (await connections(admin)) === 1, 'the end of all connections')

  it('a wrong password, at once', async () => {
    const message = await messageOf(openAt(redis.url.replace('//', '//:wrong-password@')))
    assert.equal(message, `${place()}WRONGPASS invalid username-password pair or user is disabled.`)
    await noConnectionIsLeft()
  })

  it('a missing password, at once', async () => {
    assert.match(await messageOf(openAt(redis.url)), /^Cannot use Redis at redis:\/\/127.0.0.1:\d+: NOAUTH /)
    await noConnectionIsLeft()
  })

  it('missing rights, at once', async () => {
    const message = await messageOf(openAt(redis.url.replace('//', '//nobody:secret@')))
    assert.ok(message.startsWith(`${place()}NOPERM`), message)
    await noConnectionIsLeft()
  })

  it('an address that is none', async () => {
    const message = await messageOf(openAt('localhost secret'))
    assert.match(message, /^Cannot use Redis: expected a URL that starts with redis:/)
    assert.doesNotMatch(message, /secret/)
  })
})

describe('a start while Redis is away goes on without it, and it heals when it comes:', () => {
  async function startsWithout(t: TestContext, url: string, reason: RegExp): Promise<Fanout> {
    const { log, lines } = aLog()
    const fanout = await createRedisFanout({ url, log, database: aDatabase, startWithinMs: 1_500 })
    t.after(() => fanout.close())
    assert.equal(isUp(fanout), false)
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /Redis is down/)
    assert.match(lines[0] ?? '', reason)
    assert.doesNotMatch(lines[0] ?? '', /secret/)
    return fanout
  }

  it('nobody is there', async (t) => {
    const port = await freePort()
    const fanout = await startsWithout(
      t,
      `redis://user:secret@localhost:${port}/?password=secret`,
      new RegExp(`"redis://localhost:${port}","reason":"connect ECONNREFUSED`),
    )
    const heard = record(fanout)
    fanout.subscribe('room')
    fanout.publish(aDelivery('room', 'to itself'))
    await null
    assert.deepEqual(texts(heard), ['to itself'])
  })

  it('somebody is there who does not answer', async (t) => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    t.after(() => silent.close())
    await startsWithout(t, `redis://127.0.0.1:${port}`, /"reason":"no answer"/)
  })

  it('it comes later: then nodes hear each other, and what was published meanwhile is a loss', async (t) => {
    const port = await freePort()
    const [here, there] = [
      await startsWithout(t, `redis://127.0.0.1:${port}`, /ECONNREFUSED/),
      await startsWithout(t, `redis://127.0.0.1:${port}`, /ECONNREFUSED/),
    ]
    let losses = 0
    here.onLoss(() => losses++)
    const late = await startRedis({ port })
    t.after(() => late.stop())
    await until(() => here.hearing()?.peers === 1 && there.hearing()?.peers === 1, 'both to hear each other')
    await until(() => losses > 0, 'the loss')
    const heard = record(there)
    await listen(there, 'room')
    here.publish(aDelivery('room', 'hello'))
    await settle(here, there, heard)
    assert.deepEqual(texts(heard), ['hello'])
  })

  it('it answers, and refuses nobody', async (t) => {
    const redis = await startRedis({ settings: ['--rename-command', 'PUBLISH', ''] })
    t.after(() => redis.stop())
    await startsWithout(t, redis.url, /"reason":"ERR unknown command/)
  })

  it('a Redis that is a little late is waited for', async (t) => {
    const port = await freePort()
    const opening = createRedisFanout({
      url: `redis://127.0.0.1:${port}`,
      log: silent,
      database: aDatabase,
      startWithinMs: 60_000,
    })
    const late = await startRedis({ port })
    t.after(() => late.stop())
    const fanout = await opening
    t.after(() => fanout.close())
    assert.equal(isUp(fanout), true)
  })
})
