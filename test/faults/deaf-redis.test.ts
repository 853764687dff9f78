/** Criterion 4: Redis that seems to be there, and is not. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { Redis } from 'ioredis'
import type { TestClient } from '../support/client.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { scaled } from '../support/scale.ts'
import { aGroup, join } from './api.ts'
import { aCluster, type Cluster, type Member } from './cluster.ts'
import { Load } from './load.ts'
import { marker } from './node.ts'
import { Chance } from './simulator/chance.ts'
import { until } from './until.ts'

const size = { people: scaled(6, 20), rooms: scaled(3, 10), membersEach: 4 }
const messages = scaled(60, 2_000)

/** What goes wrong, which servers notice, and how it is repaired. */
type Trouble = {
  readonly name: string
  readonly deaf: 'both' | 'the second'
  start(cluster: Cluster, second: Member): unknown
  end(cluster: Cluster, second: Member): unknown
}

const troubles: readonly Trouble[] = [
  {
    name: 'Redis stands still',
    deaf: 'both',
    start: ({ redis }) => redis.pause(),
    end: ({ redis }) => redis.resume(),
  },
  {
    name: 'what Redis says to one server is swallowed on the way',
    deaf: 'the second',
    start: (_, { toRedis }) => toRedis.turn('deaf'),
    end: (_, { toRedis }) => toRedis.turn('open'),
  },
  {
    name: 'the line between Redis and one server is dead, and nobody said so',
    deaf: 'the second',
    start: (_, { toRedis }) => toRedis.turn('black'),
    end: (_, { toRedis }) => toRedis.turn('open'),
  },
  {
    name: 'Redis takes back the right to the channels',
    deaf: 'both',
    start: ({ redis }) => command(redis.url, 'ACL', 'SETUSER', 'default', 'resetchannels'),
    end: ({ redis }) => command(redis.url, 'ACL', 'SETUSER', 'default', 'allchannels'),
  },
  {
    name: 'Redis takes back the right to publish',
    deaf: 'both',
    start: ({ redis }) => command(redis.url, 'ACL', 'SETUSER', 'default', '-publish'),
    end: ({ redis }) => command(redis.url, 'ACL', 'SETUSER', 'default', '+publish'),
  },
]

async function command(url: string, name: string, ...args: string[]): Promise<unknown> {
  const redis = new Redis(url)
  try {
    return await redis.call(name, ...args)
  } finally {
    redis.disconnect()
  }
}

/** The connections that listen to channels now, by Redis' own numbers. */
async function listeners(url: string): Promise<string[]> {
  const list = String(await command(url, 'CLIENT', 'LIST', 'TYPE', 'pubsub'))
  return [...list.matchAll(/^id=(\d+)/gm)].map(([, id = '']) => id)
}

describe('4: two servers notice, go on, and show everybody the same, when', () => {
  let postgres: PostgresServer
  let cluster: Cluster
  let load: Load
  let urls: string[]
  /** On the first server, and on the second: she talks; he only listens, and never asks for what he missed. */
  let mina: TestClient
  let sam: TestClient
  let room: string
  let last = 0
  before(async () => {
    postgres = await startPostgres()
    cluster = await aCluster(postgres)
    urls = cluster.members.map(({ node }) => node.url)
    load = await Load.start({ url: cluster.url, chance: new Chance(4), ...size })
    const [first = '', second = ''] = urls
    room = await aGroup(first, ['mina', 'sam'])
    mina = await join(first, 'mina')
    sam = await join(second, 'sam')
  })
  after(async () => {
    load[Symbol.dispose]()
    await cluster[Symbol.asyncDispose]()
    await postgres.stop()
  })

  async function say(messages: number): Promise<void> {
    for (let left = messages; left > 0; left--) last = (await mina.send(room, `${marker}${left}`)).seq
  }

  /** Sam has everything that Mina said. */
  async function samIsTold(): Promise<void> {
    const has = () => new Set(sam.socket.events('message').map(({ message }) => message.seq)).size
    await until(
      () => has() === last,
      () => `Sam to have ${last} messages, not ${has()}`,
    )
  }

  for (const { name, deaf, start, end } of troubles) {
    it(name, async () => {
      const [, second] = cluster.members
      assert.ok(second)
      await start(cluster, second)
      const talking = load.talk(messages)
      await cluster.saying({ fanout: 'down' }, deaf === 'both' ? cluster.members : [second])
      await talking
      await Promise.all([load.talk(messages), say(5)])
      await samIsTold()
      assert.deepEqual(await load.agree(urls), [])
      await end(cluster, second)
      await cluster.saying({ fanout: 'up' })
      await Promise.all([load.talk(messages), say(5)])
      await samIsTold()
      assert.deepEqual(await load.agree(urls), [])
    })
  }

  it('Redis cuts off who listens too slowly', async () => {
    const { url } = cluster.redis
    const before = await listeners(url)
    await command(url, 'CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 1kb 1kb 1')
    let now = before
    // What the system keeps of a connection, Redis does not see: it takes as much talk as it takes.
    for (let left = 30; left > 0 && isDeepStrictEqual(now, before); left--) {
      await Promise.all([load.talk(messages * 3), say(messages)])
      now = await listeners(url)
    }
    await command(url, 'CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 32mb 8mb 60')
    await cluster.saying({ fanout: 'up' })
    assert.notDeepEqual(now, before)
    await samIsTold()
    assert.deepEqual(await load.agree(urls), [])
  })

  it('and afterwards every promise was kept, and nobody had to connect anew', async () => {
    assert.deepEqual(await load.settle(urls), [])
    assert.deepEqual(
      load.people.filter(({ connections }) => connections !== 1).map(({ device }) => device),
      [],
    )
    assert.deepEqual(cluster.complaints(), [])
  })
})
