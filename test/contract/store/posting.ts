import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { Problem } from '../../../server/protocol/problems.ts'
import type { SettingsView } from '../../../server/protocol/views.ts'
import { aGroup, aSystemMessage, problem, type Site, type World } from './a-world.ts'

const configure = (site: Site, room: string, settings: SettingsView, by = 'mina') =>
  site.alter(room, { kind: 'configure', settings, by })

/** For `assert.rejects`: it is too soon, and so many seconds are left. */
const tooSoon = (seconds: number) => (error: unknown) => {
  assert.ok(error instanceof Problem, String(error))
  assert.deepEqual([error.code, error.retryAfter], ['rate_limited', seconds])
  return true
}

/** Groups say who writes in them, and how often. */
export function postingPromises(world: World): void {
  it('settings take two numbers as other changes do, are shown, and the message holds those that changed', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam', 'lee')
    const shown = async () => {
      const { post, slowMode, rev, head } = (await site.store.findRoom(room, 'sam')) ?? {}
      return { post, slowMode, rev, head }
    }
    const first = await configure(site, room, { post: 'owners', slowMode: 0 })
    assert.deepEqual(first?.system?.settings, { post: 'owners' })
    assert.match(first?.text ?? '', /: only owners write$/)
    assert.deepEqual(await shown(), { post: 'owners', slowMode: undefined, rev: 1, head: 2 })
    assert.equal(await configure(site, room, { post: 'owners' }), undefined)
    assert.equal(await configure(site, room, {}), undefined)
    const second = await configure(site, room, { post: 'all', slowMode: 30 })
    assert.deepEqual(second?.system?.settings, { post: 'all', slowMode: 30 })
    assert.deepEqual(await shown(), { post: undefined, slowMode: 30, rev: 3, head: 4 })
    await site.alter(room, { kind: 'describe', description: 'For all' })
    assert.deepEqual((await site.history(room)).at(1)?.system, second?.system)
    const [listed] = (await site.store.listRooms('lee', { limit: 1 })).rooms
    assert.equal(listed?.slowMode, 30)
    assert.equal(await site.room('mina', 'sam', 'lee'), room)
  })

  it('only an owner says who writes, and only of a group', async () => {
    const site = world.site()
    const [room, pair] = [await site.group('Team', 'mina', 'sam'), await site.room('mina', 'sam')]
    await site.users('eve')
    await assert.rejects(configure(site, room, { post: 'owners' }, 'sam'), problem('forbidden'))
    await assert.rejects(configure(site, room, { post: 'owners' }, 'eve'), problem('not_found'))
    await assert.rejects(configure(site, pair, { slowMode: 5 }), problem('forbidden'))
    assert.equal((await site.store.findRoom(room))?.head, 0)
  })

  it('where only owners write, a member’s message takes no number, and everything else goes on', async () => {
    const site = world.site()
    const room = await site.group('News', 'mina', 'sam')
    const before = await site.say(room, 'sam', 'before')
    await configure(site, room, { post: 'owners' })
    await assert.rejects(site.say(room, 'sam'), problem('forbidden'))
    await assert.rejects(site.say(room, 'eve'), problem('not_found'))
    const news = await site.say(room, 'mina', 'news')
    assert.equal(news.seq, 4)
    const { message } = await site.store.react({ room, id: news.id, by: 'sam', emoji: '👍', on: true })
    assert.equal(message.reactions?.length, 1)
    assert.equal((await site.edit(before, 'other')).text, 'other')
    assert.equal((await site.store.markRead(room, 'sam', 9)).moved, true)
    const { message: again, created } = await site.store.append({
      ...{ room, id: before.id, author: 'sam', text: 'before' },
    })
    assert.deepEqual([again.seq, created], [1, false])
    await site.alter(room, { kind: 'set-role', user: 'sam', role: 'owner' })
    assert.equal((await site.say(room, 'sam')).authorId, 'sam')
    await configure(site, room, { post: 'all' })
    await site.alter(room, { kind: 'set-role', user: 'sam', role: 'member' })
    assert.equal((await site.say(room, 'sam')).authorId, 'sam')
  })

  it('slow mode makes each member wait for themselves, from their last message on, and owners never', async () => {
    const site = world.site()
    const start = world.clock.now
    const room = await site.group('Talk', 'mina', 'sam', 'lee')
    await site.say(room, 'sam', 'before it is slow')
    await configure(site, room, { slowMode: 10 })
    const first = await site.say(room, 'sam')
    await assert.rejects(site.say(room, 'sam'), tooSoon(10))
    assert.equal((await site.say(room, 'lee')).authorId, 'lee')
    for (const text of ['one', 'two']) await site.say(room, 'mina', text)
    world.clock.now += 7_500
    await assert.rejects(site.say(room, 'sam'), tooSoon(3))
    const draft = { room, id: first.id, author: 'sam', text: first.text }
    assert.equal((await site.store.append(draft)).created, false)
    await site.delete(first)
    await assert.rejects(site.say(room, 'sam'), tooSoon(3))
    await site.leave(room, 'sam')
    await site.alter(room, { kind: 'add', user: 'sam' })
    await assert.rejects(site.say(room, 'sam'), tooSoon(3))
    world.clock.now += 2_500
    assert.equal((await site.say(room, 'sam')).authorId, 'sam')
    await configure(site, room, { slowMode: 0 })
    for (const text of ['one', 'two']) await site.say(room, 'sam', text)
    world.clock.now = start
  })

  it('of messages that a member sends at once in slow mode, one is written, and all of the others’', async () => {
    const site = world.site()
    const room = await site.group('Talk', 'mina', 'sam', 'lee')
    await configure(site, room, { slowMode: 60 })
    const authors = Array.from({ length: 30 }, (_, n) => ['mina', 'sam', 'lee'][n % 3] ?? '')
    const sent = await Promise.allSettled(authors.map((author) => site.say(room, author)))
    const written = sent.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const countOf = (user: string) => written.filter(({ authorId }) => authorId === user).length
    assert.deepEqual([countOf('mina'), countOf('sam'), countOf('lee')], [10, 1, 1])
    for (const one of sent) if (one.status === 'rejected') tooSoon(60)(one.reason)
    const { head } = (await site.store.findRoom(room)) ?? {}
    assert.equal(head, 2 + 12)
    assert.deepEqual(
      (await site.history(room)).map(({ seq }) => seq),
      Array.from({ length: 13 }, (_, n) => n + 2),
    )
  })

  it('a message that is sent while only owners begin to write comes before that, or is refused', async () => {
    const site = world.site()
    const room = await site.group('News', 'mina', 'sam')
    const sent = Array.from({ length: 20 }, () => site.say(room, 'sam'))
    const [configured, ...answers] = await Promise.allSettled([
      configure(site, room, { post: 'owners' }),
      ...sent,
    ])
    const place = configured.status === 'fulfilled' ? configured.value?.seq : assert.fail('it is configured')
    for (const answer of answers) {
      if (answer.status === 'fulfilled') assert.ok((answer.value?.seq ?? 0) < (place ?? 0))
      else problem('forbidden')(answer.reason)
    }
  })

  it('the host opens a group with all of it, and a deleted one shows none', async () => {
    const site = world.site()
    await site.users('mina', 'sam')
    const said = { description: 'For all', pictureUrl: 'https://example.com/a.png', slowMode: 5 }
    const { room } = await site.store.openRoom({
      ...aGroup('Club', ['mina', 'sam']),
      ...said,
      post: 'owners',
    })
    const view = await site.store.findRoom(room)
    assert.deepEqual({ ...view, ...said, post: 'owners' }, view)
    await assert.rejects(site.say(room, 'sam'), problem('forbidden'))
    await site.store.deleteRoom({ room, by: 'mina' })
    await assert.rejects(site.say(room, 'sam'), problem('not_found'))
  })

  it('the host gives a group a picture: one number, without a message, and none for a change of nothing', async () => {
    const site = world.site()
    const [room, pair] = [await site.group('Team', 'mina', 'sam'), await site.room('mina', 'sam')]
    await site.say(room, 'mina')
    const pictureUrl = 'https://example.com/a.png'
    const altered = await site.store.setUpRoom({ room, pictureUrl })
    assert.deepEqual(altered, { room: await site.store.findRoom(room), membershipRev: 0 })
    assert.deepEqual([altered?.room.pictureUrl, altered?.room.rev, altered?.room.head], [pictureUrl, 2, 2])
    assert.equal(altered?.room.lastMessage?.seq, 1)
    assert.equal(await site.store.setUpRoom({ room, pictureUrl }), undefined)
    assert.equal(await site.store.setUpRoom({ room }), undefined)
    const { roomChanged, messages, head } = await site.store.readChanges(room, 1, 9)
    assert.deepEqual([roomChanged, messages, head], [true, [], 2])
    assert.equal((await site.say(room, 'mina')).seq, 3)
    assert.equal((await site.store.setUpRoom({ room, pictureUrl: null }))?.room.pictureUrl, undefined)
    await assert.rejects(site.store.setUpRoom({ room: pair, pictureUrl }), problem('forbidden'))
    await assert.rejects(site.store.setUpRoom({ room: uuidv7(), pictureUrl }), problem('not_found'))
    await site.store.deleteRoom({ room, by: 'mina' })
    await assert.rejects(site.store.setUpRoom({ room, pictureUrl }), problem('not_found'))
  })

  it('what a user says of settings counts as their text of the day, unless it is so already', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    const change = (slowMode: number, mostTextBytes: number) =>
      site.store.alterRoom({
        ...{ kind: 'configure', room, by: 'mina', settings: { slowMode }, mostTextBytes },
        systemMessage: aSystemMessage('mina'),
      })
    await change(5, 100)
    assert.equal(await change(5, 1), undefined)
    await assert.rejects(change(6, 1), problem('rate_limited'))
  })
}
