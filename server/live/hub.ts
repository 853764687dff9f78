import type { Delivery } from '../fanout/fanout.ts'
import { isSinceJoined } from '../fanout/frame.ts'
import { type TopicName, topicsFor } from '../fanout/topics.ts'
import type { EnteredRoom } from '../store/store.ts'
import type { Listener } from './listener.ts'
import { type Reading, readingOf } from './readings.ts'
import type { WriteOptions } from './socket-writer.ts'
import { type Admission, type Members, RoomTopic, type Topic, UserTopic } from './topic.ts'

/** Sockets written to in one turn of the event loop: a room of thousands must not stop everybody else. */
const slice = 250
const nobody: ReadonlySet<Listener> = new Set()

export type Subscriptions = { subscribe(topic: string): void; unsubscribe(topic: string): void }

/** How the hub asks healing about what it cannot know of a room itself. */
export type TopicAlarms = {
  /** A change was delivered, and one before it was not. */
  onHole(topic: RoomTopic, rev: number): void
  /** It is no longer known who is a member: what comes is held until `finishCheck`. */
  onMembersUnknown(topic: RoomTopic): void
}

/** What is told of rooms on this node: each as its first listener enters, and as its last one has left. */
export type RoomWatch = { onOpen(topic: RoomTopic): void; onClose(topic: RoomTopic): void }

/**
 * Topic → listeners of this node. It collects what a turn of the event loop brings and writes it once per socket:
 * answers first, then the rest, so many sockets at a time.
 */
export class Hub {
  /** Counts the ticks of the heartbeat (see heartbeat.ts). */
  tick = 0
  /** Frames written to sockets so far, each counted for each of them. */
  delivered = 0
  readonly #fanout: Subscriptions
  readonly #later: (run: () => void) => void
  readonly #topics = new Map<TopicName, Topic>()
  #batched: Topic[] = []
  #urgent: Listener[] = []
  #waiting: Listener[] = []
  #isScheduled = false
  #alarms: TopicAlarms = { onHole() {}, onMembersUnknown() {} }
  #watch: RoomWatch = { onOpen() {}, onClose() {} }

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

  /** The one who is told of rooms (see presence/remote-nodes.ts). */
  watchRooms(watch: RoomWatch): void {
    this.#watch = watch
  }

  topics(): Iterable<Topic> {
    return this.#topics.values()
  }

  topic(name: string): Topic | undefined {
    return this.#topics.get(name as TopicName)
  }

  room(name: TopicName): RoomTopic | undefined {
    const topic = this.#topics.get(name)
    return topic instanceof RoomTopic ? topic : undefined
  }

  user(name: TopicName): UserTopic | undefined {
    const topic = this.#topics.get(name)
    return topic instanceof UserTopic ? topic : undefined
  }

  /** The listeners of this node to a topic. */
  listenersOf(name: TopicName): ReadonlySet<Listener> {
    return this.#topics.get(name)?.listeners ?? nobody
  }

  /** Joins the topic of the listener's own user. */
  joinUser(listener: Listener): UserTopic {
    const { tenant, user } = listener
    const name = topicsFor(tenant).user(user)
    const topic = this.user(name) ?? this.#open(new UserTopic(name, tenant, user))
    // A newcomer gets nothing of the frames collected before.
    this.#spread(topic)
    topic.enter(listener)
    return topic
  }

  /** Joins a room whose versions were these when the listener's user was a member. It may have joined already. */
  joinRoom(listener: Listener, room: string, versions: EnteredRoom): RoomTopic {
    const { tenant } = listener
    const name = topicsFor(tenant).room(room)
    const topic = this.room(name) ?? this.#open(new RoomTopic(name, { tenant, room }, versions))
    this.#spread(topic)
    topic.enter(listener, versions)
    return topic
  }

  leave(listener: Listener, topic: Topic): void {
    this.#spread(topic)
    topic.leave(listener)
    if (!topic.isClosed || this.#topics.get(topic.name) !== topic) return
    this.#topics.delete(topic.name)
    this.#fanout.unsubscribe(topic.name)
    if (topic instanceof RoomTopic) this.#watch.onClose(topic)
  }

  /** Takes what the fan-out brings. */
  deliver(delivery: Delivery): void {
    this.#noteMove(delivery.changed)
    const topic = this.#topics.get(delivery.topic)
    if (topic) this.#take(topic, delivery, topic.admit(delivery))
  }

  /**
   * The database said who is a member: listeners who are none leave, and the others get the deliveries that were held.
   */
  finishCheck(topic: RoomTopic, answer: Members | undefined): void {
    for (const listener of topic.endCheck(answer)) listener.removedFrom(topic.room)
    topic.release((delivery, admission) => this.#take(topic, delivery, admission))
  }

  /** Delivers to all listeners of a topic what was lost on its way. */
  broadcast(topic: Topic, frame: Buffer): void {
    this.#tellAll(topic, frame)
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

  #take(topic: Topic, delivery: Delivery, admission: Admission): void {
    if (topic instanceof RoomTopic) this.#alarm(topic, delivery, admission)
    if (admission === 'held' || admission === 'membersUnknown') return
    moveListeners(topic, delivery)
    this.#noteLateJoin(topic, delivery)
    if (isForEverybody(delivery) && !topic.hasEntered) this.#tellAll(topic, delivery.frame)
    else this.#deliverToSome(topic, delivery)
  }

  #alarm(topic: RoomTopic, { rev = 0 }: Delivery, admission: Admission): void {
    if (admission === 'hole') this.#alarms.onHole(topic, rev)
    if (admission === 'membersUnknown') this.#alarms.onMembersUnknown(topic)
  }

  /**
   * A new member enters a room by a delivery of their own topic, which may come after later changes of the room's
   * topic. The new member has to be sent those too. A user who says hello does not: `ready` already has them.
   */
  #noteLateJoin({ tenant, listeners }: Topic, { join, rev: head = 0 }: Delivery): void {
    if (join === undefined || listeners.size === 0) return
    const room = this.room(topicsFor(tenant).room(join))
    const missing = room?.rewind(head)
    if (room && missing !== undefined) this.#alarms.onHole(room, missing)
  }

  #open<T extends Topic>(topic: T): T {
    this.#topics.set(topic.name, topic)
    this.#fanout.subscribe(topic.name)
    if (topic instanceof RoomTopic) this.#watch.onOpen(topic)
    return topic
  }

  #noteMove(room: TopicName | undefined): void {
    if (room !== undefined) this.room(room)?.noteMove(this.tick)
  }

  /** Where all see the room from its beginning, or all of what this tells, nobody is looked at. */
  #tellAll(topic: Topic, frame: Buffer): void {
    const reading = readingFor(topic, frame)
    if (!reading) {
      this.#collect(topic, frame)
      return
    }
    this.#spread(topic)
    for (const listener of topic.listeners) {
      this.delivered += 1
      this.write(listener, reading.frameFor(topic.visibleFrom(listener)))
    }
  }

  #collect(topic: Topic, frame: Buffer): void {
    if (!topic.collect(frame)) return
    this.#batched.push(topic)
    this.#schedule()
  }

  #deliverToSome(topic: Topic, delivery: Delivery): void {
    const { frame, exceptUser, exceptSession, volatile, rev = Number.POSITIVE_INFINITY } = delivery
    const options = { volatile }
    const reading = readingFor(topic, frame)
    this.#spread(topic)
    for (const listener of topic.listeners) {
      if (topic.knows(listener, rev) || listener.user === exceptUser || listener.id === exceptSession)
        continue
      this.delivered += 1
      this.write(listener, reading?.frameFor(topic.visibleFrom(listener)) ?? frame, options)
    }
  }

  #spread(topic: Topic): void {
    const batch = topic.takeBatch()
    const [first] = batch ?? []
    if (!batch || !first) return
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

/** Undefined where every listener may have the frame as it came. */
function readingFor(topic: Topic, frame: Buffer): Reading | undefined {
  const { latestFrom } = topic
  const reading = latestFrom > 0 ? readingOf(frame) : undefined
  return reading && reading.wholeFrom < latestFrom ? reading : undefined
}

/**
 * A user became a member, or is one no longer: their sockets follow before the event is written to them. The numbers
 * are not of the topic, which is the user's, but of the room. Its head is the message about who came, from which on they see
 * a room that hides what was before.
 */
function moveListeners(
  { listeners }: Topic,
  { join, leave, frame, rev: head = 0, membershipRev = 0 }: Delivery,
): void {
  if (join !== undefined && listeners.size > 0) {
    const entered = { head, membershipRev, ...(isSinceJoined(frame) && { from: head }) }
    for (const listener of listeners) listener.enterRoom(join, entered)
  }
  if (leave !== undefined) for (const listener of listeners) listener.leaveRoom(leave)
}
