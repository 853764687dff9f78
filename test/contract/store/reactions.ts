import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../../server/protocol/limits.ts'
import type { MessageView } from '../../../server/protocol/views.ts'
import { problem, type Site, type World } from './a-world.ts'

const crowd = Array.from({ length: limits.reactors + 5 }, (_, n) => `user-${String(n).padStart(2, '0')}`)
/** More than a message may have. */
const manyEmoji = [...'👍😂🎉🔭😮😢🙏🔥🚀👀💯🍀🍎🍕🎈🐙🐳🦊🌙☕⚡🌍']

function react(
  site: Site,
  { roomId: room, id }: Pick<MessageView, 'roomId' | 'id'>,
  by: string,
  { emoji = '👍', on = true } = {},
) {
  return site.store.react({ room, id, by, emoji, on })
}

const headOf = async (site: Site, room: string) => (await site.store.findRoom(room))?.head

type Recount = { emoji: string; users: string[] }[]

/** The naive recount: who reacted, in the order in which they did. */
function recount(steps: readonly { emoji: string; by: string; on: boolean }[]): Recount {
  const made: { emoji: string; by: string }[] = []
  for (const { emoji, by, on } of steps) {
    const at = made.findIndex((one) => one.emoji === emoji && one.by === by)
    if (on && at < 0) made.push({ emoji, by })
    if (!on && at >= 0) made.splice(at, 1)
  }
  return [...new Set(made.map(({ emoji }) => emoji))].map((emoji) => ({
    emoji,
    users: made.filter((one) => one.emoji === emoji).map(({ by }) => by),
  }))
}

/** People react to a message, and its row says how many did. */
export function reactionPromises(world: World): void {
  it('a reaction is a new version of its message, in every read', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const sent = await site.say(room, 'sam')
    await site.say(room, 'mina', 'between')
    const reacted = await react(site, sent, 'mina')
    const message = { ...sent, rev: 3, reactions: [{ emoji: '👍', count: 1, userIds: ['mina'] }] }
    assert.deepEqual(reacted, { message, changed: true, membershipRev: 0 })
    assert.deepEqual(await site.store.findMessage(room, sent.id), message)
    assert.deepEqual((await site.history(room))[0], message)
    assert.deepEqual((await site.store.readChanges(room, 2, 10)).messages, [message])
    const back = await react(site, sent, 'mina', { on: false })
    assert.deepEqual(back.message, { ...sent, rev: 4 })
    assert.deepEqual(await site.store.findMessage(room, sent.id), back.message)
  })

  it('what changes nothing takes no number, and answers the message as it is', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const sent = await site.say(room, 'mina')
    const none = await react(site, sent, 'mina', { on: false })
    assert.deepEqual(none, { message: sent, changed: false, membershipRev: 0 })
    const { message } = await react(site, sent, 'mina')
    assert.deepEqual(await react(site, sent, 'mina'), { message, changed: false, membershipRev: 0 })
    assert.equal(await headOf(site, room), 2)
  })

  it('the summary is the recount of all reactions: how many, the first users, in the order of first use', async () => {
    const site = world.site()
    await site.users(...crowd)
    const room = await site.group('all', ...crowd)
    const step = fc.record({
      emoji: fc.constantFrom('👍', '😂', '❤️', '👩🏽‍🚀'),
      by: fc.constantFrom(...crowd),
      on: fc.constantFrom(true, true, true, false),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120, size: 'max' }), async (steps) => {
        const sent = await site.say(room, crowd[0] ?? '')
        for (const { by, ...what } of steps) await react(site, sent, by, what)
        const expected = recount(steps)
        const message = await site.store.findMessage(room, sent.id)
        assert.deepEqual(
          message?.reactions ?? [],
          expected.map(({ emoji, users }) => ({
            ...{ emoji, count: users.length },
            userIds: users.slice(0, limits.reactors),
          })),
        )
        const asked = ['👍', '😂', '❤️', '👩🏽‍🚀'].map((emoji) => ({ seq: sent.seq, emoji }))
        for (const user of [crowd[0] ?? '', crowd.at(-1) ?? '']) {
          const found = await site.store.filterReactions(room, user, asked)
          assert.deepEqual(
            found.map(({ emoji }) => emoji).sort(),
            expected
              .filter(({ users }) => users.includes(user))
              .map(({ emoji }) => emoji)
              .sort(),
          )
        }
      }),
      { numRuns: 15 },
    )
  })

  it('of reactions at the same time each takes a number of its own, and all are counted', async () => {
    const site = world.site()
    await site.users(...crowd)
    const room = await site.group('all', ...crowd)
    const [one, other] = [await site.say(room, crowd[0] ?? ''), await site.say(room, crowd[0] ?? '')]
    const outcomes = await Promise.all(
      crowd.flatMap((by) => [
        react(site, one, by),
        react(site, other, by, { emoji: '😂' }),
        react(site, one, by),
      ]),
    )
    const revs = outcomes.filter(({ changed }) => changed).map(({ message }) => message.rev)
    assert.deepEqual(
      revs.sort((a, b) => a - b),
      Array.from({ length: crowd.length * 2 }, (_, n) => n + 3),
    )
    for (const { id } of [one, other]) {
      const [reaction] = (await site.store.findMessage(room, id))?.reactions ?? []
      assert.deepEqual([reaction?.count, reaction?.userIds.length], [crowd.length, limits.reactors])
    }
    assert.equal(await headOf(site, room), 2 + crowd.length * 2)
  })

  it('one that is refused leaves the others of the same turn alone', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    await site.users('eve')
    const sent = await site.say(room, 'mina')
    const outcomes = await Promise.allSettled([
      react(site, sent, 'mina'),
      react(site, sent, 'eve'),
      react(site, { ...sent, id: uuidv7() }, 'mina'),
      react(site, sent, 'sam'),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    )
    assert.equal((await site.store.findMessage(room, sent.id))?.reactions?.[0]?.count, 2)
  })

  it(`a message has ${limits.reactions} different reactions, and one more is too_large`, async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const sent = await site.say(room, 'mina')
    for (const emoji of manyEmoji.slice(0, limits.reactions)) await react(site, sent, 'mina', { emoji })
    const next = manyEmoji[limits.reactions] ?? ''
    await assert.rejects(react(site, sent, 'mina', { emoji: next }), problem('too_large'))
    await react(site, sent, 'sam', { emoji: manyEmoji[0] ?? '' })
    await react(site, sent, 'mina', { emoji: manyEmoji[3] ?? '', on: false })
    const { message } = await react(site, sent, 'mina', { emoji: next })
    assert.equal(message.reactions?.length, limits.reactions)
    assert.equal(message.reactions?.at(-1)?.emoji, next)
  })

  it('only members react, to messages of users that are there', async () => {
    const site = world.site()
    const [room, other] = [await site.group('one', 'mina', 'sam'), await site.group('other', 'mina')]
    await site.users('eve')
    const sent = await site.say(room, 'sam')
    const systemMessage = await site.alter(room, { kind: 'rename', name: 'Crew' }, 'mina')
    assert.ok(systemMessage)
    await assert.rejects(react(site, sent, 'eve'), problem('not_found'))
    await assert.rejects(react(site, { ...sent, roomId: other }, 'mina'), problem('not_found'))
    await assert.rejects(react(site, systemMessage, 'mina'), problem('forbidden'))
    await site.delete(sent)
    await assert.rejects(react(site, sent, 'mina'), problem('conflict'))
    await assert.rejects(react(site, sent, 'mina', { on: false }), problem('conflict'))
  })

  it('a deletion takes the reactions along, and an edit leaves them', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const sent = await site.say(room, 'mina')
    const { message } = await react(site, sent, 'sam')
    const edited = await site.edit(sent, 'better')
    assert.deepEqual(edited.reactions, message.reactions)
    const tombstone = await site.delete(sent)
    assert.equal(tombstone.reactions, undefined)
    const asked = [{ seq: sent.seq, emoji: '👍' }]
    assert.deepEqual(await site.store.filterReactions(room, 'sam', asked), [])
  })

  it('who is out of the group keeps their reactions, and reacts no more', async () => {
    const site = world.site()
    const room = await site.group('team', 'mina', 'sam')
    const sent = await site.say(room, 'mina')
    const { message } = await react(site, sent, 'sam')
    await site.alter(room, { kind: 'remove', user: 'sam' }, 'mina')
    assert.deepEqual(await site.store.findMessage(room, sent.id), message)
    await assert.rejects(react(site, sent, 'sam', { on: false }), problem('not_found'))
  })

  it('reactions are not unread', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const sent = await site.say(room, 'sam')
    await site.store.markRead(room, 'mina', sent.seq)
    await react(site, sent, 'sam')
    assert.equal((await site.store.findRoom(room, 'mina'))?.me?.unread, 0)
    assert.equal(await site.store.countUnread('mina'), 0)
  })

  it(`more than ${limits.changes} numbers of few messages are caught up with, of more messages a reader starts anew`, async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const [first, second] = [await site.say(room, 'mina', 'one'), await site.say(room, 'mina', 'two')]
    // In turns, so that a store may write many at once.
    for (let turn = 0; turn < limits.changes / 100 + 1; turn++)
      await Promise.all(
        Array.from({ length: 100 }, (_, n) => react(site, first, 'mina', { on: n % 2 === 0 })),
      )
    const head = (await headOf(site, room)) ?? 0
    assert.ok(head > limits.changes + 2, `${head}`)
    const few = await site.store.readChanges(room, 1, 200)
    assert.deepEqual([few.reset, few.messages.map(({ id }) => id)], [undefined, [second.id, first.id]])
    const all = Array.from({ length: limits.changes }, (_, n) => site.say(room, 'sam', `${n}`))
    await Promise.all(all)
    assert.equal((await site.store.readChanges(room, 1, 200)).reset, true)
    assert.equal((await site.store.readChanges(room, head, 200)).reset, undefined)
  })
}
