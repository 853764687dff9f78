import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import type { Delivery, Fanout } from '../../../server/fanout/fanout.ts'
import { createRedisFanout, type RedisFanoutOptions } from '../../../server/fanout/redis/fanout.ts'
import { partitionOf } from '../../../server/fanout/redis/partitions.ts'
import { aDelivery, aTopic, isUp, listen, record, settle, texts, until } from '../../contract/fanout.ts'
import { aLog } from '../../support/builders.ts'
import { Line, type LineState } from '../../support/proxy.ts'
import { type RedisServer, startRedis } from '../../support/redis.ts'
import { aDatabase } from './a-database.ts'
import { aStranger } from './a-stranger.ts'

const silent = pino({ level: 'silent' })
const room = aTopic('room')
const elsewhere = 'elsewhere'
assert.notEqual(partitionOf(room), partitionOf(elsewhere))

type Loss = { room: boolean; elsewhere: boolean }
const ofRoom: Loss = { room: true, elsewhere: false }
const ofAll: Loss = { room: true, elsewhere: true }

type Ears = { fanout: Fanout; heard: Delivery[]; losses: Loss[] }

/** A node that listens to both topics. */
async function aNode(t: TestContext, options: { url: string } & Partial<RedisFanoutOptions>): Promise<Ears> {
  const fanout = await createRedisFanout({ log: silent, database: aDatabase, ...options })
  t.after(() => fanout.close())
  await listen(fanout, room, elsewhere)
  const losses: Loss[] = []
  const note = (topics: Iterable<string>) => {
    const lost = new Set(topics)
    losses.push({ room: lost.has(room), elsewhere: lost.has(elsewhere) })
  }
  fanout.onLoss(note)
  // A gap in what is heard since a moment ago is no loss for certain, and asked about all the same.
  fanout.onHeard((topics) => {
    const isOfTest = [...topics].some((topic) => topic === room || topic === elsewhere)
    if (isOfTest) note(topics)
  })
  return { fanout, heard: record(fanout), losses }
}

/** A connection of a test's own. */
function connect(t: TestContext, url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => 50 })
  redis.on('error', () => {})
  t.after(() => redis.disconnect())
  return redis
}

const hears = ({ fanout }: Ears, peers: number, missing = 0) => {
  const hearing = fanout.hearing()
  return hearing?.isUp === true && hearing.peers === peers && hearing.missing === missing
}

const flow = async (from: Ears, to: Ears) => {
  from.fanout.publish(aDelivery(room, 'it flows'))
  await settle(from.fanout, to.fanout, to.heard)
  assert.equal(texts(to.heard).at(-1), 'it flows')
}

describe('through a Redis that works', { concurrency: true }, () => {
  let redis: RedisServer
  let openings = 0

  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.stop())

  /** A node, and a stranger that it hears. */
  async function aPair(t: TestContext) {
    const prefix = `pair-${++openings}`
    const ears = await aNode(t, { url: redis.url, prefix })
    const voice = connect(t, redis.url)
    const stranger = aStranger(voice, prefix)
    await stranger.heartbeat()
    await until(() => hears(ears, 1), 'the stranger to be heard')
    assert.deepEqual(ears.losses, [])
    return { ears, stranger, voice, prefix }
  }

  it('a batch that never came is a loss of its topics, reported once; what follows is delivered', async (t) => {
    const { ears, stranger } = await aPair(t)
    for (const number of [1, 2, 4, 5]) await stranger.publish(room, `${number}`, number)
    await until(() => ears.heard.length >= 4, 'what came')
    assert.deepEqual(texts(ears.heard), ['1', '2', '4', '5'])
    assert.deepEqual(ears.losses, [ofRoom])
  })

  it('a batch that comes twice or too late is delivered no second time, and is no loss', async (t) => {
    const { ears, stranger } = await aPair(t)
    for (const number of [1, 2, 2, 1, 3]) await stranger.publish(room, `${number}`, number)
    await until(() => texts(ears.heard).includes('3'), 'the last one')
    assert.deepEqual(texts(ears.heard), ['1', '2', '3'])
    assert.deepEqual(ears.losses, [])
  })

  it('a batch that was lost and followed by none is a loss with the next heartbeat, reported once', async (t) => {
    const { ears, stranger } = await aPair(t)
    await stranger.publish(room, '1')
    stranger.counts(room, 2)
    await stranger.heartbeat()
    await until(() => ears.losses.length > 0, 'the loss')
    await stranger.heartbeat()
    await stranger.publish(room, '3')
    await until(() => texts(ears.heard).includes('3'), 'what follows')
    assert.deepEqual(ears.losses, [ofRoom])
  })

  it('what a node published before it was first heard is a loss', async (t) => {
    const { ears, voice, prefix } = await aPair(t)
    const old = aStranger(voice, prefix, 'old')
    old.counts(room, 1_000)
    await old.heartbeat()
    await until(() => hears(ears, 2), 'the old node to be heard')
    await until(() => ears.losses.length > 0, 'the loss')
    assert.deepEqual(ears.losses, [ofRoom])
  })

  it('losses of one turn are announced together', async (t) => {
    const { ears, stranger } = await aPair(t)
    stranger.counts(room, 1)
    stranger.counts(elsewhere, 1)
    await stranger.heartbeat()
    await until(() => ears.losses.length > 0, 'the loss')
    assert.deepEqual(ears.losses, [ofAll])
  })

  it('a node that falls silent is missing and a loss of everything; it is back when it is heard', async (t) => {
    const { ears, stranger } = await aPair(t)
    await until(() => hears(ears, 0, 1), 'the stranger to be missing')
    await until(() => ears.losses.length > 0, 'the loss')
    assert.deepEqual(ears.losses, [ofAll])
    await stranger.heartbeat()
    await until(() => hears(ears, 1), 'the stranger to be back')
    assert.deepEqual(ears.losses, [ofAll])
  })

  it('a node that said goodbye is forgotten and no loss, but for what it published last', async (t) => {
    const { ears, stranger, voice, prefix } = await aPair(t)
    const polite = aStranger(voice, prefix, 'polite')
    await stranger.heartbeat()
    await polite.heartbeat()
    await until(() => hears(ears, 2), 'both to be heard')
    polite.counts(room, 1)
    await polite.heartbeat({ isLast: true })
    await until(() => hears(ears, 1), 'one to be forgotten')
    assert.deepEqual(ears.losses, [ofRoom])
    // The stranger falls silent at the same time: when it is missed, the other one would be too.
    await until(() => (ears.fanout.hearing()?.missing ?? 0) > 0, 'the stranger to be missing')
    assert.ok(hears(ears, 0, 1))
  })

  it('nodes count each other, and close without an alarm', async (t) => {
    const url = redis.url
    const prefix = `count-${++openings}`
    const [one, two, three] = [
      await aNode(t, { url, prefix }),
      await aNode(t, { url, prefix }),
      await aNode(t, { url, prefix }),
    ]
    for (const ears of [one, two, three]) await until(() => hears(ears, 2), 'three nodes')
    three.fanout.publish(aDelivery(room, 'the last words'))
    await three.fanout.close()
    for (const ears of [one, two]) await until(() => hears(ears, 1), 'two nodes')
    assert.deepEqual(texts(one.heard), ['the last words'])
    for (const { losses } of [one, two]) assert.deepEqual(losses, [])
    assert.deepEqual([three.fanout.hearing()?.isUp, three.fanout.hearing()?.peers], [false, 0])
  })

  it('what a node could not send counts as published, so that others know what they lack', async (t) => {
    const prefix = `unsent-${++openings}`
    const admin = connect(t, redis.url)
    const rights = ['resetchannels', '&unsent*', '+publish', '+subscribe', '+unsubscribe']
    await admin.acl('SETUSER', prefix, 'on', '>secret', ...rights)
    const there = await aNode(t, { url: redis.url, prefix })
    const here = await aNode(t, { url: redis.url.replace('//', `//${prefix}:secret@`), prefix })
    await flow(here, there)
    there.losses.length = 0
    await admin.acl('SETUSER', prefix, '-publish')
    await until(() => !isUp(here.fanout), 'it to notice')
    here.fanout.publish(aDelivery(room, 'in vain'))
    await new Promise(setImmediate)
    await admin.acl('SETUSER', prefix, ...rights)
    await until(() => there.losses.some((loss) => loss.room && !loss.elsewhere), 'the loss')
    await until(() => isUp(here.fanout), 'it to be back')
    await flow(here, there)
  })

  describe('a node in a process of its own', { concurrency: true }, () => {
    async function aProcess(t: TestContext, prefix: string) {
      const program = fileURLToPath(import.meta.resolve('./lone-node.ts'))
      const stdio = ['pipe', 'pipe', 'inherit'] as const
      const child: ChildProcess = spawn(process.execPath, [program, redis.url, prefix], { stdio: [...stdio] })
      t.after(() => void child.kill('SIGKILL'))
      let output = ''
      child.stdout?.on('data', (data) => (output += data))
      return { child, lines: () => output.split('\n').slice(0, -1) }
    }

    it('that is killed is missing, and a loss of everything', async (t) => {
      const prefix = `killed-${++openings}`
      const ears = await aNode(t, { url: redis.url, prefix })
      const { child } = await aProcess(t, prefix)
      await until(() => hears(ears, 1), 'the other to be heard')
      child.kill('SIGKILL')
      await until(() => hears(ears, 0, 1), 'the other to be missing')
      await until(() => ears.losses.length > 0, 'the loss')
      assert.deepEqual(ears.losses, [ofAll])
    })

    it('that closes is not', async (t) => {
      const prefix = `closed-${++openings}`
      const ears = await aNode(t, { url: redis.url, prefix })
      const { child } = await aProcess(t, prefix)
      await until(() => hears(ears, 1), 'the other to be heard')
      const ended = once(child, 'exit')
      child.stdin?.end()
      assert.deepEqual(await ended, [0, null])
      await until(() => hears(ears, 0), 'the other to be forgotten')
      assert.deepEqual(ears.losses, [])
    })

    it('that was stopped and goes on misses nobody, is missed, and is back', async (t) => {
      const prefix = `stopped-${++openings}`
      const ears = await aNode(t, { url: redis.url, prefix })
      const { child, lines } = await aProcess(t, prefix)
      await until(() => hears(ears, 1) && lines().at(-1) === 'up peers=1 missing=0', 'two nodes')
      child.kill('SIGSTOP')
      try {
        await until(() => hears(ears, 0, 1), 'the other to be missing')
      } finally {
        child.kill('SIGCONT')
      }
      await until(() => hears(ears, 1), 'the other to be back')
      // Long enough for it to miss somebody: one who fell silent when it went on.
      const voice = connect(t, redis.url)
      await aStranger(voice, prefix).heartbeat()
      await until(() => lines().at(-1) === 'up peers=1 missing=1', 'the other to miss a stranger')
      assert.deepEqual(
        lines().filter((line) => line.includes('peers=0 missing=1') || line.includes('missing=2')),
        [],
      )
    })
  })
})

describe('what fails between a node and Redis is noticed and recovers by itself:', {
  concurrency: true,
}, () => {
  /** Two nodes, the first of them behind a line of its own for each of its connections. */
  async function aWorld(t: TestContext) {
    const redis = await startRedis()
    t.after(() => redis.stop())
    const target = { port: redis.port }
    const lines = await Promise.all([0, 1].map(() => Line.open(() => [{ port: target.port }])))
    for (const line of lines) t.after(() => line[Symbol.asyncDispose]())
    const log = aLog()
    const [toPublish, toListen] = lines as [Line, Line]
    // As one would reach two nodes of a Cluster: the first connection to publish, the second to listen.
    const url = `redis+cluster://127.0.0.1:${toPublish.port},127.0.0.1:${toListen.port}`
    const here = await aNode(t, { url, log: log.log })
    const there = await aNode(t, { url: redis.url })
    await until(() => hears(here, 1) && hears(there, 1), 'two nodes')
    return { redis, target, here, there, log, toPublish, toListen }
  }
  const turn =
    (which: ('toPublish' | 'toListen')[], state: LineState) =>
    (world: Awaited<ReturnType<typeof aWorld>>, isFailing: boolean) => {
      for (const line of which) world[line].turn(isFailing ? state : 'open')
    }
  const both: ('toPublish' | 'toListen')[] = ['toPublish', 'toListen']

  const faults: Record<string, (world: Awaited<ReturnType<typeof aWorld>>, isFailing: boolean) => unknown> = {
    'Redis answers nothing': ({ redis }, isFailing) =>
      process.kill(redis.pid, isFailing ? 'SIGSTOP' : 'SIGCONT'),
    'all that Redis says vanishes': turn(both, 'deaf'),
    'everything vanishes': turn(both, 'black'),
    'all connections are cut, and every new one': turn(both, 'cut'),
  }
  for (const [name, fail] of Object.entries(faults)) {
    it(name, async (t) => {
      const world = await aWorld(t)
      const { here, there, log } = world
      fail(world, true)
      try {
        await until(() => !isUp(here.fanout), 'it to notice')
        here.fanout.publish(aDelivery(room, 'a private message'))
        await until(() => texts(here.heard).includes('a private message'), 'its own listener to hear it')
        // Several attempts to connect are in vain.
        const before = here.losses.length
        await until(() => (here.fanout.hearing()?.echoAgeMs ?? 0) > 6_000, 'some time to pass')
        assert.deepEqual([isUp(here.fanout), here.fanout.hearing()?.peers], [false, 0])
        assert.equal(here.losses.length, before)
      } finally {
        fail(world, false)
      }
      await until(() => isUp(here.fanout) && isUp(there.fanout), 'both to be up')
      await until(() => here.losses.some((loss) => loss.room && loss.elsewhere), 'the loss')
      await until(() => there.losses.some((loss) => loss.room), 'the loss of what it could not publish')
      await flow(here, there)
      await flow(there, here)
      await until(() => hears(here, 1) && hears(there, 1), 'two nodes')
      assert.doesNotMatch(log.text(), /private/)
      assert.ok(log.lines().length <= 12, log.text())
    })
  }

  for (const line of ['toPublish', 'toListen'] as const) {
    for (const state of ['deaf', 'black'] as const) {
      it(`one of its connections, ${line}, is ${state}, and another way is found`, async (t) => {
        const world = await aWorld(t)
        const { here, there } = world
        world[line].turn(state)
        await until(() => !isUp(here.fanout), 'it to notice')
        await until(() => isUp(here.fanout), 'it to be up')
        await until(() => here.losses.some((loss) => loss.room && loss.elsewhere), 'the loss')
        await flow(here, there)
        await flow(there, here)
      })
    }
  }

  it('a node that came to another Redis than the others notices their silence, and looks again', async (t) => {
    const { target, redis, here, there, toPublish, toListen } = await aWorld(t)
    const other = await startRedis()
    t.after(() => other.stop())
    target.port = other.port
    for (const line of [toPublish, toListen]) line.cutAll()
    const admin = connect(t, other.url)
    const isThere = async () => String(await admin.client('LIST')).split('chatter-').length === 3
    await until(async () => isUp(here.fanout) && (await isThere()), 'it to be up at the other Redis')
    target.port = redis.port
    await until(() => here.fanout.hearing()?.missing === 1, 'it to notice')
    await until(() => hears(here, 1) && hears(there, 1), 'both to hear each other again')
    await flow(here, there)
    await flow(there, here)
  })

  it('a Redis that takes nothing fills no memory: beyond a bound, what is published is dropped', async (t) => {
    const { here, redis, log } = await aWorld(t)
    const memory = process.memoryUsage.rss()
    process.kill(redis.pid, 'SIGSTOP')
    try {
      const frame = Buffer.alloc(1_000_000)
      for (let n = 0; n < 300; n++) {
        here.fanout.publish({ topic: room, frame })
        await new Promise(setImmediate)
      }
      assert.match(log.text(), /too much is waiting for Redis/)
      assert.ok(process.memoryUsage.rss() - memory < 200_000_000)
    } finally {
      process.kill(redis.pid, 'SIGCONT')
    }
    await until(() => isUp(here.fanout), 'it to be up')
  })

  it('a loss is announced when the node hears again, not before', async (t) => {
    const { here, there, redis } = await aWorld(t)
    const whenTold: boolean[] = []
    here.fanout.onLoss(() => {
      whenTold.push(isUp(here.fanout))
      there.fanout.publish(aDelivery(room, `after loss ${whenTold.length}`))
    })
    const admin = connect(t, redis.url)
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await until(() => texts(here.heard).includes('after loss 1'), 'what was published after the loss')
    assert.deepEqual([...new Set(whenTold)], [true])
  })
})
