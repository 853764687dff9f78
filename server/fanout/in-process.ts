import type { Delivery, Fanout } from './fanout.ts'

/**
 * The fan-out of a single node. It delivers in a microtask, not at once, so that nobody comes to rely on what Redis
 * cannot do.
 */
export function createInProcessFanout(): Fanout {
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
    onLoss() {},
    hearing: () => undefined,
    close: async () => subscriptions.clear(),
  }
}
