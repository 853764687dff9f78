import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Sweeper } from '../../server/commands/sweeper.ts'

it('a sweep asks each tenant, slice after slice, goes on after one that fails, and follows what a tenant says meanwhile', async () => {
  const keepDays: Record<string, number | null> = { all: null, broken: 1, some: 3 }
  let answers = 150
  const now = 10 * 86_400_000
  const asked: unknown[] = []
  const errors: unknown[] = []
  const sweeper = new Sweeper({
    now: () => now,
    tenants: () => ['all', 'broken', 'gone', 'some'].map((id) => ({ id })),
    settingsOf: (id) => {
      const days = keepDays[id]
      return days === undefined ? undefined : { keepDays: days }
    },
    forTenant: (id) => ({
      async removeOld(wish) {
        asked.push([id, wish])
        if (id === 'broken') throw new Error('no disk')
        if (id === 'some') keepDays.some = null
        return { after: 'r', removed: 1, isDone: id === 'all' || wish.after === 'r' }
      },
    }),
    forgetAnswers: async () => {
      const some = Math.min(answers, 100)
      answers -= some
      return some
    },
    onError: (error) => errors.push(error),
  })
  await sweeper.sweep()
  await sweeper.stop()
  assert.deepEqual(asked, [
    ['all', { now, keepDays: null, after: '' }],
    ['broken', { now, keepDays: 1, after: '' }],
    ['some', { now, keepDays: 3, after: '' }],
    ['some', { now, keepDays: null, after: 'r' }],
  ])
  assert.equal(errors.length, 1)
  assert.equal(answers, 0)
})
