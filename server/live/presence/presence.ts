/**
 * Who is online, best effort. It is derived and never stored: a user is online while some living node leases a
 * signed-in socket of theirs. Nodes tell each other whom they hold where that may matter (remote-nodes.ts), and each sends
 * its own sockets what follows from all that, once a second and only to the people of small rooms, as far as both of two
 * show themselves (views/presence.ts). Spans are counted in its own seconds, for a clock may jump.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Fanout } from '../../fanout/fanout.ts'
import { encodeFrame } from '../../fanout/frame.ts'
import { type TopicName, topicsFor } from '../../fanout/topics.ts'
import type { Logger } from '../../log/logger.ts'
import { limits } from '../../protocol/limits.ts'
import { atMost, type PresenceSettings, type Show, shows } from '../../rules/presence.ts'
import type { Store, StoreReads } from '../../store/store.ts'
import { type Decided, filterShown, shownBy } from '../../views/presence.ts'
import type { Hub } from '../hub.ts'
import type { Listener } from '../listener.ts'
import type { UserTopic } from '../topic.ts'
import type { Person } from './announcements.ts'
import { RemoteNodes } from './remote-nodes.ts'

/** Longer than a reload takes. */
const graceS = 5
const seenEveryS = 60
/** What users decided is compared with how they are shown so often: that it changed may have got lost. */
const compareEveryS = 60
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
  /** Who at most sees the users of a tenant. */
  mostShown(tenant: string): Show
}

/** Somebody who shares a small room with a user. */
type Companion = { readonly id: string; readonly topic: TopicName }
/** The people of a user whom it may concern here, and which of them see the user, and are seen. */
type Audience = { readonly people: readonly Companion[]; readonly seen: ReadonlySet<string> }
/** How a user was shown last. */
type Shown = { readonly show: Show; readonly doNotDisturb: boolean }
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
  /** Users who were last shown to be online, and how. */
  readonly #shown = new Map<TopicName, Shown>()
  /** Users who may have changed who sees them. */
  readonly #settled = new Map<TopicName, Person>()
  /** Users who may have come or gone since they were last shown. */
  readonly #changed = new Map<TopicName, Person>()
  readonly #newcomers = new Map<TopicName, Newcomers>()
  readonly #joiners = new Map<TopicName, Joiners>()
  /** Whose last-seen time is to be written. */
  readonly #unseen = new Map<TopicName, Person>()
  #round: TopicName[] = []
  #second = 0
  #isCompareDue = false
  #updating: Promise<void> | undefined
  #isStopped = false

  constructor(server: PresenceServer) {
    this.#server = server
    const { hub, fanout, node } = server
    this.#elsewhere = new RemoteNodes({
      hub,
      fanout,
      node,
      here: this.#here,
      onChange: this.#onChange,
      onSettled: this.#onSettled,
    })
    this.#timer = setInterval(() => void this.tick(), 1000)
    this.#timer.unref()
  }

  /** How much it holds: nothing, when nobody is online anywhere. */
  get size(): number {
    const held = [this.#here, this.#leaving, this.#shown, this.#changed, this.#settled, this.#newcomers]
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

  /** A user changed who sees them, by this node. */
  settled(person: Person): void {
    this.#onSettled(person)
    this.#elsewhere.settled(person)
  }

  /** A tenant may have changed who at most sees its users. */
  compare(): void {
    this.#isCompareDue = true
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

  readonly #onSettled = (person: Person): void => {
    this.#settled.set(topicsFor(person.tenant).user(person.user), person)
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
    await this.#compareAll()
    for (const [topic, person] of this.#changed)
      if (this.#isOnline(topic, person) === this.#shown.has(topic)) this.#changed.delete(topic)
    const due = new Map([...this.#changed, ...this.#settled])
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

  /** Each minute everybody who is shown is compared with what they decided. */
  async #compareAll(): Promise<void> {
    if (this.#second % compareEveryS === 0) this.#isCompareDue = true
    if (!this.#isCompareDue) return
    this.#isCompareDue = false
    const isShown = ({ tenant, user }: Person) => this.#shown.has(topicsFor(tenant).user(user))
    const people = [...this.#here.values(), ...this.#elsewhere.people()].filter(isShown)
    for (const [tenant, users] of batchesOf(people, writeSize)) {
      const decided = await this.#decidedBy(tenant, users)
      for (const user of users)
        if (this.#isShownOtherwise(topicsFor(tenant).user(user), shownAs(user, decided)))
          this.#onSettled({ tenant, user })
      await nextTurn()
    }
  }

  async #decidedBy(tenant: string, users: readonly string[]): Promise<Decided> {
    const { forTenant, mostShown } = this.#server
    return { settings: await forTenant(tenant).readPresence(users), most: mostShown(tenant) }
  }

  #isShownOtherwise(topic: TopicName, { show, doNotDisturb }: Shown): boolean {
    const before = this.#shown.get(topic)
    return before !== undefined && (before.show !== show || before.doNotDisturb !== doNotDisturb)
  }

  /** Shows newcomers who of their people is online, and people what became of these users. */
  async #updateUsers(tenant: string, users: readonly string[]): Promise<void> {
    const store = this.#server.forTenant(tenant)
    const topics = topicsFor(tenant)
    const isOffline = (user: string) => !this.#isOnline(topics.user(user), { tenant, user })
    const own = await this.#decidedBy(tenant, users)
    // Who is shown to nobody, and was, is nobody's news.
    const isSeen = (user: string) =>
      shownBy(user, own) !== 'off' || (this.#shown.get(topics.user(user))?.show ?? 'off') !== 'off'
    const companions = await store.findCompanions(users.filter(isSeen), reach)
    const isHere = ({ topic }: Companion) =>
      this.#shown.has(topic) || this.#server.hub.listenersOf(topic).size > 0
    const people = new Map(
      users.map((user) => {
        const ids = companions.get(user) ?? []
        return [user, ids.map((id) => ({ id, topic: topics.user(id) })).filter(isHere)]
      }),
    )
    const ids = new Set([...users, ...[...people.values()].flatMap((some) => some.map(({ id }) => id))])
    const decided = await this.#decidedBy(tenant, [...ids])
    const audiences = new Map<string, Audience>()
    for (const [user, some] of people) {
      const others = some.map(({ id }) => id)
      audiences.set(user, { people: some, seen: await filterShown(store, decided, user, others) })
    }
    const lastSeen = await store.readLastSeen(users.filter(isOffline))
    const frames = new Map<string, Buffer>()
    const frameOf = (id: string) => {
      const frame = frames.get(id) ?? onlineFrame(id, decided.settings.get(id))
      frames.set(id, frame)
      return frame
    }
    // All newcomers first: of users not shown yet they hear with everybody else.
    for (const [user, audience] of audiences) this.#greet(topics.user(user), audience, frameOf)
    for (const [user, audience] of audiences) {
      const topic = topics.user(user)
      const shown = shownAs(user, decided)
      const isNews = this.#changed.delete(topic)
      if ((this.#settled.delete(topic) && this.#isShownOtherwise(topic, shown)) || isNews)
        this.#show({ tenant, user }, { audience, shown, frameOf, lastSeenAt: lastSeen[user] })
    }
  }

  /** Shows newcomers who of their people is online. */
  #greet(topic: TopicName, { people, seen }: Audience, frameOf: (id: string) => Buffer): void {
    const newcomers = this.#newcomers.get(topic)
    this.#newcomers.delete(topic)
    if (!newcomers) return
    const online = people.filter((one) => this.#shown.has(one.topic) && seen.has(one.id))
    for (const { id } of online.slice(0, mostGreetings))
      for (const session of newcomers.sessions)
        this.#server.hub.write(session, frameOf(id), { volatile: true })
  }

  /** Shows the people of a user whether they are online; to whom they are shown no longer, that they are not. */
  #show(person: Person, { audience, shown, frameOf, lastSeenAt }: News): void {
    const { people, seen } = audience
    const own = topicsFor(person.tenant).user(person.user)
    const before = this.#shown.get(own)
    const isOnline = this.#isOnline(own, person)
    if (isOnline) this.#shown.set(own, shown)
    else this.#shown.delete(own)
    const isHidden = before !== undefined && atMost(before.show, shown.show) !== before.show
    const frame = isOnline ? frameOf(person.user) : offlineFrame(person.user, lastSeenAt)
    const hidden = isHidden ? offlineFrame(person.user, undefined) : undefined
    for (const { id, topic } of people) this.#write(topic, seen.has(id) ? frame : hidden)
    if (before === undefined || before.show === shown.show) return
    // And shows the user whom they see from now on.
    const others = people.filter((one) => this.#shown.has(one.topic))
    const isSeen = ({ id }: Companion) => seen.has(id)
    for (const { id } of others.filter(isSeen).slice(0, mostGreetings)) this.#write(own, frameOf(id))
    if (!isHidden) return
    for (const { id } of others.filter((one) => !isSeen(one))) this.#write(own, offlineFrame(id, undefined))
  }

  #write(topic: TopicName, frame: Buffer | undefined): void {
    const { hub } = this.#server
    if (frame) for (const session of hub.listenersOf(topic)) hub.write(session, frame, { volatile: true })
  }

  /** Shows those who came into a small room and those in it to each other. */
  async #introduce(topic: TopicName, { tenant, room, sessions }: Joiners): Promise<void> {
    this.#joiners.delete(topic)
    const { hub, fanout, forTenant } = this.#server
    const store = forTenant(tenant)
    const { members } = await store.listMembers(room, { limit: limits.crowd + 1 })
    if (members.length > limits.crowd) return
    const topics = topicsFor(tenant)
    const ids = members.map(({ userId }) => userId)
    const decided = await this.#decidedBy(tenant, ids)
    const isForAll = ids.every((id) => shownBy(id, decided) === 'everybody')
    const arrived = new Set([...sessions].map(({ user }) => user))
    for (const user of ids) {
      if (!this.#isOnline(topics.user(user), { tenant, user })) continue
      const others = ids.filter((id) => id !== user)
      const seen = await filterShown(store, decided, user, others)
      const frame = onlineFrame(user, decided.settings.get(user))
      for (const session of sessions)
        if (seen.has(session.user)) hub.write(session, frame, { volatile: true })
      if (!arrived.has(user)) continue
      // A room's topic is for all of its members alike.
      const listening = isForAll ? [topic] : [...seen].map((id) => topics.user(id))
      for (const one of listening) fanout.publish({ topic: one, frame, exceptUser: user, volatile: true })
    }
  }
}

type News = {
  readonly audience: Audience
  readonly shown: Shown
  readonly frameOf: (id: string) => Buffer
  readonly lastSeenAt: string | undefined
}

function shownAs(user: string, decided: Decided): Shown {
  const doNotDisturb = decided.settings.get(user)?.doNotDisturb ?? false
  return shownAsThese[`${shownBy(user, decided)} ${doNotDisturb}`]
}

/** One object each for all users. */
const shownAsThese = Object.fromEntries(
  shows.flatMap((show) =>
    [true, false].map((doNotDisturb) => [`${show} ${doNotDisturb}`, { show, doNotDisturb }]),
  ),
) as { readonly [K in `${Show} ${boolean}`]: Shown }

const onlineFrame = (userId: string, settings: PresenceSettings | undefined) =>
  encodeFrame({
    t: 'presence',
    userId,
    online: true,
    ...(settings?.doNotDisturb && { doNotDisturb: true as const }),
  })

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
