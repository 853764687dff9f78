import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { oldOfSlice, roomsOfSlice } from '../../../server/rules/retention.ts'
import { aGroup, problem, type Site, type World } from './a-world.ts'

const dayMs = 86_400_000

/** Removes all that is older, and answers how many went. */
async function removeOld(
  { store }: Site,
  wish: { readonly now: number; readonly keepDays: number | null },
): Promise<number> {
  let [removed, after] = [0, '']
  for (let turn = 0; turn < 50; turn++) {
    const slice = await store.removeOld({ ...wish, after })
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
    assert.equal(await removeOld(site, { now: world.clock.now, keepDays: 1 }), 2)
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
    assert.equal(await removeOld(site, { now: world.clock.now, keepDays: 1 }), 0)
  })

  it('a room in which all was old is empty, has no last message and nothing unread, and goes on behind its numbers', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    for (let nth = 0; nth < oldOfSlice + 2; nth++) await site.say(room, 'mina', `old ${nth}`)
    const { head = 0 } = (await site.store.findRoom(room)) ?? {}
    world.clock.now += 10 * dayMs
    assert.equal(await removeOld(site, { now: world.clock.now, keepDays: 1 }), oldOfSlice + 2)
    const view = await site.store.findRoom(room, 'sam')
    assert.equal(view?.lastMessage, undefined)
    assert.equal(view?.me?.unread, 0)
    const page = await site.store.readPage(room, {}, 50)
    assert.deepEqual([page.messages, page.older, page.head], [[], false, head])
    assert.equal((await site.say(room, 'sam', 'new')).seq, head + 1)
  })

  it('a room that keeps messages for less than its tenant, or where its tenant keeps all, loses what is older, and no other does', async () => {
    const site = world.site()
    await site.users('mina', 'sam')
    const { room: short } = await site.store.openRoom({ ...aGroup('Short', ['mina', 'sam']), keepDays: 2 })
    const [long, pair] = [await site.group('Long', 'mina', 'sam'), await site.room('mina', 'sam')]
    await site.store.setUpRoom({ room: long, keepDays: 30 })
    for (const room of [short, long, pair]) await site.say(room, 'mina', 'old')
    const left = async () => {
      const pages = [short, long, pair].map((room) => site.store.readPage(room, {}, 9))
      return (await Promise.all(pages)).map(
        ({ messages }) => messages.filter(({ text }) => text === 'old').length,
      )
    }
    world.clock.now += 10 * dayMs
    assert.equal(await removeOld(site, { now: world.clock.now, keepDays: 20 }), 1)
    assert.deepEqual(await left(), [0, 1, 1])
    assert.equal(await removeOld(site, { now: world.clock.now, keepDays: null }), 0)
    await site.store.setUpRoom({ room: pair, keepDays: 5 })
    assert.equal(await removeOld(site, { now: world.clock.now, keepDays: null }), 1)
    assert.deepEqual(await left(), [0, 1, 0])
    // No room outlives its tenant.
    assert.equal(await removeOld(site, { now: world.clock.now, keepDays: 7 }), 1)
    assert.deepEqual(await left(), [0, 0, 0])
  })

  it('the host says of a room of any kind how long it keeps messages, and takes it back: one number, no message', async () => {
    const site = world.site()
    await site.users('mina', 'sam')
    const [room, pair] = [await site.group('Team', 'mina', 'sam'), await site.room('mina', 'sam')]
    for (const id of [room, pair]) {
      assert.equal((await site.store.findRoom(id))?.keepDays, undefined)
      const altered = await site.store.setUpRoom({ room: id, keepDays: 30 })
      assert.deepEqual([altered?.room.keepDays, altered?.room.head], [30, 1])
      assert.equal(await site.store.setUpRoom({ room: id, keepDays: 30 }), undefined)
      assert.equal((await site.store.setUpRoom({ room: id, keepDays: null }))?.room.keepDays, undefined)
      assert.deepEqual(await site.history(id), [])
    }
    await site.store.setUpRoom({ room, keepDays: 3 })
    await site.store.setUpRoom({ room, data: '{"a":1}' })
    assert.equal((await site.store.findRoom(room, 'sam'))?.keepDays, 3)
    const { rooms } = await site.store.listRooms('mina', { limit: 9 })
    assert.equal(rooms.find(({ id }) => id === room)?.keepDays, 3)
  })

  it('of more rooms than a slice looks at each loses what is too old', async () => {
    const site = world.site()
    await site.users('mina')
    const ids = Array.from({ length: roomsOfSlice + 2 }, () => uuidv7())
    for (const id of ids) await site.store.openRoom({ id, kind: 'group', members: ['mina'], keepDays: 1 })
    const last = ids.at(-1) ?? ''
    await site.say(last, 'mina', 'old')
    world.clock.now += 10 * dayMs
    assert.equal(await removeOld(site, { now: world.clock.now, keepDays: null }), 1)
    assert.deepEqual(await site.history(last), [])
  })

  it('a message that went is not there, whatever is done to it, and nothing answers it', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const { id } = await site.say(room, 'mina', 'old')
    world.clock.now += 10 * dayMs
    await removeOld(site, { now: world.clock.now, keepDays: 1 })
    const gone = problem('not_found')
    const { store } = site
    await assert.rejects(store.amend({ kind: 'edit', room, id, by: 'mina', text: 'new' }), gone)
    await assert.rejects(store.amend({ kind: 'delete', room, id, by: 'mina' }), gone)
    await assert.rejects(store.amend({ kind: 'pin', room, id, by: 'mina', on: true }), gone)
    await assert.rejects(store.react({ room, id, by: 'sam', emoji: '👍', on: true }), gone)
    await assert.rejects(store.append({ room, id: uuidv7(), author: 'sam', text: 'yes', replyTo: id }), gone)
    assert.deepEqual(await site.history(room), [])
  })

  it('sent again, a message is the one that is there, and a new one where that went', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const first = await site.say(room, 'mina', 'hello')
    world.clock.now += 10 * dayMs
    assert.equal((await site.say(room, 'mina', 'hello', first.id)).seq, first.seq)
    await removeOld(site, { now: world.clock.now, keepDays: 1 })
    const again = await site.say(room, 'mina', 'hello', first.id)
    assert.deepEqual([again.id, again.seq], [first.id, first.seq + 1])
    assert.equal((await site.say(room, 'mina', 'hello', first.id)).seq, again.seq)
    assert.deepEqual(
      (await site.history(room)).map(({ id }) => id),
      [first.id],
    )
    assert.equal((await site.store.findRoom(room, 'sam'))?.me?.unread, 1)
  })

  it('what is unread is counted of what is left, a room marked as unread stays so, and mentions of what went are none', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const mentions = [{ userId: 'sam', at: 0, length: 4 }]
    const said = { room, author: 'mina', text: '@sam', mentions }
    await site.store.append({ ...said, id: uuidv7() })
    const { message: second } = await site.store.append({ ...said, id: uuidv7() })
    const meOf = async (user: string) => (await site.store.findRoom(room, user))?.me
    await site.store.markRead(room, 'mina', second.seq)
    await site.store.arrange({ room, user: 'mina', unreadFrom: 1 })
    world.clock.now += 10 * dayMs
    const young = await site.say(room, 'mina', 'young')
    const before = await meOf('sam')
    assert.deepEqual([before?.unread, before?.mentions], [3, 2])
    await removeOld(site, { now: world.clock.now, keepDays: 1 })
    const after = await meOf('sam')
    assert.deepEqual([after?.unread, after?.mentions], [1, undefined])
    assert.equal((await meOf('mina'))?.arranged?.unreadFrom, 1)
    const { rooms } = await site.store.listRooms('mina', { limit: 9, filter: 'unread' })
    assert.deepEqual(
      rooms.map(({ id }) => id),
      [room],
    )
    const around = await site.store.readPage(room, { around: second.seq }, 9)
    assert.deepEqual(
      [around.messages.map(({ seq }) => seq), around.older, around.newer],
      [[young.seq], false, false],
    )
    const earlier = await site.store.readPage(room, { before: second.seq }, 9)
    assert.deepEqual([earlier.messages, earlier.older], [[], false])
    await site.store.markRead(room, 'sam', second.seq)
    assert.equal((await meOf('sam'))?.unread, 1)
    await site.store.markRead(room, 'sam', young.seq)
    assert.equal((await meOf('sam'))?.unread, 0)
  })

  it('another tenant keeps what it has', async () => {
    const [site, other] = [world.site(), world.site()]
    const room = await other.room('mina', 'sam')
    await other.say(room, 'mina', 'old')
    world.clock.now += 10 * dayMs
    assert.equal(await removeOld(site, { now: world.clock.now, keepDays: 1 }), 0)
    assert.equal((await other.history(room)).length, 1)
  })
}
