import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Delivery, Fanout } from '../../server/fanout/fanout.ts'
import { createRedisFanout } from '../../server/fanout/redis.ts'
import { aLog } from '../builders.ts'
import { aDelivery, isUp, record, settle, texts, until } from '../contract/fanout.ts'
import { freePort, type RedisServer, startRedisCluster } from '../redis.ts'

describe('through a Redis Cluster', () => {
  let nodes: RedisServer[]
  const opened: Fanout[] = []

  beforeEach(async () => {
    nodes = await startRedisCluster(3)
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((fanout) => fanout.close()))
    await Promise.all(nodes.map(({ stop }) => stop()))
  })

  /** Begins at the nth of its nodes. */
  const clusterUrl = (first = 0) =>
    `redis+cluster://${[...nodes.slice(first), ...nodes.slice(0, first)].map(({ port }) => `127.0.0.1:${port}`)}`

  async function open(url: string) {
    const fanout = await createRedisFanout({ url, log: aLog().log })
    opened.push(fanout)
    const losses: boolean[] = []
    fanout.onLoss((concerns) => losses.push(concerns('any topic')))
    fanout.subscribe('room')
    return { fanout, heard: record(fanout) as Delivery[], losses }
  }

  type Ears = Awaited<ReturnType<typeof open>>

  async function flow(from: Ears, to: Ears, text: string): Promise<void> {
    for (let turn = 0; turn < 50; turn++) {
      from.fanout.publish(aDelivery('room', `${text} ${turn}`))
      await new Promise(setImmediate)
    }
    await settle(from.fanout, to.fanout, to.heard)
    const expected = Array.from({ length: 50 }, (_, turn) => `${text} ${turn}`)
    assert.deepEqual(texts(to.heard.splice(0)).slice(-50), expected)
  }

  const allAreUp = (...ears: Ears[]) =>
    until(
      () => ears.every(({ fanout }) => isUp(fanout) && fanout.hearing()?.peers === ears.length - 1),
      'all to hear each other',
    )

  it('nodes hear each other in order, whichever of its nodes they are connected to', async () => {
    const all = [await open(clusterUrl()), await open(clusterUrl(1)), await open(clusterUrl(2))]
    await allAreUp(...all)
    for (const from of all) for (const to of all) if (from !== to) await flow(from, to, 'a word')
    for (const { losses } of all) assert.deepEqual(losses, [])
  })

  it('nodes that know one of its nodes, as if it were alone, hear all', async () => {
    const all = await Promise.all(nodes.map(({ url }) => open(url)))
    await allAreUp(...all)
    for (const from of all) for (const to of all) if (from !== to) await flow(from, to, 'a word')
  })

  for (const [what, signal] of [
    ['killed', 'SIGKILL'],
    ['stopped', 'SIGSTOP'],
  ] as const) {
    it(`one of its nodes is ${what}: the others are found, and the loss announced`, async () => {
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

  it('it is enough that one of its nodes is there', async () => {
    const dead = await freePort()
    const [, , last] = nodes as [RedisServer, RedisServer, RedisServer]
    const here = await open(`redis+cluster://127.0.0.1:${dead},127.0.0.1:${dead},127.0.0.1:${last.port}`)
    const there = await open(clusterUrl())
    await allAreUp(here, there)
    await flow(here, there, 'from one address')
  })
})
