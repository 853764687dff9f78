import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../../server/protocol/limits.ts'
import type { LinkDraft } from '../../../server/store/store.ts'
import { problem, type Site, type World } from './a-world.ts'

let codes = 0

/** A link of the room's owner, and its code. */
async function aLink(site: Site, room: string, more: Partial<LinkDraft> = {}) {
  const code = `code ${++codes}`
  const { link } = await site.store.createLink({ room, by: 'mina', id: uuidv7(), code, ...more })
  return link
}

const join = (site: Site, room: string, user: string, code: string) =>
  site.alter(room, { kind: 'join', user, by: user, code }, user)

const usesOf = async (site: Site, room: string) =>
  (await site.store.listLinks({ room, by: 'mina' })).map(({ used }) => used)

/** Owners of groups make links, by which users come in. */
export function linkPromises(world: World): void {
  it('a link shows the group to who is no member, and opens it to them: from then on it is used once', async () => {
    const site = world.site()
    const { store } = site
    const room = await site.group('Sky', 'mina')
    await site.users('sam')
    const link = await aLink(site, room)
    assert.deepEqual(await store.findByLink(link.code, 'sam'), { id: room, name: 'Sky', memberCount: 1 })
    assert.equal(await store.findByLink('another code', 'sam'), undefined)
    assert.equal((await join(site, room, 'sam', link.code))?.seq, 2)
    assert.deepEqual(await usesOf(site, room), [1])
    assert.equal(await join(site, room, 'sam', link.code), undefined)
    assert.equal(await join(site, room, 'mina', link.code), undefined)
    assert.deepEqual(await usesOf(site, room), [1])
    assert.equal((await store.findByLink(link.code, 'sam'))?.joined, true)
    assert.equal((await store.findRoom(room))?.join, undefined)
  })

  it('of users who come at once by a link of one use, one gets in, and the others find no link', async () => {
    const site = world.site()
    const room = await site.group('Sky', 'mina')
    const users = Array.from({ length: 8 }, (_, n) => `user-${n}`)
    await site.users(...users)
    const { code } = await aLink(site, room, { maxUses: 1 })
    const answers = await Promise.allSettled(users.map((user) => join(site, room, user, code)))
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const answer of answers) if (answer.status === 'rejected') problem('not_found')(answer.reason)
    assert.equal((await site.store.findRoom(room))?.memberCount, 2)
    assert.deepEqual(await usesOf(site, room), [])
    assert.equal(await site.store.findByLink(code, 'mina'), undefined)
  })

  it('a link that is over opens nothing: its time has come, it is used up, deleted, of another room, or its room is gone', async () => {
    const site = world.site()
    const { store, tenant: _ } = site
    const start = world.clock.now
    const [room, other] = [await site.group('Sky', 'mina'), await site.group('Sea', 'mina')]
    await site.users('sam')
    const timed = await aLink(site, room, { expiresAt: start + 1_000 })
    const deleted = await aLink(site, room)
    const lasting = await aLink(site, other)
    assert.equal(await store.deleteLink({ room, by: 'mina', id: deleted.id }), true)
    assert.equal(await store.deleteLink({ room, by: 'mina', id: deleted.id }), false)
    world.clock.now += 1_000
    for (const { code } of [timed, deleted, lasting])
      await assert.rejects(join(site, room, 'sam', code), problem('not_found'))
    for (const { code } of [timed, deleted]) assert.equal(await store.findByLink(code, 'sam'), undefined)
    await store.deleteRoom({ room: other, by: 'mina' })
    assert.equal(await store.findByLink(lasting.code, 'sam'), undefined)
    await assert.rejects(join(site, other, 'sam', lasting.code), problem('not_found'))
    world.clock.now = start
  })

  it('whom an owner removed comes back by no link, and that is no use of it', async () => {
    const site = world.site()
    const room = await site.group('Sky', 'mina', 'sam')
    const { code } = await aLink(site, room, { maxUses: 1 })
    await site.alter(room, { kind: 'remove', user: 'sam', by: 'mina' })
    await assert.rejects(join(site, room, 'sam', code), problem('forbidden'))
    assert.deepEqual(await usesOf(site, room), [0])
  })

  it('the same id again is the same link, and what it opens stays as it was', async () => {
    const site = world.site()
    const room = await site.group('Sky', 'mina')
    const draft = { room, by: 'mina', id: uuidv7(), maxUses: 5 }
    const first = await site.store.createLink({ ...draft, code: 'one' })
    assert.equal(first.created, true)
    assert.deepEqual(await site.store.createLink({ ...draft, code: 'two' }), { ...first, created: false })
    await assert.rejects(site.store.createLink({ ...draft, code: 'two', maxUses: 6 }), problem('conflict'))
    assert.equal(await site.store.findByLink('two', 'mina'), undefined)
  })

  it('links are listed newest first, without those that are over, and are so many at most', async () => {
    const site = world.site()
    const start = world.clock.now
    const room = await site.group('Sky', 'mina')
    const ids: string[] = []
    for (let n = 0; n < limits.links; n++) {
      world.clock.now += 1
      ids.unshift((await aLink(site, room, n === 0 ? { expiresAt: start + 1_000 } : {})).id)
    }
    const listed = await site.store.listLinks({ room, by: 'mina' })
    assert.deepEqual(
      listed.map(({ id }) => id),
      ids,
    )
    assert.equal(listed.at(-1)?.expiresAt, new Date(start + 1_000).toISOString())
    await assert.rejects(aLink(site, room), problem('too_large'))
    world.clock.now = start + 1_000
    assert.ok(await aLink(site, room))
    assert.equal((await site.store.listLinks({ room, by: 'mina' })).length, limits.links)
    await assert.rejects(aLink(site, room), problem('too_large'))
    const over = { expiresAt: world.clock.now }
    await assert.rejects(aLink(site, await site.group('Sea', 'mina'), over), problem('bad_request'))
    world.clock.now = start
  })

  it('only owners make, see and delete links, and only of groups', async () => {
    const site = world.site()
    const { store } = site
    const [room, pair] = [await site.group('Sky', 'mina', 'sam'), await site.room('mina', 'sam')]
    await site.users('eve')
    const { id } = await aLink(site, room)
    for (const [by, code] of [
      ['sam', 'forbidden'],
      ['eve', 'not_found'],
    ] as const) {
      await assert.rejects(aLink(site, room, { by }), problem(code))
      await assert.rejects(store.listLinks({ room, by }), problem(code))
      await assert.rejects(store.deleteLink({ room, by, id }), problem(code))
    }
    await assert.rejects(aLink(site, pair), problem('forbidden'))
    assert.deepEqual(await usesOf(site, room), [0])
  })
}
