import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Delivery, Fanout } from '../../../server/fanout/fanout.ts'
import { createRedisFanout } from '../../../server/fanout/redis/fanout.ts'
import { aDelivery, isUp, listen, record, settle, texts, until } from '../../contract/fanout.ts'
import { aLog } from '../../support/builders.ts'
import { freePort, type RedisServer, startRedisCluster } from '../../support/redis.ts'
import { aDatabase } from './a-database.ts'

type Ears = { fanout: Fanout; heard: Delivery[]; losses: boolean[] }

async function aCluster(t: TestContext) {
  const nodes = await startRedisCluster(3)
  t.after(() => Promise.all(nodes.map(({ stop }) => stop())))

  async function open(url: string): Promise<Ears> {
    const fanout = await createRedisFanout({ url, log: aLog().log, database: aDatabase })
    t.after(() => fanout.close())
    await listen(fanout, 'room', 'another')
    const losses: boolean[] = []
    fanout.onLoss((topics) => losses.push([...topics].includes('another')))
    return { fanout, heard: record(fanout), losses }
  }
  /** The address that begins with the nth of its nodes. */
  const clusterUrl = (first = 0) =>
    `redis+cluster://${[...nodes.slice(first), ...nodes.slice(0, first)].map(({ port }) => `127.0.0.1:${port}`)}`
  return { nodes, open, clusterUrl }
}

async function flow(from: Ears, to: Ears, text: string): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    from.fanout.publish(aDelivery('room', `${text} ${turn}`))
    await new Promise(setImmediate)
  }
  await settle(from.fanout, to.fanout, to.heard)
  const expected = Array.from({ length: 50 }, (_, turn) => `${text} ${turn}`)
  const received = texts(to.heard).filter((one) => one.startsWith(`${text} `))
  assert.deepEqual(received, expected)
}

async function flowBetween(all: Ears[]): Promise<void> {
  for (const [n, from] of all.entries()) {
    for (const [m, to] of all.entries()) if (n !== m) await flow(from, to, `from ${n} to ${m}`)
  }
}

const allAreUp = (...ears: Ears[]) =>
  until(
    () => ears.every(({ fanout }) => isUp(fanout) && fanout.hearing()?.peers === ears.length - 1),
    'all to hear each other',
  )

describe('through a Redis Cluster', { concurrency: true }, () => {
  it('nodes hear each other in order, whichever of its nodes they are connected to', async (t) => {
    const { open, clusterUrl } = await aCluster(t)
    const all = [await open(clusterUrl()), await open(clusterUrl(1)), await open(clusterUrl(2))]
    await allAreUp(...all)
    await flowBetween(all)
    for (const { losses } of all) assert.deepEqual(losses, [])
  })

  it('nodes that know one of its nodes, as if it were alone, hear all', async (t) => {
    const { nodes, open } = await aCluster(t)
    const all = await Promise.all(nodes.map(({ url }) => open(url)))
    await allAreUp(...all)
    await flowBetween(all)
  })

  for (const [what, signal] of [
    ['killed', 'SIGKILL'],
    ['stopped', 'SIGSTOP'],
  ] as const) {
    it(`one of its nodes is ${what}: the others are found, and the loss announced`, async (t) => {
      const { nodes, open, clusterUrl } = await aCluster(t)
      const [here, there] = [await open(clusterUrl()), await open(clusterUrl(1))]
      await allAreUp(here, there)
      const [first] = nodes as [RedisServer]
      process.kill(first.pid, signal)
      await until(() => !isUp(here.fanout), 'one to notice')
      await allAreUp(here, there)
      await until(() => here.losses.includes(true), 'the loss to be announced')
      await flow(here, there, 'after')
      await flow(there, here, 'and back')
    })
  }

  it('it is enough that one of its nodes is there', async (t) => {
    const { nodes, open, clusterUrl } = await aCluster(t)
    const dead = await freePort()
    const [, , last] = nodes as [RedisServer, RedisServer, RedisServer]
    const here = await open(`redis+cluster://127.0.0.1:${dead},127.0.0.1:${dead},127.0.0.1:${last.port}`)
    const there = await open(clusterUrl())
    await allAreUp(here, there)
    await flow(here, there, 'from one address')
  })
})
