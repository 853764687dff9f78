import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../../server/protocol/limits.ts'
import type { RoomView } from '../../../server/protocol/views.ts'
import { roomKey } from '../../../server/rules/room-key.ts'
import { aGroup, allPages, aRoom, type GroupChange, problem, type Site, type World } from './a-world.ts'

const numbered = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${name}-${String(n).padStart(3, '0')}`)

const listed = (site: Site, viewer: string, limit: number) =>
  allPages(async (cursor) => {
    const { rooms, ...rest } = await site.store.listRooms(viewer, { limit, ...(cursor && { cursor }) })
    return { entries: rooms, ...rest }
  })

/** Latest activity first; the id decides between equals. */
function byActivity(a: RoomView, b: RoomView): number {
  if (a.lastAt !== b.lastAt) return a.lastAt < b.lastAt ? 1 : -1
  return a.id < b.id ? 1 : -1
}

const garbage = [
  '',
  'garbage',
  'bnVsbA',
  Buffer.from('[1]').toString('base64url'),
  Buffer.from('{"0":1,"1":"a"}').toString('base64url'),
  Buffer.from('[null,null]').toString('base64url'),
]

/** Rooms, who is in them, and their order. */
export function roomPromises(world: World): void {
  it('all rooms of a tenant are listed by their ids, whoever is in them, without members and messages', async () => {
    const site = world.site()
    const ids = [
      await site.room('mina', 'sam'),
      await site.group('Team', 'lee'),
      await site.group('Old', 'lee'),
    ]
    await site.say(ids[0] ?? '', 'mina')
    await site.store.deleteRoom({ room: ids.pop() ?? '', by: 'lee' })
    const rooms = (
      await allPages(async (cursor) => {
        const page = await site.store.listAllRooms({ limit: 1, ...(cursor !== undefined && { cursor }) })
        return { ...page, entries: page.rooms }
      })
    ).flat()
    assert.deepEqual(
      rooms.map(({ id }) => id),
      ids.toSorted(),
    )
    for (const room of rooms)
      assert.deepEqual([room.members, room.lastMessage, room.me], [undefined, undefined, undefined])
  })

  it('the room for exactly these users is made once, and found ever after', async () => {
    const site = world.site()
    await site.users('mina', 'sam')
    const draft = aRoom(['mina', 'sam'])
    assert.deepEqual(await site.store.openRoom(draft), { room: draft.id, created: true })
    const again = await site.store.openRoom(aRoom(['mina', 'sam']))
    assert.deepEqual(again, { room: draft.id, created: false })
    const at = new Date(world.clock.now).toISOString()
    assert.deepEqual(await site.store.findRoom(draft.id), {
      id: draft.id,
      kind: 'direct',
      rev: 0,
      head: 0,
      memberCount: 2,
      members: [
        { userId: 'mina', role: 'owner', readSeq: 0 },
        { userId: 'sam', role: 'member', readSeq: 0 },
      ],
      lastAt: at,
    })
  })

  it('order and doubles of the members make no difference', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam', 'lee')
    assert.equal(await site.room('lee', 'mina', 'sam'), room)
    assert.equal(await site.room('sam', 'lee', 'sam', 'mina', 'mina'), room)
  })

  it('another set of members is another room', async () => {
    const site = world.site()
    const sets = [['a'], ['b'], ['a', 'b'], ['a', 'c'], ['a', 'b', 'c'], ['ab'], ['a,b'], ['["a","b"]']]
    const rooms = new Set<string>()
    for (const members of sets) rooms.add(await site.room(...members))
    assert.equal(rooms.size, sets.length)
  })

  it('two hundred concurrent openings of one set make one room', async () => {
    const site = world.site()
    await site.users('mina', 'sam', 'lee')
    const orders = [
      ['mina', 'sam', 'lee'],
      ['lee', 'sam', 'mina'],
    ]
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => site.store.openRoom(aRoom(orders[n % 2] ?? []))),
    )
    assert.equal(new Set(answers.map(({ room }) => room)).size, 1)
    assert.equal(answers.filter(({ created }) => created).length, 1)
    assert.equal((await site.store.listMemberships('sam')).length, 1)
  })

  it('a member who does not exist is not found, and no room is made', async () => {
    const site = world.site()
    await site.users('mina')
    await assert.rejects(site.store.openRoom(aRoom(['mina', 'nobody'])), problem('not_found'))
    await assert.rejects(site.store.openRoom(aGroup('Team', ['mina', 'nobody'])), problem('not_found'))
    assert.deepEqual(await site.store.listMemberships('mina'), [])
  })

  it('named groups are new each time', async () => {
    const site = world.site()
    const rooms = [await site.group('Team', 'mina', 'sam'), await site.group('Team', 'mina', 'sam')]
    assert.equal(new Set(rooms).size, 2)
    assert.notEqual(await site.room('mina', 'sam'), rooms[0])
    const view = await site.store.findRoom(rooms[0] ?? '')
    assert.deepEqual([view?.kind, view?.name], ['group', 'Team'])
  })

  it('the same group under the same id is the retry of the first', async () => {
    const site = world.site()
    await site.users('mina', 'sam', 'lee')
    const draft = aGroup('Team', ['mina', 'sam', 'lee'])
    const answers = await Promise.all(Array.from({ length: 20 }, () => site.store.openRoom(draft)))
    assert.deepEqual(new Set(answers.map(({ room }) => room)), new Set([draft.id]))
    assert.equal(answers.filter(({ created }) => created).length, 1)
    assert.equal((await site.store.openRoom({ ...draft, members: ['mina', 'lee', 'sam'] })).room, draft.id)
  })

  it('an id that belongs to a different room is a conflict', async () => {
    const site = world.site()
    await site.users('mina', 'sam', 'lee')
    const { id } = aGroup('Team', [])
    await site.store.openRoom(aGroup('Team', ['mina', 'sam'], id))
    const others = [
      aGroup('Other', ['mina', 'sam'], id),
      aGroup('Team', ['sam', 'mina'], id),
      aGroup('Team', ['mina', 'lee'], id),
      aGroup('Team', ['mina'], id),
      aRoom(['mina', 'sam'], id),
    ]
    for (const other of others) {
      await assert.rejects(site.store.openRoom(other), problem('conflict'), JSON.stringify(other))
    }
    const direct = aRoom(['mina', 'sam'])
    await site.store.openRoom(direct)
    await assert.rejects(site.store.openRoom(aRoom(['mina', 'lee'], direct.id)), problem('conflict'))
    assert.equal((await site.store.listMemberships('mina')).length, 2)
  })

  const later: Record<string, GroupChange[]> = {
    'has another name': [{ kind: 'rename', name: 'Crew' }],
    'has another owner': [
      { kind: 'set-role', user: 'sam', role: 'owner' },
      { kind: 'set-role', user: 'mina', role: 'member' },
    ],
    'has more members': [{ kind: 'add', user: 'ada' }],
    'was left by who made it': [{ kind: 'remove', user: 'mina' }],
    'was left by who made it, and they came back': [
      { kind: 'remove', user: 'mina' },
      { kind: 'rename', name: null },
      { kind: 'add', user: 'mina' },
    ],
  }
  for (const [what, changes] of Object.entries(later)) {
    it(`by its id a group is found again that ${what} since`, async () => {
      const members = ['mina', 'sam', 'lee']
      for (const draft of [aGroup('Team', members), aRoom(members)]) {
        const site = world.site()
        await site.users(...members, 'ada', 'kim')
        await site.store.openRoom(draft)
        for (const change of changes) await site.alter(draft.id, change)
        const found = { room: draft.id, created: false }
        assert.deepEqual(await site.store.openRoom(draft), found)
        const next = await site.store.openRoom(aRoom(members))
        assert.deepEqual(await site.store.openRoom(draft), found, 'also beside the next one of the same set')
        assert.equal((await site.store.openRoom(aRoom(members))).room, next.room)
        for (const others of [['mina', 'sam'], [...members, 'kim'], ['mina']]) {
          const other = aGroup('Team', others, draft.id)
          await assert.rejects(site.store.openRoom(other), problem('conflict'), `${others}`)
        }
      }
    })
  }

  it('a member sees the room with their own marks, a stranger does not see it', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    await site.users('eve')
    await site.say(room, 'sam')
    const seen = await site.store.findRoom(room, 'mina')
    assert.deepEqual(seen?.me, { readSeq: 0, unread: 1, muted: false })
    assert.equal((await site.store.findRoom(room))?.me, undefined)
    assert.equal(await site.store.findRoom(room, 'eve'), undefined)
    assert.equal(await site.store.findRoom(room, 'nobody'), undefined)
    assert.equal(await site.store.findRoom(uuidv7()), undefined)
    assert.equal(await site.store.isMember(room, 'mina'), true)
    assert.equal(await site.store.isMember(room, 'eve'), false)
    assert.equal(await site.store.isMember(uuidv7(), 'mina'), false)
  })

  it('who has left sees nothing of the room any more', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam', 'lee')
    await site.leave(room, 'sam')
    assert.equal(await site.store.findRoom(room, 'sam'), undefined)
    assert.equal(await site.store.isMember(room, 'sam'), false)
    assert.deepEqual(await site.store.listMemberships('sam'), [])
    assert.deepEqual(await site.store.listRooms('sam', { limit: 10 }), { rooms: [] })
    assert.deepEqual(await site.store.readHeads('sam', [room]), {})
    assert.equal(await site.store.countUnread('sam'), 0)
    await assert.rejects(site.store.markRead(room, 'sam', 1), problem('not_found'))
    const { members } = await site.store.listMembers(room, { limit: 10 })
    assert.deepEqual(
      members.map(({ userId }) => userId),
      ['lee', 'mina'],
    )
  })

  it('people who share a room now are known to share one, and no others', async () => {
    const site = world.site()
    await site.users('eve', 'ann')
    await site.room('mina', 'sam')
    const group = await site.group('Team', 'mina', 'lee', 'ada')
    await site.leave(group, 'ada')
    const asked = ['sam', 'lee', 'ada', 'eve', 'nobody', 'mina']
    const sharing = await site.store.filterSharing('mina', asked)
    assert.deepEqual([...sharing].sort(), ['lee', 'mina', 'sam'])
    assert.deepEqual([...(await site.store.filterSharing('eve', asked))], [])
  })

  it('who is in very many rooms shares the oldest with a newcomer, whoever of both asks, and among many others', async () => {
    const site = world.site()
    await site.group('Oldest', 'mina', 'sam')
    await Promise.all(Array.from({ length: 1_010 }, () => site.store.openRoom(aGroup('Another', ['mina']))))
    const many = Array.from({ length: 24 }, (_, n) => `nobody-${n}`)
    assert.deepEqual([...(await site.store.filterSharing('sam', [...many, 'mina']))], ['mina'])
    assert.deepEqual([...(await site.store.filterSharing('mina', ['sam', ...many]))], ['sam'])
  })

  it('a room is found by the key of its members, while it is the one for exactly them', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam', 'lee')
    const key = roomKey(['lee', 'mina', 'sam'])
    assert.equal(await site.store.findRoomByKey(key), room)
    assert.equal(await site.store.findRoomByKey(roomKey(['lee', 'mina'])), undefined)
    await site.alter(room, { kind: 'rename', name: 'Crew' })
    assert.equal(await site.store.findRoomByKey(key), undefined)
  })

  it('a room up to the size of a crowd shows its members, a larger one only how many', async () => {
    const site = world.site()
    const users = numbered('user', limits.crowd + 1)
    const small = await site.group('small', ...users.slice(1))
    const large = await site.group('large', ...users)
    assert.equal((await site.store.findRoom(small))?.members?.length, limits.crowd)
    const view = await site.store.findRoom(large)
    assert.deepEqual([view?.memberCount, view?.members], [limits.crowd + 1, undefined])
    assert.equal(await site.store.countMembers(large), limits.crowd + 1)
    assert.equal(await site.store.countMembers(uuidv7()), 0)
  })

  it('members come in pages, by id compared byte by byte', async () => {
    const site = world.site()
    const users = ['Zoë', 'anna', 'Anna', 'élan', '10', '9', '__proto__', 'иван', '😀', 'a b', "o'neil"]
    const room = await site.group('all', ...users)
    const inOrder = users.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    for (const limit of [1, 4, 11, 50]) {
      const pages = await allPages(async (cursor) => {
        const { members, ...rest } = await site.store.listMembers(room, { limit, ...(cursor && { cursor }) })
        return { entries: members.map(({ userId }) => userId), ...rest }
      })
      assert.deepEqual(pages.flat(), inOrder)
      assert.equal(pages.length, Math.ceil(users.length / limit))
    }
    assert.deepEqual(await site.store.listMembers(uuidv7(), { limit: 5 }), { members: [] })
  })

  it('rooms are listed by latest activity, the same for every page size, at equal times too', async () => {
    const site = world.site()
    const someMoves = fc.array(fc.tuple(fc.nat({ max: 8 }), fc.constantFrom(0, 0, 1, -1)), { maxLength: 30 })
    const rooms = await Promise.all(numbered('room', 9).map((name) => site.group(name, 'mina', 'sam')))
    const start = world.clock.now
    await fc.assert(
      fc.asyncProperty(someMoves, fc.integer({ min: 1, max: 10 }), async (moves, limit) => {
        for (const [index, passes] of moves) {
          world.clock.now += passes * 1000
          await site.say(rooms[index] ?? '', 'sam')
        }
        const pages = await listed(site, 'mina', limit)
        assert.deepEqual(pages.flat(), pages.flat().toSorted(byActivity))
        assert.equal(new Set(pages.flat().map(({ id }) => id)).size, rooms.length)
        assert.equal(pages.length, Math.ceil(rooms.length / limit))
        assert.deepEqual(
          await site.store.listMemberships('mina'),
          pages.flat().map(({ id, head }) => ({ room: id, head, membershipRev: 0 })),
        )
      }),
      { numRuns: 40 },
    )
    world.clock.now = start
  })

  it('paging shows no room twice and no quiet room never, while others move', async () => {
    const site = world.site()
    const rooms = await Promise.all(numbered('room', 12).map((name) => site.group(name, 'mina', 'sam')))
    const before = (await listed(site, 'mina', 50)).flat().map(({ id }) => id)
    const [top, bottom] = [before[1] ?? '', before[10] ?? '']
    const start = world.clock.now
    let turn = 0
    const pages = await allPages(async (cursor) => {
      if (turn++ === 1) {
        world.clock.now += 1000
        await site.say(bottom, 'sam')
        await site.say(top, 'sam')
      }
      const { rooms: entries, ...rest } = await site.store.listRooms('mina', {
        limit: 5,
        ...(cursor && { cursor }),
      })
      return { entries: entries.map(({ id }) => id), ...rest }
    })
    world.clock.now = start
    assert.deepEqual(
      pages.flat(),
      before.filter((id) => id !== bottom),
    )
    assert.equal(rooms.length, 12)
  })

  it('of the rooms that two share each sees the groups, archived ones too, page by page', async () => {
    const site = world.site()
    const { store } = site
    const both = await Promise.all(numbered('both', 5).map((name) => site.group(name, 'mina', 'sam')))
    const left = await site.group('left', 'mina', 'sam')
    await site.group('theirs', 'sam', 'lee')
    await site.group('mine', 'mina', 'lee')
    await site.room('mina', 'sam')
    await site.alter(left, { kind: 'remove', user: 'sam' })
    await store.arrange({ room: both[1] ?? '', user: 'mina', archived: true })
    for (const [viewer, other] of [
      ['mina', 'sam'],
      ['sam', 'mina'],
    ] as const) {
      const pages = await allPages(async (cursor) => {
        const page = { limit: 2, sharedWith: other, ...(cursor && { cursor }) }
        const { rooms, ...rest } = await store.listRooms(viewer, page)
        assert.ok(rooms.every(({ me }) => me))
        return { entries: rooms.map(({ id }) => id), ...rest }
      })
      assert.deepEqual(pages.flat().sort(), [...both].sort())
      assert.equal(pages.length, 3)
    }
    for (const other of ['nobody', 'lee']) {
      const { rooms } = await store.listRooms('mina', { limit: 9, sharedWith: other })
      assert.deepEqual(
        rooms.map(({ name }) => name),
        other === 'lee' ? ['mine'] : [],
      )
    }
    assert.deepEqual(await store.listRooms('nobody', { limit: 9, sharedWith: 'mina' }), { rooms: [] })
  })

  it('a user without rooms has an empty list', async () => {
    const site = world.site()
    await site.users('mina')
    assert.deepEqual(await site.store.listRooms('mina', { limit: 10 }), { rooms: [] })
    assert.deepEqual(await site.store.listMemberships('nobody'), [])
  })

  it('a cursor that no page gave is a bad request, in every list', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    for (const cursor of garbage) {
      await assert.rejects(site.store.listRooms('mina', { limit: 1, cursor }), problem('bad_request'), cursor)
      await assert.rejects(site.store.listMembers(room, { limit: 1, cursor }), problem('bad_request'), cursor)
      const search = { query: '', limit: 1, cursor }
      await assert.rejects(site.store.searchUsers(search), problem('bad_request'), cursor)
    }
  })
}
