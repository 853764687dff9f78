/**
 * Who is online, best effort. It is derived and never stored: a user is online while some living node leases a
 * signed-in socket of theirs. Each node says whom it holds, and tells its own sockets what follows from all that, once
 * a second and only to the people of small rooms. Spans are counted in its own seconds, for a clock may jump.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Fanout } from '../../fanout/fanout.ts'
import { encodeFrame } from '../../fanout/frame.ts'
import { nodesTopic, type TopicName, topicsFor, userOf } from '../../fanout/topics.ts'
import { limits } from '../../protocol/limits.ts'
import type { Store } from '../../store/store.ts'
import type { Hub } from '../hub.ts'
import type { Listener } from '../listener.ts'
import { decodeAnnouncement, encodeAnnouncements, Leases } from './leases.ts'

/** Longer than a reload takes. */
const graceS = 5
const refreshS = 5
const seenEveryS = 60
/** How far it is told: wide, for whoever heard of an old acquaintance coming must hear of them going. */
const reach = { rooms: limits.rooms, people: 10_000 }
/** How many people a newcomer is told to be online. */
const mostGreetings = 200
/** Users asked about, and told of, in one turn of the event loop: some are in a thousand rooms. */
const askSize = 25
/** Users whose times are one write. */
const writeSize = 500

export type PresenceServer = {
  readonly hub: Hub
  readonly fanout: Fanout
  readonly log: Logger
  /** Tells this node from all others. */
  readonly node: string
  readonly now: () => number
  forTenant(tenant: string): Store
}

type Joiners = { readonly tenant: string; readonly room: string; readonly sessions: Set<Listener> }

/** Someone's id, and their topic. */
type Person = { readonly id: string; readonly user: TopicName }

/** Users go by their topics here, which are unique over all tenants. */
export class Presence {
  readonly #server: PresenceServer
  readonly #timer: NodeJS.Timeout
  /** Whom this node leases … */
  readonly #here = new Set<string>()
  /** … and who of them has no socket any more, since when. */
  readonly #leaving = new Map<string, number>()
  readonly #elsewhere = new Leases()
  /** Who was last told to be online. */
  readonly #shown = new Set<string>()
  /** Who may not be any more what was told last. */
  readonly #stirred = new Set<string>()
  /** Who is new here since the last announcement. */
  readonly #news = new Set<string>()
  readonly #newcomers = new Map<string, Set<Listener>>()
  readonly #joiners = new Map<TopicName, Joiners>()
  /** Whose time is to be written. */
  readonly #unseen = new Set<string>()
  #round: string[] = []
  #second = 0
  #isRefreshDue = true
  #updating: Promise<void> | undefined
  #isStopped = false

  constructor(server: PresenceServer) {
    this.#server = server
    server.fanout.subscribe(nodesTopic)
    this.#timer = setInterval(() => void this.tick(), 1000)
    this.#timer.unref()
  }

  /** How much it holds: nothing, when nobody is online anywhere. */
  get size(): number {
    const held = [this.#here, this.#leaving, this.#shown, this.#stirred, this.#news, this.#newcomers]
    return [...held, this.#joiners, this.#unseen].reduce((sum, { size }) => sum + size, this.#elsewhere.size)
  }

  /** A session is signed in, and live. */
  came(session: Listener, user: TopicName): void {
    this.#leaving.delete(user)
    if (!this.#here.has(user)) {
      this.#here.add(user)
      this.#news.add(user)
      this.#stirred.add(user)
    }
    const sessions = this.#newcomers.get(user) ?? new Set()
    this.#newcomers.set(user, sessions.add(session))
  }

  /** A session has ended. */
  gone(user: TopicName): void {
    const isLast = this.#here.has(user) && this.#server.hub.listenersOf(user).size === 0
    if (!isLast || this.#leaving.has(user)) return
    this.#leaving.set(user, this.#second)
    this.#unseen.add(user)
  }

  /** Who has no socket left is not waited for. */
  end(user: TopicName): void {
    if (this.#leaving.has(user)) this.#leaving.set(user, Number.NEGATIVE_INFINITY)
  }

  /** A live session began to listen to a room: its people may be new to each other. */
  entered(session: Listener, room: string): void {
    const { tenant } = session
    const topic = topicsFor(tenant).room(room)
    const { sessions } = this.#joiners.get(topic) ?? { sessions: new Set<Listener>() }
    this.#joiners.set(topic, { tenant, room, sessions: sessions.add(session) })
  }

  /** What a node announced, this one included. */
  hear(frame: Buffer): void {
    const announcement = decodeAnnouncement(frame)
    const { node } = announcement
    if (node === this.#server.node) return
    // It knows nobody yet.
    if (!this.#elsewhere.knows(node)) this.#isRefreshDue = true
    this.#elsewhere.hear(announcement, this.#second, (user) => void this.#stirred.add(user))
  }

  /** One second has passed. Resolves when everybody has been told what it brought. */
  tick(): Promise<void> {
    this.#second += 1
    this.#elsewhere.expire(this.#second, (user) => void this.#stirred.add(user))
    this.#announceHere()
    this.#noteTime()
    this.#updating ??= this.#update()
      .catch((error) => this.#server.log.warn({ err: error }, 'presence was not told: trying again'))
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
    this.#server.fanout.unsubscribe(nodesTopic)
    await this.#updating
    await this.#writeTimes().catch((error) =>
      this.#server.log.warn({ err: error }, 'last seen was not written'),
    )
  }

  #isOnline(user: string): boolean {
    return this.#here.has(user) || this.#elsewhere.has(user)
  }

  /** To a node that is alone it is enough to live. */
  #announceHere(): void {
    const isAlone = this.#elsewhere.nodeCount === 0
    if (this.#isRefreshDue || this.#second % refreshS === 0)
      this.#announce({ here: isAlone ? [] : [...this.#here] })
    else if (!isAlone && this.#news.size > 0) this.#announce({ here: [...this.#news] })
    this.#isRefreshDue = false
    this.#news.clear()
  }

  #announce(what: { here?: readonly string[]; left?: readonly string[] }): void {
    const { fanout, node } = this.#server
    if (fanout.hearing()?.isUp === false) return
    for (const frame of encodeAnnouncements(node, what)) fanout.publish({ topic: nodesTopic, frame })
  }

  /** Each minute everybody's time is due, a few each second. */
  #noteTime(): void {
    if (this.#second % seenEveryS === 0) this.#round = [...this.#here]
    for (const user of this.#round.splice(0, Math.max(writeSize, Math.ceil(this.#here.size / 50)))) {
      if (this.#here.has(user) && !this.#leaving.has(user)) this.#unseen.add(user)
    }
  }

  async #update(): Promise<void> {
    await this.#writeTimes()
    this.#endGraces()
    for (const user of this.#stirred)
      if (this.#isOnline(user) === this.#shown.has(user)) this.#stirred.delete(user)
    const due = new Set([...this.#stirred, ...this.#newcomers.keys()])
    for (const [tenant, users] of batchesOf(due, askSize)) {
      if (this.#isStopped) return
      await this.#updateUsers(tenant, users)
      await nextTurn()
    }
    for (const [topic, joiners] of this.#joiners) await this.#introduce(topic, joiners)
  }

  async #writeTimes(): Promise<void> {
    const unseen = [...this.#unseen]
    this.#unseen.clear()
    const now = this.#server.now()
    for (const [tenant, users] of batchesOf(unseen, writeSize)) {
      await this.#server.forTenant(tenant).markSeen(users, now)
    }
  }

  #endGraces(): void {
    const left: string[] = []
    for (const [user, since] of this.#leaving) if (this.#second - since > graceS) left.push(user)
    for (const user of left) {
      this.#leaving.delete(user)
      this.#here.delete(user)
      this.#news.delete(user)
      this.#stirred.add(user)
    }
    if (left.length > 0 && this.#elsewhere.nodeCount > 0) this.#announce({ left })
  }

  /** Tells newcomers of their people, and people what became of these users. */
  async #updateUsers(tenant: string, users: readonly string[]): Promise<void> {
    const store = this.#server.forTenant(tenant)
    const topics = topicsFor(tenant)
    const companions = await store.findCompanions(users, reach)
    const lastSeen = await store.readLastSeen(users.filter((id) => !this.#isOnline(topics.user(id))))
    const peopleOf = (id: string) =>
      (companions.get(id) ?? []).map((one) => ({ id: one, user: topics.user(one) }))
    const frames = new Map<string, Buffer>()
    // All newcomers first: whoever is not shown yet, they hear of with everybody else.
    for (const id of users) this.#greet(topics.user(id), peopleOf(id), frames)
    for (const id of users) {
      const user = topics.user(id)
      if (this.#stirred.delete(user)) this.#show({ id, user }, peopleOf(id), lastSeen[id])
    }
  }

  /** Tells newcomers who of their people is online. */
  #greet(user: string, people: readonly Person[], frames: Map<string, Buffer>): void {
    const sessions = this.#newcomers.get(user)
    this.#newcomers.delete(user)
    if (!sessions) return
    const online = people.filter((one) => this.#shown.has(one.user)).slice(0, mostGreetings)
    for (const { id } of online) {
      const frame = frames.get(id) ?? onlineFrame(id)
      frames.set(id, frame)
      for (const session of sessions) this.#server.hub.write(session, frame, { volatile: true })
    }
  }

  /** Tells the people of a user what became of them. */
  #show({ id, user }: Person, people: readonly Person[], lastSeenAt: string | undefined): void {
    const { hub } = this.#server
    const isOnline = this.#isOnline(user)
    if (isOnline) this.#shown.add(user)
    else this.#shown.delete(user)
    const frame = isOnline ? onlineFrame(id) : offlineFrame(id, lastSeenAt)
    for (const person of people) {
      for (const session of hub.listenersOf(person.user)) hub.write(session, frame, { volatile: true })
    }
  }

  /** Tells those who came into a small room and those in it of each other. */
  async #introduce(topic: TopicName, { tenant, room, sessions }: Joiners): Promise<void> {
    this.#joiners.delete(topic)
    const { hub, fanout, forTenant } = this.#server
    const { members } = await forTenant(tenant).listMembers(room, { limit: limits.crowd + 1 })
    if (members.length > limits.crowd) return
    const topics = topicsFor(tenant)
    const online = members.filter(({ userId }) => this.#isOnline(topics.user(userId)))
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

/** So many users of one tenant at a time. */
function* batchesOf(topics: Iterable<string>, size: number): Iterable<[tenant: string, users: string[]]> {
  const byTenant = new Map<string, string[]>()
  for (const topic of topics) {
    const named = userOf(topic)
    if (!named) continue
    const users = byTenant.get(named.tenant) ?? []
    byTenant.set(named.tenant, users)
    users.push(named.user)
  }
  for (const [tenant, users] of byTenant) {
    for (let at = 0; at < users.length; at += size) yield [tenant, users.slice(at, at + size)]
  }
}
