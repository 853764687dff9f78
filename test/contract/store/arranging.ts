import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../../server/protocol/limits.ts'
import type { MessageView, RoomMe } from '../../../server/protocol/views.ts'
import type { RoomArranging, RoomFilter } from '../../../server/store/store.ts'
import { allPages, problem, type Site, type World } from './a-world.ts'

const hour = 3_600_000
const people = ['mina', 'sam'] as const

type Wish = Omit<RoomArranging, 'room' | 'user' | 'mutedUntil'> & { readonly muteFor?: number | null }
type Act = {
  name: 'say' | 'say' | 'read' | 'delete' | 'rejoin' | 'arrange' | 'wait'
  by: number
  room: number
  at: number
  wish: Wish
}

const someWish: fc.Arbitrary<Wish> = fc.oneof(
  fc.record({ pinned: fc.boolean() }),
  fc.record({ archived: fc.boolean() }),
  fc.record({ muteFor: fc.constantFrom(null, -1, 1, 3, Number.POSITIVE_INFINITY) }),
  fc.record({ unreadFrom: fc.nat({ max: 12 }) }),
  fc.record({ unreadFrom: fc.constantFrom(null, 1, 2, 3) }),
  fc.record({ muteMentions: fc.boolean(), archived: fc.boolean() }),
)
const someActs: fc.Arbitrary<Act[]> = fc.array(
  fc.record({
    name: fc.constantFrom(
      ...(['say', 'say', 'say', 'say', 'read', 'read', 'delete', 'rejoin', 'wait'] as const),
      ...(['arrange', 'arrange', 'arrange', 'arrange'] as const),
    ),
    by: fc.nat({ max: 1 }),
    // Mostly in one room: so that more than one thing happens there.
    room: fc.constantFrom(0, 0, 0, 1, 2),
    at: fc.nat({ max: 20 }),
    wish: someWish,
  }) as fc.Arbitrary<Act>,
  { minLength: 10, maxLength: 50, size: 'max' },
)

/** What a member remembers of a room, in the plainest way. */
type Memory = {
  readSeq: number
  joinedSeq: number
  pin: number | undefined
  archivedSeq: number | undefined
  mutedUntil: number
  unreadFrom: number | undefined
}
const fresh = (joinedSeq: number): Memory => ({
  readSeq: joinedSeq,
  joinedSeq,
  pin: undefined,
  archivedSeq: undefined,
  mutedUntil: 0,
  unreadFrom: undefined,
})

/** A site in which every door is held against a recount of the history and of what was asked for. */
class Play {
  readonly #world: World
  readonly #site: Site
  readonly #rooms: readonly string[]
  readonly #users: readonly string[]
  readonly #memories = new Map<string, Memory>()
  #pins = 0

  constructor(
    world: World,
    site: Site,
    { rooms, users }: { rooms: readonly string[]; users: readonly string[] },
  ) {
    this.#world = world
    this.#site = site
    this.#rooms = rooms
    this.#users = users
    for (const user of users) for (const room of rooms) this.#memories.set(`${user} ${room}`, fresh(0))
  }

  #of(user: string, room: string): Memory {
    return this.#memories.get(`${user} ${room}`) ?? assert.fail()
  }

  async perform({ name, wish, ...act }: Act): Promise<void> {
    const { store } = this.#site
    const [user = '', room = ''] = [this.#users[act.by], this.#rooms[act.room]]
    const memory = this.#of(user, room)
    if (name === 'wait') this.#world.clock.now += 1.5 * hour
    else if (name === 'say') await this.#site.say(room, user)
    else if (name === 'delete') {
      const all = (await this.#site.history(room)).filter(isText)
      const message = all[act.at % Math.max(all.length, 1)]
      if (message) await this.#site.delete(message)
    } else if (name === 'rejoin') {
      await this.#site.leave(room, user)
      const added = await this.#site.alter(room, { kind: 'add', user })
      this.#memories.set(`${user} ${room}`, fresh(added?.seq ?? 0))
    } else if (name === 'read') {
      const { moved, memberCount: _, ...me } = await store.markRead(room, user, act.at)
      assert.deepEqual(me, await this.#shown(room, user))
      const to = Math.min(act.at, await this.#head(room))
      assert.equal(moved, to > memory.readSeq)
      if (!moved) return
      memory.readSeq = to
      if (to >= (await this.#lastSeq(room))) memory.unreadFrom = undefined
    } else await this.#arrange(room, user, wish)
  }

  async #arrange(room: string, user: string, { muteFor, ...wish }: Wish): Promise<void> {
    const { now } = this.#world.clock
    const memory = this.#of(user, room)
    const until = muteFor && now + muteFor * hour
    const before = await this.#shown(room, user)
    const { me, changed } = await this.#site.store.arrange({
      ...{ room, user },
      ...wish,
      ...(until !== undefined && { mutedUntil: until === Number.POSITIVE_INFINITY ? 'forever' : until }),
    })
    assert.deepEqual(me, await this.#shown(room, user))
    assert.equal(me.arranged?.rev ?? 0, (before?.arranged?.rev ?? 0) + Number(changed))
    if (!changed) assert.deepEqual(me, before)
    const [head, lastSeq] = [await this.#head(room), await this.#lastSeq(room)]
    const wasArchived = await this.#isArchived(user, room)
    if (until !== undefined) memory.mutedUntil = until ?? 0
    if (wish.unreadFrom !== undefined) memory.unreadFrom = Math.min(wish.unreadFrom ?? 0, head) || undefined
    this.#place(memory, wish, wasArchived ? memory.archivedSeq : lastSeq)
  }

  #place(memory: Memory, wish: Wish, archivedSeq: number | undefined): void {
    if (wish.pinned) {
      this.#pins += 1
      memory.pin ??= this.#pins
      memory.archivedSeq = undefined
    }
    if (wish.pinned === false) memory.pin = undefined
    if (wish.archived) {
      memory.pin = undefined
      memory.archivedSeq = archivedSeq
    }
    if (wish.archived === false) memory.archivedSeq = undefined
  }

  async check(): Promise<void> {
    for (const user of this.#users) await this.#checkDoors(user)
  }

  async #checkDoors(user: string): Promise<void> {
    const { store } = this.#site
    const told = new Map<string, RoomMe>()
    const truth = new Map<string, { unread: number; isArchived: boolean; isMarked: boolean }>()
    let total = 0
    for (const room of this.#rooms) {
      const memory = this.#of(user, room)
      const me = (await this.#shown(room, user)) ?? assert.fail()
      told.set(room, me)
      const isMuted = memory.mutedUntil > this.#world.clock.now
      const isArchived = await this.#isArchived(user, room)
      const from = Math.max(
        memory.joinedSeq,
        Math.min(memory.readSeq, (memory.unreadFrom ?? Number.POSITIVE_INFINITY) - 1),
      )
      const isUnread = (one: MessageView) => isText(one) && one.authorId !== user && one.seq > from
      const unread = (await this.#site.history(room)).filter(isUnread).length
      const { unreadFrom } = me.arranged ?? {}
      assert.deepEqual(
        [me.readSeq, me.unread, me.muted, unreadFrom],
        [memory.readSeq, unread, isMuted, memory.unreadFrom],
      )
      assert.equal(me.arranged?.pinnedAt !== undefined, memory.pin !== undefined)
      truth.set(room, { unread, isArchived, isMarked: memory.unreadFrom !== undefined })
      if (!isMuted && !isArchived) total += unread
    }
    assert.equal(await store.countUnread(user), total)
    const listed = async (filter?: RoomFilter) => {
      const pages = await allPages(async (cursor) => {
        const page = {
          limit: 2,
          ...(cursor !== undefined && { cursor }),
          ...(filter !== undefined && { filter }),
        }
        const { rooms, cursor: next } = await store.listRooms(user, page)
        return { entries: rooms, ...(next !== undefined && { cursor: next }) }
      })
      for (const { id, me } of pages.flat()) assert.deepEqual(me, told.get(id), `${filter}`)
      return pages.flat().map(({ id }) => id)
    }
    const those = (fits: (one: { unread: number; isArchived: boolean; isMarked: boolean }) => boolean) =>
      this.#rooms.filter((room) => fits(truth.get(room) ?? assert.fail())).sort()
    assert.deepEqual(
      (await listed()).sort(),
      those((one) => !one.isArchived),
    )
    assert.deepEqual(
      (await listed('archived')).sort(),
      those((one) => one.isArchived),
    )
    assert.deepEqual(
      (await listed('unread')).sort(),
      those((one) => !one.isArchived && (one.unread > 0 || one.isMarked)),
    )
    const pinOf = (room: string) => this.#of(user, room).pin ?? 0
    const pinned = this.#rooms.filter((room) => pinOf(room) > 0).sort((a, b) => pinOf(b) - pinOf(a))
    assert.deepEqual(await listed('pinned'), pinned)
    const archived = those((one) => one.isArchived).length
    assert.deepEqual(await store.readArranged(user), { pinned, archived })
    for (const [room, [, readSeq, rev = 0]] of Object.entries(await store.readHeads(user, this.#rooms)))
      assert.deepEqual([readSeq, rev], [told.get(room)?.readSeq, told.get(room)?.arranged?.rev ?? 0])
    const ever = this.#rooms.filter((room) => told.get(room)?.arranged)
    assert.deepEqual(await store.readArrangedHeads(user), await store.readHeads(user, ever))
  }

  async #isArchived(user: string, room: string): Promise<boolean> {
    const { archivedSeq, mutedUntil } = this.#of(user, room)
    if (archivedSeq === undefined) return false
    return mutedUntil > this.#world.clock.now || (await this.#saidSeq(room)) <= archivedSeq
  }

  #shown = async (room: string, user: string) => (await this.#site.store.findRoom(room, user))?.me
  #head = async (room: string) => (await this.#site.store.findRoom(room))?.head ?? 0
  #saidSeq = async (room: string) =>
    (await this.#site.history(room)).findLast(({ kind }) => kind === 'text')?.seq ?? 0
  #lastSeq = async (room: string) => (await this.#site.history(room)).at(-1)?.seq ?? 0
}

const isText = ({ kind, deletedAt }: MessageView) => kind === 'text' && deletedAt === undefined

/** How members keep rooms in lists of their own. */
export function arrangingPromises(world: World): void {
  it('every list and count is what a recount finds, whatever was arranged, read and said', async () => {
    const site = world.site()
    await fc.assert(
      fc.asyncProperty(someActs, async (acts) => {
        const users = people.map((name) => `${name}-${uuidv7()}`)
        const rooms = [
          await site.group('a', ...users),
          await site.group('b', ...users),
          await site.group('c', ...users),
        ]
        const game = new Play(world, site, { rooms, users })
        for (const act of acts) await game.perform(act)
        await game.check()
      }),
      { numRuns: 60 },
    )
  })

  it('pinned rooms stand in the order of their pins, and one more than a list may have is refused', async () => {
    const site = world.site()
    await site.users('mina')
    const rooms: string[] = []
    for (let left = limits.pinnedRooms; left >= 0; left--) rooms.push(await site.group(`${left}`, 'mina'))
    const [over = '', ...pinned] = rooms
    for (const room of pinned) {
      // The clock goes back: the order of the pins does not.
      world.clock.now -= 1
      await site.store.arrange({ room, user: 'mina', pinned: true })
    }
    assert.deepEqual((await site.store.readArranged('mina')).pinned, pinned.toReversed())
    const pin = (room: string) => site.store.arrange({ room, user: 'mina', pinned: true })
    await assert.rejects(pin(over), problem('too_large'))
    assert.equal((await pin(pinned[3] ?? '')).changed, false)
    await site.leave(pinned[5] ?? '', 'mina')
    assert.equal((await pin(over)).changed, true)
    assert.equal((await site.store.readArranged('mina')).pinned[0], over)
  })

  it('of two that pin at the same time neither brings more than a list may have', async () => {
    const site = world.site()
    const rooms: string[] = []
    for (let left = limits.pinnedRooms + 5; left > 0; left--) rooms.push(await site.group(`${left}`, 'mina'))
    const answers = await Promise.allSettled(
      rooms.map((room) => site.store.arrange({ room, user: 'mina', pinned: true })),
    )
    assert.equal(answers.filter(({ status }) => status === 'rejected').length, 5)
    assert.equal(new Set((await site.store.readArranged('mina')).pinned).size, limits.pinnedRooms)
  })

  it('a mute that has ended counts again, and nothing was written for it', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    await site.say(room, 'sam')
    const until = world.clock.now + hour
    const { me } = await site.store.arrange({ room, user: 'mina', mutedUntil: until })
    assert.deepEqual([me.muted, me.arranged?.mutedUntil], [true, new Date(until).toISOString()])
    assert.equal(await site.store.countUnread('mina'), 0)
    world.clock.now = until
    assert.equal(await site.store.countUnread('mina'), 1)
    const after = (await site.store.findRoom(room, 'mina'))?.me
    assert.deepEqual(after, { readSeq: 0, unread: 1, muted: false, arranged: { rev: 1 } })
  })

  it('how others see how far somebody has read is the same, marked unread or not', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    for (let left = 5; left > 0; left--) await site.say(room, 'sam')
    await site.store.markRead(room, 'mina', 5)
    const { me } = await site.store.arrange({ room, user: 'mina', unreadFrom: 4 })
    assert.deepEqual([me.readSeq, me.unread], [5, 2])
    const [mina] = (await site.store.listMembers(room, { limit: 1 })).members
    assert.deepEqual([mina?.userId, mina?.readSeq], ['mina', 5])
    await site.say(room, 'sam')
    const read = await site.store.markRead(room, 'mina', 6)
    assert.deepEqual([read.unread, read.arranged], [0, { rev: 2 }])
  })

  it('a stranger arranges nothing, nor does who left', async () => {
    const site = world.site()
    const room = await site.group('team', 'mina', 'sam')
    await site.users('eve')
    await site.leave(room, 'sam')
    for (const user of ['eve', 'sam', 'nobody'])
      await assert.rejects(site.store.arrange({ room, user, pinned: true }), problem('not_found'))
    await assert.rejects(
      site.store.arrange({ room: uuidv7(), user: 'mina', archived: true }),
      problem('not_found'),
    )
    assert.deepEqual(await site.store.readArranged('sam'), { pinned: [], archived: 0 })
  })
}
