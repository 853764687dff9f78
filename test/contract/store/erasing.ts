import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { hashKeptMs, nobody } from '../../../server/rules/erasing.ts'
import type { ErasedSlice } from '../../../server/store/store.ts'
import { aRoom, problem, type Site, type World } from './a-world.ts'

type Mode = { readonly removesMessages?: boolean }

/** Erases all of a user, and answers what each slice said. */
async function erase({ store }: Site, user: string, { removesMessages = false }: Mode = {}) {
  await store.beginErasing(user)
  const slices: ErasedSlice[] = []
  for (let isDone = false; !isDone; ) {
    const slice = await store.eraseSome({ user, removesMessages })
    slices.push(slice)
    isDone = slice.isDone
    assert.ok(slices.length < 200, 'erasing that never ends')
  }
  return slices
}

/** Users are erased. */
export function erasingPromises(world: World): void {
  it('an erasure is news for whoever looks for the newest, also by a server whose clock is far behind', async () => {
    const { store } = world.site()
    const { erasures } = world.stores
    await store.beginErasing('mina')
    const latest = Math.max(...(await erasures.list(0)).map(({ at }) => at))
    world.clock.now -= 3_600_000
    try {
      await store.beginErasing('sam')
      while (!(await store.eraseSome({ user: 'sam', removesMessages: false })).isDone);
    } finally {
      world.clock.now += 3_600_000
    }
    assert.equal((await erasures.list(latest + 1)).filter(({ user }) => user === null).length, 1)
  })

  it('what they wrote becomes tombstones of nobody, each with a number of its own that readers catch up with', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    const first = await site.say(room, 'mina', 'one')
    await site.say(room, 'sam', 'two')
    const last = await site.say(room, 'mina', 'three')
    const slices = await erase(site, 'mina')
    const history = await site.history(room)
    assert.deepEqual(
      history.map(({ authorId, text, deletedAt }) => [authorId, text, deletedAt !== undefined]),
      [
        [nobody.id, '', true],
        ['sam', 'two', false],
        [nobody.id, '', true],
      ],
    )
    const told = slices.flatMap(({ messages }) => messages.map(({ message }) => message))
    assert.deepEqual(
      told.map(({ id }) => id),
      [first.id, last.id],
    )
    const { messages } = await site.store.readChanges(room, last.rev, 10)
    assert.deepEqual(messages, told)
  })

  it('with messages removed, nothing stays but the last of a room, and who knew more starts anew', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const one = await site.say(room, 'mina', 'one')
    await site.store.append({ room, id: uuidv7(), author: 'sam', text: 'two', replyTo: one.id })
    await site.say(room, 'mina', 'three')
    const { head } = (await site.store.findRoom(room)) ?? { head: 0 }
    await erase(site, 'mina', { removesMessages: true })
    const history = await site.history(room)
    assert.deepEqual(
      history.map(({ authorId, text, replyTo }) => [authorId, text, replyTo]),
      [
        ['sam', 'two', undefined],
        [nobody.id, '', undefined],
      ],
    )
    assert.equal((await site.store.readChanges(room, head, 10)).reset, true)
    const now = (await site.store.findRoom(room))?.head ?? 0
    assert.equal((await site.store.readChanges(room, now, 10)).reset, undefined)
  })

  it('who was named with others is nobody there: in pins, mentions, forwards, reactions and what the room says', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam', 'lee')
    const text = '@mina and @lee'
    const mentions = [
      { userId: 'mina', at: 0, length: 5 },
      { userId: 'lee', at: 10, length: 4 },
    ]
    const { message } = await site.store.append({ room, id: uuidv7(), author: 'sam', text, mentions })
    const { id } = message
    await site.store.amend({ kind: 'pin', room, id, by: 'mina', on: true })
    for (const by of ['mina', 'lee']) await site.store.react({ room, id, by, emoji: '👍', on: true })
    await site.store.react({ room, id, by: 'mina', emoji: '🎉', on: true })
    await site.store.append({ room, id: uuidv7(), author: 'sam', text: 'hi', forwarded: 'mina' })
    await site.store.alterRoom({
      ...{ room, kind: 'remove', user: 'lee', by: 'mina' },
      systemMessage: {
        ...{ id: uuidv7(), authorId: 'mina', text: 'mina removed lee' },
        system: { event: 'removed', userId: 'lee' },
      },
    })
    await erase(site, 'mina')
    const [said, forward, system] = await site.history(room)
    assert.equal(said?.text, text)
    assert.deepEqual(said?.mentions, [{ userId: 'lee', at: 10, length: 4 }])
    assert.equal(said?.pinned?.userId, nobody.id)
    assert.deepEqual(said?.reactions, [{ emoji: '👍', count: 1, userIds: ['lee'] }])
    assert.deepEqual(forward?.forwarded, { authorId: nobody.id })
    assert.deepEqual([system?.authorId, system?.text], [nobody.id, 'Deleted user removed lee'])
    assert.deepEqual(await site.store.filterReactions(room, 'mina', [{ seq: message.seq, emoji: '👍' }]), [])
  })

  it('their rooms stay for others, with an owner, and are not found as the room for their exact members', async () => {
    const site = world.site()
    const group = await site.group('Team', 'mina', 'sam', 'lee')
    const direct = await site.room('mina', 'sam')
    const notes = await site.room('mina')
    const slices = await erase(site, 'mina')
    const { members } = await site.store.listMembers(group, { limit: 10 })
    assert.deepEqual(
      members.map(({ userId, role }) => [userId, role]),
      [
        ['lee', 'owner'],
        ['sam', 'member'],
      ],
    )
    assert.equal((await site.store.findRoom(direct, 'sam'))?.memberCount, 1)
    assert.equal(await site.store.findRoom(notes), undefined)
    const left = slices.flatMap((slice) =>
      slice.left ? [[slice.left.id, slice.left.room?.memberCount]] : [],
    )
    assert.deepEqual(
      new Map(left as [string, number | undefined][]),
      new Map([
        [group, 2],
        [direct, 1],
        [notes, undefined],
      ]),
    )
    await site.users('sam')
    await assert.rejects(site.store.saveUser({ id: 'mina' }), problem('forbidden'))
    await assert.rejects(site.store.openRoom(aRoom(['mina', 'sam'])), problem('not_found'))
  })

  it('nobody becomes them while a token of theirs may be good, and a day longer; then somebody may', async () => {
    const site = world.site()
    await site.users('mina', 'sam')
    await site.store.beginErasing('mina')
    assert.equal(await site.store.findUser('mina'), undefined)
    await assert.rejects(site.store.saveUser({ id: 'mina', name: 'Mina' }), problem('forbidden'))
    await erase(site, 'mina')
    await assert.rejects(site.store.saveUser({ id: 'mina' }), problem('forbidden'))
    await site.store.saveUser({ id: 'sam', name: 'Sam' })
    await world.site().store.saveUser({ id: 'mina' })
    world.clock.now += hashKeptMs + 1
    await site.store.saveUser({ id: 'mina' })
    const mine = async () =>
      (await world.stores.erasures.list(0)).filter(({ tenant }) => tenant === site.tenant)
    assert.equal((await mine()).length, 1)
    await world.stores.erasures.forget(world.clock.now - hashKeptMs)
    assert.equal((await mine()).length, 0)
  })

  it('new guests write to the others of those who answer them', async () => {
    const { tenants } = world.stores
    const site = world.site()
    const id = site.tenant
    const settings = { guests: true, guestContacts: 'sam, mina,lee' }
    await tenants.add({ id, hosts: [`${id}.test`], origins: [], secrets: ['s'], settings })
    const contacts = async () => (await tenants.list()).find((one) => one.id === id)?.settings.guestContacts
    const before = await tenants.readVersion()
    await erase(site, 'nobody')
    assert.equal(await tenants.readVersion(), before)
    await erase(site, 'mina')
    assert.equal(await contacts(), 'sam,lee')
    assert.ok((await tenants.readVersion()) > before)
    for (const one of ['lee', 'sam']) await erase(site, one)
    assert.equal(await contacts(), '')
    await tenants.remove(id)
  })

  it('again it changes nothing, and an unknown user leaves nothing but the hash', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    await site.say(room, 'mina')
    await erase(site, 'mina')
    const before = await site.store.findRoom(room)
    const again = await erase(site, 'mina')
    assert.deepEqual(
      again.flatMap(({ messages, left }) => [...messages, ...(left ? [left] : [])]),
      [],
    )
    assert.deepEqual(await site.store.findRoom(room), before)
    await erase(site, 'nobody-knows')
    const marks = (await world.stores.erasures.list(0)).filter(({ tenant }) => tenant === site.tenant)
    assert.deepEqual(
      marks.map(({ user }) => user),
      [null, null],
    )
    const hash = await world.stores.erasures.hashOf({ tenant: site.tenant, user: 'mina' })
    assert.ok(marks.some((mark) => mark.hash === hash))
  })

  it('more messages than a slice has go one slice after the other', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const said = Array.from({ length: 1_100 }, (_, nth) => site.say(room, nth % 100 ? 'mina' : 'sam'))
    await Promise.all(said)
    const slices = await erase(site, 'mina')
    assert.ok(slices.filter(({ messages }) => messages.length > 0).length > 2)
    const history = await site.history(room)
    assert.equal(history.filter(({ authorId }) => authorId === nobody.id).length, 1_089)
    const { head } = (await site.store.findRoom(room)) ?? { head: 0 }
    assert.equal(Math.max(...history.map(({ rev }) => rev)), head)
    assert.equal(new Set(history.map(({ rev }) => rev)).size, history.length)
  })
}
