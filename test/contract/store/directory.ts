import assert from 'node:assert/strict'
import { it } from 'node:test'
import { allPages, problem, type Site, type World } from './a-world.ts'

const open = (site: Site, room: string) => site.store.setUpRoom({ room, join: 'open' })
const join = (site: Site, room: string, user: string, most?: number) =>
  site.alter(room, { kind: 'join', user, by: user, ...(most !== undefined && { most }) }, user)

const namesIn = async (site: Site, query = '', viewer = 'mina') => {
  const { rooms } = await site.store.listOpenRooms({ viewer, query, limit: 50 })
  return rooms.map(({ name }) => name)
}

/** The host opens groups: any user finds them, and comes in. */
export function directoryPromises(world: World): void {
  it('the directory has the open groups and no others, most members first, then by name', async () => {
    const site = world.site()
    const rooms = [
      await site.group('Zebras', 'mina', 'sam'),
      await site.group('Ants', 'mina', 'sam'),
      await site.group('Bees', 'mina', 'sam', 'lee'),
      await site.group('Cats', 'mina'),
    ]
    await site.group('Closed', 'mina', 'sam', 'lee')
    assert.deepEqual(await namesIn(site), [])
    for (const room of rooms) await open(site, room)
    assert.deepEqual(await namesIn(site), ['Bees', 'Ants', 'Zebras', 'Cats'])
    const [bees = '', cats = ''] = [rooms[2], rooms[3]]
    await site.store.setUpRoom({ room: bees, join: null })
    await site.alter(cats, { kind: 'rename', name: null })
    await site.store.deleteRoom({ room: rooms[0] ?? '', by: 'mina' })
    assert.deepEqual(await namesIn(site), ['Ants', undefined])
    const { rooms: shown } = await site.store.listOpenRooms({ viewer: 'sam', query: '', limit: 9 })
    assert.deepEqual(shown, [
      { id: rooms[1], name: 'Ants', memberCount: 2, joined: true },
      { id: cats, memberCount: 1 },
    ])
    assert.equal((await site.store.findRoom(cats))?.join, 'open')
  })

  it('the pages of the directory have each room once, also where many are of one size and name', async () => {
    const site = world.site()
    const expected: string[] = []
    for (let n = 0; n < 12; n++) {
      const room = await site.group(n % 3 ? 'Same' : `Room ${n}`, ...['mina', 'sam', 'lee'].slice(n % 3))
      await open(site, room)
      expected.push(room)
    }
    const pages = await allPages(async (cursor) => {
      const page = await site.store.listOpenRooms({
        ...{ viewer: 'mina', query: '', limit: 5 },
        ...(cursor !== undefined && { cursor }),
      })
      return { entries: page.rooms, ...(page.cursor !== undefined && { cursor: page.cursor }) }
    })
    assert.deepEqual(
      pages.map(({ length }) => length),
      [5, 5, 2],
    )
    const all = pages.flat()
    assert.deepEqual(all.map(({ id }) => id).sort(), expected.sort())
    const counts = all.map(({ memberCount }) => memberCount)
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => b - a),
    )
    for (const cursor of ['', 'x', 'WzEsIngiXQ'])
      await assert.rejects(
        site.store.listOpenRooms({ viewer: 'mina', query: '', limit: 5, cursor }),
        problem('bad_request'),
      )
  })

  it('a search finds open groups by the start of any word of their names, accents and case folded', async () => {
    const site = world.site()
    for (const name of ['Café der Sterne', 'Stern und Nebel', 'Mond'])
      await open(site, await site.group(name, 'mina'))
    assert.deepEqual(await namesIn(site, 'stern'), ['Café der Sterne', 'Stern und Nebel'])
    assert.deepEqual(await namesIn(site, 'CAFE st'), ['Café der Sterne'])
    assert.deepEqual(await namesIn(site, 'nobody'), [])
    assert.deepEqual(await namesIn(site, '!'), [])
    const first = await site.store.listOpenRooms({ viewer: 'mina', query: 'stern', limit: 1 })
    assert.deepEqual([first.rooms.length, first.examined], [1, 3])
    const { cursor = '' } = first
    const next = await site.store.listOpenRooms({ viewer: 'mina', query: 'stern', limit: 1, cursor })
    assert.deepEqual([next.rooms[0]?.name, next.cursor], ['Stern und Nebel', undefined])
  })

  it('a user joins an open group: from then on a member, told by a message in its place, and only once', async () => {
    const site = world.site()
    const room = await site.group('Sky', 'mina')
    await site.users('sam')
    await open(site, room)
    const message = await join(site, room, 'sam')
    assert.deepEqual([message?.seq, message?.authorId], [3, 'sam'])
    const view = await site.store.findRoom(room, 'sam')
    assert.deepEqual([view?.memberCount, view?.me?.readSeq, view?.rev], [2, 3, 2])
    assert.equal((await site.store.readVersions([room])).get(room)?.membershipRev, 2)
    assert.equal(await join(site, room, 'sam'), undefined)
    assert.equal((await site.say(room, 'sam')).seq, 4)
  })

  it('nobody joins a group that is not open, one they were removed from, or one that is full', async () => {
    const site = world.site()
    const [room, pair] = [await site.group('Sky', 'mina', 'sam'), await site.room('mina', 'sam')]
    await site.users('lee')
    for (const closed of [room, pair]) await assert.rejects(join(site, closed, 'lee'), problem('not_found'))
    await open(site, room)
    await assert.rejects(join(site, room, 'lee', 2), problem('too_large'))
    await assert.rejects(join(site, room, 'nobody'), problem('not_found'))
    await site.alter(room, { kind: 'remove', user: 'sam', by: 'mina' })
    await assert.rejects(join(site, room, 'sam'), problem('forbidden'))
    await site.alter(room, { kind: 'add', user: 'sam', by: 'mina' })
    await site.alter(room, { kind: 'remove', user: 'sam', by: 'sam' })
    assert.ok(await join(site, room, 'sam'))
    await site.store.setUpRoom({ room, join: null })
    await assert.rejects(join(site, room, 'lee'), problem('not_found'))
    assert.equal(await join(site, room, 'sam'), undefined)
  })

  it('who joins an open group that everybody left owns it', async () => {
    const site = world.site()
    const room = await site.group('Sky', 'mina')
    await site.users('sam')
    await open(site, room)
    await site.leave(room, 'mina')
    assert.deepEqual(await namesIn(site), ['Sky'])
    await join(site, room, 'sam')
    const { members } = await site.store.listMembers(room, { limit: 9 })
    assert.deepEqual(
      members.map(({ userId, role }) => [userId, role]),
      [['sam', 'owner']],
    )
  })
}
