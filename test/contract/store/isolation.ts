import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { Problem } from '../../../server/protocol/problems.ts'
import { roomKey } from '../../../server/rules/room-key.ts'
import type { Store } from '../../../server/store/store.ts'
import { scaled } from '../../support/scale.ts'
import { aRoom, problem, type World } from './a-world.ts'
import { type Picks, rooms, users, visits } from './visits.ts'

type Step = { method: keyof Store; picks: Picks }
const methods = Object.keys(visits) as (keyof Store)[]
const four = fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5), fc.nat(5))
const writes = ['saveUser', 'openRoom', 'append', 'append', 'amend', 'alterRoom', 'markRead'] as const
const someSteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ method: fc.oneof(fc.constantFrom(...writes), fc.constantFrom(...methods)), picks: four }),
  { minLength: 10, maxLength: 30 },
)

/** What a step answers, refusals included. */
async function outcome(store: Store, { method, picks }: Step): Promise<unknown> {
  try {
    return await visits[method](store, picks)
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}

/** Everybody exists and one room is open, so that most steps find something. */
async function settle(store: Store): Promise<void> {
  await Promise.all(users.map((id) => store.saveUser({ id })))
  await store.openRoom(aRoom(users, rooms[0]))
}

/** Nothing of one tenant shows in another, though they use the same ids. */
export function isolationPromises(world: World): void {
  it('every method of a store has a visit here', () => {
    assert.deepEqual(Object.keys(world.site().store).sort(), methods.toSorted())
  })

  it('a tenant beside another answers every call as if it were alone', async () => {
    await fc.assert(
      fc.asyncProperty(someSteps, someSteps, fc.array(fc.boolean()), async (mine, theirs, order) => {
        const [shared, other, alone] = [world.site().store, world.site().store, world.site().store]
        await Promise.all([shared, other, alone].map(settle))
        const beside: unknown[] = []
        const rest = [...theirs]
        for (const [index, step] of mine.entries()) {
          const between = order[index] ? rest.splice(0, 2) : rest.splice(0, 1)
          // At the same time too: what shares a transaction stays apart as well.
          const [answer] = await Promise.all([
            outcome(shared, step),
            ...between.map((one) => outcome(other, one)),
          ])
          beside.push(answer)
        }
        const expected: unknown[] = []
        for (const step of mine) expected.push(await outcome(alone, step))
        assert.deepEqual(beside, expected)
      }),
      { numRuns: scaled(15, 300) },
    )
  })

  it('ids of another tenant are not found, by any method, and touching them changes nothing', async () => {
    const [home, away] = [world.site(), world.site()]
    const room = await home.room('mina', 'sam')
    const message = await home.say(room, 'sam', 'secret')
    const group = await home.group('Team', 'mina', 'sam')
    const before = await home.store.listRooms('mina', { limit: 5 })
    const { store } = away
    await away.users('mina', 'kim')
    assert.equal(await store.findUser('sam'), undefined)
    assert.deepEqual(Object.keys(await store.findUsers(['mina', 'sam'])), ['mina'])
    assert.deepEqual(await store.searchUsers({ query: 'sam', limit: 5 }), { users: [], examined: 0 })
    assert.deepEqual(await store.searchUsers({ query: '', limit: 5, sharingWith: 'sam' }), {
      users: [],
      examined: 0,
    })
    await store.markSeen(['sam'], world.clock.now)
    assert.deepEqual({ ...(await home.store.readLastSeen(['sam'])) }, {})
    await home.store.markSeen(['sam'], world.clock.now)
    assert.deepEqual({ ...(await store.readLastSeen(['sam'])) }, {})
    assert.deepEqual(await store.findCompanions(['mina'], { rooms: 5, people: 5 }), new Map([['mina', []]]))
    assert.equal(await store.findRoom(room), undefined)
    assert.equal(await store.findRoom(room, 'mina'), undefined)
    assert.deepEqual(await store.listRooms('mina', { limit: 5 }), { rooms: [] })
    assert.deepEqual(await store.listMemberships('mina'), [])
    assert.deepEqual((await store.listMembershipsOf(['mina', 'sam'])).get('sam') ?? [], [])
    assert.equal((await store.readVersions([room, group])).size, 0)
    assert.equal(await store.filterMembers(group, ['mina', 'sam']), undefined)
    assert.equal(await store.isMember(room, 'mina'), false)
    assert.deepEqual([...(await store.filterSharing('mina', ['sam']))], [])
    assert.equal(await store.findRoomByKey(roomKey(['mina', 'sam'])), undefined)
    assert.deepEqual(await store.listMembers(room, { limit: 5 }), { members: [] })
    assert.equal(await store.countMembers(room), 0)
    assert.equal(await store.findMessage(room, message.id), undefined)
    assert.deepEqual((await store.readPage(room, {}, 5)).messages, [])
    assert.deepEqual((await store.readChanges(room, 0, 5)).messages, [])
    assert.deepEqual(await store.readHeads('mina', [room]), {})
    assert.equal(await store.countUnread('mina'), 0)
    await assert.rejects(store.markRead(room, 'mina', 1), problem('not_found'))
    await assert.rejects(away.say(room, 'mina'), problem('not_found'))
    await assert.rejects(away.say(room, 'sam', 'secret', message.id), problem('not_found'))
    await assert.rejects(away.edit(message, 'guessed'), problem('not_found'))
    await assert.rejects(away.delete(message), problem('not_found'))
    await assert.rejects(away.alter(group, { kind: 'rename', name: 'Ours' }), problem('not_found'))
    await assert.rejects(away.alter(group, { kind: 'add', user: 'mina' }), problem('not_found'))
    await assert.rejects(home.alter(group, { kind: 'add', user: 'kim' }), problem('not_found'))
    await assert.rejects(store.openRoom(aRoom(['mina', 'sam'])), problem('not_found'))
    assert.deepEqual(await home.store.listRooms('mina', { limit: 5 }), before)
  })
}
