import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Sweeper } from '../../server/commands/sweeper.ts'
import { givenSettings } from '../../server/rules/settings.ts'
import type { Tenant } from '../../server/store/store.ts'

const tenant = (id: string, keepDays: number | null): Tenant => ({
  ...{ id, hosts: [], secrets: [], origins: [] },
  settings: givenSettings({ keepDays }),
})

it('a sweep asks only tenants that keep messages for some days, slice after slice, and goes on after one that fails', async () => {
  const asked: unknown[] = []
  const errors: unknown[] = []
  const sweeper = new Sweeper({
    now: () => 10 * 86_400_000,
    tenants: () => [tenant('all', null), tenant('broken', 1), tenant('some', 3)],
    forTenant: (id) => ({
      async removeOld(wish) {
        asked.push([id, wish])
        if (id === 'broken') throw new Error('no disk')
        return { after: 'r', removed: 1, isDone: wish.after === 'r' }
      },
    }),
    onError: (error) => errors.push(error),
  })
  await sweeper.sweep()
  await sweeper.stop()
  assert.deepEqual(asked, [
    ['broken', { before: 9 * 86_400_000, after: '' }],
    ['some', { before: 7 * 86_400_000, after: '' }],
    ['some', { before: 7 * 86_400_000, after: 'r' }],
  ])
  assert.equal(errors.length, 1)
})
