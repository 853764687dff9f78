import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { partitionOf } from '../../../server/fanout/redis/partitions.ts'
import { Subscriptions } from '../../../server/fanout/redis/subscriptions.ts'

type Command = { readonly name: 'subscribe' | 'unsubscribe'; readonly channels: string[]; answer(): void }

/** A connection to a Redis that takes commands, and answers them, when a test lets it. */
class SlowRedis {
  readonly channels = new Set<string>()
  readonly commands: string[] = []
  readonly #sent: Command[] = []
  readonly #taken: Command[] = []
  /** What `Subscriptions` needs of a connection. */
  readonly connection = {
    subscribe: (...channels: string[]) => this.#send('subscribe', channels),
    unsubscribe: (...channels: string[]) => this.#send('unsubscribe', channels),
  } as unknown as Redis

  take(): void {
    const command = this.#sent.shift()
    if (!command) return
    for (const channel of command.channels) {
      if (command.name === 'subscribe') this.channels.add(channel)
      else this.channels.delete(channel)
    }
    this.#taken.push(command)
  }

  answer(): void {
    this.#taken.shift()?.answer()
  }

  async rest(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      await nextTurn()
      while (this.#sent.length > 0) this.take()
      while (this.#taken.length > 0) this.answer()
    }
    await nextTurn()
  }

  #send(name: Command['name'], channels: string[]): Promise<void> {
    this.commands.push(`${name} ${channels.join(' ')}`)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#sent.push({ name, channels, answer: resolve })
    return promise
  }
}

const channelOf = (partition: number) => `${partition}`
const channelFor = (topic: string) => channelOf(partitionOf(topic))

function aNode() {
  const named: string[] = []
  const subscriptions = new Subscriptions({
    channelOf,
    onHeard: (topics) => void named.push(...topics),
    onFault: (_redis, error) => assert.fail(error),
    onRefusal: (error) => assert.fail(error),
  })
  return { subscriptions, named }
}

async function aConnectedNode() {
  const node = aNode()
  const redis = new SlowRedis()
  const opened = node.subscriptions.open(redis.connection)
  await redis.rest()
  await opened
  return { ...node, redis }
}

/** Another topic of the same partition. */
function neighbourOf(topic: string): string {
  for (let n = 0; ; n++) if (partitionOf(`other ${n}`) === partitionOf(topic)) return `other ${n}`
}

describe('what a node subscribes to', () => {
  it('is asked for at the end of a turn in one command, and named when that is acknowledged', async () => {
    const { subscriptions, named, redis } = await aConnectedNode()
    for (const topic of ['a', 'b']) subscriptions.hold(topic)
    assert.equal(subscriptions.pending, 2)
    await nextTurn()
    assert.deepEqual(redis.commands, [`subscribe ${channelFor('a')} ${channelFor('b')}`])
    redis.take()
    await nextTurn()
    assert.deepEqual(named, [])
    assert.equal(subscriptions.isHeard(partitionOf('a')), false)
    redis.answer()
    await nextTurn()
    assert.deepEqual(named, ['a', 'b'])
    assert.equal(subscriptions.isHeard(partitionOf('a')), true)
    assert.equal(subscriptions.pending, 0)
  })

  it('costs nothing and is not named where another topic of the partition is heard', async () => {
    const { subscriptions, named, redis } = await aConnectedNode()
    subscriptions.hold('a')
    await redis.rest()
    subscriptions.hold(neighbourOf('a'))
    await redis.rest()
    assert.equal(redis.commands.length, 1)
    assert.deepEqual(named, ['a'])
  })

  it('is named too where another topic of the partition has only been asked for', async () => {
    const { subscriptions, named, redis } = await aConnectedNode()
    subscriptions.hold('a')
    await nextTurn()
    redis.take()
    subscriptions.hold(neighbourOf('a'))
    await redis.rest()
    assert.equal(redis.commands.length, 1)
    assert.deepEqual(named, ['a', neighbourOf('a')])
  })

  it('is not named when it was dropped meanwhile', async () => {
    const { subscriptions, named, redis } = await aConnectedNode()
    subscriptions.hold('a')
    await nextTurn()
    redis.take()
    subscriptions.drop('a')
    await redis.rest()
    assert.deepEqual(named, [])
  })

  it('stays subscribed for a minute after the last topic was dropped, so that who comes back costs nothing', async () => {
    const { subscriptions, named, redis } = await aConnectedNode()
    subscriptions.hold('a')
    await redis.rest()
    subscriptions.drop('a')
    for (let tick = 0; tick < 119; tick++) subscriptions.tick()
    subscriptions.hold('a')
    await redis.rest()
    assert.deepEqual([redis.commands.length, named], [1, ['a']])
    subscriptions.drop('a')
    for (let tick = 0; tick < 119; tick++) subscriptions.tick()
    assert.equal(redis.commands.length, 1)
    subscriptions.tick()
    assert.deepEqual(redis.commands.slice(1), [`unsubscribe ${channelFor('a')}`])
    assert.equal(subscriptions.isHeard(partitionOf('a')), false)
    subscriptions.hold('a')
    await redis.rest()
    assert.deepEqual(named, ['a', 'a'])
    assert.deepEqual([...redis.channels], [channelFor('a')])
  })

  it('is heard on where Redis does not let go of it, and that is said', async () => {
    const refused: string[] = []
    const subscriptions = new Subscriptions({
      channelOf,
      onHeard: () => {},
      onFault: (_redis, error) => assert.fail(error),
      onRefusal: ({ message }) => refused.push(message),
    })
    await subscriptions.open({
      subscribe: async () => {},
      unsubscribe: async () => {
        throw new Error('NOPERM')
      },
    } as unknown as Redis)
    subscriptions.hold('a')
    await nextTurn()
    subscriptions.drop('a')
    for (let tick = 0; tick < 120; tick++) subscriptions.tick()
    await nextTurn()
    assert.deepEqual(refused, ['NOPERM'])
    subscriptions.hold('a')
    await nextTurn()
    await nextTurn()
    assert.equal(subscriptions.isHeard(partitionOf('a')), true)
  })

  it('a gap is no loss for certain until every other node has sent a heartbeat', async () => {
    const { subscriptions, redis } = await aConnectedNode()
    subscriptions.hold('a')
    await redis.rest()
    for (let tick = 0; tick < 4; tick++) subscriptions.tick()
    assert.equal(subscriptions.isNew(partitionOf('a')), true)
    subscriptions.tick()
    assert.equal(subscriptions.isNew(partitionOf('a')), false)
    assert.deepEqual([...subscriptions.topicsOf(partitionOf('a'))], ['a'])
  })

  it('is subscribed on a new connection as long as it is held, by as many commands as it takes', async () => {
    const { subscriptions, redis } = await aConnectedNode()
    const topics = Array.from({ length: 3_000 }, (_, n) => `topic ${n}`)
    for (const topic of [...topics, 'gone']) subscriptions.hold(topic)
    await redis.rest()
    subscriptions.drop('gone')
    const next = new SlowRedis()
    const opened = subscriptions.open(next.connection)
    assert.equal(subscriptions.isHeard(partitionOf('topic 1')), false)
    await next.rest()
    await opened
    assert.deepEqual([...next.channels].sort(), [...new Set(topics.map(channelFor))].sort())
    assert.equal(next.commands.length, 3)
    assert.equal(subscriptions.pending, 0)
  })

  it('misses nothing unnoticed, in whatever order topics come and go, and Redis takes and answers', async () => {
    const topic = fc.constantFrom('a', neighbourOf('a'), 'b', 'c')
    const ofTopic = fc.tuple(fc.constantFrom('hold', 'drop', 'publish'), topic)
    const ofRedis = fc.tuple(fc.constantFrom('take', 'answer', 'turn', 'pass', 'reconnect'))
    const step = fc.oneof(
      { weight: 2, arbitrary: ofTopic },
      { weight: 3, arbitrary: ofRedis },
    ) as fc.Arbitrary<Step>
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const world = new World()
        for (const [what, topic] of steps) {
          await world[what](topic)
          world.settle()
        }
        await world.end()
      }),
      { numRuns: 500 },
    )
  })
})

type Step =
  | readonly ['hold' | 'drop' | 'publish', string]
  | readonly ['take' | 'answer' | 'turn' | 'pass' | 'reconnect', undefined?]

/** A node, its Redis, and somebody else who publishes. */
class World {
  readonly #node = aNode()
  readonly #held = new Set<string>()
  /** Topics of which something was published that was not sent here, and nobody has said so yet. */
  readonly #missed = new Set<string>()
  #redis = new SlowRedis()
  #isUp = false

  constructor() {
    this.reconnect()
  }

  hold(topic = ''): void {
    if (this.#held.has(topic)) return
    this.#held.add(topic)
    this.#node.subscriptions.hold(topic)
  }

  drop(topic = ''): void {
    if (!this.#held.delete(topic)) return
    this.#missed.delete(topic)
    this.#node.subscriptions.drop(topic)
  }

  publish(topic = ''): void {
    if (this.#held.has(topic) && !this.#redis.channels.has(channelFor(topic))) this.#missed.add(topic)
  }

  take(): void {
    this.#redis.take()
  }

  async answer(): Promise<void> {
    this.#redis.answer()
    await nextTurn()
  }

  turn(): Promise<void> {
    return nextTurn()
  }

  pass(): void {
    for (let tick = 0; tick < 60; tick++) this.#node.subscriptions.tick()
  }

  reconnect(): void {
    const redis = new SlowRedis()
    this.#redis = redis
    this.#isUp = false
    void this.#node.subscriptions.open(redis.connection).then(() => {
      if (redis !== this.#redis) return
      // From now on it is up: of all topics something may be lost.
      this.#isUp = true
      this.#missed.clear()
    })
  }

  settle(): void {
    for (const topic of this.#node.named.splice(0)) if (this.#isUp) this.#missed.delete(topic)
  }

  async end(): Promise<void> {
    await this.#redis.rest()
    this.settle()
    assert.deepEqual([...this.#missed], [])
    for (const topic of this.#held) {
      assert.ok(this.#redis.channels.has(channelFor(topic)))
      assert.ok(this.#node.subscriptions.isHeard(partitionOf(topic)))
    }
    assert.equal(this.#node.subscriptions.pending, 0)
  }
}
