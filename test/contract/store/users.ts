import assert from 'node:assert/strict'
import { it } from 'node:test'
import { limits } from '../../../server/protocol/limits.ts'
import type { World } from './a-world.ts'

const strangeIds = ['__proto__', 'constructor', "x' OR '1'='1", '%', '_', 'a/b', 'Ünï', 'ünï', '😀', '0', ' ']

/** Users as their host describes them. */
export function userPromises(world: World): void {
  it('a user is kept as the host describes them', async () => {
    const { store } = world.site()
    const profile = { id: 'mina', name: 'Mina López', avatarUrl: 'https://example.com/mina.png' }
    assert.deepEqual(await store.saveUser(profile), { user: profile, changed: false })
    assert.deepEqual(await store.findUser('mina'), profile)
    assert.equal(await store.findUser('nobody'), undefined)
  })

  it('a user without a name is named by the id', async () => {
    const { store } = world.site()
    assert.deepEqual((await store.saveUser({ id: 'mina' })).user, { id: 'mina', name: 'mina' })
  })

  it('what a profile leaves out stays as it is', async () => {
    const { store } = world.site()
    const avatarUrl = '/mina.png'
    await store.saveUser({ id: 'mina', name: 'Mina', avatarUrl })
    await store.saveUser({ id: 'mina' })
    assert.deepEqual(await store.findUser('mina'), { id: 'mina', name: 'Mina', avatarUrl })
    await store.saveUser({ id: 'mina', name: 'Mina L.' })
    assert.deepEqual(await store.findUser('mina'), { id: 'mina', name: 'Mina L.', avatarUrl })
    await store.saveUser({ id: 'mina', avatarUrl: '/new.png' })
    assert.deepEqual(await store.findUser('mina'), { id: 'mina', name: 'Mina L.', avatarUrl: '/new.png' })
  })

  it('only a change of what others may know is reported as one', async () => {
    const { store } = world.site()
    const isChange = async (profile: object) => (await store.saveUser({ id: 'mina', ...profile })).changed
    assert.equal(await isChange({ name: 'Mina' }), false)
    assert.equal(await isChange({ name: 'Mina' }), false)
    assert.equal(await isChange({}), false)
    assert.equal(await isChange({ name: 'mina' }), true)
    assert.equal(await isChange({ avatarUrl: '/mina.png' }), true)
    assert.equal(await isChange({ avatarUrl: '/mina.png' }), false)
  })

  it('what is said about a user is kept, stays where a profile leaves it out, and goes with an empty one', async () => {
    const { store } = world.site()
    const said = async (profile: object) => {
      const { user, changed } = await store.saveUser({ id: 'mina', ...profile })
      assert.deepEqual(await store.findUser('mina'), user)
      return [user.about, changed]
    }
    assert.deepEqual(await said({ about: 'Night assistant' }), ['Night assistant', false])
    assert.deepEqual(await said({ name: 'Mina' }), ['Night assistant', true])
    assert.deepEqual(await said({ about: 'Night assistant' }), ['Night assistant', false])
    assert.deepEqual(await said({ about: 'Director' }), ['Director', true])
    const [found] = (await store.searchUsers({ query: 'mina', limit: 1 })).users
    assert.equal(found?.about, 'Director')
    assert.equal((await store.findUsers(['mina'])).mina?.about, 'Director')
    assert.deepEqual(await said({ about: '' }), [undefined, true])
    assert.deepEqual(await said({ about: '' }), [undefined, false])
  })

  it('where a user is stays where a profile leaves it out, goes with an empty one, and is no news for others', async () => {
    const { store } = world.site()
    const isChange = async (profile: object) => {
      const { user, changed } = await store.saveUser({ id: 'mina', ...profile })
      assert.deepEqual(user, { id: 'mina', name: 'Mina' })
      return [(await store.readDetails('mina')).timeZone, changed]
    }
    assert.deepEqual(await isChange({ name: 'Mina', timeZone: 'Europe/Madrid' }), ['Europe/Madrid', false])
    assert.deepEqual(await isChange({ name: 'Mina' }), ['Europe/Madrid', false])
    assert.deepEqual(await isChange({ timeZone: 'Asia/Tokyo' }), ['Asia/Tokyo', false])
    assert.deepEqual(await isChange({ timeZone: '' }), [undefined, false])
    assert.deepEqual(await store.readDetails('nobody'), {})
  })

  it('concurrent sign-ins of a new user make one user', async () => {
    const { store } = world.site()
    await Promise.all(Array.from({ length: 20 }, () => store.saveUser({ id: 'mina', name: 'Mina' })))
    assert.deepEqual(await store.searchUsers({ query: '', limit: 10 }), {
      users: [{ id: 'mina', name: 'Mina' }],
      examined: 1,
    })
  })

  it('users are asked for many at once; who does not exist is left out', async () => {
    const site = world.site()
    await site.users('mina', 'sam')
    const found = await site.store.findUsers(['mina', 'nobody', 'sam', 'mina'])
    assert.deepEqual(Object.keys(found).sort(), ['mina', 'sam'])
    assert.deepEqual(found.sam, { id: 'sam', name: 'sam' })
    assert.deepEqual(Object.keys(await site.store.findUsers([])), [])
  })

  it('when users were last here is kept, and never goes back', async () => {
    const site = world.site()
    const { store } = site
    await site.users('mina', 'sam')
    const at = Date.UTC(2026, 0, 2)
    const lastSeenOf = async (id: string) => (await store.readLastSeen([id]))[id]
    await store.markSeen(['mina', 'nobody'], at)
    assert.equal(await lastSeenOf('mina'), '2026-01-02T00:00:00.000Z')
    assert.equal(await lastSeenOf('sam'), undefined)
    assert.equal(await store.findUser('nobody'), undefined)
    await Promise.all([store.markSeen(['sam', 'mina'], at + 2), store.markSeen(['mina', 'sam'], at + 1)])
    await store.markSeen(['mina'], at)
    for (const id of ['mina', 'sam']) assert.equal(await lastSeenOf(id), '2026-01-02T00:00:00.002Z')
    await store.saveUser({ id: 'mina', name: 'Mina' })
    assert.equal(await lastSeenOf('mina'), '2026-01-02T00:00:00.002Z')
    await store.markSeen([], at)
    const both = { mina: '2026-01-02T00:00:00.002Z', sam: '2026-01-02T00:00:00.002Z' }
    assert.deepEqual({ ...(await store.readLastSeen(['sam', 'nobody', 'mina', 'sam'])) }, both)
    assert.deepEqual({ ...(await store.readLastSeen([])) }, {})
    assert.deepEqual(await store.findUser('sam'), { id: 'sam', name: 'sam' })
  })

  it("a user's companions are the people of their small rooms, the latest room's first", async () => {
    const site = world.site()
    const most = { rooms: 10, people: 100 }
    const crowd = Array.from({ length: limits.crowd }, (_, index) => `u${index}`)
    const old = await site.room('mina', 'sam')
    world.clock.now += 1_000
    await site.room('mina', 'lee')
    await site.group('Small', 'mina', 'lee', 'ada')
    await site.group('Crowd', 'mina', ...crowd)
    await site.room('mina')
    await site.users('nobody-knows')
    const left = await site.group('Left', 'mina', 'eve', 'kim')
    await site.leave(left, 'eve')
    const companions = await site.store.findCompanions(['mina', 'lee', 'nobody-knows', 'nobody', 'eve'], most)
    assert.deepEqual(Object.fromEntries(companions), {
      mina: ['ada', 'kim', 'lee', 'sam'],
      lee: ['ada', 'mina'],
      'nobody-knows': [],
      nobody: [],
      eve: [],
    })
    world.clock.now += 1_000
    await site.say(old, 'sam')
    const minas = async (some: object) =>
      (await site.store.findCompanions(['mina'], { ...most, ...some })).get('mina')
    assert.deepEqual(await minas({ people: 2 }), ['sam', 'ada'])
    assert.deepEqual(await minas({ rooms: 1 }), ['sam'])
    assert.deepEqual(await site.store.findCompanions([], most), new Map())
  })

  it('ids are compared byte by byte, and any of them is only an id', async () => {
    const site = world.site()
    await site.users(...strangeIds)
    const found = await site.store.findUsers(strangeIds)
    for (const id of strangeIds) {
      assert.deepEqual(await site.store.findUser(id), { id, name: id })
      assert.ok(Object.hasOwn(found, id), id)
    }
    const room = await site.group('strange', ...strangeIds)
    for (const id of strangeIds) assert.equal(await site.store.isMember(room, id), true, id)
    assert.equal(await site.store.findUser('ÜNÏ'), undefined)
  })
}
