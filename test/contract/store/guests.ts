import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { guestId } from '../../../server/protocol/guests.ts'
import { roomKey } from '../../../server/rules/room-key.ts'
import { aSystemMessage, problem, type Site, type World } from './a-world.ts'

async function aGuest(site: Site, name = 'Zoe'): Promise<string> {
  const { id } = await site.store.addGuest({ id: guestId(uuidv7()), name })
  return id
}

/** The room for exactly these, all of whom are there. */
const openWith = async (site: Site, ...members: string[]) => {
  const kind = members.length === 2 ? 'direct' : 'group'
  const draft = { id: uuidv7(), kind, members, key: roomKey(members) } as const
  return (await site.store.openRoom(draft)).room
}

/** Visitors, and what becomes of them when they sign in. */
export function guestPromises(world: World): void {
  it('a guest is a user whom everybody sees to be one, and who is found by name', async () => {
    const site = world.site()
    const id = await aGuest(site, 'Zoe Winter')
    assert.deepEqual(await site.store.findUser(id), { id, name: 'Zoe Winter', guest: true })
    const { users } = await site.store.searchUsers({ query: 'win', limit: 5 })
    assert.deepEqual(users, [{ id, name: 'Zoe Winter', guest: true }])
  })

  it('a tenant takes so many guests in an hour, and then more', async () => {
    const site = world.site()
    const add = () => site.store.addGuest({ id: guestId(uuidv7()), name: 'Zoe', most: 2 })
    await add()
    await add()
    await assert.rejects(add(), problem('rate_limited'))
    await world.site().store.addGuest({ id: guestId(uuidv7()), name: 'Zoe', most: 2 })
    world.clock.now += 3_600_000
    await add()
  })

  it('who signs in takes the place of the guest: rooms, roles, marks and how the list is arranged', async () => {
    const site = world.site()
    await site.users('mina', 'sam')
    const guest = await aGuest(site)
    const direct = await openWith(site, guest, 'sam')
    const group = await site.group('Club', guest, 'sam')
    await site.say(direct, guest)
    await site.say(direct, 'sam')
    const { seq } = await site.say(direct, 'sam')
    await site.store.markRead(direct, guest, seq - 1)
    await site.store.arrange({ room: direct, user: guest, pinned: true })
    const before = await site.store.findRoom(direct, guest)
    const merged = await site.store.mergeGuest({ guest, user: 'mina' })
    assert.deepEqual(merged?.guest, { id: guest, name: 'mina', mergedInto: 'mina' })
    const rooms = new Map(merged?.rooms.map((one) => [one.room, one]))
    assert.deepEqual(
      [direct, group].map((room) => rooms.get(room)?.isIn),
      [true, true],
    )
    const after = await site.store.findRoom(direct, 'mina')
    assert.deepEqual(after?.me, before?.me)
    assert.deepEqual(after?.members?.map(({ userId }) => userId).sort(), ['mina', 'sam'])
    assert.deepEqual([after?.rev, after?.head], [rooms.get(direct)?.head, rooms.get(direct)?.head])
    const [mine] =
      (await site.store.findRoom(group))?.members?.filter(({ userId }) => userId === 'mina') ?? []
    assert.equal(mine?.role, 'owner')
    assert.equal(await site.store.findRoom(direct, guest), undefined)
    assert.deepEqual(await site.store.listMemberships(guest), [])
    assert.equal(await site.store.findRoomByKey(roomKey(['mina', 'sam'])), direct)
    assert.deepEqual((await site.store.readVersions([direct])).get(direct), {
      head: rooms.get(direct)?.head,
      membershipRev: rooms.get(direct)?.membershipRev,
    })
  })

  it('what the guest wrote stays theirs, is called by the name of the user, and is nothing unread', async () => {
    const site = world.site()
    await site.users('sam')
    await site.store.saveUser({ id: 'mina', name: 'Mina' })
    const guest = await aGuest(site)
    const room = await openWith(site, guest, 'sam')
    const said = await site.say(room, guest)
    await site.store.mergeGuest({ guest, user: 'mina' })
    assert.equal((await site.store.findMessage(room, said.id))?.authorId, guest)
    assert.equal((await site.store.findRoom(room, 'mina'))?.me?.unread, 0)
    const { merged } = await site.store.saveUser({ id: 'mina', name: 'Mina Okafor' })
    const view = { id: guest, name: 'Mina Okafor', mergedInto: 'mina' }
    assert.deepEqual(merged, [view])
    assert.deepEqual(await site.store.findUser(guest), view)
    assert.deepEqual((await site.store.searchUsers({ query: 'zoe', limit: 5 })).users, [])
  })

  it('mentions of the guest reach the user', async () => {
    const site = world.site()
    await site.users('mina', 'sam')
    const guest = await aGuest(site)
    const room = await openWith(site, guest, 'sam')
    const mentions = [{ userId: guest, at: 0, length: 1 }]
    await site.store.append({ room, id: uuidv7(), author: 'sam', text: 'x', mentions })
    await site.store.mergeGuest({ guest, user: 'mina' })
    assert.equal((await site.store.findRoom(room, 'mina'))?.me?.mentions, 1)
  })

  it('where there is a room for the same people, the guest’s stays readable, and no second one has the key', async () => {
    const site = world.site()
    const own = await site.room('mina', 'sam')
    const guest = await aGuest(site)
    const room = await openWith(site, guest, 'sam')
    await site.say(room, guest)
    await site.store.mergeGuest({ guest, user: 'mina' })
    assert.equal(await site.store.findRoomByKey(roomKey(['mina', 'sam'])), own)
    assert.equal(await site.store.findRoomByKey(roomKey([guest, 'sam'])), undefined)
    assert.equal((await site.store.findRoom(room, 'mina'))?.kind, 'direct')
    assert.equal((await site.store.readPage(room, {}, 5)).messages.length, 1)
    assert.equal(await openWith(site, 'mina', 'sam'), own)
  })

  it('who is in the room already stays with what they arranged, and reads what the guest had read', async () => {
    const site = world.site()
    await site.users('mina', 'sam')
    const guest = await aGuest(site)
    const room = await site.group('Club', 'sam', 'mina', guest)
    await site.alter(room, { kind: 'set-role', user: guest, role: 'owner' }, 'sam')
    await site.store.arrange({ room, user: 'mina', pinned: true })
    const { seq } = await site.say(room, 'sam')
    await site.store.markRead(room, guest, seq)
    await site.store.mergeGuest({ guest, user: 'mina' })
    const view = await site.store.findRoom(room, 'mina')
    assert.deepEqual([view?.memberCount, view?.me?.unread], [2, 0])
    assert.ok(view?.me?.arranged?.pinnedAt)
    assert.equal(view?.members?.find(({ userId }) => userId === 'mina')?.role, 'owner')
  })

  it('whom an owner removed does not come back as the guest that they were', async () => {
    const site = world.site()
    await site.users('mina', 'sam')
    const guest = await aGuest(site)
    const room = await site.group('Club', 'sam', 'mina', guest)
    await site.alter(room, { kind: 'remove', user: 'mina', by: 'sam' }, 'sam')
    const merged = await site.store.mergeGuest({ guest, user: 'mina' })
    assert.deepEqual(
      merged?.rooms.map(({ isIn }) => isIn),
      [false],
    )
    assert.equal(await site.store.isMember(room, 'mina'), false)
    assert.equal((await site.store.findRoom(room))?.memberCount, 1)
  })

  it('done twice, or twice at once, it is done once; and nobody else signs in as the same guest', async () => {
    const site = world.site()
    await site.users('mina', 'sam', 'lee')
    const guest = await aGuest(site)
    const room = await openWith(site, guest, 'sam')
    const merge = (user: string) => site.store.mergeGuest({ guest, user })
    const done = await Promise.all([merge('mina'), merge('mina')])
    assert.equal(done.filter((one) => one !== undefined).length, 1)
    const view = await site.store.findRoom(room, 'mina')
    assert.equal(await merge('mina'), undefined)
    assert.deepEqual(await site.store.findRoom(room, 'mina'), view)
    await assert.rejects(merge('lee'), problem('conflict'))
    await assert.rejects(site.store.mergeGuest({ guest: 'sam', user: 'mina' }), problem('not_found'))
    await assert.rejects(
      site.store.mergeGuest({ guest: guestId('none'), user: 'mina' }),
      problem('not_found'),
    )
  })

  it('what a guest sends while they sign in is there, or was refused: nothing is lost or doubled', async () => {
    const site = world.site()
    await site.users('mina', 'sam')
    const guest = await aGuest(site)
    const room = await openWith(site, guest, 'sam')
    const ids = Array.from({ length: 12 }, () => uuidv7())
    const send = (id: string) => site.store.append({ room, id, author: guest, text: id })
    const before = ids.slice(0, 6).map(send)
    const merge = site.store.mergeGuest({ guest, user: 'mina' })
    const after = ids.slice(6).map(send)
    const outcomes = await Promise.allSettled([...before, ...after])
    await merge
    const stored = (await site.history(room)).map(({ id }) => id).sort()
    assert.deepEqual(stored, ids.filter((_, at) => outcomes[at]?.status === 'fulfilled').sort())
    for (const one of outcomes) if (one.status === 'rejected') problem('not_found')(one.reason)
    assert.equal((await site.store.findRoom(room, 'mina'))?.head, (await site.store.findRoom(room))?.head)
  })

  it('the only owner who does not come back as a guest leaves the group to who has been in it longest', async () => {
    const site = world.site()
    await site.users('mina', 'sam')
    const guest = await aGuest(site)
    const room = await site.group('Club', guest, 'mina', 'sam')
    await site.store.alterRoom({
      room,
      by: guest,
      kind: 'remove',
      user: 'mina',
      systemMessage: aSystemMessage(guest),
    })
    await site.store.mergeGuest({ guest, user: 'mina' })
    assert.equal(await site.store.findOwner(room), 'sam')
  })
}
