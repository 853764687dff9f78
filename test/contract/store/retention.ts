import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { oldOfSlice } from '../../../server/rules/retention.ts'
import type { Site, World } from './a-world.ts'

const dayMs = 86_400_000

/** Removes all that is older, and answers how many went. */
async function removeOld({ store }: Site, before: number): Promise<number> {
  let [removed, after] = [0, '']
  for (let turn = 0; turn < 50; turn++) {
    const slice = await store.removeOld({ before, after })
    removed += slice.removed
    after = slice.after
    if (slice.isDone) return removed
  }
  assert.fail('removing that never ends')
}

/** Messages are kept for some days only. */
export function retentionPromises(world: World): void {
  it('old messages go with all that hangs on them and take no number; what is younger stays as it is', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const old = await site.say(room, 'mina', 'old words')
    await site.store.amend({ kind: 'pin', room, id: old.id, by: 'mina', on: true })
    const second = await site.say(room, 'mina', 'second old words')
    world.clock.now += 10 * dayMs
    const answer = uuidv7()
    await site.store.append({ room, id: answer, author: 'sam', text: 'young', replyTo: old.id })
    const before = await site.store.findRoom(room, 'mina')
    assert.equal(await removeOld(site, world.clock.now - dayMs), 2)
    const page = await site.store.readPage(room, {}, 50)
    assert.equal(page.older, false)
    assert.deepEqual(
      page.messages.map(({ id, text }) => [id, text]),
      [[answer, 'young']],
    )
    assert.ok(!JSON.stringify(page).includes('old words'), 'no quote of it')
    assert.equal(await site.store.findMessage(room, old.id), undefined)
    assert.deepEqual((await site.store.listPins(room)).messages, [])
    const room_ = await site.store.findRoom(room, 'mina')
    assert.equal(room_?.head, before?.head)
    assert.deepEqual(room_?.me?.unread, before?.me?.unread)
    assert.equal((await site.store.readChanges(room, old.seq, 50)).reset, true)
    assert.notEqual((await site.store.readChanges(room, second.seq, 50)).reset, true)
    assert.equal(await removeOld(site, world.clock.now - dayMs), 0)
  })

  it('a room in which all was old is empty, has no last message and nothing unread, and goes on behind its numbers', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    for (let nth = 0; nth < oldOfSlice + 2; nth++) await site.say(room, 'mina', `old ${nth}`)
    const { head = 0 } = (await site.store.findRoom(room)) ?? {}
    world.clock.now += 10 * dayMs
    assert.equal(await removeOld(site, world.clock.now - dayMs), oldOfSlice + 2)
    const view = await site.store.findRoom(room, 'sam')
    assert.equal(view?.lastMessage, undefined)
    assert.equal(view?.me?.unread, 0)
    const page = await site.store.readPage(room, {}, 50)
    assert.deepEqual([page.messages, page.older, page.head], [[], false, head])
    assert.equal((await site.say(room, 'sam', 'new')).seq, head + 1)
  })

  it('another tenant keeps what it has', async () => {
    const [site, other] = [world.site(), world.site()]
    const room = await other.room('mina', 'sam')
    await other.say(room, 'mina', 'old')
    world.clock.now += 10 * dayMs
    assert.equal(await removeOld(site, world.clock.now), 0)
    assert.equal((await other.history(room)).length, 1)
  })
}
