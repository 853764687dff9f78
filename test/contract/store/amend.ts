import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { MessageView } from '../../../server/protocol/views.ts'
import { problem, type Site, type World } from './a-world.ts'

const headOf = async (site: Site, room: string) => (await site.store.findRoom(room))?.head
const unreadOf = async (site: Site, room: string, user: string) =>
  (await site.store.findRoom(room, user))?.me?.unread

/** A message changes under a new number, and keeps its place. */
export function amendPromises(world: World): void {
  const at = (ms: number) => new Date(ms).toISOString()

  it('an edit is the same message in the same place, with a new text and number', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const sent = await site.say(room, 'sam', 'Helo')
    await site.say(room, 'mina', 'between')
    const { id } = sent
    const edited = await site.store.amend({ kind: 'edit', room, id, by: 'sam', text: 'Hello' })
    const message = { ...sent, rev: 3, text: 'Hello', editedAt: at(world.clock.now) }
    assert.deepEqual(edited, { message, changed: true, membershipRev: 0 })
    assert.deepEqual(await site.store.findMessage(room, id), message)
    assert.deepEqual((await site.history(room))[0], message)
    assert.deepEqual((await site.store.readChanges(room, 2, 10)).messages, [message])
  })

  it('a deletion leaves a tombstone in its place, without the text', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const sent = await site.say(room, 'sam', 'secret')
    const { id } = sent
    await site.edit(sent, 'still secret')
    const editedAt = at(world.clock.now)
    const deleted = await site.store.amend({ kind: 'delete', room, id, by: 'sam' })
    const tombstone = { ...sent, rev: 3, text: '', editedAt, deletedAt: at(world.clock.now) }
    assert.deepEqual(deleted, { message: tombstone, changed: true, membershipRev: 0 })
    assert.deepEqual(await site.store.findMessage(room, id), tombstone)
    assert.deepEqual(await site.history(room), [tombstone])
    assert.deepEqual((await site.store.readChanges(room, 0, 10)).messages, [tombstone])
    assert.deepEqual((await site.store.findRoom(room))?.lastMessage, tombstone)
  })

  it('the room stays where it is in the list, and its last message is shown as it is today', async () => {
    const site = world.site()
    const [room, other] = [await site.group('one', 'mina'), await site.group('other', 'mina')]
    const start = world.clock.now
    const sent = await site.say(room, 'mina', 'frist')
    world.clock.now += 1_000
    await site.say(other, 'mina')
    world.clock.now += 1_000
    const edited = await site.edit(sent, 'first')
    const { rooms } = await site.store.listRooms('mina', { limit: 10 })
    assert.deepEqual(
      rooms.map(({ id, lastAt }) => [id, lastAt]),
      [
        [other, at(start + 1_000)],
        [room, at(start)],
      ],
    )
    assert.deepEqual(rooms[1]?.lastMessage, edited)
    world.clock.now = start
  })

  it('only its author changes a message, and nobody a system message', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    const sent = await site.say(room, 'sam', 'mine')
    const systemMessage = await site.alter(room, { kind: 'rename', name: 'Crew' }, 'mina')
    assert.ok(systemMessage)
    for (const [{ id }, by] of [[sent, 'mina'] as const, [systemMessage, 'mina'] as const]) {
      await assert.rejects(
        site.store.amend({ kind: 'edit', room, id, by, text: 'yours' }),
        problem('forbidden'),
      )
      await assert.rejects(site.store.amend({ kind: 'delete', room, id, by }), problem('forbidden'))
    }
    assert.deepEqual(await site.history(room), [sent, systemMessage])
    assert.equal(await headOf(site, room), 3)
  })

  it('a change that changes nothing takes no number, and answers the message as it is', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const sent = await site.say(room, 'mina', 'same')
    const { id } = sent
    const mine = { room, id, by: 'mina' }
    const unchanged = { changed: false, membershipRev: 0 }
    assert.deepEqual(await site.store.amend({ ...mine, kind: 'edit', text: 'same' }), {
      message: sent,
      ...unchanged,
    })
    const tombstone = await site.delete(sent)
    assert.deepEqual(await site.store.amend({ ...mine, kind: 'delete' }), {
      message: tombstone,
      ...unchanged,
    })
    assert.equal(await headOf(site, room), 2)
  })

  it('what was deleted stays deleted: another text is a conflict', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const sent = await site.say(room, 'mina')
    const tombstone = await site.delete(sent)
    for (const text of ['again', 'hello', '']) {
      await assert.rejects(site.edit(sent, text), problem('conflict'))
    }
    assert.deepEqual(await site.history(room), [tombstone])
    assert.equal(await headOf(site, room), 2)
  })

  it('a message is found in its own room only', async () => {
    const site = world.site()
    const [room, other] = [await site.group('one', 'mina'), await site.group('other', 'mina')]
    const sent = await site.say(room, 'mina')
    const strange = [
      { ...sent, roomId: other },
      { ...sent, roomId: uuidv7() },
      { ...sent, id: uuidv7() },
    ]
    for (const message of strange) {
      await assert.rejects(site.edit(message, 'x'), problem('not_found'))
      await assert.rejects(site.delete(message), problem('not_found'))
    }
    assert.deepEqual([await headOf(site, room), await headOf(site, other)], [1, 0])
  })

  it('after its window a message is neither edited nor deleted; what changes nothing is answered as before', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const start = world.clock.now
    const [sent, gone] = [await site.say(room, 'mina', 'one'), await site.say(room, 'mina', 'two')]
    const change = ({ id }: MessageView, text?: string) =>
      site.store.amend({
        ...{ room, id, by: 'mina', editWindow: 60 },
        ...(text === undefined ? { kind: 'delete' as const } : { kind: 'edit' as const, text }),
      })
    world.clock.now = start + 60_000
    const { message } = await change(sent, 'better')
    await change(gone)
    world.clock.now += 1
    await assert.rejects(change(sent, 'best'), problem('forbidden'))
    await assert.rejects(change(sent), problem('forbidden'))
    assert.deepEqual([(await change(sent, 'better')).changed, (await change(gone)).changed], [false, false])
    assert.deepEqual(await site.store.findMessage(room, sent.id), message)
    assert.equal((await site.edit(sent, 'always')).text, 'always')
    world.clock.now = start
  })

  it('no time of a message goes back when the clock does', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const start = world.clock.now
    const sent = await site.say(room, 'mina', 'one')
    world.clock.now = start - 60_000
    assert.equal((await site.edit(sent, 'two')).editedAt, at(start))
    world.clock.now = start + 60_000
    assert.equal((await site.edit(sent, 'three')).editedAt, at(start + 60_000))
    world.clock.now = start + 30_000
    assert.equal((await site.edit(sent, 'four')).editedAt, at(start + 60_000))
    assert.equal((await site.delete(sent)).deletedAt, at(start + 60_000))
    assert.equal((await site.store.findRoom(room))?.lastAt, at(start))
    world.clock.now = start
  })

  it('an unread message that is deleted is unread no more; one that was read or is edited counts as before', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const [read, first, second] = [
      await site.say(room, 'sam', 'read'),
      await site.say(room, 'sam', 'first'),
      await site.say(room, 'sam', 'second'),
    ]
    await site.store.markRead(room, 'mina', read.seq)
    assert.equal(await unreadOf(site, room, 'mina'), 2)
    await site.edit(read, 'not new')
    await site.edit(first, 'as new as before')
    assert.equal(await unreadOf(site, room, 'mina'), 2)
    await site.delete(read)
    assert.equal(await unreadOf(site, room, 'mina'), 2)
    await site.delete(first)
    assert.deepEqual([await unreadOf(site, room, 'mina'), await site.store.countUnread('mina')], [1, 1])
    await site.delete(second)
    assert.deepEqual([await unreadOf(site, room, 'mina'), await site.store.countUnread('mina')], [0, 0])
  })

  it('of edits at the same time each takes a number, and the last of them stays', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const sent = await site.say(room, 'mina')
    const edits = await Promise.all(Array.from({ length: 20 }, (_, n) => site.edit(sent, `version ${n}`)))
    const inOrder = edits.toSorted((a, b) => a.rev - b.rev)
    assert.deepEqual(
      inOrder.map(({ rev }) => rev),
      Array.from({ length: 20 }, (_, n) => n + 2),
    )
    assert.deepEqual(await site.history(room), inOrder.slice(-1))
  })

  it('of deletions at the same time one takes a number', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const { id } = await site.say(room, 'mina')
    const deletions = await Promise.all(
      Array.from({ length: 20 }, () => site.store.amend({ kind: 'delete', room, id, by: 'mina' })),
    )
    assert.equal(deletions.filter(({ changed }) => changed).length, 1)
    for (const { message } of deletions) assert.equal(message.rev, 2)
    assert.equal(await headOf(site, room), 2)
  })
}
