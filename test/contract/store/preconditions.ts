import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { RequestProblem, revTag, userTag } from '../../../server/rules/preconditions.ts'
import type { Site, World } from './a-world.ts'

const isStale = (error: unknown) => error instanceof RequestProblem && error.requestCode === 'stale'

/** Of two at once that expect the same, one. */
async function assertOnce(change: (nth: number) => Promise<unknown>): Promise<void> {
  const both = await Promise.allSettled([change(1), change(2)])
  const [kept, refused] = both.toSorted((a, b) => a.status.localeCompare(b.status))
  assert.equal(kept?.status, 'fulfilled')
  assert.ok(refused?.status === 'rejected' && isStale(refused.reason), 'expected one to be stale')
}

const aMessage = async (site: Site) => {
  const room = await site.room('mina', 'sam')
  const { message } = await site.store.appendFromSite({ room, id: uuidv7(), site: { text: 'Hello' } })
  return { room, message }
}

/** What a request expects is asked where the change is made. */
export function preconditionPromises(world: World): void {
  it('of two changes of a message that expect the same one is made', async () => {
    const site = world.site()
    const { room, message } = await aMessage(site)
    const ifMatch = [revTag(message.rev)]
    await assertOnce((nth) =>
      site.store.amend({
        kind: 'edit-site',
        room,
        id: message.id,
        by: '',
        site: { text: `${nth}` },
        ifMatch,
      }),
    )
    assert.equal((await site.store.findMessage(room, message.id))?.rev, 2)
    await assert.rejects(site.store.amend({ kind: 'delete', room, id: message.id, by: '', ifMatch }), isStale)
  })

  it('of two changes of a group that expect the same one is made', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    const rev = (await site.store.findRoom(room))?.rev ?? -1
    const ifMatch = [revTag(rev)]
    await assertOnce((nth) => site.alter(room, { kind: 'rename', name: `${nth}`, ifMatch }))
    const now = (await site.store.findRoom(room))?.rev ?? -1
    await assertOnce((nth) =>
      site.store.setUpRoom({ room, data: JSON.stringify({ nth }), ifMatch: [revTag(now)] }),
    )
    await assert.rejects(site.store.setUpRoom({ room, ifMatch }), isStale)
  })

  it('of two changes of a user that expect the same one is made, and a new one is none that was read', async () => {
    const { store } = world.site()
    await assert.rejects(store.saveUser({ id: 'mina', name: 'Mina' }, '*'), isStale)
    assert.equal(await store.findUser('mina'), undefined)
    const { user } = await store.saveUser({ id: 'mina', name: 'Mina', data: { a: [1, 'é'] } })
    const ifMatch = [userTag({ ...user, ...(await store.readDetails('mina')) })]
    await assertOnce((nth) => store.saveUser({ id: 'mina', name: `Mina ${nth}` }, ifMatch))
    await assert.rejects(store.saveUser({ id: 'mina', name: 'Other' }, ifMatch), isStale)
    await store.saveUser({ id: 'mina', name: 'Any' }, '*')
  })

  it('of two who make a user where there is none one does, and then nobody', async () => {
    const { store } = world.site()
    const ifMatch = { noneOf: '*' } as const
    await assertOnce((nth) => store.saveUser({ id: 'mina', name: `Mina ${nth}` }, ifMatch))
    await assert.rejects(store.saveUser({ id: 'mina', name: 'Other' }, ifMatch), isStale)
    await store.saveUser({ id: 'mina', name: 'Other' }, { noneOf: ['"another"'] })
  })

  it('of two who say something as the site where nothing is one does, and then nobody', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const draft = { room, id: uuidv7(), site: { text: 'Hello' }, ifMatch: { noneOf: '*' } } as const
    await assertOnce(() => site.store.appendFromSite(draft))
    await assert.rejects(site.store.appendFromSite(draft), isStale)
  })

  it('what the site says under an id that nobody has is nothing that was read', async () => {
    const site = world.site()
    const { room, message } = await aMessage(site)
    const draft = { room, site: { text: 'Hello' } }
    await assert.rejects(site.store.appendFromSite({ ...draft, id: uuidv7(), ifMatch: '*' }), isStale)
    const again = { ...draft, id: message.id, ifMatch: [revTag(message.rev)] }
    assert.equal((await site.store.appendFromSite(again)).created, false)
  })
}
