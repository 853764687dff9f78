import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { SignOut } from '../../../server/store/store.ts'
import type { World } from './a-world.ts'

let at = 1_000_000

function aSignOut(user: string, parts: Partial<SignOut> = {}): SignOut {
  at += 10
  const usual = { tokensFrom: null, isDisabled: false, isEnabled: false }
  return { tenant: 'of-sign-outs', user, at, ...usual, ...parts }
}

/** Whom the site signed out. */
export function signOutPromises(world: World): void {
  const put = (one: SignOut, old = 0) => world.stores.signOuts.put(one, old)
  const since = async (from: number) => {
    const rows = await world.stores.signOuts.listSince(from)
    return rows.filter(({ tenant }) => tenant === 'of-sign-outs')
  }

  it('those from a time on are listed, the oldest first', async () => {
    const all = ['mina', 'sam', 'é'].map((user) => aSignOut(user))
    for (const one of all) await put(one)
    assert.deepEqual(await since(all[0]?.at ?? 0), all)
    assert.deepEqual(await since(all[1]?.at ?? 0), all.slice(1))
  })

  it('a later one takes the place of the one before, its time moves on, and tokens stay revoked', async () => {
    const first = aSignOut('zoe', { tokensFrom: 77 })
    await put(first)
    await put(aSignOut('zoe', { at: first.at - 5 }))
    assert.deepEqual(await since(first.at), [{ ...first, at: first.at + 1 }])
    await put(aSignOut('zoe', { at: first.at + 9, tokensFrom: 99 }))
    assert.deepEqual(await since(first.at), [{ ...first, at: first.at + 9, tokensFrom: 99 }])
  })

  it('one by a server whose clock is behind comes after all that were written before, of any user', async () => {
    const ahead = aSignOut('ahead', { at: at + 3600_000 })
    await put(ahead)
    await put(aSignOut('behind'))
    assert.deepEqual(
      (await since(ahead.at + 1)).map(({ user }) => user),
      ['behind'],
    )
    at = ahead.at + 10
  })

  it('tokens that were revoked stay so, whatever a clock that is behind says later', async () => {
    const first = aSignOut('kai', { tokensFrom: 99 })
    await put(first)
    await put(aSignOut('kai', { tokensFrom: 77 }))
    assert.equal((await since(first.at)).find(({ user }) => user === 'kai')?.tokensFrom, 99)
  })

  it('of who may sign in anyway it is news to nobody that they may', async () => {
    const bo = aSignOut('bo')
    await put(bo)
    await put(aSignOut('bo', { isEnabled: true }))
    await put(aSignOut('nobody', { isEnabled: true }))
    assert.deepEqual(await since(bo.at), [bo])
  })

  it('those of one moment are told apart, and each comes after the one before', async () => {
    const [from, now] = [at, at + 10]
    await Promise.all(Array.from({ length: 40 }, (_, i) => put(aSignOut(`one of ${i}`, { at: now }))))
    const times = (await since(from + 1)).map((one) => one.at)
    assert.equal(new Set(times).size, 40)
    at = Math.max(...times)
  })

  it('who may not sign in is listed however long ago that was, until they may again', async () => {
    const lee = aSignOut('lee', { isDisabled: true })
    await put(lee)
    await put(aSignOut('lee'))
    const listed = async () =>
      (await world.stores.signOuts.list(at + 1_000)).filter(({ tenant }) => tenant === 'of-sign-outs')
    assert.deepEqual(
      (await listed()).map(({ user, isDisabled }) => [user, isDisabled]),
      [['lee', true]],
    )
    await put(aSignOut('lee', { isEnabled: true }))
    assert.deepEqual(await listed(), [])
  })

  it('what is older than it need be is forgotten, but not who may not sign in', async () => {
    const [old, kim] = [aSignOut('old'), aSignOut('kim', { isDisabled: true })]
    for (const one of [old, kim]) await put(one)
    await put(aSignOut('new'), at)
    const users = (await since(0)).map(({ user }) => user)
    assert.deepEqual(
      [users.includes('old'), users.includes('kim'), users.includes('new')],
      [false, true, true],
    )
  })
}
