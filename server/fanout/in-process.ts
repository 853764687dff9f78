import type { Delivery, Fanout } from './fanout.ts'

export interface InProcessFanout extends Fanout {
  /** Whether the topic is subscribed. */
  has(topic: string): boolean
  /** All that are. */
  topics(): Iterable<string>
}

/**
 * The fan-out of a single node. It delivers in a microtask, not at once, so that nobody comes to rely on what Redis
 * cannot do.
 */
export function createInProcessFanout(): InProcessFanout {
  const subscriptions = new Map<string, number>()
  let listener: (delivery: Delivery) => void = () => {}
  return {
    publish(delivery) {
      queueMicrotask(() => subscriptions.has(delivery.topic) && listener(delivery))
    },
    subscribe(topic) {
      subscriptions.set(topic, (subscriptions.get(topic) ?? 0) + 1)
    },
    unsubscribe(topic) {
      const count = (subscriptions.get(topic) ?? 0) - 1
      if (count > 0) subscriptions.set(topic, count)
      else subscriptions.delete(topic)
    },
    onDelivery(listen) {
      listener = listen
    },
    has: (topic) => subscriptions.has(topic),
    topics: () => subscriptions.keys(),
    onHeard() {},
    onLoss() {},
    hearing: () => undefined,
    close: async () => subscriptions.clear(),
  }
}
