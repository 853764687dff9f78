/**
 * Who hears what of a room, while members come and go, what says so gets lost or overtakes, and the database answers
 * late or not at all. Hub, topics and Membership are real; a naive room stands for the database.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import type { Delivery } from '../../server/fanout/fanout.ts'
import { topicsFor } from '../../server/fanout/topics.ts'
import { Hub } from '../../server/live/hub.ts'
import type { Listener } from '../../server/live/listener.ts'
import { Membership } from '../../server/live/membership.ts'
import type { Members, RoomTopic } from '../../server/live/topic.ts'
import type { RoomVersions, Store } from '../../server/store/store.ts'

const users = ['ann', 'ben', 'cem', 'dan'] as const
type User = (typeof users)[number]

const topics = topicsFor('default')
const room = '1'

/** What can happen next, each by chance. */
type Step =
  /** Somebody writes, comes or goes; what says so to the user's sockets, or to the room, may be lost. */
  | { t: 'send'; isLost: boolean }
  | { t: 'add' | 'remove'; user: User; isLost: boolean; isWordLost: boolean }
  /** One of the next deliveries arrives, mostly in order. */
  | { t: 'arrive'; at: number }
  /** The database looks, answers or fails. */
  | { t: 'look' | 'answer' | 'fail' }
  /** Healing wants to know who is a member, or fetches what is missing. */
  | { t: 'check' | 'heal' }
  /** A socket of a user says hello: it asks for the user's rooms, and enters them when the answer is there. */
  | { t: 'hello' | 'enter' | 'close'; user: User }

const sometimes = (percent: number) => fc.nat(99).map((number) => number < percent)
const user = fc.constantFrom(...users)
const steps = (isLossy: boolean) => {
  const isLost = sometimes(isLossy ? 15 : 0)
  const isWordLost = sometimes(isLossy ? 40 : 0)
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ t: fc.constant('send' as const), isLost }) },
    {
      weight: 4,
      arbitrary: fc.record({ t: fc.constantFrom('add', 'remove'), user, isLost, isWordLost }),
    },
    { weight: 8, arbitrary: fc.record({ t: fc.constant('arrive' as const), at: fc.nat(isLossy ? 2 : 0) }) },
    { weight: 6, arbitrary: fc.record({ t: fc.constantFrom('look', 'answer', 'answer', 'fail') }) },
    { weight: 1, arbitrary: fc.record({ t: fc.constantFrom('check', 'heal') }) },
    { weight: 3, arbitrary: fc.record({ t: fc.constantFrom('hello', 'enter', 'enter', 'close'), user }) },
  )
  return fc.array(step, { minLength: 10, maxLength: 80 })
}

/** The truth: who was a member at each rev. */
class NaiveRoom {
  readonly #members: ReadonlySet<string>[] = [new Set(['ann', 'ben'])]
  membershipRev = 0

  get head(): number {
    return this.#members.length - 1
  }

  get versions(): RoomVersions {
    return { head: this.head, membershipRev: this.membershipRev }
  }

  get members(): ReadonlySet<string> {
    return this.#members.at(-1) ?? new Set()
  }

  send(): void {
    this.#members.push(this.members)
  }

  changeMembers(members: ReadonlySet<string>): void {
    this.#members.push(members)
    this.membershipRev = this.head
  }

  /** Whether the user may hear of that change now: a member then, or at any time since. */
  mayHear(member: string, rev: number): boolean {
    return this.#members.slice(rev).some((members) => members.has(member))
  }
}

/** A socket that keeps what it is given, and moves between rooms as a session does. */
class FakeSocket {
  readonly tenant = 'default'
  readonly id: string
  readonly user: User
  isWaiting = false
  /** The revs it was given, and the head it knew when it entered last. */
  readonly heard: number[] = []
  knownHead = 0
  /** Up to which change it needs nothing of what was held when it entered. */
  needsNothingUpTo = 0
  readonly writer = {
    push: (frames: Buffer) => {
      for (const rev of String(frames).split(' ')) if (rev !== '') this.#hear(Number(rev))
    },
  }
  readonly #world: World
  #room: RoomTopic | undefined

  constructor(user: User, number: number, world: World) {
    this.id = `${user} ${number}`
    this.user = user
    this.#world = world
  }

  get isInRoom(): boolean {
    return this.#room !== undefined
  }

  enterRoom(id: string, versions: RoomVersions): void {
    this.knownHead = Math.max(this.knownHead, versions.head, this.#world.overtaken)
    if (this.#world.topic?.isHolding) this.needsNothingUpTo = versions.head
    if (this.#room) this.#room.enter(this.asListener(), versions)
    else this.#room = this.#world.hub.joinRoom(this.asListener(), id, versions)
  }

  leaveRoom(): void {
    if (this.#room) this.#world.hub.leave(this.asListener(), this.#room)
    this.#room = undefined
  }

  removedFrom(): void {
    this.leaveRoom()
  }

  flush(): void {}

  asListener(): Listener {
    return this as unknown as Listener
  }

  #hear(rev: number): void {
    if (!this.#world.room.mayHear(this.user, rev)) this.#world.faults.push(`${this.id} hears ${rev}`)
    if (rev <= this.needsNothingUpTo) this.#world.repeats.push(`${this.id} hears ${rev} again`)
    this.heard.push(rev)
  }
}

type Question = {
  readonly users: readonly string[]
  seen?: Members
  readonly resolve: (answer: Members) => void
  readonly reject: (error: Error) => void
}

class World {
  readonly room = new NaiveRoom()
  readonly hub = new Hub({ subscribe() {}, unsubscribe() {} })
  readonly membership: Membership
  readonly sockets = new Map<User, FakeSocket>()
  readonly #arriving: Delivery[] = []
  readonly #questions: Question[] = []
  /** What the database answered those who said hello, and who have not entered yet. */
  readonly #welcomes = new Map<User, RoomVersions | undefined>()
  /** The highest change that arrived ahead of something: to a socket that came later, its own client fetches it. */
  overtaken = 0
  hadHole = false
  /** What somebody heard who was no member. */
  readonly faults: string[] = []
  /** What somebody heard who knew it already. */
  readonly repeats: string[] = []
  #hellos = 0
  #hole = 0

  constructor() {
    const filterMembers = (_: string, asked: readonly string[]) =>
      new Promise<Members>((resolve, reject) => this.#questions.push({ users: asked, resolve, reject }))
    this.membership = new Membership({
      hub: this.hub,
      forTenant: () => ({ filterMembers }) as unknown as Store,
    })
    this.hub.onAlarm({
      onHole: (_, rev) => {
        this.hadHole = true
        this.#hole = Math.max(this.#hole, rev)
      },
      onMembersUnknown: () => this.#check(),
    })
  }

  get topic(): RoomTopic | undefined {
    return this.hub.room(topics.room(room))
  }

  async take(step: Step): Promise<void> {
    switch (step.t) {
      case 'send':
        this.room.send()
        this.#publish({}, step.isLost)
        break
      case 'add':
      case 'remove':
        this.#move(step)
        break
      case 'arrive':
        this.#arrive(step.at)
        break
      case 'look':
        this.#look(this.#questions[0])
        break
      case 'answer':
        this.#answer()
        break
      case 'fail':
        this.#questions.shift()?.reject(new Error('no database'))
        break
      case 'check':
        this.#check()
        break
      case 'heal':
        await this.#heal()
        break
      case 'hello':
        this.#hello(step.user)
        break
      case 'enter':
        this.#enter(step.user)
        break
      case 'close':
        this.#close(step.user)
        break
    }
    await nextTurn()
  }

  /** All that is on its way arrives, and all questions are answered. */
  async settle(): Promise<void> {
    for (const each of users) this.#enter(each)
    while (this.#arriving.length > 0) await this.take({ t: 'arrive', at: 0 })
    this.#check()
    await this.#answerAll()
    assert.equal(this.topic?.isHolding ?? false, false, 'held for ever')
  }

  /** What was lost, the last changes too, is healed. */
  async heal(): Promise<void> {
    this.#hole = this.room.head
    await this.#heal()
    await nextTurn()
  }

  #publish(more: Partial<Delivery>, isLost: boolean): void {
    if (isLost) return
    const { head: rev, membershipRev } = this.room
    this.#arriving.push({
      topic: topics.room(room),
      frame: Buffer.from(`${rev} `),
      rev,
      membershipRev,
      ...more,
    })
  }

  /** As the commands do: who goes hears of it before the room, who comes after it. */
  #move({ t, user: moved, isLost, isWordLost }: Extract<Step, { t: 'add' | 'remove' }>): void {
    const isMember = this.room.members.has(moved)
    if (isMember === (t === 'add')) return
    const others = [...this.room.members].filter((member) => member !== moved)
    this.room.changeMembers(new Set(isMember ? others : [...others, moved]))
    const word = { topic: topics.user(moved), frame: Buffer.from(' ') }
    if (isMember) this.#publish({ ...word, leave: room }, isWordLost)
    this.#publish({}, isLost)
    if (!isMember) this.#publish({ ...word, join: room }, isWordLost)
  }

  /** What is for one topic keeps its order, but for changes of the room that come from different nodes. */
  #arrive(at: number): void {
    const wanted = this.#arriving[at]
    const next = wanted?.topic === topics.room(room) ? wanted : this.#arriving[0]
    if (!next) return
    if (next !== this.#arriving[0]) this.overtaken = Math.max(this.overtaken, next.rev ?? 0)
    this.#arriving.splice(this.#arriving.indexOf(next), 1)
    this.hub.deliver(next)
  }

  #look(question: Question | undefined): void {
    if (!question) return
    const members = new Set(question.users.filter((asked) => this.room.members.has(asked)))
    question.seen ??= { members, membershipRev: this.room.membershipRev }
  }

  #answer(): void {
    const question = this.#questions.shift()
    this.#look(question)
    if (question?.seen) question.resolve(question.seen)
  }

  async #answerAll(): Promise<void> {
    while (this.#questions.length > 0) {
      this.#answer()
      await nextTurn()
    }
  }

  #check(): void {
    // Rejected is what stays held.
    if (this.topic) this.membership.check(this.topic).catch(() => {})
  }

  /** As replay.ts does: first it is made sure who is a member, then what is missing is sent to all. */
  async #heal(): Promise<void> {
    const { topic } = this
    if (!topic || this.#hole <= topic.rev) return
    const { head, membershipRev } = this.room
    while ((topic.isHolding || membershipRev > topic.membershipRev) && !topic.isClosed) {
      this.#check()
      await this.#answerAll()
    }
    for (let rev = topic.rev + 1; rev <= head; rev++) this.hub.broadcast(topic, Buffer.from(`${rev} `))
    topic.deliveredUpTo(head)
  }

  #hello(by: User): void {
    this.#close(by)
    const socket = new FakeSocket(by, ++this.#hellos, this)
    this.sockets.set(by, socket)
    this.hub.joinUser(socket.asListener())
    this.#welcomes.set(by, this.room.members.has(by) ? this.room.versions : undefined)
  }

  #enter(by: User): void {
    const versions = this.#welcomes.get(by)
    this.#welcomes.delete(by)
    const socket = this.sockets.get(by)
    if (!versions || !socket) return
    socket.enterRoom(room, versions)
    // What `ready` shows is read after the socket began to listen.
    socket.knownHead = this.room.head
    // What has not arrived yet is not held, and comes again.
    socket.needsNothingUpTo = 0
  }

  #close(by: User): void {
    const socket = this.sockets.get(by)
    this.#welcomes.delete(by)
    this.sockets.delete(by)
    socket?.leaveRoom()
    if (socket) this.hub.leave(socket.asListener(), this.hub.joinUser(socket.asListener()))
  }
}

async function play(script: readonly Step[]): Promise<World> {
  const world = new World()
  for (const each of ['ann', 'ben'] as const) {
    await world.take({ t: 'hello', user: each })
    await world.take({ t: 'enter', user: each })
  }
  for (const step of script) await world.take(step)
  await world.settle()
  return world
}

/** Every socket in the room is a member's, and has heard all that happened since it knew how the room stood. */
function assertComplete({ room: { members, head }, sockets, faults }: World): void {
  assert.deepEqual(faults, [])
  for (const { id, user: by, isInRoom, knownHead, heard } of sockets.values()) {
    if (!isInRoom) continue
    assert.ok(members.has(by), `${id} is in the room and no member`)
    const missed = Array.from({ length: head - knownHead }, (_, index) => knownHead + 1 + index)
    assert.deepEqual(
      missed.filter((rev) => !heard.includes(rev)),
      [],
      `${id} misses some`,
    )
  }
}

/** A member is brought in again when the room has opened anew, further on: by somebody who said hello meanwhile. */
const lateJoin: Step[] = [
  { t: 'remove', user: 'ann', isLost: true, isWordLost: true },
  { t: 'add', user: 'dan', isLost: true, isWordLost: true },
  { t: 'remove', user: 'ben', isLost: false, isWordLost: false },
  { t: 'arrive', at: 0 },
  { t: 'check' },
  { t: 'add', user: 'ben', isLost: false, isWordLost: false },
  { t: 'look' },
  { t: 'send', isLost: true },
  { t: 'answer' },
  { t: 'arrive', at: 0 },
  { t: 'hello', user: 'dan' },
  { t: 'send', isLost: true },
  { t: 'arrive', at: 0 },
]

/** A member enters a second time, with what their hello had read before, while the database is asked once more. */
const lateHello: Step[] = [
  { t: 'add', user: 'dan', isLost: false, isWordLost: false },
  { t: 'arrive', at: 0 },
  { t: 'hello', user: 'dan' },
  { t: 'send', isLost: true },
  { t: 'arrive', at: 0 },
  { t: 'add', user: 'cem', isLost: true, isWordLost: true },
  { t: 'send', isLost: false },
  { t: 'arrive', at: 0 },
  { t: 'answer' },
]

test('nobody hears what comes after their removal and nobody else misses anything, whatever is lost or late', async () => {
  await fc.assert(
    fc.asyncProperty(steps(true), async (script) => {
      const world = await play(script)
      await world.heal()
      assertComplete(world)
    }),
    { numRuns: 300, examples: [[lateJoin], [lateHello]] },
  )
})

test('where nothing is lost, members hear all of it once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(steps(false), async (script) => {
      const world = await play(script)
      // Who says hello to a node where nobody listens may open the room as it was a moment ago.
      fc.pre(!world.hadHole)
      assertComplete(world)
      assert.deepEqual(world.repeats, [])
      for (const { id, heard, isInRoom } of world.sockets.values()) {
        if (!world.room.members.has(id.split(' ')[0] ?? '')) continue
        assert.ok(isInRoom, `${id} is a member and not in the room`)
        assert.deepEqual(
          heard,
          [...new Set(heard)].sort((a, b) => a - b),
          id,
        )
      }
    }),
    { numRuns: 300 },
  )
})
