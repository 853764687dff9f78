import type { Delivery } from '../fanout/fanout.ts'
import type { RoomVersions } from '../store/store.ts'
import type { Listener } from './listener.ts'
import type { WriteOptions } from './socket-writer.ts'
import { RoomTopic, Topic } from './topic.ts'

/** Sockets written to in one turn of the event loop: a room of thousands must not stop everybody else. */
const slice = 250
const nobody: ReadonlySet<Listener> = new Set()

/** More than any room brings while the database is asked one question: beyond it, healing brings the rest. */
const mostHeld = 1_000

export type Subscriptions = { subscribe(topic: string): void; unsubscribe(topic: string): void }

/** Who is asked where the hub is in doubt about a room's topic. */
export type TopicAlarms = {
  /** A change was told, and one before it was not. */
  onHole(topic: RoomTopic, rev: number): void
  /** It is no longer known who is a member: what comes is held until `release`. */
  onMembers(topic: RoomTopic): void
}

/**
 * Topic → listeners of this node. It collects what a turn of the event loop brings and writes it once per socket:
 * answers first, then the rest, so many sockets at a time.
 */
export class Hub {
  /** Counts the turns of the pulse (see pulse.ts). */
  tick = 0
  /** Frames written to sockets so far, each counted for each of them. */
  delivered = 0
  readonly #fanout: Subscriptions
  readonly #later: (run: () => void) => void
  readonly #topics = new Map<string, Topic>()
  #batched: Topic[] = []
  #urgent: Listener[] = []
  #waiting: Listener[] = []
  #isScheduled = false
  #alarms: TopicAlarms = { onHole() {}, onMembers() {} }

  /** `isShared`: what one turn brings comes from other nodes too, and so in several callbacks. */
  constructor(fanout: Subscriptions, { isShared = false } = {}) {
    this.#fanout = fanout
    this.#later = isShared ? setImmediate : process.nextTick
  }

  get topicCount(): number {
    return this.#topics.size
  }

  /** The one who resolves alarms (see healing.ts). */
  onAlarm(alarms: TopicAlarms): void {
    this.#alarms = alarms
  }

  topics(): Iterable<Topic> {
    return this.#topics.values()
  }

  topic(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  room(name: string): RoomTopic | undefined {
    const topic = this.#topics.get(name)
    return topic instanceof RoomTopic ? topic : undefined
  }

  /** Who of this node listens to a topic. */
  listenersOf(name: string): ReadonlySet<Listener> {
    return this.#topics.get(name)?.listeners ?? nobody
  }

  join(listener: Listener, name: string): Topic {
    const topic = this.#topics.get(name) ?? this.#open(new Topic(name))
    // What was told before it came is not for a newcomer.
    this.#spread(topic)
    topic.listeners.add(listener)
    return topic
  }

  /** Joins a room that stood like that when the listener's user was a member of it. */
  joinRoom(listener: Listener, name: string, versions: RoomVersions): RoomTopic {
    const topic = this.room(name) ?? this.#open(new RoomTopic(name, versions))
    this.#spread(topic)
    topic.enter(listener, versions)
    return topic
  }

  leave(listener: Listener, topic: Topic): void {
    this.#spread(topic)
    topic.listeners.delete(listener)
    if (topic.listeners.size > 0 || this.#topics.get(topic.name) !== topic) return
    this.#topics.delete(topic.name)
    this.#fanout.unsubscribe(topic.name)
  }

  /** What the fan-out brings. Who came in meanwhile and knows a room's later head needs none of what was before. */
  deliver(delivery: Delivery, joiners?: RoomTopic['joiners']): void {
    this.#noteChange(delivery.changed)
    const topic = this.#topics.get(delivery.topic)
    if (!topic) return
    if (topic instanceof RoomTopic && !this.#mayPass(topic, delivery)) return
    moveSessions(topic, delivery)
    if (isForEverybody(delivery) && !joiners?.size) this.#collect(topic, delivery.frame)
    else this.#deliverToSome(topic, delivery, joiners)
  }

  /** Who may hear is known again. */
  release(topic: RoomTopic): void {
    const { held = [], joiners } = topic
    topic.held = undefined
    topic.joiners = undefined
    for (const delivery of held) this.deliver(delivery, joiners)
  }

  /** Tells all who listen to a topic what was lost on its way. */
  broadcast(topic: Topic, frame: Buffer): void {
    this.#collect(topic, frame)
  }

  /** Queues a frame for one listener. */
  write(listener: Listener, frame: Buffer, options?: WriteOptions): void {
    listener.writer.push(frame, options)
    if (listener.isWaiting) return
    listener.isWaiting = true
    this.#waiting.push(listener)
    this.#schedule()
  }

  /** As `write`, before everything that is not urgent. */
  writeFirst(listener: Listener, frame: Buffer): void {
    listener.writer.push(frame)
    this.flushFirst(listener)
  }

  flushFirst(listener: Listener): void {
    this.#urgent.push(listener)
    this.#schedule()
  }

  /** Notes what of a room is told now, and holds back what may be for others than those who listen. */
  #mayPass(topic: RoomTopic, delivery: Delivery): boolean {
    const { rev, membershipRev = 0 } = delivery
    if (topic.held) {
      if (topic.held.length < mostHeld) topic.held.push(delivery)
      return false
    }
    if (membershipRev > topic.membershipRev) {
      topic.held = [delivery]
      this.#alarms.onMembers(topic)
      return false
    }
    if (rev !== undefined && !topic.note(rev)) this.#alarms.onHole(topic, rev)
    return true
  }

  #open<T extends Topic>(topic: T): T {
    this.#topics.set(topic.name, topic)
    this.#fanout.subscribe(topic.name)
    return topic
  }

  #noteChange(room: string | undefined): void {
    const topic = room === undefined ? undefined : this.#topics.get(room)
    if (topic) topic.changedAt = this.tick
  }

  #collect(topic: Topic, frame: Buffer): void {
    if (topic.batch) {
      topic.batch.push(frame)
      return
    }
    topic.batch = [frame]
    this.#batched.push(topic)
    this.#schedule()
  }

  #deliverToSome(topic: Topic, delivery: Delivery, joiners: RoomTopic['joiners']): void {
    const { frame, exceptUser, exceptSession, volatile, rev = Number.POSITIVE_INFINITY } = delivery
    const options = { volatile }
    this.#spread(topic)
    for (const listener of topic.listeners) {
      const knowsMore = (joiners?.get(listener) ?? 0) >= rev
      if (knowsMore || listener.user === exceptUser || listener.id === exceptSession) continue
      this.delivered += 1
      this.write(listener, frame, options)
    }
  }

  #spread(topic: Topic): void {
    const { batch } = topic
    const [first] = batch ?? []
    if (!batch || !first) return
    topic.batch = undefined
    const frames = batch.length === 1 ? first : Buffer.concat(batch)
    this.delivered += topic.listeners.size * batch.length
    for (const listener of topic.listeners) this.write(listener, frames)
  }

  /** By then all answers and events of a commit have come together: at the end of this callback, or of this turn. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#later(() => this.#flush())
  }

  #flush(): void {
    this.#isScheduled = false
    const urgent = this.#urgent
    this.#urgent = []
    const batched = this.#batched
    this.#batched = []
    for (const topic of batched) this.#spread(topic)
    for (const listener of urgent) listener.flush()
    const some = this.#waiting.length > slice ? this.#waiting.splice(0, slice) : this.#waiting
    if (some === this.#waiting) this.#waiting = []
    for (const listener of some) {
      listener.isWaiting = false
      listener.flush()
    }
    if (this.#waiting.length === 0 || this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#flush())
  }
}

function isForEverybody({ exceptUser, exceptSession, volatile }: Delivery): boolean {
  return exceptUser === undefined && exceptSession === undefined && !volatile
}

/**
 * A user became a member, or is one no longer: their sockets follow before they hear of it. The numbers are not of the
 * topic, which is the user's, but of the room.
 */
function moveSessions(
  { listeners }: Topic,
  { join, leave, rev: head = 0, membershipRev = 0 }: Delivery,
): void {
  if (join !== undefined) for (const listener of listeners) listener.enterRoom(join, { head, membershipRev })
  if (leave !== undefined) for (const listener of listeners) listener.leaveRoom(leave)
}
