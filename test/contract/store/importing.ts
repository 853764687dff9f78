import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { aRoom, problem, type World } from './a-world.ts'

const opened = Date.UTC(2019, 4, 1)
const at = (minute: number) => opened + minute * 60_000

/** What comes from another chat. */
export function importPromises(world: World): void {
  const aMessage = (author: string, minute: number, text = `at ${minute}`) => ({
    ...{ id: uuidv7(), author, text, at: at(minute) },
  })

  async function anOldRoom() {
    const site = world.site()
    await site.users('mina', 'sam')
    const { room } = await site.store.openRoom({ ...aRoom(['mina', 'sam']), openedAt: opened })
    return { site, room, store: site.store }
  }

  it('messages of another chat keep their order and their times, and their room stands in the list by them', async () => {
    const { site, room, store } = await anOldRoom()
    const newer = await site.room('mina', 'lee')
    const messages = [aMessage('mina', 1), aMessage('sam', 1), aMessage('mina', 5)]
    assert.equal(await store.importMessages({ room, messages, reads: [] }), 3)
    const history = await site.history(room)
    assert.deepEqual(
      history.map(({ id, seq, rev, authorId, text, createdAt }) => [id, seq, rev, authorId, text, createdAt]),
      messages.map(({ id, author, text, at }, nth) => [
        ...[id, nth + 1, nth + 1, author, text],
        new Date(at).toISOString(),
      ]),
    )
    const { rooms } = await store.listRooms('mina', { limit: 10 })
    assert.deepEqual(
      rooms.map(({ id, head, lastAt }) => [id, head, lastAt].slice(0, id === room ? 3 : 1)),
      [[newer], [room, 3, new Date(at(5)).toISOString()]],
    )
  })

  it('a room of another chat is as old as it was there', async () => {
    const { room, store } = await anOldRoom()
    assert.equal((await store.findRoom(room))?.lastAt, new Date(opened).toISOString())
  })

  it('into a room in which nothing has happened here yet they come at their own times, too', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    await site.store.importMessages({ room, messages: [aMessage('mina', 1), aMessage('sam', 2)], reads: [] })
    const times = [at(1), at(2)].map((time) => new Date(time).toISOString())
    assert.deepEqual(
      (await site.history(room)).map(({ createdAt }) => createdAt),
      times,
    )
    assert.equal((await site.store.findRoom(room))?.lastAt, times[1])
  })

  it('what is imported again is there once, and as it has become here', async () => {
    const { site, room, store } = await anOldRoom()
    const messages = [aMessage('mina', 1), aMessage('sam', 2)]
    await store.importMessages({ room, messages, reads: [] })
    const [first, second] = await site.history(room)
    assert.ok(first && second)
    await site.edit(first, 'another text')
    await site.delete(second)
    const before = await site.history(room)
    const more = aMessage('sam', 3)
    assert.equal(await store.importMessages({ room, messages: [...messages, more, more], reads: [] }), 1)
    const after = await site.history(room)
    assert.deepEqual(after.slice(0, 2), before)
    assert.deepEqual(
      after.slice(2).map(({ id, seq }) => [id, seq]),
      [[more.id, 5]],
    )
  })

  it('what comes behind a message that was written here is no older than that', async () => {
    const { site, room, store } = await anOldRoom()
    const { createdAt } = await site.say(room, 'mina')
    await store.importMessages({ room, messages: [aMessage('sam', 9)], reads: [] })
    assert.deepEqual(
      (await site.history(room)).map((message) => message.createdAt),
      [createdAt, createdAt],
    )
  })

  it('authors who are no members, or nobody here, keep what they wrote', async () => {
    const { site, room, store } = await anOldRoom()
    await site.users('lee')
    await store.importMessages({
      room,
      messages: [aMessage('lee', 1), aMessage('gone', 2)],
      reads: [{ user: 'lee', id: uuidv7() }],
    })
    assert.deepEqual(
      (await site.history(room)).map(({ authorId }) => authorId),
      ['lee', 'gone'],
    )
    assert.equal(await store.countMembers(room), 2)
  })

  it('members have read up to where they had, never back, and at no time', async () => {
    const { room, store } = await anOldRoom()
    const messages = [aMessage('mina', 1), aMessage('mina', 2), aMessage('mina', 3)]
    const [first, second] = messages.map(({ id }) => id)
    assert.ok(first && second)
    await store.importMessages({ room, messages, reads: [{ user: 'sam', id: second }] })
    const markOf = async () => {
      const { members } = await store.listMembers(room, { limit: 10 })
      return members.find(({ userId }) => userId === 'sam')
    }
    assert.deepEqual(await markOf(), { userId: 'sam', role: 'member', readSeq: 2 })
    assert.equal((await store.findRoom(room, 'sam'))?.me?.unread, 1)
    await store.importMessages({ room, messages, reads: [{ user: 'sam', id: first }] })
    assert.equal((await markOf())?.readSeq, 2)
  })

  it('says which of the messages a room has', async () => {
    const { site, room, store } = await anOldRoom()
    const other = await site.room('mina', 'lee')
    const [mine, theirs] = [aMessage('mina', 1), aMessage('mina', 1)]
    await store.importMessages({ room, messages: [mine], reads: [] })
    await store.importMessages({ room: other, messages: [theirs], reads: [] })
    assert.deepEqual([...(await store.filterMessages(room, [mine.id, theirs.id, uuidv7()]))], [mine.id])
    assert.deepEqual([...(await store.filterMessages(uuidv7(), [mine.id]))], [])
  })

  it('nothing comes into a room that is not there, or was deleted', async () => {
    const { site, store } = await anOldRoom()
    const group = await site.group('over', 'mina')
    await store.deleteRoom({ room: group })
    for (const room of [uuidv7(), group]) {
      await assert.rejects(
        store.importMessages({ room, messages: [aMessage('mina', 1)], reads: [] }),
        problem('not_found'),
      )
    }
  })
}
