import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { StoredKey } from '../../../server/rules/keys.ts'
import { problem, type World } from './a-world.ts'

let made = 0

function aKey(parts: Partial<StoredKey> = {}): Omit<StoredKey, 'usedAt'> {
  const id = String(++made).padStart(12, '0')
  return { id, hash: `hash of ${id}`, name: 'Föö', scopes: ['rooms', 'read'], createdAt: made, ...parts }
}

/** Keys by which a site's own servers ask. */
export function keyPromises(world: World): void {
  it('a key is kept as it was made, of one tenant and of no other', async () => {
    const { keys } = world.stores
    const [one, two] = [aKey(), aKey({ scopes: ['admin'] })]
    for (const key of [two, one]) await keys.add('of-keys', key)
    assert.deepEqual(await keys.find('of-keys', one.id), { ...one, usedAt: null })
    assert.deepEqual(
      (await keys.list('of-keys')).map(({ id }) => id),
      [one.id, two.id],
    )
    assert.equal(await keys.find('another', one.id), undefined)
    assert.deepEqual(await keys.list('another'), [])
    assert.equal(await keys.remove('another', one.id), false)
  })

  it('the id of a key is nobody else’s, and a key that was removed is none', async () => {
    const { keys } = world.stores
    const key = aKey()
    await keys.add('of-keys', key)
    await assert.rejects(keys.add('of-keys', aKey({ id: key.id, hash: 'another' })), problem('conflict'))
    assert.equal((await keys.find('of-keys', key.id))?.hash, key.hash)
    assert.deepEqual(
      [await keys.remove('of-keys', key.id), await keys.remove('of-keys', key.id)],
      [true, false],
    )
    assert.equal(await keys.find('of-keys', key.id), undefined)
  })

  it('when a key was used moves forward only', async () => {
    const { keys } = world.stores
    const key = aKey()
    await keys.add('of-keys', key)
    for (const at of [2_000, 3_000, 1_000]) await keys.markUsed('of-keys', key.id, at)
    assert.equal((await keys.find('of-keys', key.id))?.usedAt, 3_000)
    await keys.markUsed('of-keys', 'no such key', 1_000)
  })

  it('keys of a tenant go with it', async () => {
    const { keys, tenants } = world.stores
    await tenants.add({ id: 'with-keys', hosts: ['with-keys.test'], secrets: ['s'.repeat(32)], origins: [] })
    const key = aKey()
    await keys.add('with-keys', key)
    await tenants.remove('with-keys')
    assert.equal(await keys.find('with-keys', key.id), undefined)
  })
}
