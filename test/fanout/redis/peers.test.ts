import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { partitionCount } from '../../../server/fanout/redis/partitions.ts'
import { Peers } from '../../../server/fanout/redis/peers.ts'

describe('what a node hears of the others', () => {
  let gaps: (number | 'somewhere')[]
  let peers: Peers
  /** What it says of these partitions, and that it published no more than that. */
  const published = (counters: Record<number, number> = {}, unnamed = 0) => ({
    written: Object.entries(counters).flatMap(([partition, number]) => [Number(partition), number]),
    total: Object.values(counters).reduce((sum, number) => sum + number, unnamed),
  })
  const ticks = (count: number) => Array.from({ length: count }, () => peers.tick())
  /** So many ticks pass: who falls silent. */
  const pass = (count: number): string[] => ticks(count).flatMap(({ fell }) => fell)
  const counts = () => ({ heard: peers.heard, missing: peers.missing })

  beforeEach(() => {
    gaps = []
    peers = new Peers({
      onGap: (partition) => gaps.push(partition),
      onGapSomewhere: () => gaps.push('somewhere'),
    })
  })

  it('batches that follow each other are news, without a gap, for each node and partition by itself', () => {
    for (const number of [1, 2, 3]) {
      for (const node of ['a', 'b']) {
        for (const partition of [0, 63, partitionCount - 1])
          assert.equal(peers.hearBatch(node, partition, number), true)
      }
    }
    assert.deepEqual(gaps, [])
  })

  it('a batch that did not come is a gap once, and what follows is news', () => {
    for (const number of [1, 3, 4, 5]) assert.equal(peers.hearBatch('a', 7, number), true)
    assert.deepEqual(gaps, [7])
  })

  it('a batch that comes twice or too late is no news and no gap', () => {
    for (const number of [1, 2, 4]) peers.hearBatch('a', 7, number)
    gaps = []
    for (const number of [4, 3, 1]) assert.equal(peers.hearBatch('a', 7, number), false)
    assert.equal(peers.hearBatch('a', 7, 5), true)
    assert.deepEqual(gaps, [])
  })

  it('a heartbeat that counts more than came is a gap once', () => {
    peers.hearBatch('a', 7, 1)
    peers.hearHeartbeat('a', published({ 7: 1 }))
    assert.deepEqual(gaps, [])
    peers.hearHeartbeat('a', published({ 7: 2, 9: 1 }))
    peers.hearHeartbeat('a', published({ 7: 2, 9: 1 }))
    assert.deepEqual(gaps, [7, 9])
    assert.equal(peers.hearBatch('a', 7, 3), true)
    assert.deepEqual(gaps, [7, 9])
  })

  it('a heartbeat that counts less than came is late, and no gap', () => {
    for (const number of [1, 2]) peers.hearBatch('a', 7, number)
    peers.hearHeartbeat('a', published({ 7: 1 }))
    assert.equal(peers.hearBatch('a', 7, 3), true)
    assert.deepEqual(gaps, [])
  })

  it('what a node published before it was first heard is a gap once', () => {
    assert.equal(peers.hearBatch('a', 7, 5), true)
    peers.hearHeartbeat('a', published({ 7: 5, 9: 2 }))
    peers.hearHeartbeat('a', published({ 7: 5, 9: 2 }))
    peers.hearHeartbeat('b', published())
    assert.deepEqual(gaps, [7, 9])
  })

  it('a heartbeat that counts more than it names is a gap somewhere, once', () => {
    peers.hearHeartbeat('a', published({ 7: 1 }))
    gaps = []
    for (const _time of [1, 2]) peers.hearHeartbeat('a', published({ 7: 1 }, 3))
    assert.deepEqual(gaps, ['somewhere'])
    peers.hearHeartbeat('a', published({ 7: 1 }, 4))
    assert.deepEqual(gaps, ['somewhere', 'somewhere'])
  })

  it('what a later heartbeat names is no longer unknown: as much again is a gap again', () => {
    peers.hearHeartbeat('a', published({}, 3))
    peers.hearHeartbeat('a', published({ 7: 3 }))
    gaps = []
    peers.hearHeartbeat('a', published({ 7: 3 }, 1))
    assert.deepEqual(gaps, ['somewhere'])
  })

  it('batches that no heartbeat has named yet are not unknown', () => {
    for (const number of [1, 2]) peers.hearBatch('a', 7, number)
    peers.hearHeartbeat('a', published({}, 2))
    assert.deepEqual(gaps, [])
  })

  it('the first heartbeat of a node is known to be that', () => {
    peers.hearBatch('a', 7, 1)
    assert.equal(peers.hearHeartbeat('a', published({ 7: 1 })), true)
    assert.equal(peers.hearHeartbeat('a', published({ 7: 1 })), false)
    peers.forget('a')
    assert.equal(peers.hearHeartbeat('a', published({ 7: 1 })), true)
  })

  it('a partition that does not exist here is of no account', () => {
    peers.hearHeartbeat('a', published({ [partitionCount]: 1 }))
    assert.deepEqual(gaps, [partitionCount, 'somewhere'])
  })

  it('a node is missing after three seconds of silence, which is reported once', () => {
    peers.hearHeartbeat('a', published())
    peers.hearHeartbeat('b', published())
    assert.deepEqual(pass(5), [])
    peers.hearHeartbeat('b', published())
    assert.deepEqual(pass(1), ['a'])
    assert.deepEqual(counts(), { heard: 1, missing: 1 })
    peers.hearHeartbeat('b', published())
    assert.deepEqual(pass(5), [])
  })

  it('a node that stays silent for ten seconds is reported again, once', () => {
    peers.hearHeartbeat('a', published())
    const stay = (count: number) => ticks(count).flatMap(({ stay }) => stay)
    assert.deepEqual(stay(19), [])
    assert.deepEqual(stay(1), ['a'])
    assert.deepEqual(stay(1_000), [])
  })

  it('whatever a node says, it is not missing any more', () => {
    peers.hearHeartbeat('a', published())
    pass(6)
    peers.hearBatch('a', 0, 1)
    assert.deepEqual(counts(), { heard: 1, missing: 0 })
    assert.deepEqual(pass(6), ['a'])
    peers.hearHeartbeat('a', published())
    assert.deepEqual(counts(), { heard: 1, missing: 0 })
  })

  it('a missing node is forgotten after ten minutes', () => {
    peers.hearHeartbeat('a', published())
    pass(10 * 60 * 2 - 1)
    assert.deepEqual(counts(), { heard: 0, missing: 1 })
    pass(1)
    assert.deepEqual(counts(), { heard: 0, missing: 0 })
  })

  it('nobody waits for a node that said goodbye, also when something of it comes late', () => {
    peers.hearHeartbeat('a', published())
    peers.forget('a')
    peers.hearBatch('a', 0, 1)
    assert.deepEqual(pass(2_000), [])
    assert.deepEqual(counts(), { heard: 0, missing: 0 })
  })

  it('who heard nothing itself misses nobody for it, and finds those that were missing before still missing', () => {
    peers.hearHeartbeat('a', published())
    pass(6)
    peers.hearHeartbeat('b', published())
    pass(5)
    peers.excuse()
    assert.deepEqual(pass(5), [])
    assert.deepEqual(counts(), { heard: 1, missing: 1 })
    assert.deepEqual(pass(1), ['b'])
  })
})
