import assert from 'node:assert/strict'
import { it } from 'node:test'
import { limits } from '../../../server/protocol/limits.ts'
import type { MessageView } from '../../../server/protocol/views.ts'
import { problem, type Site, type World } from './a-world.ts'

const pin = (site: Site, { roomId: room, id }: MessageView, by: string, on = true) =>
  site.store.amend({ kind: 'pin', room, id, by, on })
const idsOf = (messages: readonly MessageView[]) => messages.map(({ id }) => id)
const headOf = async (site: Site, room: string) => (await site.store.findRoom(room))?.head

/** Members pin messages for all in the room. */
export function pinPromises(world: World): void {
  it('where only owners write, only they pin and take a pin away', async () => {
    const site = world.site()
    const room = await site.group('News', 'mina', 'sam')
    const { id } = await site.say(room, 'sam')
    await site.alter(room, { kind: 'configure', settings: { post: 'owners' } })
    const pin = (by: string, on: boolean) => site.store.amend({ kind: 'pin', room, id, by, on })
    await assert.rejects(pin('sam', true), problem('forbidden'))
    assert.equal((await pin('mina', true)).changed, true)
    for (const on of [true, false]) await assert.rejects(pin('sam', on), problem('forbidden'))
    assert.equal((await site.store.listPins(room)).messages.length, 1)
  })

  it('a pin is a new version of its message, by any member, in every read', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const sent = await site.say(room, 'sam')
    const at = new Date(world.clock.now).toISOString()
    const pinned = await pin(site, sent, 'mina')
    const message = { ...sent, rev: 2, pinned: { userId: 'mina', at } }
    assert.deepEqual(pinned, { message, changed: true, membershipRev: 0 })
    assert.deepEqual(await site.history(room), [message])
    assert.deepEqual((await site.store.readChanges(room, 1, 10)).messages, [message])
    assert.deepEqual(await site.store.listPins(room), { messages: [message], head: 2 })
    assert.deepEqual((await site.edit(sent, 'better')).pinned, message.pinned)
    assert.deepEqual(
      (await site.store.append({ room, id: sent.id, author: 'sam', text: sent.text })).created,
      false,
    )
    assert.equal((await pin(site, sent, 'sam', false)).message.pinned, undefined)
    assert.deepEqual(await site.store.listPins(room), { messages: [], head: 4 })
  })

  it('the list has the one pinned last first, and nothing of another room', async () => {
    const site = world.site()
    const [room, other] = [await site.group('one', 'mina'), await site.group('other', 'mina')]
    const start = world.clock.now
    const [a, b, c] = [
      await site.say(room, 'mina'),
      await site.say(room, 'mina'),
      await site.say(room, 'mina'),
    ]
    await pin(site, await site.say(other, 'mina'), 'mina')
    for (const message of [b, a, c]) {
      world.clock.now += 1_000
      await pin(site, message, 'mina')
    }
    assert.deepEqual(idsOf((await site.store.listPins(room)).messages), idsOf([c, a, b]))
    world.clock.now = start
  })

  it('what changes nothing takes no number, and the first pin stays', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const sent = await site.say(room, 'mina')
    assert.equal((await pin(site, sent, 'mina', false)).changed, false)
    const { message } = await pin(site, sent, 'mina')
    assert.deepEqual(await pin(site, sent, 'sam'), { message, changed: false, membershipRev: 0 })
    assert.equal(await headOf(site, room), 2)
  })

  it(`a room has ${limits.pins} pins, and one more is too_large until one is gone`, async () => {
    const site = world.site()
    const room = await site.room('mina')
    const sent = await Promise.all(Array.from({ length: limits.pins + 2 }, () => site.say(room, 'mina')))
    const outcomes = await Promise.allSettled(sent.map((message) => pin(site, message, 'mina')))
    const refused = sent.filter((_, at) => outcomes[at]?.status === 'rejected')
    const pinned = sent.filter((message) => !refused.includes(message))
    assert.equal(pinned.length, limits.pins)
    const [one, other] = refused
    assert.ok(one && other && pinned[0] && pinned[1])
    await assert.rejects(pin(site, one, 'mina'), problem('too_large'))
    await pin(site, pinned[0], 'mina', false)
    await pin(site, one, 'mina')
    await assert.rejects(pin(site, other, 'mina'), problem('too_large'))
    await site.delete(pinned[1])
    await pin(site, other, 'mina')
    assert.equal((await site.store.listPins(room)).messages.length, limits.pins)
  })

  it('only members pin messages of users that are there; a deletion takes the pin along', async () => {
    const site = world.site()
    const room = await site.group('one', 'mina', 'sam')
    await site.users('eve')
    const sent = await site.say(room, 'sam')
    const systemMessage = await site.alter(room, { kind: 'rename', name: 'Crew' }, 'mina')
    assert.ok(systemMessage)
    await assert.rejects(pin(site, sent, 'eve'), problem('not_found'))
    await assert.rejects(pin(site, systemMessage, 'mina'), problem('forbidden'))
    await pin(site, sent, 'mina')
    assert.equal((await site.delete(sent)).pinned, undefined)
    assert.deepEqual((await site.store.listPins(room)).messages, [])
    await assert.rejects(pin(site, sent, 'mina'), problem('conflict'))
  })
}
