import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { World } from './a-world.ts'

let made = 0
const aRequest = (more: object = {}) => ({
  ...{ tenant: 'repeating', key: `key-${++made}`, name: 'a', fingerprint: 'one' },
  ...more,
})
const bounds = { now: 1_000, old: 0, abandoned: 900, most: 10 }

/** Requests that a site's servers may repeat. */
export function idempotencyPromises(world: World): void {
  it('the first one begins, and whoever asks the same again gets its answer', async () => {
    const { idempotency: store } = world.stores
    const request = aRequest()
    assert.equal(await store.begin(request, bounds), 'begun')
    assert.equal(await store.begin(request, bounds), 'running')
    assert.equal(await store.begin({ ...request, fingerprint: 'two' }, bounds), 'other')
    await store.finish(request, { status: 201, body: '{"é":"\\u0000"}' })
    assert.deepEqual(await store.begin(request, bounds), { status: 201, body: '{"é":"\\u0000"}' })
    assert.equal(await store.begin({ ...request, fingerprint: 'two' }, bounds), 'other')
  })

  it('of many at once one begins', async () => {
    const { idempotency: store } = world.stores
    const request = aRequest()
    const all = await Promise.all(Array.from({ length: 8 }, () => store.begin(request, bounds)))
    assert.deepEqual(all.sort(), ['begun', ...Array.from({ length: 7 }, () => 'running')])
  })

  it('each key and each tenant has names of its own', async () => {
    const { idempotency: store } = world.stores
    const request = aRequest()
    for (const one of [request, { ...request, tenant: 'elsewhere' }, { ...request, key: 'another' }])
      assert.equal(await store.begin(one, bounds), 'begun')
  })

  it('one that was given up begins anew: released, killed, or a day ago', async () => {
    const { idempotency: store } = world.stores
    const request = aRequest()
    await store.begin(request, bounds)
    await store.release(request)
    assert.equal(await store.begin(request, bounds), 'begun')
    assert.equal(await store.begin(request, { ...bounds, now: 2_000, abandoned: 1_000 }), 'begun')
    await store.finish(request, { status: 204, body: '' })
    await store.release(request)
    assert.deepEqual(await store.begin(request, bounds), { status: 204, body: '' })
    const other = { ...request, fingerprint: 'two' }
    assert.equal(await store.begin(other, { ...bounds, now: 9_000, old: 2_000 }), 'begun')
  })

  it('old ones are forgotten without another request, some at a time', async () => {
    const { idempotency: store } = world.stores
    const request = aRequest()
    await store.begin(request, { ...bounds, now: 5, old: 0 })
    await store.finish(request, { status: 200, body: 'an answer' })
    assert.equal(await store.forget(4), 0)
    let forgotten = 0
    for (let some = await store.forget(5); some > 0; some = await store.forget(5)) forgotten += some
    assert.ok(forgotten >= 1)
    assert.equal(await store.begin(request, { ...bounds, now: 6, old: 0 }), 'begun')
  })

  it('a key has so many of them, and no more', async () => {
    const { idempotency: store } = world.stores
    const request = aRequest()
    const asked = { ...bounds, most: 2 }
    const beginAs = (name: string, more = {}) => store.begin({ ...request, name }, { ...asked, ...more })
    assert.deepEqual(
      [await beginAs('a'), await beginAs('b'), await beginAs('c'), await beginAs('a')],
      ['begun', 'begun', 'full', 'running'],
    )
    assert.equal(await beginAs('c', { now: 9_000, old: 8_000 }), 'begun')
  })
}
