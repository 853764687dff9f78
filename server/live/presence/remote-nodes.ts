/**
 * The other nodes, and which users they hold, as far as this node may need them. Each node says to all which rooms it holds
 * listeners of, and tells each other one, on a topic of that node's own, of its users who are in one of those rooms. So a
 * node hears of users only where somebody here may know them, and what it hears lives as long as the node that said it:
 * nothing is refreshed. Changes are numbered; where one is missing all of it is asked for, so whatever gets lost comes
 * right within seconds.
 */
import type { Fanout } from '../../fanout/fanout.ts'
import { nodesTopic, nodeTopic, type TopicName, topicsFor } from '../../fanout/topics.ts'
import { limits } from '../../protocol/limits.ts'
import type { Hub } from '../hub.ts'
import type { RoomTopic, UserTopic } from '../topic.ts'
import {
  decodeAnnouncement,
  encodeRooms,
  isAboutRooms,
  type People,
  type Person,
  type Rooms,
  roomMark,
} from './announcements.ts'
import { RemoteNode } from './remote-node.ts'

/** Longer than two signs of life, so that one may get lost. */
const deadAfterS = 12
const lifeSignS = 5
/** Everybody's rooms are compared once in so many seconds: some became small enough. */
const roundS = 60

type RemoteNodesOptions = {
  readonly hub: Hub
  readonly fanout: Fanout
  /** The id of this node, different from all others. */
  readonly node: string
  /** The user whom this node leases by that topic. */
  readonly here: ReadonlyMap<TopicName, Person>
  /** Of another node: a user came or went, or may have. */
  readonly onChange: (person: Person) => void
  /** A user changed who sees them, by another node. */
  readonly onSettled: (person: Person) => void
}

export class RemoteNodes {
  readonly #options: RemoteNodesOptions
  readonly #nodes = new Map<string, RemoteNode>()
  /** The rooms of this node, by what they are called among nodes. */
  readonly #rooms = new Map<number, RoomTopic>()
  /** Those that are new or gone since the others were told. */
  readonly #opened = new Set<number>()
  readonly #closed = new Set<number>()
  /** Users who changed who sees them since the others were told. */
  readonly #settled = new Set<Person>()
  #no = 0
  #isAllDue = true
  #second = 0
  #round: RoomTopic[] = []

  constructor(options: RemoteNodesOptions) {
    const { hub, fanout, node } = options
    this.#options = options
    fanout.subscribe(nodesTopic)
    fanout.subscribe(nodeTopic(node))
    hub.watchRooms({ onOpen: (topic) => this.#open(topic), onClose: (topic) => this.#close(topic) })
  }

  /** How much it holds: nothing, when nobody is online anywhere. */
  get size(): number {
    const news = this.#rooms.size + this.#opened.size + this.#closed.size + this.#settled.size
    return [...this.#nodes.values()].reduce((sum, { size }) => sum + size, news)
  }

  /** Whether another node holds the user, as far as this one may need to know. */
  hold(person: Person): boolean {
    for (const node of this.#nodes.values()) if (node.holds(person)) return true
    return false
  }

  /** A user is here, in these rooms. */
  came(user: UserTopic, rooms: Iterable<string>): void {
    if (this.#nodes.size === 0) return
    const topics = topicsFor(user.tenant)
    for (const room of rooms) this.entered(user, topics.room(room))
  }

  /** A user who is here is in a room. */
  entered(user: UserTopic, room: TopicName): void {
    const mark = roomMark(room)
    const topic = this.#rooms.get(mark)
    if (!topic || isLarge(topic)) return
    for (const node of this.#nodes.values()) if (node.rooms.has(mark)) node.tell(user.name, user)
  }

  /** A user is here no longer. */
  gone(topic: TopicName): void {
    for (const node of this.#nodes.values()) node.untell(topic)
  }

  /** A user changed who sees them, by this node: the others show it. */
  settled(person: Person): void {
    if (this.#nodes.size > 0) this.#settled.add(person)
  }

  /** Whom other nodes hold, as far as this one may need to know; who is on several of them comes as often. */
  *people(): Iterable<Person> {
    for (const node of this.#nodes.values()) yield* node.people()
  }

  hear(frame: Buffer): void {
    const announcement = decodeAnnouncement(frame)
    if (announcement.node === this.#options.node) return
    const node = this.#nodes.get(announcement.node) ?? this.#meet(announcement.node)
    node.heardAt = this.#second
    if (isAboutRooms(announcement)) this.#hearRooms(node, announcement)
    else this.#hearPeople(node, announcement)
  }

  /** One second has passed: the others are told what is new. */
  tick(): void {
    this.#second += 1
    this.#mourn()
    this.#goRound()
    if (this.#options.fanout.hearing()?.isUp === false) return
    const isDue = this.#second % lifeSignS === 0
    this.#tellRooms(isDue)
    const { fanout, node } = this.#options
    for (const [id, remoteNode] of this.#nodes)
      for (const frame of remoteNode.announcements(node, this.#second, isDue))
        fanout.publish({ topic: nodeTopic(id), frame })
  }

  stop(): void {
    const { fanout, node } = this.#options
    fanout.unsubscribe(nodesTopic)
    fanout.unsubscribe(nodeTopic(node))
  }

  #meet(id: string): RemoteNode {
    const node = new RemoteNode(this.#second)
    this.#nodes.set(id, node)
    // It knows nothing yet.
    this.#isAllDue = true
    return node
  }

  #hearRooms(node: RemoteNode, announcement: Rooms): void {
    for (const mark of node.hearRooms(announcement)) {
      const topic = this.#rooms.get(mark)
      if (topic) this.#tellOf(node, topic)
    }
    for (const person of announcement.settled ?? []) this.#options.onSettled(person)
  }

  #hearPeople(node: RemoteNode, announcement: People): void {
    if (announcement.asks.includes('rooms')) this.#isAllDue = true
    for (const person of node.hearPeople(announcement)) this.#options.onChange(person)
  }

  /** Tells a node of all who are here and in that room. */
  #tellOf(node: RemoteNode, room: RoomTopic): void {
    if (isLarge(room)) return
    const topics = topicsFor(room.tenant)
    for (const { user } of room.listeners) {
      const topic = topics.user(user)
      const person = this.#options.here.get(topic)
      if (person) node.tell(topic, person)
    }
  }

  /** To a node that is alone it is enough to live. */
  #tellRooms(isDue: boolean): void {
    const { fanout, node } = this.#options
    const isAlone = this.#nodes.size === 0
    const isAll = this.#isAllDue && !isAlone
    const opened = isAlone ? [] : isAll ? [...this.#rooms.keys()] : [...this.#opened]
    const closed = isAlone || isAll ? [] : [...this.#closed]
    const settled = isAlone ? [] : [...this.#settled]
    const hasNews = isAll || opened.length + closed.length > 0
    // The first sign of life is not waited for.
    if (!hasNews && !isDue && this.#second > 1 && settled.length === 0) return
    if (hasNews) this.#no += 1
    const frames = encodeRooms({ node, no: this.#no, isAll }, opened, closed, settled)
    this.#no += frames.length - 1
    if (isAll) this.#isAllDue = false
    this.#opened.clear()
    this.#closed.clear()
    this.#settled.clear()
    for (const frame of frames) fanout.publish({ topic: nodesTopic, frame })
  }

  /** A node that is not heard any more has died, or left: nobody is online there. */
  #mourn(): void {
    for (const [id, node] of this.#nodes) {
      if (this.#second - node.heardAt < deadAfterS) continue
      this.#nodes.delete(id)
      for (const person of node.people()) this.#options.onChange(person)
    }
  }

  #goRound(): void {
    if (this.#nodes.size === 0) return
    const second = this.#second % roundS
    if (second === 0) this.#round = [...this.#rooms.values()]
    for (const room of this.#round.splice(0, Math.ceil(this.#round.length / (roundS - second)))) {
      const mark = roomMark(room.name)
      for (const node of this.#nodes.values()) if (node.rooms.has(mark)) this.#tellOf(node, room)
    }
  }

  #open(topic: RoomTopic): void {
    const mark = roomMark(topic.name)
    this.#rooms.set(mark, topic)
    if (!this.#closed.delete(mark)) this.#opened.add(mark)
  }

  #close(topic: RoomTopic): void {
    const mark = roomMark(topic.name)
    if (!this.#rooms.delete(mark)) return
    if (!this.#opened.delete(mark)) this.#closed.add(mark)
  }
}

/** Whether more of its people are here than a small room has at all: then nobody is shown for its sake. */
function isLarge({ listeners }: RoomTopic): boolean {
  if (listeners.size <= limits.crowd) return false
  const users = new Set<string>()
  for (const { user } of listeners) if (users.add(user).size > limits.crowd) return true
  return false
}
