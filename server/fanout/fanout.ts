/**
 * The port through which events reach the sockets of this node and of others. A hint, never the truth: what is lost
 * here is healed from the database. Adapters deliver what this node publishes to this node's own listener too, never
 * within the call of `publish`, in the order of publishing.
 */
export interface Fanout {
  /** Tells everyone who listens to the topic, on every node. Never throws and is never waited for. */
  publish(delivery: Delivery): void
  /** Starts hearing a topic. Topics are counted: each subscribe wants its unsubscribe. */
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  /**
   * The one listener, called with each delivery of a subscribed topic. If it throws, that is a bug and surfaces as an
   * uncaught exception; later deliveries come all the same.
   */
  onDelivery(listen: (delivery: Delivery) => void): void
  /** Whether other nodes can hear this one, and it them. Without other nodes: always. */
  isUp(): boolean
  /** Tells the others what is still on its way. Afterwards publishing is allowed, and in vain. */
  close(): Promise<void>
}

/** One event on its way to the sockets of a topic. */
export type Delivery = {
  readonly topic: string
  /** The client's bytes, ready to write (see frame.ts). On `nodesTopic`: what one node tells the others. */
  readonly frame: Buffer
  /** The topic of the room whose head or read mark this event moved. */
  readonly changed?: string
  /** Not for the sockets of this user. */
  readonly exceptUser?: string
  /** Not for this socket. */
  readonly exceptSession?: string
  /** On a user's topic: their sockets enter this room before the frame is written … */
  readonly join?: string
  /** … or leave it. */
  readonly leave?: string
  /** May be dropped where a socket is slow (typing, presence). */
  readonly passing?: boolean
}
