import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Redis } from 'ioredis'
import type { Delivery, Fanout } from '../../../server/fanout/fanout.ts'
import { createRedisFanout } from '../../../server/fanout/redis/fanout.ts'
import { aDelivery, isUp, listen, record, settle, texts, until } from '../../contract/fanout.ts'
import { aLog } from '../../support/builders.ts'
import { freePort, type RedisServer, startRedis, startSentinel } from '../../support/redis.ts'
import { aDatabase } from './a-database.ts'

type Ears = { fanout: Fanout; heard: Delivery[]; losses: boolean[] }

/** A primary with a replica, and three Sentinels that know each other and both. */
async function aWorld(t: TestContext) {
  // Each by itself: where one does not start, the others must not outlive the test.
  const started = async (starting: Promise<RedisServer>) => {
    const server = await starting
    t.after(() => server.stop())
    return server
  }
  const primary = await started(startRedis())
  const replica = await started(startRedis({ settings: ['--replicaof', `127.0.0.1 ${primary.port}`] }))
  const sentinels = await Promise.all([1, 2, 3].map(() => started(startSentinel(primary, 2))))
  for (const { url } of sentinels) {
    const sentinel = new Redis(url)
    const knowsAll = async () => {
      const [state] = (await sentinel.call('SENTINEL', 'MASTERS')) as [string[]]
      const said = Object.fromEntries(state.flatMap((name, at) => (at % 2 ? [] : [[name, state[at + 1]]])))
      return said['num-slaves'] === '1' && said['num-other-sentinels'] === '2'
    }
    await until(knowsAll, 'the Sentinels to know each other and the replica')
    sentinel.disconnect()
  }
  const url = `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/primary`
  const log = aLog()

  async function open(address = url): Promise<Ears> {
    const fanout = await createRedisFanout({ url: address, log: log.log, database: aDatabase })
    t.after(() => fanout.close())
    await listen(fanout, 'room', 'another')
    const losses: boolean[] = []
    fanout.onLoss((topics) => losses.push([...topics].includes('another')))
    return { fanout, heard: record(fanout), losses }
  }
  return { primary, replica, sentinels, url, log, open }
}

async function flow(from: Ears, to: Ears, text: string): Promise<void> {
  from.fanout.publish(aDelivery('room', text))
  await settle(from.fanout, to.fanout, to.heard)
  assert.equal(texts(to.heard).at(-1), text)
}

const bothAreUp = (here: Ears, there: Ears) =>
  until(() => [here, there].every(({ fanout }) => isUp(fanout) && fanout.hearing()?.peers === 1), 'both up')

describe('through Sentinels', { concurrency: true }, () => {
  it('nodes hear each other, and again through the new primary when the old one died', async (t) => {
    const { primary, replica, open } = await aWorld(t)
    const [here, there] = [await open(), await open()]
    await bothAreUp(here, there)
    await flow(here, there, 'before')
    await primary.stop()
    await until(() => !isUp(here.fanout) && !isUp(there.fanout), 'both to notice')
    await bothAreUp(here, there)
    await until(() => here.losses.includes(true) && there.losses.includes(true), 'the loss to be announced')
    await flow(here, there, 'after')
    await flow(there, here, 'and back')
    const admin = new Redis(replica.url)
    const channels = (await admin.pubsub('CHANNELS', 'chatter:*')) as string[]
    admin.disconnect()
    assert.equal(channels.length, 5)
  })

  it('a primary that stands still is left for the new one', async (t) => {
    const { primary, open } = await aWorld(t)
    const [here, there] = [await open(), await open()]
    await flow(here, there, 'before')
    process.kill(primary.pid, 'SIGSTOP')
    try {
      await until(() => !isUp(here.fanout) && !isUp(there.fanout), 'both to notice')
      await bothAreUp(here, there)
      await flow(here, there, 'after')
    } finally {
      process.kill(primary.pid, 'SIGCONT')
    }
  })

  it('Sentinels that are dead or stand still are passed over', async (t) => {
    const { sentinels, open } = await aWorld(t)
    const [first, second] = sentinels as [RedisServer, RedisServer]
    await first.stop()
    process.kill(second.pid, 'SIGSTOP')
    const [here, there] = [await open(), await open()]
    await flow(here, there, 'with one of three')
    process.kill(second.pid, 'SIGCONT')
  })

  it('signs in to Redis and to the Sentinels, each with its own', async (t) => {
    const { primary, sentinels, url, log, open } = await aWorld(t)
    const admin = new Redis(primary.url)
    await admin.acl('SETUSER', 'chatter', 'on', '>of redis', '&chatter:*', '+publish', '+subscribe')
    await admin.acl('SETUSER', 'default', 'resetpass', '>of the operator')
    admin.disconnect()
    for (const { url } of sentinels) {
      const sentinel = new Redis(url)
      const rights = ['-@all', '+sentinel|get-master-addr-by-name', '+auth']
      await sentinel.acl('SETUSER', 'guest', 'on', '>of sentinels', ...rights)
      sentinel.disconnect()
    }
    const address = `${url.replace('//', '//chatter:of%20redis@')}?sentinelUsername=guest&sentinelPassword=of%20sentinels`
    const [here, there] = [await open(address), await open(address)]
    await bothAreUp(here, there)
    await flow(here, there, 'signed in')
    const wrong = createRedisFanout({
      url: address.replace('of%20redis', 'hunter2'),
      log: log.log,
      database: aDatabase,
    })
    await assert.rejects(wrong, /^Error: Cannot use Redis at [^ ]*\/primary: WRONGPASS [^2]*$/)
    assert.doesNotMatch(log.text(), /of redis|of sentinels|hunter2/)
  })

  it('a start without a usable one goes on, with one clear line that shows no password', async (t) => {
    const { url } = await aWorld(t)
    const nobody = await freePort()
    const place = `redis+sentinel://127.0.0.1:${nobody}/primary`
    const attempts = {
      [place.replace('//', '//user:hunter2@')]: /^Sentinel 127.0.0.1:\d+: connect ECONNREFUSED/,
      [url.replace('/primary', '/another')]: /^no Sentinel knows that name$/,
    }
    for (const [address, fault] of Object.entries(attempts)) {
      const { log, lines, text } = aLog()
      const fanout = await createRedisFanout({ url: address, log, database: aDatabase, startWithinMs: 1_000 })
      assert.equal(isUp(fanout), false)
      await fanout.close()
      const [line, ...others] = lines()
      assert.deepEqual(others, [])
      assert.match(String(line?.reason), fault)
      assert.doesNotMatch(text(), /hunter2/)
    }
  })

  it('Sentinels that refuse the password refuse the start', async (t) => {
    const { sentinels, url, log } = await aWorld(t)
    for (const { url } of sentinels) {
      const sentinel = new Redis(url)
      await sentinel.acl('SETUSER', 'guest', 'on', '>of sentinels', '-@all')
      sentinel.disconnect()
    }
    const address = `${url}?sentinelUsername=guest&sentinelPassword=hunter2`
    const opening = createRedisFanout({ url: address, log: log.log, database: aDatabase })
    const isRefused = ({ message }: Error) => /\/primary: Sentinel [^ ]*: WRONGPASS /.test(message)
    await assert.rejects(opening, (error: Error) => isRefused(error) && !/hunter2/.test(error.message))
  })
})
