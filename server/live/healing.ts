/**
 * How what the fan-out lost is noticed, and told all the same: so no client has to ask, and nobody who was put out of a
 * room hears more of it because the word of that was lost.
 *
 * The database is asked when a room's change leaves a hole that does not close by itself, when a change comes from a
 * later set of members than is known here, when the fan-out says that something may be lost, every second while nodes
 * do not hear each other, and now and then for what nobody noticed. With a single node only the first two happen.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Fanout } from '../fanout/fanout.ts'
import { roomOf, topicsFor, userOf } from '../fanout/topics.ts'
import type { Store } from '../store/store.ts'
import type { Hub } from './hub.ts'
import { Membership } from './membership.ts'
import { replayMissed } from './replay.ts'
import { RoomTopic } from './topic.ts'

/** A change may be late so long, and at most twice: from another node, or overtaken. Clients wait for 300 ms. */
const lateMs = 100
/** Without any reason, everything is asked about once in so many seconds. */
const roundS = 15
/** While nodes don't hear each other: rooms every second; whose rooms they are is more work, and asked less often. */
const membersEveryS = 5
/** Topics asked about at once … */
const askSize = 500
/** … and rooms told of at once. */
const replaySize = 8

export type HealingServer = {
  readonly hub: Hub
  readonly fanout: Fanout
  readonly log: Logger
  forTenant(tenant: string): Store
}

export class Healing {
  /** Changes that were told late. */
  delivered = 0
  /** How often something may have been lost, and how often the database was asked. */
  losses = 0
  rounds = 0
  readonly membership: Membership
  readonly #server: HealingServer
  readonly #timer: NodeJS.Timeout
  /** Topics to ask about, by name. */
  readonly #suspects = new Set<string>()
  /** Rooms that are behind. */
  readonly #behind = new Set<RoomTopic>()
  /** Rooms whose change of that rev is late: since the last turn of the timer, and since the one before. */
  #late = new Map<RoomTopic, number>()
  #later = new Map<RoomTopic, number>()
  #lateTimer: NodeJS.Timeout | undefined
  #round: string[] = []
  #second = 0
  #working: Promise<void> | undefined
  #isStopped = false

  constructor(server: HealingServer) {
    const { hub, fanout } = server
    this.#server = server
    this.membership = new Membership(server)
    hub.onAlarm({
      onHole: (topic, rev) => this.#expect(topic, rev),
      onMembers: (topic) => void this.membership.recheck(topic).catch(this.#warn),
    })
    fanout.onLoss((concerns) => {
      this.losses += 1
      for (const { name } of hub.topics()) if (concerns(name)) this.#suspect(name)
      this.#wake()
    })
    this.#timer = setInterval(() => void this.tick(), 1000)
    this.#timer.unref()
  }

  /** How many topics wait to be asked about or told. */
  get size(): number {
    return this.#suspects.size + this.#behind.size
  }

  /** Something of a topic may have been lost. */
  suspect(topic: RoomTopic): void {
    this.#suspect(topic.name)
    this.#wake()
  }

  /** One second has passed. Resolves when all that waits was asked and told. */
  async tick(): Promise<void> {
    this.#second += 1
    const hearing = this.#server.fanout.hearing()
    if (hearing && (!hearing.isUp || hearing.missing > 0)) this.#suspectAll()
    else if (hearing) this.#goRound()
    // What could not be asked about is still held back.
    for (const topic of this.#server.hub.topics())
      if (topic instanceof RoomTopic && topic.held) this.#suspects.add(topic.name)
    this.#wake()
    await this.#working
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    clearTimeout(this.#lateTimer)
    await this.#working
  }

  #suspect(name: string): void {
    const { hub } = this.#server
    this.#suspects.add(name)
    const topic = hub.topic(name)
    if (!topic) return
    // A read mark may be lost too: with their next heads its people are told their own.
    if (topic instanceof RoomTopic) topic.changedAt = hub.tick
    else for (const listener of topic.listeners) listener.sendAllHeads()
  }

  #suspectAll(): void {
    const isAboutMembers = this.#second % membersEveryS === 0
    for (const { name } of this.#server.hub.topics())
      if (isAboutMembers || roomOf(name)) this.#suspects.add(name)
  }

  #goRound(): void {
    const second = this.#second % roundS
    if (second === 0) this.#round = [...this.#server.hub.topics()].map(({ name }) => name)
    for (const name of this.#round.splice(0, Math.ceil(this.#round.length / (roundS - second)))) {
      this.#suspects.add(name)
    }
  }

  /** A change is known to be there: if it is not told soon, it won't be. */
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

  /** What fails is tried again at the next beat. */
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
        if (hub.topic(topic.name) !== topic) return void this.#behind.delete(topic)
        const told = await attempt(this.#behind, [topic], () => replayMissed(tools, topic))
        this.delivered += told
        if (told > 0) log.info({ topic: topic.name, told }, 'told what was lost on its way')
      }),
    )
  }

  async #ask(names: readonly string[]): Promise<void> {
    if (names.length > 0) this.rounds += 1
    await attempt(this.#suspects, names, async () => {
      for (const [tenant, { rooms, users }] of byTenant(names)) {
        if (rooms.length > 0) await this.#askAboutRooms(tenant, rooms)
        if (users.length > 0) await this.membership.checkUsers(tenant, users)
      }
    })
  }

  async #askAboutRooms(tenant: string, rooms: readonly string[]): Promise<void> {
    const { hub, forTenant } = this.#server
    const topics = topicsFor(tenant)
    const found = await forTenant(tenant).readVersions(rooms)
    for (const room of rooms) {
      const topic = hub.room(topics.room(room))
      if (!topic) continue
      const versions = found.get(room)
      if (!versions || topic.held || versions.membershipRev > topic.membershipRev)
        await this.membership.recheck(topic)
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

/** Topics as rooms and users of their tenants. */
function byTenant(names: readonly string[]): Map<string, { rooms: string[]; users: string[] }> {
  const tenants = new Map<string, { rooms: string[]; users: string[] }>()
  for (const name of names) {
    const room = roomOf(name)
    const user = userOf(name)
    const tenant = room?.tenant ?? user?.tenant ?? ''
    const named = tenants.get(tenant) ?? { rooms: [], users: [] }
    tenants.set(tenant, named)
    if (room) named.rooms.push(room.room)
    if (user) named.users.push(user.user)
  }
  return tenants
}
