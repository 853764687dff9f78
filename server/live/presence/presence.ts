/**
 * Who is online, best effort. It is derived and never stored: a user is online while some living node leases a
 * signed-in socket of theirs. Nodes tell each other whom they hold where that may matter (remote-nodes.ts), and each sends
 * its own sockets what follows from all that, once a second and only to the people of small rooms. Spans are counted in
 * its own seconds, for a clock may jump.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Fanout } from '../../fanout/fanout.ts'
import { encodeFrame } from '../../fanout/frame.ts'
import { type TopicName, topicsFor } from '../../fanout/topics.ts'
import { limits } from '../../protocol/limits.ts'
import type { Store, StoreReads } from '../../store/store.ts'
import type { Hub } from '../hub.ts'
import type { Listener } from '../listener.ts'
import type { UserTopic } from '../topic.ts'
import type { Person } from './announcements.ts'
import { RemoteNodes } from './remote-nodes.ts'

/** Longer than a reload takes. */
const graceS = 5
const seenEveryS = 60
/** How far it is shown: wide, for a user who saw an old acquaintance come must see them go. */
const reach = { rooms: limits.rooms, people: 10_000 }
/** How many people a newcomer is shown to be online. */
const mostGreetings = 200
/** Users asked about, and shown, in one turn of the event loop: some are in a thousand rooms. */
const askSize = 25
/** Users whose times are one write. */
const writeSize = 500

export type PresenceServer = {
  readonly hub: Hub
  readonly fanout: Fanout
  readonly log: Logger
  /** The id of this node, different from all others. */
  readonly node: string
  readonly now: () => number
  forTenant(tenant: string): StoreReads & Pick<Store, 'markSeen'>
}

/** Somebody who shares a small room with a user. */
type Companion = { readonly id: string; readonly topic: TopicName }
type Newcomers = { readonly person: Person; readonly sessions: Set<Listener> }
type Joiners = { readonly tenant: string; readonly room: string; readonly sessions: Set<Listener> }

/**
 * Users are keyed by the names of their topics, which are unique over all tenants. Where their ids are needed too, the
 * topic itself is kept for those who are here: one object less for each of them.
 */
export class Presence {
  readonly #server: PresenceServer
  readonly #timer: NodeJS.Timeout
  /** Whom this node leases … */
  readonly #here = new Map<TopicName, UserTopic>()
  /** … and those of them without a socket any more, since when. */
  readonly #leaving = new Map<TopicName, number>()
  readonly #elsewhere: RemoteNodes
  /** Users who were last shown to be online. */
  readonly #shown = new Set<TopicName>()
  /** Users who may have come or gone since they were last shown. */
  readonly #changed = new Map<TopicName, Person>()
  readonly #newcomers = new Map<TopicName, Newcomers>()
  readonly #joiners = new Map<TopicName, Joiners>()
  /** Whose last-seen time is to be written. */
  readonly #unseen = new Map<TopicName, Person>()
  #round: TopicName[] = []
  #second = 0
  #updating: Promise<void> | undefined
  #isStopped = false

  constructor(server: PresenceServer) {
    this.#server = server
    const { hub, fanout, node } = server
    this.#elsewhere = new RemoteNodes({ hub, fanout, node, here: this.#here, onChange: this.#onChange })
    this.#timer = setInterval(() => void this.tick(), 1000)
    this.#timer.unref()
  }

  /** How much it holds: nothing, when nobody is online anywhere. */
  get size(): number {
    const held = [this.#here, this.#leaving, this.#shown, this.#changed, this.#newcomers]
    return [...held, this.#joiners, this.#unseen].reduce((sum, { size }) => sum + size, this.#elsewhere.size)
  }

  /** A session is signed in, and live. `topic` is that of its user, which it has joined. */
  came(session: Listener, topic: TopicName): void {
    const person = this.#server.hub.user(topic)
    if (!person) return
    this.#leaving.delete(topic)
    if (!this.#here.has(topic)) this.#changed.set(topic, person)
    this.#here.set(topic, person)
    this.#elsewhere.came(person, session.rooms())
    const { sessions } = this.#newcomers.get(topic) ?? { sessions: new Set<Listener>() }
    this.#newcomers.set(topic, { person, sessions: sessions.add(session) })
  }

  /** A session has ended. */
  gone(topic: TopicName): void {
    const person = this.#here.get(topic)
    const isLast = person !== undefined && this.#server.hub.listenersOf(topic).size === 0
    if (!isLast || this.#leaving.has(topic)) return
    this.#leaving.set(topic, this.#second)
    this.#unseen.set(topic, person)
  }

  /** The user was signed out: without a socket left they are offline at once. */
  end(topic: TopicName): void {
    if (this.#leaving.has(topic)) this.#leaving.set(topic, Number.NEGATIVE_INFINITY)
  }

  /** A live session began to listen to a room: its people may be new to each other. */
  entered(session: Listener, room: string): void {
    const { tenant } = session
    const topic = topicsFor(tenant).room(room)
    const { sessions } = this.#joiners.get(topic) ?? { sessions: new Set<Listener>() }
    this.#joiners.set(topic, { tenant, room, sessions: sessions.add(session) })
    const user = this.#here.get(topicsFor(tenant).user(session.user))
    if (user) this.#elsewhere.entered(user, topic)
  }

  /** What a node said to all or to this one. */
  hear(frame: Buffer): void {
    this.#elsewhere.hear(frame)
  }

  /** One second has passed. Resolves when what it changed has been sent to everybody. */
  tick(): Promise<void> {
    this.#second += 1
    this.#elsewhere.tick()
    this.#noteTime()
    this.#updating ??= this.#update()
      .catch((error) => this.#server.log.warn({ err: error }, 'presence was not sent: trying again'))
      .finally(() => {
        this.#updating = undefined
      })
    return this.#updating
  }

  /**
   * Writes who was here until now. The leases of this node are not taken back: they end by themselves, and by then its
   * users are back elsewhere.
   */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#isStopped = true
    this.#elsewhere.stop()
    await this.#updating
    await this.#writeTimes().catch((error) =>
      this.#server.log.warn({ err: error }, 'last seen was not written'),
    )
  }

  /** Of another node: they came or went, or may have. */
  readonly #onChange = (person: Person): void => {
    this.#changed.set(topicsFor(person.tenant).user(person.user), person)
  }

  #isOnline(topic: TopicName, person: Person): boolean {
    return this.#here.has(topic) || this.#elsewhere.hold(person)
  }

  /** Each minute everybody's time is due, a few each second. */
  #noteTime(): void {
    if (this.#second % seenEveryS === 0) this.#round = [...this.#here.keys()]
    for (const topic of this.#round.splice(0, Math.max(writeSize, Math.ceil(this.#here.size / 50)))) {
      const person = this.#here.get(topic)
      if (person && !this.#leaving.has(topic)) this.#unseen.set(topic, person)
    }
  }

  async #update(): Promise<void> {
    await this.#writeTimes()
    this.#endGraces()
    for (const [topic, person] of this.#changed)
      if (this.#isOnline(topic, person) === this.#shown.has(topic)) this.#changed.delete(topic)
    const due = new Map(this.#changed)
    for (const [topic, { person }] of this.#newcomers) due.set(topic, person)
    for (const [tenant, users] of batchesOf(due.values(), askSize)) {
      if (this.#isStopped) return
      await this.#updateUsers(tenant, users)
      await nextTurn()
    }
    for (const [topic, joiners] of this.#joiners) await this.#introduce(topic, joiners)
  }

  async #writeTimes(): Promise<void> {
    const unseen = [...this.#unseen.values()]
    this.#unseen.clear()
    const now = this.#server.now()
    for (const [tenant, users] of batchesOf(unseen, writeSize)) {
      await this.#server.forTenant(tenant).markSeen(users, now)
    }
  }

  #endGraces(): void {
    for (const [topic, since] of this.#leaving) {
      if (this.#second - since <= graceS) continue
      const person = this.#here.get(topic)
      this.#leaving.delete(topic)
      this.#here.delete(topic)
      this.#elsewhere.gone(topic)
      if (person) this.#changed.set(topic, person)
    }
  }

  /** Shows newcomers who of their people is online, and people what became of these users. */
  async #updateUsers(tenant: string, users: readonly string[]): Promise<void> {
    const store = this.#server.forTenant(tenant)
    const topics = topicsFor(tenant)
    const isOffline = (user: string) => !this.#isOnline(topics.user(user), { tenant, user })
    const companions = await store.findCompanions(users, reach)
    const lastSeen = await store.readLastSeen(users.filter(isOffline))
    const companionsOf = (user: string) =>
      (companions.get(user) ?? []).map((id) => ({ id, topic: topics.user(id) }))
    const frames = new Map<string, Buffer>()
    // All newcomers first: of users not shown yet they hear with everybody else.
    for (const user of users) this.#greet(topics.user(user), companionsOf(user), frames)
    for (const user of users) {
      if (!this.#changed.delete(topics.user(user))) continue
      this.#show({ tenant, user }, companionsOf(user), lastSeen[user])
    }
  }

  /** Shows newcomers who of their people is online. */
  #greet(topic: TopicName, people: readonly Companion[], frames: Map<string, Buffer>): void {
    const newcomers = this.#newcomers.get(topic)
    this.#newcomers.delete(topic)
    if (!newcomers) return
    const online = people.filter((one) => this.#shown.has(one.topic)).slice(0, mostGreetings)
    for (const { id } of online) {
      const frame = frames.get(id) ?? onlineFrame(id)
      frames.set(id, frame)
      for (const session of newcomers.sessions) this.#server.hub.write(session, frame, { volatile: true })
    }
  }

  /** Shows the people of a user whether they are online. */
  #show(person: Person, people: readonly Companion[], lastSeenAt: string | undefined): void {
    const { hub } = this.#server
    const own = topicsFor(person.tenant).user(person.user)
    const isOnline = this.#isOnline(own, person)
    if (isOnline) this.#shown.add(own)
    else this.#shown.delete(own)
    const frame = isOnline ? onlineFrame(person.user) : offlineFrame(person.user, lastSeenAt)
    for (const { topic } of people) {
      for (const session of hub.listenersOf(topic)) hub.write(session, frame, { volatile: true })
    }
  }

  /** Shows those who came into a small room and those in it to each other. */
  async #introduce(topic: TopicName, { tenant, room, sessions }: Joiners): Promise<void> {
    this.#joiners.delete(topic)
    const { hub, fanout, forTenant } = this.#server
    const { members } = await forTenant(tenant).listMembers(room, { limit: limits.crowd + 1 })
    if (members.length > limits.crowd) return
    const topics = topicsFor(tenant)
    const online = members.filter(({ userId }) =>
      this.#isOnline(topics.user(userId), { tenant, user: userId }),
    )
    const arrived = new Set([...sessions].map(({ user }) => user))
    for (const { userId } of online) {
      const frame = onlineFrame(userId)
      for (const session of sessions)
        if (session.user !== userId) hub.write(session, frame, { volatile: true })
      if (arrived.has(userId)) fanout.publish({ topic, frame, exceptUser: userId, volatile: true })
    }
  }
}

const onlineFrame = (userId: string) => encodeFrame({ t: 'presence', userId, online: true })

const offlineFrame = (userId: string, lastSeenAt: string | undefined) =>
  encodeFrame({ t: 'presence', userId, online: false, ...(lastSeenAt !== undefined && { lastSeenAt }) })

/** The ids of so many users of one tenant at a time. */
function* batchesOf(people: Iterable<Person>, size: number): Iterable<[tenant: string, users: string[]]> {
  const byTenant = new Map<string, string[]>()
  for (const { tenant, user } of people) {
    const users = byTenant.get(tenant) ?? []
    byTenant.set(tenant, users)
    users.push(user)
  }
  for (const [tenant, users] of byTenant) {
    for (let at = 0; at < users.length; at += size) yield [tenant, users.slice(at, at + size)]
  }
}
