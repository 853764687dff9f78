import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Event } from '../../server/protocol/events.ts'
import type { RoomMe, RoomsPage } from '../../server/protocol/views.ts'
import { aRoom, jsonOf } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

type Step =
  | { readonly do: 'say' | 'answer'; readonly room: number }
  | { readonly do: 'read'; readonly room: number; readonly seq: number }
  | { readonly do: 'arrange'; readonly room: number; readonly wish: Wish }
type Wish = {
  readonly pinned?: boolean
  readonly archived?: boolean
  readonly mutedUntil?: 'forever' | null
  readonly unreadFrom?: number | null
}

const room = fc.nat(1)
const someWish: fc.Arbitrary<Wish> = fc.oneof(
  fc.record({ pinned: fc.boolean() }),
  fc.record({ archived: fc.boolean() }),
  fc.record({ mutedUntil: fc.constantFrom('forever' as const, null) }),
  fc.record({ unreadFrom: fc.constantFrom(null, 1, 2, 4, 7) }),
)
const someSteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom('say' as const, 'say' as const, 'answer' as const), room }),
    fc.record({ do: fc.constant('read' as const), room, seq: fc.nat(8) }),
    fc.record({ do: fc.constant('arrange' as const), room, wish: someWish }),
  ),
  { minLength: 5, maxLength: 30, size: 'max' },
)

/** What mina would count who has the whole log before her. */
class Recount {
  readonly #log: string[] = []
  #readSeq = 0
  #unreadFrom: number | undefined
  #archivedSeq: number | undefined
  #muted = false

  say(user: string): void {
    this.#log.push(user)
  }

  read(seq: number): void {
    const to = Math.min(seq, this.#log.length)
    if (to <= this.#readSeq) return
    this.#readSeq = to
    if (to === this.#log.length) this.#unreadFrom = undefined
  }

  arrange({ pinned, archived, mutedUntil, unreadFrom }: Wish): void {
    if (archived && !this.isArchived) this.#archivedSeq = this.#log.length
    if (archived === false || pinned) this.#archivedSeq = undefined
    if (mutedUntil !== undefined) this.#muted = mutedUntil === 'forever'
    if (unreadFrom !== undefined) this.#unreadFrom = Math.min(unreadFrom ?? 0, this.#log.length) || undefined
  }

  get isArchived(): boolean {
    return this.#archivedSeq !== undefined && (this.#muted || this.#log.length <= this.#archivedSeq)
  }

  get shown(): Pick<RoomMe, 'readSeq' | 'unread' | 'muted'> {
    const from = Math.min(this.#readSeq, (this.#unreadFrom ?? Number.POSITIVE_INFINITY) - 1)
    const unread = this.#log.filter((author, index) => index + 1 > from && author !== 'mina').length
    return { readSeq: this.#readSeq, unread, muted: this.#muted }
  }

  /** What of it counts to the sum. */
  get counted(): number {
    return this.#muted || this.isArchived ? 0 : this.shown.unread
  }
}

const shownOf = ({ readSeq, unread, muted }: RoomMe) => ({ readSeq, unread, muted })

type Scene = {
  readonly phone: TestClient
  readonly desktop: TestClient
  readonly sam: TestClient
  readonly ids: readonly string[]
  readonly recounts: readonly Recount[]
}

async function perform({ phone, desktop, sam, ids, recounts }: Scene, step: Step): Promise<void> {
  const [roomId = '', recount = new Recount()] = [ids[step.room], recounts[step.room]]
  if (step.do === 'read') {
    await phone.ok({ t: 'read', roomId, seq: step.seq })
    return recount.read(step.seq)
  }
  if (step.do !== 'arrange') {
    await (step.do === 'say' ? sam : phone).send(roomId, 'Hello')
    return recount.say(step.do === 'say' ? 'sam' : 'mina')
  }
  const { arranged, ...me } = (await phone.ok({ t: 'arrange', roomId, ...step.wish })).me as RoomMe
  recount.arrange(step.wish)
  assert.deepEqual(me, recount.shown)
  if (!arranged) return
  const isSame = (event: Event<'mine'>) => event.roomId === roomId && event.arranged?.rev === arranged.rev
  assert.deepEqual((await desktop.socket.event('mine', isSame)).arranged, arranged)
}

async function checkDoors(
  server: TestServer,
  { ids, recounts }: Scene,
  before: Event<'ready'>,
): Promise<void> {
  const { ready, socket } = await server.join('mina')
  const total = recounts.reduce((sum, { counted }) => sum + counted, 0)
  assert.equal(ready.unread - before.unread, total)
  const archived = recounts.filter(({ isArchived }) => isArchived).length
  assert.equal((ready.archived ?? 0) - (before.archived ?? 0), archived)
  const filters = ['', '&filter=archived', '&filter=unread', '&filter=pinned']
  const lists = await Promise.all(
    filters.map((filter) => jsonOf<RoomsPage>(server.fetch('mina', `rooms?limit=200${filter}`))),
  )
  const [all = [], inArchive = []] = lists.map(({ rooms }) => rooms.map(({ id }) => id))
  for (const [index, id] of ids.entries()) {
    const { isArchived, shown } = recounts[index] ?? new Recount()
    assert.deepEqual([all.includes(id), inArchive.includes(id)], [!isArchived, isArchived])
    for (const { me } of [ready, ...lists].flatMap(({ rooms }) => rooms.filter((one) => one.id === id)))
      assert.deepEqual(me && shownOf(me), shown)
  }
  await socket.close()
}

test('every door shows what a recount finds, whatever is said, read and arranged in whatever order', async () => {
  await using server = await startServer()
  const [phone, desktop, sam] = [
    await server.join('mina'),
    await server.join('mina'),
    await server.join('sam'),
  ]
  await fc.assert(
    fc.asyncProperty(someSteps, async (steps) => {
      const ids = await Promise.all(
        ['a', 'b'].map(async (name) => (await aRoom(server, ['mina', 'sam'], { name })).id),
      )
      const scene = { phone, desktop, sam, ids, recounts: ids.map(() => new Recount()) }
      const { ready, socket } = await server.join('mina')
      await socket.close()
      for (const step of steps) await perform(scene, step)
      await checkDoors(server, scene, ready)
    }),
    { numRuns: 20 },
  )
})
