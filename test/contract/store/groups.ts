import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../../server/protocol/limits.ts'
import { aGroup, aRoom, aSystemMessage, type GroupChange, problem, type Site, type World } from './a-world.ts'
import { people, play, someTurns, writtenOutside } from './moves.ts'

const numbersTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)

async function rolesIn(site: Site, room: string): Promise<Record<string, string>> {
  const { members } = await site.store.listMembers(room, { limit: 300 })
  return Object.fromEntries(members.map(({ userId, role }) => [userId, role]))
}

/** Everything of a room that a change could touch. */
async function allOf(site: Site, room: string): Promise<unknown> {
  return [await site.store.findRoom(room), await rolesIn(site, room), await site.history(room)]
}

/** Groups get another name, other members and other owners, and their history says so. */
export function groupPromises(world: World): void {
  it('live revs are 1…head, each taken once, whatever happens at the same time', async () => {
    const site = world.site()
    await fc.assert(
      fc.asyncProperty(someTurns, async (turns) => {
        const room = await site.group('a room', ...people)
        const { taken, messages } = await play([site.store], room, turns)
        const { head, members, memberCount } = (await site.store.findRoom(room)) ?? assert.fail('it is there')
        assert.deepEqual(taken, numbersTo(head))
        const history = await site.history(room)
        assert.deepEqual(
          history,
          messages.sort((a, b) => a.seq - b.seq),
        )
        assert.deepEqual(writtenOutside(history), [])
        assert.equal(members?.length, memberCount)
        const hasOwner = members?.some(({ role }) => role === 'owner')
        assert.ok(hasOwner || memberCount === 0, 'a group has an owner')
      }),
      { numRuns: 60 },
    )
  })

  it('what a group is for is kept through other changes, goes with null, and leaves it the room of its people', async () => {
    const site = world.site()
    const roomId = await site.room('mina', 'sam', 'lee')
    const describe = (description: string | null) =>
      site.alter(roomId, { kind: 'describe', description }, 'sam')
    const shown = async () => {
      const { description, rev, head } = (await site.store.findRoom(roomId, 'mina')) ?? {}
      return [description, rev, head]
    }
    assert.deepEqual(await shown(), [undefined, 0, 0])
    assert.equal((await describe('For all who look up'))?.rev, 2)
    assert.deepEqual(await shown(), ['For all who look up', 1, 2])
    assert.equal(await describe('For all who look up'), undefined)
    assert.equal(await site.room('mina', 'sam', 'lee'), roomId)
    await site.alter(roomId, { kind: 'rename', name: 'Sky' })
    await site.alter(roomId, { kind: 'remove', user: 'lee' })
    await site.alter(roomId, { kind: 'set-role', user: 'sam', role: 'owner' })
    assert.deepEqual(await shown(), ['For all who look up', 7, 8])
    const [listed] = (await site.store.listRooms('sam', { limit: 1 })).rooms
    assert.equal(listed?.description, 'For all who look up')
    await describe(null)
    assert.deepEqual(await shown(), [undefined, 9, 10])
    assert.equal(await describe(null), undefined)
  })

  it('a new name takes two numbers: the room’s own, and the place of its system message', async () => {
    const site = world.site()
    const roomId = await site.group('Team', 'mina', 'sam')
    await site.say(roomId, 'sam')
    const start = world.clock.now
    world.clock.now += 1_000
    const id = uuidv7()
    const system = { event: 'renamed', name: 'Crew' } as const
    const systemMessage = { id, authorId: 'sam', text: 'Sam named the group “Crew”', system }
    const altered = await site.store.alterRoom({ room: roomId, systemMessage, kind: 'rename', name: 'Crew' })
    const time = new Date(start + 1_000).toISOString()
    const place = { id, roomId, seq: 3, rev: 3, createdAt: time }
    const message = { ...place, authorId: 'sam', kind: 'system', text: systemMessage.text, system } as const
    const view = await site.store.findRoom(roomId)
    assert.deepEqual(altered, { room: view, message, membershipRev: 0 })
    assert.deepEqual([view?.name, view?.rev, view?.head, view?.lastAt], ['Crew', 2, 3, time])
    assert.deepEqual(view?.lastMessage, message)
    assert.deepEqual((await site.history(roomId))[1], message)
    assert.deepEqual(await site.store.findMessage(roomId, id), message)
    const { messages, roomChanged } = await site.store.readChanges(roomId, 1, 10)
    assert.deepEqual([messages, roomChanged], [[message], true])
    assert.equal((await site.store.readChanges(roomId, 2, 10)).roomChanged, false)
    world.clock.now = start
  })

  it('the system message of a change says whom it is about, when it is written and when it is read', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina')
    await site.users('lee')
    const system = { event: 'added', userId: 'lee' } as const
    const systemMessage = { ...aSystemMessage('mina'), system }
    const altered = await site.store.alterRoom({ room, systemMessage, kind: 'add', user: 'lee' })
    assert.deepEqual(altered?.message.system, system)
    assert.deepEqual((await site.history(room))[0]?.system, system)
  })

  it('a name can be taken away', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    await site.alter(room, { kind: 'rename', name: null })
    const view = await site.store.findRoom(room)
    assert.deepEqual([view?.kind, view?.name], ['group', undefined])
  })

  it('a new member is in the room from now on: nothing of before is unread', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    await site.users('lee')
    for (const text of ['one', 'two']) await site.say(room, 'sam', text)
    await site.alter(room, { kind: 'add', user: 'lee' })
    assert.equal((await rolesIn(site, room)).lee, 'member')
    const seen = await site.store.findRoom(room, 'lee')
    assert.deepEqual([seen?.memberCount, seen?.me], [3, { readSeq: 4, unread: 0, muted: false }])
    assert.deepEqual(await site.store.listMemberships('lee'), [{ room, head: 4, membershipRev: 3 }])
    assert.deepEqual(await rolesIn(site, room), { mina: 'owner', sam: 'member', lee: 'member' })
    assert.equal((await site.store.listMembers(room, { limit: 1 })).members[0]?.readSeq, 4)
    await site.say(room, 'sam', 'three')
    assert.deepEqual((await site.store.findRoom(room, 'lee'))?.me, { readSeq: 4, unread: 1, muted: false })
  })

  it('a new member can come as an owner; to who is in already, coming gives nothing', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    await site.users('lee')
    await site.alter(room, { kind: 'add', user: 'lee', role: 'owner' })
    assert.deepEqual(await rolesIn(site, room), { mina: 'owner', sam: 'member', lee: 'owner' })
    assert.equal(await site.alter(room, { kind: 'add', user: 'sam', role: 'owner' }), undefined)
    assert.equal((await rolesIn(site, room)).sam, 'member')
  })

  it('a system message is unread for nobody', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam', 'lee')
    await site.users('ada')
    const changes: GroupChange[] = [
      { kind: 'rename', name: 'Crew' },
      { kind: 'add', user: 'ada' },
      { kind: 'set-role', user: 'sam', role: 'owner' },
      { kind: 'remove', user: 'lee' },
    ]
    for (const change of changes) await site.alter(room, change)
    for (const user of ['mina', 'sam', 'ada']) {
      assert.equal((await site.store.findRoom(room, user))?.me?.unread, 0)
      assert.equal(await site.store.countUnread(user), 0)
    }
  })

  it('who comes back is a member as new as any other, and has missed nothing that is unread', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    await site.say(room, 'sam', 'seen')
    await site.store.markRead(room, 'mina', 1)
    await site.mute(room, 'mina')
    await site.leave(room, 'mina')
    assert.deepEqual(await rolesIn(site, room), { sam: 'owner' })
    await site.say(room, 'sam', 'missed')
    await site.alter(room, { kind: 'add', user: 'mina' }, 'sam')
    const view = await site.store.findRoom(room, 'mina')
    assert.deepEqual(view?.me, { readSeq: view?.head, unread: 0, muted: false, arranged: { rev: 2 } })
    assert.deepEqual(await rolesIn(site, room), { mina: 'member', sam: 'owner' })
    assert.equal(view?.memberCount, 2)
    await site.say(room, 'sam', 'new')
    assert.deepEqual(
      [await site.store.countUnread('mina'), (await site.store.listMemberships('mina')).length],
      [1, 1],
    )
  })

  it('whom an owner removed only an owner or the host adds again, and then anybody after they left', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam', 'lee')
    const isMember = async () => Object.hasOwn(await rolesIn(site, room), 'lee')
    const add = (by?: string) => site.alter(room, { kind: 'add', user: 'lee', ...(by && { by }) })
    const remove = (by: string) => site.alter(room, { kind: 'remove', user: 'lee', by })
    await remove('mina')
    const before = await allOf(site, room)
    await assert.rejects(add('sam'), (error) => {
      problem('forbidden')(error)
      assert.match(String(error), /an owner removed this user/)
      return true
    })
    assert.deepEqual(await allOf(site, room), before)
    assert.ok(await add('mina'))
    // Their own leave is no removal, and the one before it is over.
    await remove('lee')
    assert.ok(await add('sam'))
    await remove('mina')
    assert.ok(await add())
    assert.equal(await isMember(), true)
    // In again, they are a member like any other: to add them changes nothing, and is refused to nobody.
    assert.equal(await add('sam'), undefined)
    await remove('mina')
    await assert.rejects(add('sam'), problem('forbidden'))
  })

  it('a member who adds somebody while an owner removes them does not bring them back after it', async () => {
    const site = world.site()
    for (let turn = 0; turn < 10; turn++) {
      const room = await site.group('Team', 'mina', 'sam', 'lee')
      const removal = () => site.alter(room, { kind: 'remove', user: 'lee', by: 'mina' })
      const adding = () => site.alter(room, { kind: 'add', user: 'lee', by: 'sam' })
      const [added] = await Promise.allSettled(
        turn % 2 ? [adding(), removal()] : [removal(), adding()].reverse(),
      )
      if (added?.status === 'rejected') problem('forbidden')(added.reason)
      assert.equal(Object.hasOwn(await rolesIn(site, room), 'lee'), false)
    }
  })

  it('a change that changes nothing takes no number and leaves no message', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam', 'lee')
    const before = await allOf(site, room)
    const nothing: GroupChange[] = [
      { kind: 'rename', name: null },
      { kind: 'add', user: 'mina' },
      { kind: 'add', user: 'lee' },
      { kind: 'remove', user: 'stranger' },
      { kind: 'set-role', user: 'mina', role: 'owner' },
      { kind: 'set-role', user: 'sam', role: 'member' },
    ]
    for (const change of nothing) {
      assert.equal(
        await site.store.alterRoom({ room, systemMessage: aSystemMessage('mina'), ...change }),
        undefined,
      )
    }
    assert.deepEqual(await allOf(site, room), before)
    assert.equal(await site.room('mina', 'sam', 'lee'), room)
  })

  const others: Record<string, GroupChange> = {
    'a name': { kind: 'rename', name: 'Team' },
    'a new member': { kind: 'add', user: 'ada' },
    'a member less': { kind: 'remove', user: 'lee' },
  }
  for (const [what, change] of Object.entries(others)) {
    it(`with ${what}, a group is no longer the one for its exact set: the next such room is a new one`, async () => {
      const site = world.site()
      await site.users('ada')
      const room = await site.room('mina', 'sam', 'lee')
      await site.alter(room, change)
      const next = await site.room('mina', 'sam', 'lee')
      assert.notEqual(next, room)
      assert.equal(await site.room('lee', 'sam', 'mina'), next)
      const now = Object.keys(await rolesIn(site, room))
      assert.notEqual(await site.room(...now), room)
    })
  }

  it('another owner leaves it the one for its exact set', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam', 'lee')
    await site.alter(room, { kind: 'set-role', user: 'sam', role: 'owner' })
    assert.equal(await site.room('mina', 'sam', 'lee'), room)
  })

  it(`a group has at most ${limits.members} members, whoever comes at the same time`, async () => {
    const site = world.site()
    const crowd = Array.from({ length: limits.members - 1 }, (_, n) => `user-${n}`)
    const late = Array.from({ length: 5 }, (_, n) => `late-${n}`)
    await site.addUsers([...crowd, ...late])
    const { room } = await site.store.openRoom(aGroup('Crowd', crowd))
    const comings = await Promise.allSettled(late.map((add) => site.alter(room, { kind: 'add', user: add })))
    const refused = comings.flatMap((coming) => (coming.status === 'rejected' ? [coming.reason] : []))
    assert.equal(refused.length, 4)
    refused.forEach(problem('too_large'))
    assert.equal(await site.store.countMembers(room), limits.members)
    assert.equal(await site.alter(room, { kind: 'add', user: 'user-0' }), undefined)
    assert.ok(await site.alter(room, { kind: 'remove', user: 'user-0' }))
    const left = late.find((_, n) => comings[n]?.status === 'rejected') ?? ''
    assert.ok(await site.alter(room, { kind: 'add', user: left }))
  })

  it('the same user whom many add at once comes once', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina')
    await site.users('sam')
    const messages = await Promise.all(
      numbersTo(10).map(() => site.alter(room, { kind: 'add', user: 'sam' })),
    )
    assert.equal(messages.filter(Boolean).length, 1)
    const view = await site.store.findRoom(room)
    assert.deepEqual([view?.memberCount, view?.head], [2, 2])
  })

  it('an owner is found, the one who has been in it longest, while there is one', async () => {
    const site = world.site()
    await site.users('adam')
    const room = await site.group('Team', 'mina', 'sam')
    await site.alter(room, { kind: 'add', user: 'adam', role: 'owner' })
    assert.equal(await site.store.findOwner(room), 'mina')
    await site.leave(room, 'mina')
    assert.equal(await site.store.findOwner(room), 'adam')
    await site.leave(room, 'adam')
    assert.equal(await site.store.findOwner(room), 'sam')
    await site.leave(room, 'sam')
    assert.equal(await site.store.findOwner(room), undefined)
    assert.equal(await site.store.findOwner(uuidv7()), undefined)
  })

  it('when the last owner leaves, who has been in it longest owns it; by id, byte by byte, between equals', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'anna', 'Zoë')
    await site.users('Adam')
    await site.leave(room, 'Zoë')
    await site.alter(room, { kind: 'add', user: 'Zoë' })
    await site.alter(room, { kind: 'add', user: 'Adam' })
    await site.leave(room, 'mina')
    assert.deepEqual(await rolesIn(site, room), { anna: 'owner', Zoë: 'member', Adam: 'member' })
    await site.leave(room, 'anna')
    assert.deepEqual(await rolesIn(site, room), { Zoë: 'owner', Adam: 'member' })
    const equal = await site.group('Equals', 'mina', 'anna', 'Zoë', 'élan')
    await site.leave(equal, 'mina')
    assert.equal((await rolesIn(site, equal)).Zoë, 'owner')
  })

  it('while another owner stays, nobody becomes one', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam', 'lee')
    await site.alter(room, { kind: 'set-role', user: 'lee', role: 'owner' })
    await site.leave(room, 'mina')
    assert.deepEqual(await rolesIn(site, room), { sam: 'member', lee: 'owner' })
  })

  it('a group that everybody left is empty, and who comes next owns it', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina')
    await site.leave(room, 'mina')
    const view = await site.store.findRoom(room)
    assert.deepEqual([view?.memberCount, view?.members], [0, []])
    assert.equal(await site.alter(room, { kind: 'remove', user: 'mina' }), undefined)
    await site.users('sam', 'lee')
    await site.alter(room, { kind: 'add', user: 'sam', role: 'member' })
    await site.alter(room, { kind: 'add', user: 'lee' })
    assert.deepEqual(await rolesIn(site, room), { lee: 'member', sam: 'owner' })
    assert.equal(await site.store.countMembers(room), 2)
  })

  it('the last owner stays one, also when two make each other members at once', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    await assert.rejects(
      site.alter(room, { kind: 'set-role', user: 'mina', role: 'member' }),
      problem('conflict'),
    )
    await site.alter(room, { kind: 'set-role', user: 'sam', role: 'owner' })
    const takings = await Promise.allSettled(
      ['mina', 'sam'].map((user) => site.alter(room, { kind: 'set-role', user, role: 'member' })),
    )
    assert.equal(takings.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.deepEqual(Object.values(await rolesIn(site, room)).sort(), ['member', 'owner'])
  })

  it('only groups are changed, whatever the change would be', async () => {
    const site = world.site()
    await site.users('ada')
    const rooms = [await site.room('mina', 'sam'), await site.room('mina')]
    const changes: GroupChange[] = [
      { kind: 'rename', name: 'Us' },
      { kind: 'rename', name: null },
      { kind: 'add', user: 'ada' },
      { kind: 'add', user: 'mina' },
      { kind: 'add', user: 'nobody' },
      { kind: 'remove', user: 'mina' },
      { kind: 'remove', user: 'ada' },
      { kind: 'set-role', user: 'sam', role: 'owner' },
      { kind: 'set-role', user: 'mina', role: 'owner' },
    ]
    for (const room of rooms) {
      const before = await allOf(site, room)
      for (const change of changes) {
        await assert.rejects(site.alter(room, change), problem('forbidden'), JSON.stringify(change))
      }
      assert.deepEqual(await allOf(site, room), before)
    }
    assert.equal(await site.room('mina', 'sam'), rooms[0])
  })

  it('who makes a change must be permitted to when it is written', async () => {
    const site = world.site()
    await site.users('ada')
    const room = await site.group('Team', 'mina', 'sam', 'lee')
    const before = await allOf(site, room)
    const forMembers: GroupChange[] = [
      { kind: 'rename', name: 'Crew' },
      { kind: 'add', user: 'ada' },
      { kind: 'remove', user: 'ada' },
    ]
    const forOwners: GroupChange[] = [
      { kind: 'add', user: 'ada', role: 'member' },
      { kind: 'set-role', user: 'lee', role: 'owner' },
      { kind: 'remove', user: 'lee' },
    ]
    for (const change of [...forMembers, ...forOwners])
      await assert.rejects(site.alter(room, { ...change, by: 'ada' }), problem('not_found'))
    for (const change of forOwners)
      await assert.rejects(site.alter(room, { ...change, by: 'sam' }), problem('forbidden'))
    assert.deepEqual(await allOf(site, room), before)
    for (const change of forOwners) assert.ok(await site.alter(room, { ...change, by: 'mina' }))
    assert.ok(await site.alter(room, { kind: 'rename', name: 'Crew', by: 'sam' }))
    assert.ok(await site.alter(room, { kind: 'remove', user: 'sam', by: 'sam' }))
    await assert.rejects(site.alter(room, { kind: 'remove', user: 'sam', by: 'sam' }), problem('not_found'))
  })

  it('an owner who becomes a member at the same time removes somebody before it, or not at all', async () => {
    const site = world.site()
    for (let turn = 0; turn < 10; turn++) {
      const room = await site.group('Team', 'mina', 'sam', 'lee')
      await site.alter(room, { kind: 'set-role', user: 'sam', role: 'owner' })
      const demotion = { kind: 'set-role', user: 'mina', role: 'member', by: 'sam' } as const
      const removal = { kind: 'remove', user: 'lee', by: 'mina' } as const
      const [demoted, removed] = await Promise.allSettled(
        (turn % 2 ? [demotion, removal] : [removal, demotion]).map((change) => site.alter(room, change)),
      ).then((both) => (turn % 2 ? both : both.reverse()))
      assert.ok(demoted?.status === 'fulfilled' && demoted.value)
      if (removed?.status === 'rejected') problem('forbidden')(removed.reason)
      else assert.ok((removed?.value?.seq ?? 0) < demoted.value.seq)
    }
  })

  it('a room, user or member who is not there is not found', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina')
    await site.users('stranger')
    const before = await allOf(site, room)
    for (const change of [
      { kind: 'rename', name: 'x' },
      { kind: 'add', user: 'mina' },
      { kind: 'remove', user: 'mina' },
    ] as const) {
      await assert.rejects(site.alter(uuidv7(), change), problem('not_found'))
    }
    await assert.rejects(site.alter(room, { kind: 'add', user: 'nobody' }), problem('not_found'))
    for (const user of ['stranger', 'nobody']) {
      await assert.rejects(site.alter(room, { kind: 'set-role', user, role: 'owner' }), problem('not_found'))
    }
    assert.deepEqual(await allOf(site, room), before)
  })

  it('a change that fails half-way leaves nothing behind', async () => {
    const site = world.site()
    await site.users('ada')
    const room = await site.room('mina', 'sam', 'lee')
    // Written last: by then the room and its members are changed.
    const { id } = await site.say(room, 'sam')
    const before = await allOf(site, room)
    const changes: GroupChange[] = [
      { kind: 'rename', name: 'Team' },
      { kind: 'add', user: 'ada' },
      { kind: 'remove', user: 'mina' },
      { kind: 'set-role', user: 'sam', role: 'owner' },
    ]
    for (const change of changes) {
      await assert.rejects(
        site.store.alterRoom({ room, systemMessage: aSystemMessage('mina', id), ...change }),
      )
      assert.deepEqual(await allOf(site, room), before)
    }
    assert.deepEqual(await site.store.openRoom(aRoom(['mina', 'sam', 'lee'])), { room, created: false })
    assert.equal(await site.store.isMember(room, 'ada'), false)
  })

  it('time does not go back in a room when the clock does', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina')
    const start = world.clock.now
    const { createdAt } = await site.say(room, 'mina')
    world.clock.now = start - 86_400_000
    assert.equal((await site.alter(room, { kind: 'rename', name: 'Crew' }))?.createdAt, createdAt)
    assert.equal((await site.store.findRoom(room))?.lastAt, createdAt)
    world.clock.now = start
  })
}
