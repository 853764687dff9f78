import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { uuidv7 } from 'uuidv7'
import { aGroup, problem, type Site, type World } from './a-world.ts'

const patienceMs = 20_000

/** Nobody waits for it, so it is asked for until it is so. */
async function untilEmpty(site: Site, room: string): Promise<void> {
  const end = performance.now() + patienceMs
  while ((await site.store.readPage(room, {}, 1)).messages.length > 0) {
    assert.ok(performance.now() < end, 'the messages of a deleted room go')
    await delay(5)
  }
}

/** Groups that end for everybody. */
export function deletionPromises(world: World): void {
  it('a deleted group is in no list and behind no door, and other rooms are as they were', async () => {
    const site = world.site()
    const { store } = site
    const [room, other] = [await site.group('team', 'mina', 'sam'), await site.group('other', 'mina', 'sam')]
    const message = await site.say(room, 'sam', 'hello')
    await site.say(other, 'sam', 'hello')
    await store.react({ room, id: message.id, by: 'mina', emoji: '👍', on: true })
    await store.arrange({ room, user: 'mina', pinned: true })
    const before = await store.findRoom(other, 'mina')
    const { head = 0 } = (await store.findRoom(room)) ?? {}
    const rev = await store.deleteRoom({ room, by: 'mina' })
    assert.equal(rev, head + 1)
    for (const user of ['mina', 'sam']) {
      assert.equal(await store.findRoom(room, user), undefined)
      assert.equal(await store.isMember(room, user), false)
      assert.deepEqual(
        (await store.listRooms(user, { limit: 9 })).rooms.map(({ id }) => id),
        [other],
      )
      assert.deepEqual(
        (await store.listMemberships(user)).map((one) => one.room),
        [other],
      )
      assert.deepEqual(await store.readHeads(user, [room]), {})
    }
    assert.equal(await store.countUnread('mina'), 1)
    assert.deepEqual(await store.readArranged('mina'), { pinned: [], archived: 0 })
    assert.equal(await store.findRoom(room), undefined)
    assert.deepEqual(await store.filterMembers(room, ['mina', 'sam']), {
      members: new Set(),
      membershipRev: rev,
    })
    assert.deepEqual((await store.readVersions([room])).get(room), { head: rev, membershipRev: rev })
    const shared = await store.findCompanions(['mina'], { rooms: 9, people: 9 })
    assert.deepEqual(shared.get('mina'), ['sam'])
    assert.deepEqual(await store.findRoom(other, 'mina'), before)
    await untilEmpty(site, room)
    assert.deepEqual((await site.history(other)).length, 1)
  })

  it('nothing is written into a deleted group any more, and nobody comes into it', async () => {
    const site = world.site()
    const { store } = site
    const room = await site.group('team', 'mina', 'sam')
    const { id } = await site.say(room, 'mina')
    await store.deleteRoom({ room, by: 'mina' })
    await untilEmpty(site, room)
    await assert.rejects(site.say(room, 'mina'), problem('not_found'))
    await assert.rejects(store.amend({ kind: 'edit', room, id, by: 'mina', text: 'x' }), problem('not_found'))
    await assert.rejects(store.react({ room, id, by: 'sam', emoji: '👍', on: true }), problem('not_found'))
    await assert.rejects(store.markRead(room, 'sam', 1), problem('not_found'))
    await assert.rejects(site.alter(room, { kind: 'add', user: 'sam' }), problem('not_found'))
    await assert.rejects(store.deleteRoom({ room, by: 'mina' }), problem('not_found'))
  })

  it('the id of a deleted group is never given again, and its people get another room', async () => {
    const site = world.site()
    const { store } = site
    await site.users('mina', 'sam', 'lee')
    const draft = aGroup('team', ['mina', 'sam'])
    const { room } = await store.openRoom(draft)
    await store.deleteRoom({ room, by: 'mina' })
    await assert.rejects(store.openRoom(draft), problem('conflict'))
    await assert.rejects(store.openRoom({ ...draft, members: [] }), problem('conflict'))
    const unnamed = await site.room('mina', 'sam', 'lee')
    await store.deleteRoom({ room: unnamed, by: 'mina' })
    assert.notEqual(await site.room('mina', 'sam', 'lee'), unnamed)
  })

  it('only an owner deletes a group, and nobody a room of two', async () => {
    const site = world.site()
    const { store } = site
    const [team, pair, notes] = [
      await site.group('team', 'mina', 'sam'),
      await site.room('mina', 'sam'),
      await site.room('mina'),
    ]
    await site.users('eve')
    await assert.rejects(store.deleteRoom({ room: team, by: 'sam' }), problem('forbidden'))
    await assert.rejects(store.deleteRoom({ room: team, by: 'eve' }), problem('not_found'))
    for (const room of [pair, notes])
      await assert.rejects(store.deleteRoom({ room, by: 'mina' }), problem('forbidden'))
    await assert.rejects(store.deleteRoom({ room: uuidv7(), by: 'mina' }), problem('not_found'))
    await site.leave(team, 'mina')
    await assert.rejects(store.deleteRoom({ room: team, by: 'mina' }), problem('not_found'))
    assert.equal((await store.findRoom(team, 'sam'))?.memberCount, 1)
  })

  it('the host deletes a group though nobody owns it, and no room of two', async () => {
    const site = world.site()
    const [team, pair] = [await site.group('team', 'mina'), await site.room('mina', 'sam')]
    await site.leave(team, 'mina')
    assert.ok((await site.store.deleteRoom({ room: team })) > 0)
    assert.equal(await site.store.findRoom(team), undefined)
    await assert.rejects(site.store.deleteRoom({ room: pair }), problem('forbidden'))
    for (const room of [team, uuidv7()])
      await assert.rejects(site.store.deleteRoom({ room }), problem('not_found'))
  })

  it('of messages that are sent while a group is deleted, those come before it, or are refused', async () => {
    const site = world.site()
    const room = await site.group('team', 'mina', 'sam')
    const sent = Array.from({ length: 20 }, (_, index) => site.say(room, index % 2 ? 'mina' : 'sam'))
    const [rev, ...answers] = await Promise.allSettled([site.store.deleteRoom({ room, by: 'mina' }), ...sent])
    assert.equal(rev.status, 'fulfilled')
    const last = rev.status === 'fulfilled' ? Number(rev.value) : 0
    for (const answer of answers) {
      if (answer.status === 'fulfilled') assert.ok((answer.value as { seq: number }).seq < last)
      else problem('not_found')(answer.reason)
    }
    await untilEmpty(site, room)
  })
}
