import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  partitionCount,
  partitionName,
  partitionNamed,
  partitionOf,
} from '../../../server/fanout/redis/partitions.ts'
import { nodesTopic, topicsFor } from '../../../server/fanout/topics.ts'

describe('the partitions of topics', () => {
  const topics = topicsFor('chat.example.com')
  const room = (id: string) => topics.room(id)
  const user = (id: string) => topics.user(id)
  const ids = Array.from(
    { length: 16_384 },
    (_, n) => `019ad6c0-0000-7000-8000-${String(n).padStart(12, '0')}`,
  )

  it('keep rooms, users and what is for all nodes apart, whatever their ids', () => {
    const kinds = (topics: string[]) =>
      new Set(topics.map((topic) => partitionName(partitionOf(topic)).charAt(0)))
    assert.deepEqual(kinds(ids.map(room)), new Set('r'))
    assert.deepEqual(kinds(ids.map(user)), new Set('u'))
    assert.deepEqual(kinds([room('a/user/b'), room('/user/b')]), new Set('r'))
    assert.deepEqual(kinds([user('a/room/b'), user('nodes')]), new Set('u'))
    assert.equal(partitionName(partitionOf(nodesTopic)), 'nodes')
  })

  it('are used evenly: of as many rooms as there are partitions, no more than eleven share one', () => {
    for (const some of [ids.map(room), ids.map(user)]) {
      const counts = new Map<number, number>()
      for (const topic of some) counts.set(partitionOf(topic), (counts.get(partitionOf(topic)) ?? 0) + 1)
      // By chance alone about 10,350 are used.
      assert.ok(counts.size > 10_000, `${counts.size} are used`)
      assert.ok(Math.max(...counts.values()) <= 11, `${Math.max(...counts.values())} share one`)
    }
  })

  it('are found by their names', () => {
    for (let partition = 0; partition < partitionCount; partition++)
      assert.equal(partitionNamed(partitionName(partition)), partition)
  })
})
