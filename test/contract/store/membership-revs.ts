import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { JoinedRoom } from '../../../server/store/store.ts'
import { aGroup, aSystemMessage, type GroupChange, problem, type Site, type World } from './a-world.ts'

const times = <T>(count: number, work: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => work(n))
const byRoom = (a: JoinedRoom, b: JoinedRoom) => (a.room < b.room ? -1 : 1)

/** The membership rev that a change of a group answers. */
async function membershipRevAfter(
  site: Site,
  room: string,
  change: GroupChange,
): Promise<number | undefined> {
  return (await site.store.alterRoom({ room, systemMessage: aSystemMessage('mina'), ...change }))
    ?.membershipRev
}

/** Where the room stands, asked in every way there is. */
async function versionsOf(site: Site, room: string, user: string) {
  const { store } = site
  const [joined] = await store.listMemberships(user)
  const [listed] = (await store.listMembershipsOf([user])).get(user) ?? []
  const { head, membershipRev } = await store.readChanges(room, 0, 1)
  assert.deepEqual(joined, { room, head, membershipRev })
  assert.deepEqual(listed, joined)
  assert.deepEqual((await store.readVersions([room])).get(room), { head, membershipRev })
  assert.equal((await store.filterMembers(room, []))?.membershipRev, membershipRev)
  return { head, membershipRev }
}

/** A room knows when its members changed, and takes nothing from who is no member at that moment. */
export function membershipRevPromises(world: World): void {
  it('the membership rev is the rev of the last change of members, and nothing else moves it', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    await site.users('lee')
    assert.deepEqual(await versionsOf(site, room, 'mina'), { head: 0, membershipRev: 0 })
    const message = await site.say(room, 'mina', 'one')
    await site.edit(message, 'two')
    assert.deepEqual(await versionsOf(site, room, 'mina'), { head: 2, membershipRev: 0 })
    assert.equal(await membershipRevAfter(site, room, { kind: 'add', user: 'lee' }), 3)
    assert.equal((await site.store.findRoom(room))?.rev, 3)
    for (const change of [
      { kind: 'rename', name: 'Crew' },
      { kind: 'set-role', user: 'lee', role: 'owner' },
      { kind: 'rename', name: null },
    ] as const) {
      assert.equal(await membershipRevAfter(site, room, change), 3)
    }
    await site.store.markRead(room, 'mina', 1)
    await site.delete(message)
    assert.deepEqual(await versionsOf(site, room, 'mina'), { head: 11, membershipRev: 3 })
    assert.equal(await membershipRevAfter(site, room, { kind: 'remove', user: 'sam' }), 12)
    assert.equal(await membershipRevAfter(site, room, { kind: 'remove', user: 'sam' }), undefined)
    await site.leave(room, 'lee')
    assert.deepEqual(await versionsOf(site, room, 'mina'), { head: 15, membershipRev: 14 })
  })

  it('whoever writes or changes a message learns the membership rev of that moment', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam', 'lee')
    const draft = { room, id: uuidv7(), author: 'mina', text: 'one' }
    const change = { kind: 'edit', room, id: draft.id, by: 'mina', text: 'two' } as const
    assert.equal((await site.store.append(draft)).membershipRev, 0)
    await site.alter(room, { kind: 'remove', user: 'lee' })
    assert.equal((await site.store.append(draft)).membershipRev, 2)
    assert.equal((await site.store.append({ ...draft, id: uuidv7() })).membershipRev, 2)
    assert.equal((await site.store.amend(change)).membershipRev, 2)
    await site.alter(room, { kind: 'remove', user: 'sam' })
    assert.equal((await site.store.amend(change)).membershipRev, 6)
    assert.equal((await site.store.amend({ ...change, text: 'three' })).membershipRev, 6)
  })

  it('who is no member writes nothing, and fails no other write', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    await site.users('stranger')
    await site.leave(room, 'sam')
    const authors = ['mina', 'sam', 'mina', 'stranger', 'nobody', 'mina']
    const outcomes = await Promise.allSettled(authors.map((author) => site.say(room, author)))
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'rejected') problem('not_found')(outcome.reason)
      assert.equal(outcome.status === 'fulfilled', authors[index] === 'mina', authors[index])
    }
    const texts = (await site.history(room)).filter(({ kind }) => kind === 'text')
    assert.deepEqual(
      texts.map(({ seq, authorId }) => [seq, authorId]),
      [3, 4, 5].map((seq) => [seq, 'mina']),
    )
    await site.alter(room, { kind: 'add', user: 'sam' })
    assert.equal((await site.say(room, 'sam')).seq, 8)
  })

  it('who stays is never taken for a stranger, while others come and go all the time', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina')
    const others = times(8, (n) => `other-${n}`)
    await site.users(...others)
    const moving = others.map(async (user) => {
      for (let n = 0; n < 6; n++)
        await site.alter(room, n % 2 ? { kind: 'remove', user: user } : { kind: 'add', user: user })
    })
    const sends = times(4, async (n) => {
      const message = await site.say(room, 'mina', `${n}`)
      for (let turn = 0; turn < 8; turn++) {
        await site.say(room, 'mina')
        await site.edit(message, `${turn}`)
      }
    })
    await Promise.all([...sends, ...moving])
    assert.equal((await site.history(room)).length, 8 * 6 + 4 * 9)
  })

  it('a retry of what a member sent is that message, also after they left', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    const message = await site.say(room, 'sam', 'last words')
    await site.leave(room, 'sam')
    const draft = { room, id: message.id, author: 'sam', text: 'last words' }
    assert.deepEqual(await site.store.append(draft), { message, created: false, membershipRev: 2 })
    await assert.rejects(site.store.append({ ...draft, text: 'other' }), problem('conflict'))
    await assert.rejects(site.store.append({ ...draft, author: 'stranger' }), problem('conflict'))
    assert.equal((await site.store.findRoom(room))?.head, 3)
  })

  it('who is no member changes nothing they wrote, until they are one again', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    const message = await site.say(room, 'sam', 'mine')
    await site.leave(room, 'sam')
    for (const text of ['other', 'mine', undefined]) {
      const kind = text === undefined ? ({ kind: 'delete' } as const) : ({ kind: 'edit', text } as const)
      const change = { room, id: message.id, ...kind }
      for (const by of ['sam', 'stranger']) {
        await assert.rejects(site.store.amend({ ...change, by }), problem('not_found'))
      }
    }
    assert.deepEqual(await site.store.findMessage(room, message.id), message)
    assert.equal((await site.store.findRoom(room))?.head, 3)
    await site.alter(room, { kind: 'add', user: 'sam' })
    assert.equal((await site.edit(message, 'other')).rev, 6)
  })

  it('who is removed while 64 messages are sent has none after the one that says so', async () => {
    const site = world.site()
    for (let round = 0; round < 8; round++) {
      const room = await site.group('Team', 'mina', 'sam')
      const kept = await site.say(room, 'sam', 'kept')
      const sends = times(64, (n) => site.say(room, n % 2 ? 'sam' : 'mina'))
      const changes = times(4, (n) => site.edit(kept, `${n}`))
      const removal = site.alter(room, { kind: 'remove', user: 'sam' })
      const outcomes = await Promise.allSettled([
        ...sends,
        ...changes,
        ...times(64, () => site.say(room, 'sam')),
      ])
      const { rev: out } = (await removal) ?? assert.fail('sam was in')
      const revs = [kept.rev, out - 1, out]
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') revs.push(outcome.value.rev)
        else problem('not_found')(outcome.reason)
      }
      const history = await site.history(room)
      assert.equal(history.filter(({ authorId, kind }) => authorId === 'mina' && kind === 'text').length, 32)
      assert.deepEqual(
        history.filter(({ authorId, rev }) => authorId === 'sam' && rev > out),
        [],
      )
      assert.deepEqual(
        revs.sort((a, b) => a - b),
        times(revs.length, (n) => n + 1),
      )
      assert.equal((await site.store.readVersions([room])).get(room)?.head, revs.length)
    }
  })

  it('who is in and the membership rev are of the same moment', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    const isIn = new Map([[0, true]])
    const moving = (async () => {
      for (let n = 0; n < 40; n++) {
        const membershipRev = await membershipRevAfter(
          site,
          room,
          n % 2 ? { kind: 'add', user: 'sam' } : { kind: 'remove', user: 'sam' },
        )
        isIn.set(membershipRev ?? assert.fail('it changes'), n % 2 === 1)
      }
    })()
    const seen: { members: ReadonlySet<string>; membershipRev: number }[] = []
    let isMoving = true
    const watching = times(4, async () => {
      while (isMoving) {
        seen.push((await site.store.filterMembers(room, ['sam', 'mina'])) ?? assert.fail('it is there'))
        await new Promise(setImmediate)
      }
    })
    await moving.finally(() => {
      isMoving = false
    })
    await Promise.all(watching)
    for (const { members, membershipRev } of seen) {
      assert.deepEqual(
        [membershipRev, members.has('sam'), members.has('mina')],
        [membershipRev, isIn.get(membershipRev), true],
      )
    }
  })

  it('of the users asked for, who is in the room is answered', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam', 'lee')
    const other = await site.group('Others', 'ada')
    await site.leave(room, 'lee')
    const among = async (id: string, ...users: string[]) =>
      (await site.store.filterMembers(id, users))?.members
    assert.deepEqual(await among(room, 'mina', 'ada', 'lee', 'nobody', 'mina'), new Set(['mina']))
    assert.deepEqual(await among(room, 'sam', 'mina'), new Set(['mina', 'sam']))
    assert.deepEqual(await among(other, 'sam', 'ada'), new Set(['ada']))
    assert.deepEqual(await among(room), new Set())
    assert.equal(await among(uuidv7(), 'mina'), undefined)
  })

  it('many rooms and users are asked for at once, and what is not there is missing', async () => {
    const site = world.site()
    const crowd = times(1_100, (n) => `user-${n}`)
    await site.users('mina', ...crowd)
    const rooms = await Promise.all(
      crowd.map(async (user) => (await site.store.openRoom(aGroup('Pair', ['mina', user]))).room),
    )
    const [first = '', second = ''] = rooms
    await site.say(first, 'mina')
    await site.leave(second, 'user-1')
    const versions = await site.store.readVersions([...rooms, uuidv7(), first])
    assert.equal(versions.size, rooms.length)
    assert.deepEqual(versions.get(first), { head: 1, membershipRev: 0 })
    assert.deepEqual(versions.get(second), { head: 2, membershipRev: 1 })
    assert.deepEqual(versions.get(rooms.at(-1) ?? ''), { head: 0, membershipRev: 0 })
    const joined = await site.store.listMembershipsOf([...crowd, 'mina', 'nobody'])
    assert.deepEqual(joined.get('user-0'), [{ room: first, head: 1, membershipRev: 0 }])
    assert.deepEqual(joined.get('user-1099'), [{ room: rooms.at(-1), head: 0, membershipRev: 0 }])
    for (const user of ['user-1', 'nobody']) assert.deepEqual(joined.get(user) ?? [], [])
    assert.deepEqual(
      joined.get('mina')?.toSorted(byRoom),
      (await site.store.listMemberships('mina')).toSorted(byRoom),
    )
    assert.equal(joined.get('mina')?.length, rooms.length)
    await site.store.arrange({ room: first, user: 'user-0', pinned: true })
    const [arranged] = (await site.store.listMembershipsOf(['user-0'])).get('user-0') ?? []
    assert.deepEqual(arranged, { room: first, head: 1, membershipRev: 0, arrangedRev: 1 })
    assert.equal((await site.store.listMembershipsOf([])).size + (await site.store.readVersions([])).size, 0)
  })
}
