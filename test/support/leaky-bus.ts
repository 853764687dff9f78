import type { Delivery, Fanout, Hearing } from '../../server/fanout/fanout.ts'
import { createInProcessFanout } from '../../server/fanout/in-process.ts'

/** A bus between nodes in one process, which loses what a test wants lost. To itself a node always speaks. */
export type LeakyBus = {
  readonly fanouts: readonly Fanout[]
  /** From now on these deliveries reach no other node. */
  lose(isLost: (delivery: Delivery) => boolean): void
  /** Reports to every node that something of these topics may have been lost. */
  reportLoss(concerns?: (topic: string) => boolean): void
  /** What the nodes know of how they hear each other. */
  hear(hearing: Partial<Hearing>): void
}

export function leakyBus(nodes = 2): LeakyBus {
  const ends = Array.from({ length: nodes }, () => createInProcessFanout())
  const losses: ((concerns: (topic: string) => boolean) => void)[] = []
  let isLost: (delivery: Delivery) => boolean = () => false
  let hearing: Hearing = { isUp: true, echoAgeMs: 0, peers: nodes - 1, missing: 0, pending: 0 }
  return {
    fanouts: ends.map((own) => ({
      ...own,
      publish(delivery) {
        for (const end of ends) if (end === own || !isLost(delivery)) end.publish(delivery)
      },
      onLoss: (listen) => void losses.push((concerns) => listen([...own.topics()].filter(concerns))),
      hearing: () => hearing,
    })),
    lose(loses) {
      isLost = loses
    },
    reportLoss(concerns = () => true) {
      for (const listen of losses) listen(concerns)
    },
    hear(heard) {
      hearing = { ...hearing, ...heard }
    },
  }
}
