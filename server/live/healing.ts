/**
 * How what the fan-out lost is noticed, and delivered all the same: so no client has to ask, and nobody who was removed
 * from a room receives more of it because the event of the removal was lost.
 *
 * The database is asked when a room's change leaves a hole that does not close by itself, when a change comes from a
 * later set of members than is known here, when the fan-out says that something may be lost, or that it hears a topic
 * only now that was opened a moment ago, every second while nodes do not hear each other, also where the database alone
 * knows that there are others, and now and then for what nobody noticed. With a single node only the first two happen.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Fanout } from '../fanout/fanout.ts'
import type { Logger } from '../log/logger.ts'
import type { StoreReads } from '../store/store.ts'
import type { Hub } from './hub.ts'
import { Membership } from './membership.ts'
import { replayMissed } from './replay.ts'
import { RoomTopic, type Topic, UserTopic } from './topic.ts'

/** A change may be late so long, and at most twice: from another node, or overtaken. Clients wait for 300 ms. */
const lateMs = 100
/** Without any reason, everything is asked about once in so many seconds. */
const roundS = 15
/** While nodes don't hear each other: rooms every second; whose rooms they are is more work, and asked less often. */
const membersEveryS = 5
/** Topics asked about at once … */
const askSize = 500
/** … and rooms replayed at once. */
const replaySize = 8

export type HealingServer = {
  readonly hub: Hub
  readonly fanout: Fanout
  readonly log: Logger
  /** How many other servers use the database, and are not heard. */
  readonly unheard?: () => number
  forTenant(tenant: string): StoreReads
}

export class Healing {
  /** Changes that were delivered late. */
  delivered = 0
  /** How often something may have been lost, and how often the database was asked. */
  losses = 0
  rounds = 0
  readonly membership: Membership
  readonly #server: HealingServer
  readonly #timer: NodeJS.Timeout
  /** Topics to ask about. */
  readonly #suspects = new Set<Topic>()
  /** Rooms that are behind. */
  readonly #behind = new Set<RoomTopic>()
  /** Rooms whose change of that rev is late: since the last turn of the timer, and since the one before. */
  #late = new Map<RoomTopic, number>()
  #later = new Map<RoomTopic, number>()
  #lateTimer: NodeJS.Timeout | undefined
  #round: Topic[] = []
  #second = 0
  #working: Promise<void> | undefined
  #isStopped = false

  constructor(server: HealingServer) {
    const { hub, fanout } = server
    this.#server = server
    this.membership = new Membership(server)
    hub.onAlarm({
      onHole: (topic, rev) => this.#expect(topic, rev),
      onMembersUnknown: (topic) => void this.membership.check(topic).catch(this.#warn),
    })
    fanout.onHeard((topics) => this.#suspectNamed(topics))
    fanout.onLoss((topics) => {
      this.losses += 1
      this.#suspectNamed(topics)
    })
    this.#timer = setInterval(() => void this.tick(), 1000)
    this.#timer.unref()
  }

  /** How many topics wait to be asked about or replayed. */
  get size(): number {
    return this.#suspects.size + this.#behind.size
  }

  /** Something of a topic may have been lost. */
  suspect(topic: RoomTopic): void {
    this.#suspect(topic)
    this.#wake()
  }

  /** One second has passed. Resolves when all that waits was asked about and replayed. */
  async tick(): Promise<void> {
    this.#second += 1
    const { fanout, unheard = () => 0 } = this.#server
    const hearing = fanout.hearing()
    const isDeaf = hearing && (!hearing.isUp || hearing.missing > 0)
    if (isDeaf || unheard() > 0) this.#suspectAll()
    else if (hearing) this.#goRound()
    // A room that could not be asked about still holds its deliveries.
    for (const topic of this.#server.hub.topics())
      if (topic instanceof RoomTopic && topic.isHolding) this.#suspects.add(topic)
    this.#wake()
    await this.#working
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    clearTimeout(this.#lateTimer)
    await this.#working
  }

  #suspect(topic: Topic): void {
    this.#suspects.add(topic)
    // A read mark may be lost too: the next heads of its members hold their own.
    if (topic instanceof RoomTopic) topic.noteMove(this.#server.hub.tick)
    else for (const listener of topic.listeners) listener.sendAllHeads()
  }

  #suspectNamed(names: Iterable<string>): void {
    for (const name of names) {
      const topic = this.#server.hub.topic(name)
      if (topic) this.#suspect(topic)
    }
    this.#wake()
  }

  #suspectAll(): void {
    const isAboutMembers = this.#second % membersEveryS === 0
    for (const topic of this.#server.hub.topics())
      if (isAboutMembers || topic instanceof RoomTopic) this.#suspects.add(topic)
  }

  #goRound(): void {
    const second = this.#second % roundS
    if (second === 0) this.#round = [...this.#server.hub.topics()]
    for (const topic of this.#round.splice(0, Math.ceil(this.#round.length / (roundS - second)))) {
      this.#suspects.add(topic)
    }
  }

  /** A change is known to be there: if it is not delivered soon, it won't be. */
  #expect(topic: RoomTopic, rev: number): void {
    this.#late.set(topic, Math.max(rev, this.#late.get(topic) ?? 0))
    this.#startLateTimer()
  }

  #startLateTimer(): void {
    if (this.#isStopped || this.#late.size + this.#later.size === 0) return
    this.#lateTimer ??= setTimeout(() => {
      this.#lateTimer = undefined
      for (const [topic, rev] of this.#later) if (topic.rev < rev) this.#behind.add(topic)
      this.#later = this.#late
      this.#late = new Map()
      this.#startLateTimer()
      this.#wake()
    }, lateMs).unref()
  }

  #wake(): void {
    if (this.#isStopped || this.size === 0) return
    this.#working ??= this.#work()
      .catch(this.#warn)
      .finally(() => {
        this.#working = undefined
      })
  }

  /** A failure is tried again at the next tick. */
  async #work(): Promise<void> {
    while (this.size > 0 && !this.#isStopped) {
      await this.#replay([...this.#behind].slice(0, replaySize))
      await this.#ask([...this.#suspects].slice(0, askSize))
      await nextTurn()
    }
  }

  async #replay(topics: readonly RoomTopic[]): Promise<void> {
    const { hub, log, forTenant } = this.#server
    const tools = { hub, forTenant, membership: this.membership }
    await Promise.all(
      topics.map(async (topic) => {
        if (topic.isClosed) return void this.#behind.delete(topic)
        const delivered = await attempt(this.#behind, [topic], () => replayMissed(tools, topic))
        this.delivered += delivered
        if (delivered > 0) log.info({ topic: topic.name, delivered }, 'delivered what was lost on its way')
      }),
    )
  }

  async #ask(topics: readonly Topic[]): Promise<void> {
    if (topics.length > 0) this.rounds += 1
    await attempt(this.#suspects, topics, async () => {
      for (const [tenant, { rooms, users }] of byTenant(topics)) {
        if (rooms.length > 0) await this.#askAboutRooms(tenant, rooms)
        if (users.length === 0) continue
        const left = await this.membership.checkUsers(tenant, users)
        for (const topic of left) this.#suspects.add(topic)
      }
    })
  }

  async #askAboutRooms(tenant: string, topics: readonly RoomTopic[]): Promise<void> {
    const found = await this.#server.forTenant(tenant).readVersions(topics.map(({ room }) => room))
    for (const topic of topics) {
      if (topic.isClosed) continue
      const versions = found.get(topic.room)
      if (!versions || topic.isHolding || versions.membershipRev > topic.membershipRev)
        await this.membership.check(topic)
      if (versions && versions.head > topic.rev) this.#expect(topic, versions.head)
    }
  }

  readonly #warn = (error: unknown): void =>
    this.#server.log.warn({ err: error }, 'what may have been lost could not be asked: trying again')
}

/** Takes them from the set, for what comes in meanwhile comes in anew; back, if it fails. */
async function attempt<T, R>(set: Set<T>, some: readonly T[], work: () => Promise<R>): Promise<R> {
  for (const one of some) set.delete(one)
  try {
    return await work()
  } catch (error) {
    for (const one of some) set.add(one)
    throw error
  }
}

/** Those that are still open, as rooms and users of their tenants. */
function byTenant(topics: readonly Topic[]): Map<string, { rooms: RoomTopic[]; users: UserTopic[] }> {
  const tenants = new Map<string, { rooms: RoomTopic[]; users: UserTopic[] }>()
  for (const topic of topics) {
    if (topic.isClosed) continue
    const named = tenants.get(topic.tenant) ?? { rooms: [], users: [] }
    tenants.set(topic.tenant, named)
    if (topic instanceof RoomTopic) named.rooms.push(topic)
    if (topic instanceof UserTopic) named.users.push(topic)
  }
  return tenants
}
