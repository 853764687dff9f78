import type { TopicName } from './topics.ts'

/**
 * The port through which events reach the sockets of this node and of others. A hint, never the truth: what is lost
 * here is healed from the database. Adapters deliver what this node publishes to this node's own listener too, never
 * within the call of `publish`, in the order of publishing.
 */
export interface Fanout {
  /** Delivers to everyone who listens to the topic, on every node. Never throws and is never waited for. */
  publish(delivery: Delivery): void
  /**
   * Starts hearing a topic: at once what this node publishes, and what others do from then on, or as soon as `onHeard`
   * names it. Topics are counted: each subscribe wants its unsubscribe.
   */
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  /**
   * The one listener, called with each delivery of a subscribed topic. If it throws, that is a bug and surfaces as an
   * uncaught exception; later deliveries come all the same.
   */
  onDelivery(listen: (delivery: Delivery) => void): void
  /**
   * Called with topics that were subscribed, and are heard only now: what others published until now may have been
   * missed. Whoever reads the database after this misses nothing, whatever came between the subscribe and this. A topic
   * that was heard as soon as it was subscribed is not named, nor one that is unsubscribed by now.
   */
  onHeard(listen: (topics: Iterable<string>) => void): void
  /**
   * Called with topics of which deliveries of other nodes may have been lost. The database knows what they said. Each may
   * come twice, and some that were unsubscribed since.
   */
  onLoss(listen: (topics: Iterable<string>) => void): void
  /** How well nodes hear each other. Undefined where there are no others, and nothing is ever lost. */
  hearing(): Hearing | undefined
  /** Sends the others what is still waiting. Afterwards publishing is allowed, and reaches nobody. */
  close(): Promise<void>
}

/** What a node knows of how it hears the others. */
export type Hearing = {
  /** This node hears itself through the bus, so it is up; milliseconds since it last did. */
  readonly isUp: boolean
  readonly echoAgeMs: number
  /** Other nodes that are heard now … */
  readonly peers: number
  /** … and those that fell silent without a goodbye: dead, or alive and writing what is not heard here. */
  readonly missing: number
  /** Partitions of topics that this node has asked to hear, and does not hear for sure yet. */
  readonly pending: number
}

/** One event on its way to the sockets of a topic. */
export type Delivery = {
  readonly topic: TopicName
  /** The client's bytes, ready to write (see frame.ts). On topics of nodes: what one says to others. */
  readonly frame: Buffer
  /** The topic of the room whose head or read mark this event moved. */
  readonly changed?: TopicName
  /** On a room's topic: the number of the room's change that this event says. Each one of them is delivered once. */
  readonly rev?: number
  /**
   * Of the room that this event is about, or that somebody joins by it: the number of its last change of members. A
   * node that knows an older one asks who is a member before it delivers.
   */
  readonly membershipRev?: number
  /** Not for the sockets of this user. */
  readonly exceptUser?: string
  /** Not for this socket. */
  readonly exceptSession?: string
  /** On a user's topic: their sockets enter this room before the frame is written … */
  readonly join?: string
  /** … or leave it. */
  readonly leave?: string
  /** May be dropped where a socket is slow (typing, presence). */
  readonly volatile?: boolean
}
