import type { Delivery } from '../fanout/fanout.ts'
import type { Session } from './session.ts'

/** Sockets written to in one turn of the event loop: a room of thousands must not stop everybody else. */
const slice = 250
const nobody: ReadonlySet<Session> = new Set()

/** The sessions of this node that listen to one topic. */
export class Topic {
  readonly name: string
  readonly sessions = new Set<Session>()
  /** Frames of this turn, joined into one buffer for all of the sessions. */
  batch: Buffer[] = []
  /** The turn of the pulse in which its heads last moved. */
  changedAt = -1

  constructor(name: string) {
    this.name = name
  }
}

export type Subscriptions = { subscribe(topic: string): void; unsubscribe(topic: string): void }

/**
 * Topic → sessions of this node. It collects what a turn of the event loop brings and writes it once per socket:
 * answers first, then the rest, so many sockets at a time.
 */
export class Hub {
  /** Counts the turns of the pulse (see pulse.ts). */
  turn = 0
  readonly #fanout: Subscriptions
  readonly #topics = new Map<string, Topic>()
  #batched: Topic[] = []
  #urgent: Session[] = []
  #waiting: Session[] = []
  #isScheduled = false

  constructor(fanout: Subscriptions) {
    this.#fanout = fanout
  }

  get topicCount(): number {
    return this.#topics.size
  }

  /** Who of this node listens to a topic. */
  sessionsOf(name: string): ReadonlySet<Session> {
    return this.#topics.get(name)?.sessions ?? nobody
  }

  join(session: Session, name: string): Topic {
    let topic = this.#topics.get(name)
    if (!topic) {
      topic = new Topic(name)
      this.#topics.set(name, topic)
      this.#fanout.subscribe(name)
    }
    // What was told before it came is not for a newcomer.
    this.#spread(topic)
    topic.sessions.add(session)
    return topic
  }

  leave(session: Session, topic: Topic): void {
    this.#spread(topic)
    topic.sessions.delete(session)
    if (topic.sessions.size > 0 || this.#topics.get(topic.name) !== topic) return
    this.#topics.delete(topic.name)
    this.#fanout.unsubscribe(topic.name)
  }

  /** What the fan-out brings. */
  deliver(delivery: Delivery): void {
    this.#noteChange(delivery.changed)
    const topic = this.#topics.get(delivery.topic)
    if (!topic) return
    moveSessions(topic, delivery)
    if (isForEverybody(delivery)) this.#collect(topic, delivery.frame)
    else this.#deliverToSome(topic, delivery)
  }

  /** Queues a frame for one session. */
  write(session: Session, frame: Buffer, passing = false): void {
    session.writer.push(frame, passing)
    if (session.isWaiting) return
    session.isWaiting = true
    this.#waiting.push(session)
    this.#schedule()
  }

  /** As `write`, before everything that is not urgent. */
  writeSoon(session: Session, frame: Buffer): void {
    session.writer.push(frame)
    this.hurry(session)
  }

  hurry(session: Session): void {
    this.#urgent.push(session)
    this.#schedule()
  }

  #noteChange(room: string | undefined): void {
    const topic = room === undefined ? undefined : this.#topics.get(room)
    if (topic) topic.changedAt = this.turn
  }

  #collect(topic: Topic, frame: Buffer): void {
    if (topic.batch.push(frame) === 1) this.#batched.push(topic)
    this.#schedule()
  }

  #deliverToSome(topic: Topic, { frame, exceptUser, exceptSession, passing }: Delivery): void {
    this.#spread(topic)
    for (const session of topic.sessions) {
      if (session.user !== exceptUser && session.id !== exceptSession) this.write(session, frame, passing)
    }
  }

  #spread(topic: Topic): void {
    const { batch } = topic
    const [first] = batch
    if (!first) return
    topic.batch = []
    const frames = batch.length === 1 ? first : Buffer.concat(batch)
    for (const session of topic.sessions) this.write(session, frames)
  }

  /** At the end of this callback: by then all answers and events of a commit have come together. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    process.nextTick(() => this.#flush())
  }

  #flush(): void {
    this.#isScheduled = false
    const urgent = this.#urgent
    this.#urgent = []
    const batched = this.#batched
    this.#batched = []
    for (const topic of batched) this.#spread(topic)
    for (const session of urgent) session.flush()
    const some = this.#waiting.length > slice ? this.#waiting.splice(0, slice) : this.#waiting
    if (some === this.#waiting) this.#waiting = []
    for (const session of some) {
      session.isWaiting = false
      session.flush()
    }
    if (this.#waiting.length === 0 || this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#flush())
  }
}

function isForEverybody({ exceptUser, exceptSession, passing }: Delivery): boolean {
  return exceptUser === undefined && exceptSession === undefined && !passing
}

/** A user became a member, or is one no longer: their sockets follow before they hear of it. */
function moveSessions({ sessions }: Topic, { join, leave }: Delivery): void {
  if (join !== undefined) for (const session of sessions) session.enterRoom(join)
  if (leave !== undefined) for (const session of sessions) session.leaveRoom(leave)
}
