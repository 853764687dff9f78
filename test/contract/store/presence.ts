import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../../server/protocol/limits.ts'
import { problem, type World } from './a-world.ts'

/** What users decide of their presence, and who their contacts are. */
export function presencePromises(world: World): void {
  it('what a user decided of their presence stays, and what they left out is as it was', async () => {
    const { store } = world.site()
    for (const id of ['mina', 'sam']) await store.saveUser({ id, name: id })
    assert.deepEqual(await store.readPresence(['mina', 'sam']), new Map())
    const hidden = { show: 'off', doNotDisturb: false } as const
    assert.deepEqual(await store.setPresence('mina', { show: 'off' }), { presence: hidden, changed: true })
    assert.deepEqual(await store.setPresence('mina', { show: 'off' }), { presence: hidden, changed: false })
    const { presence } = await store.setPresence('mina', { doNotDisturb: true })
    assert.deepEqual(presence, { show: 'off', doNotDisturb: true })
    // Also through a new name.
    await store.saveUser({ id: 'mina', name: 'Mina L.' })
    assert.deepEqual(await store.readPresence(['sam', 'mina', 'nobody']), new Map([['mina', presence]]))
    assert.deepEqual(await store.setPresence('sam', { show: 'everybody' }), {
      presence: { show: 'everybody', doNotDisturb: false },
      changed: false,
    })
  })

  it('who is no user decides nothing', async () => {
    const { store } = world.site()
    await assert.rejects(store.setPresence('nobody', { show: 'off' }), problem('not_found'))
  })

  it('contacts are the people of direct rooms, and of no group', async () => {
    const site = world.site()
    await site.users('mina', 'sam', 'lee', 'eve')
    await site.room('mina', 'sam')
    await site.room('eve', 'mina')
    await site.room('mina', 'lee', 'sam')
    const { store } = site
    assert.deepEqual(
      await store.filterContacts('mina', ['sam', 'lee', 'eve', 'nobody']),
      new Set(['sam', 'eve']),
    )
    assert.deepEqual(await store.filterContacts('sam', ['mina', 'lee', 'eve']), new Set(['mina']))
    assert.deepEqual(await store.filterContacts('lee', ['mina', 'sam']), new Set())
    assert.deepEqual(await store.filterContacts('mina', []), new Set())
    const many = Array.from({ length: 2 * limits.page }, () => uuidv7())
    assert.deepEqual(await store.filterContacts('mina', [...many, 'sam']), new Set(['sam']))
  })
}
