import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../../server/protocol/limits.ts'
import type { MessageView } from '../../../server/protocol/views.ts'
import { problem, type Site, type World } from './a-world.ts'

const people = ['mina', 'sam', 'lee'] as const

/** What anybody may do in one of two rooms. */
type Act = {
  name: 'say' | 'read' | 'edit' | 'delete' | 'rename' | 'rejoin'
  by: string
  room: number
  at: number
}

const someActs: fc.Arbitrary<Act[]> = fc.array(
  fc.record({
    name: fc.constantFrom('say', 'say', 'say', 'read', 'edit', 'delete', 'rename', 'rejoin'),
    by: fc.constantFrom(...people),
    room: fc.nat({ max: 1 }),
    at: fc.nat({ max: 25 }),
  }),
  { maxLength: 40 },
)

/** What a reader finds in the whole history: the definition of unread. */
async function naiveUnread(site: Site, room: string, user: string, readSeq: number): Promise<number> {
  const isUnread = (await site.history(room)).filter(
    ({ kind, seq, authorId, deletedAt }) =>
      kind === 'text' && seq > readSeq && authorId !== user && deletedAt === undefined,
  )
  return Math.min(isUnread.length, limits.unread)
}

async function perform(site: Site, rooms: readonly string[], { name, by, room, at }: Act): Promise<void> {
  const id = rooms[room] ?? ''
  if (name === 'say') await site.say(id, by)
  else if (name === 'rename') await site.alter(id, { kind: 'rename', name: `${at}` }, by)
  else if (name === 'rejoin') {
    await site.leave(id, by)
    await site.alter(id, { kind: 'add', user: by })
  } else if (name === 'read') await site.store.markRead(id, by, at)
  else {
    const isText = ({ kind, deletedAt }: MessageView) => kind === 'text' && deletedAt === undefined
    const messages = (await site.history(id)).filter(isText)
    const message = messages[at % Math.max(messages.length, 1)]
    if (message) await (name === 'edit' ? site.edit(message, `${at}`) : site.delete(message))
  }
}

async function checkUnread(site: Site, rooms: readonly string[], user: string): Promise<void> {
  const listed = (await site.store.listRooms(user, { limit: 10 })).rooms
  let total = 0
  for (const room of rooms) {
    const me = (await site.store.findRoom(room, user))?.me
    assert.ok(me)
    assert.equal(me.unread, await naiveUnread(site, room, user, me.readSeq), `unread of ${user}`)
    assert.deepEqual(listed.find(({ id }) => id === room)?.me, me)
    total += me.unread
  }
  assert.equal(await site.store.countUnread(user), total)
}

/** How far somebody has read, and what that leaves. */
export function readMarkPromises(world: World): void {
  it('unread is what a recount of the history finds, whatever everybody did', async () => {
    const site = world.site()
    await fc.assert(
      fc.asyncProperty(someActs, async (acts) => {
        const fresh = people.map((name) => `${name}-${uuidv7()}`)
        const named = (name: string) => fresh[people.indexOf(name as (typeof people)[number])] ?? ''
        const rooms = [await site.group('one', ...fresh), await site.group('two', ...fresh)]
        for (const act of acts) await perform(site, rooms, { ...act, by: named(act.by) })
        for (const user of fresh) await checkUnread(site, rooms, user)
      }),
      { numRuns: 50 },
    )
  })

  it('unread is counted to the cap, in each room and so in the sum', async () => {
    const site = world.site()
    const [full, small] = [await site.room('mina', 'sam'), await site.group('small', 'mina', 'sam')]
    await Promise.all(Array.from({ length: limits.unread + 20 }, () => site.say(full, 'sam')))
    await site.say(small, 'sam')
    assert.equal((await site.store.findRoom(full, 'mina'))?.me?.unread, limits.unread)
    assert.equal(await site.store.countUnread('mina'), limits.unread + 1)
    const { unread } = await site.store.markRead(full, 'mina', 10)
    assert.equal(unread, limits.unread)
    assert.equal((await site.store.markRead(full, 'mina', limits.unread + 15)).unread, 5)
  })

  it('what is said in a muted room is unread there, and not in the sum', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    await site.say(room, 'sam')
    await site.mute(room, 'mina')
    const { unread, muted } = (await site.store.findRoom(room, 'mina'))?.me ?? {}
    assert.deepEqual([unread, muted], [1, true])
    assert.equal(await site.store.countUnread('mina'), 0)
  })

  it('own messages are never unread, and sending does not move the mark', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    await site.say(room, 'sam')
    await site.say(room, 'mina')
    assert.deepEqual((await site.store.findRoom(room, 'mina'))?.me, { readSeq: 0, unread: 1, muted: false })
  })

  it('a mark moves forward, and never back', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    for (let n = 0; n < 5; n++) await site.say(room, 'sam')
    const moved = await site.store.markRead(room, 'mina', 3)
    assert.deepEqual(moved, { readSeq: 3, unread: 2, muted: false, moved: true, memberCount: 2 })
    for (const seq of [3, 1, 0]) {
      assert.deepEqual(await site.store.markRead(room, 'mina', seq), { ...moved, moved: false })
    }
    assert.deepEqual(await site.store.readHeads('mina', [room]), { [room]: [5, 3] })
  })

  it('a mark never goes beyond the head', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    assert.equal((await site.store.markRead(room, 'mina', 7)).moved, false)
    await site.say(room, 'sam')
    const { readSeq } = await site.store.markRead(room, 'mina', Number.MAX_SAFE_INTEGER)
    assert.equal(readSeq, 1)
    await site.say(room, 'sam')
    assert.equal((await site.store.findRoom(room, 'mina'))?.me?.unread, 1)
  })

  it('concurrent marks of one user end at the furthest', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    for (let n = 0; n < 9; n++) await site.say(room, 'sam')
    await Promise.all([4, 9, 2, 7].map((seq) => site.store.markRead(room, 'mina', seq)))
    assert.equal((await site.store.findRoom(room, 'mina'))?.me?.readSeq, 9)
  })

  it('others see how far somebody has read, and when', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    await site.say(room, 'sam')
    const start = world.clock.now
    world.clock.now = start + 60_000
    await site.store.markRead(room, 'mina', 1)
    world.clock.now = start
    const { members } = await site.store.listMembers(room, { limit: 10 })
    assert.deepEqual(members, [
      { userId: 'mina', role: 'owner', readSeq: 1, readAt: new Date(start + 60_000).toISOString() },
      { userId: 'sam', role: 'member', readSeq: 0 },
    ])
  })

  it('a stranger has no mark', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    await site.users('eve')
    await site.say(room, 'sam')
    await assert.rejects(site.store.markRead(room, 'eve', 1), problem('not_found'))
    await assert.rejects(site.store.markRead(room, 'nobody', 1), problem('not_found'))
    await assert.rejects(site.store.markRead(uuidv7(), 'mina', 1), problem('not_found'))
    assert.deepEqual(await site.store.readHeads('eve', [room, uuidv7()]), {})
    assert.equal(await site.store.countUnread('eve'), 0)
  })
}
