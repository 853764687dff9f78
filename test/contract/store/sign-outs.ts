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
