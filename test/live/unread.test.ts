import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../../server/protocol/limits.ts'
import type { RoomsPage } from '../../server/protocol/views.ts'
import { aRoom, jsonOf } from '../support/builders.ts'
import { databaseOf } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

const people = ['ann', 'ben', 'cem'] as const
type Person = (typeof people)[number]
type Step = { user: Person; room: number; read?: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ user: fc.constantFrom(...people), room: fc.nat(1) }),
  fc.record({ user: fc.constantFrom(...people), room: fc.nat(1), read: fc.nat(8) }),
)

/** What anybody would count who has the whole log before them. */
class Recount {
  readonly #log: Person[] = []
  readonly #marks = new Map<Person, number>()

  send(user: Person): void {
    this.#log.push(user)
  }

  /** @returns whether the mark moved */
  read(user: Person, seq: number): boolean {
    const before = this.#marks.get(user) ?? 0
    this.#marks.set(user, Math.max(before, Math.min(seq, this.#log.length)))
    return this.#marks.get(user) !== before
  }

  of(user: Person): { readSeq: number; unread: number; muted: boolean } {
    const readSeq = this.#marks.get(user) ?? 0
    const unread = this.#log.filter((author, index) => index + 1 > readSeq && author !== user).length
    return { readSeq, unread, muted: false }
  }
}

async function shown(server: TestServer, user: string, ids: readonly string[]) {
  const { rooms } = await jsonOf<RoomsPage>(server.fetch(user, 'rooms?limit=200'))
  return ids.map((id) => rooms.find((room) => room.id === id)?.me)
}

test('unread is what a naive recount finds, whoever sends and reads in whatever order', async () => {
  await using server = await startServer()
  const devices = Object.fromEntries(
    await Promise.all(people.map(async (user) => [user, await server.join(user)] as const)),
  )
  const seconds = Object.fromEntries(
    await Promise.all(people.map(async (user) => [user, await server.join(user)] as const)),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const made = [await aRoom(server, people, { name: 'a' }), await aRoom(server, people, { name: 'b' })]
      const ids = made.map(({ id }) => id)
      const recounts = ids.map(() => new Recount())
      for (const { user, room: index, read } of steps) {
        const [roomId = '', recount, client] = [ids[index], recounts[index], devices[user]]
        if (read === undefined) {
          await client?.send(roomId, 'Hello')
          recount?.send(user)
          continue
        }
        await client?.ok({ t: 'read', roomId, seq: read })
        if (!recount?.read(user, read)) continue
        const { readSeq, unread } = recount.of(user)
        const mine = await seconds[user]?.socket.event(
          'mine',
          (event) => event.roomId === roomId && event.readSeq === readSeq && readSeq > 0,
        )
        assert.equal(mine?.unread, unread)
      }
      for (const user of people) {
        assert.deepEqual(
          await shown(server, user, ids),
          recounts.map((recount) => recount.of(user)),
        )
      }
    }),
    { numRuns: 25 },
  )
})

for (const more of [0, limits.listDefault]) {
  test(`ready counts unread over all rooms that are not muted, of ${more + 3}`, async () => {
    await using server = await startServer()
    const [first, second, muted] = [
      await aRoom(server, ['mina', 'sam']),
      await aRoom(server, ['mina', 'sam'], { name: 'b' }),
      await aRoom(server, ['mina', 'sam'], { name: 'muted' }),
    ]
    using database = databaseOf(server)
    const old = database.fillRooms('mina', more)
    for (const room of old) database.fill(room, 1)
    database.mute(muted.id, 'mina')
    const [mina, sam] = [await server.join('mina'), await server.join('sam')]
    for (const text of ['one', 'two', 'three']) await sam.send(first.id, text)
    await mina.send(first.id, 'mine does not count')
    await sam.send(second.id, 'four')
    await sam.send(muted.id, 'five')
    await mina.ok({ t: 'read', roomId: first.id, seq: 1 })
    const { ready } = await server.join('mina')
    assert.equal(ready.unread, 3 + more)
  })
}

test('unread is counted to 100 in each room, and the total is their sum', async () => {
  await using server = await startServer()
  const [first, second] = [
    await aRoom(server, ['mina', 'sam']),
    await aRoom(server, ['mina', 'sam'], { name: 'b' }),
  ]
  using database = databaseOf(server)
  database.fill(first.id, 120, { author: 'sam' })
  database.fill(second.id, 5, { author: 'sam' })
  assert.deepEqual(
    (await shown(server, 'mina', [first.id, second.id])).map((me) => me?.unread),
    [100, 5],
  )
  const mina = await server.join('mina')
  assert.equal(mina.ready.unread, 105)
})

test('deleted messages and system messages are not unread', async () => {
  await using server = await startServer()
  const { id } = await aRoom(server, ['mina', 'sam'])
  using database = databaseOf(server)
  database.fill(id, 1, { author: 'sam', deletedAt: 1 })
  database.fill(id, 1, { author: 'sam', kind: 'system' })
  database.fill(id, 1, { author: 'sam' })
  assert.deepEqual(
    (await shown(server, 'mina', [id])).map((me) => me?.unread),
    [1],
  )
})
