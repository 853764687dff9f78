import type { Fanout } from '../fanout/fanout.ts'
import { encodeFrame } from '../fanout/frame.ts'
import type { Publication } from './command.ts'
import type { Publisher } from './run.ts'

/** Hands the events of what was done to the fan-out, each encoded once, whoever gets it. */
export function publishTo(fanout: Fanout): Publisher {
  return ({ outcome }) => {
    const frames = new Map<Publication['event'], Buffer>()
    for (const { event, ...delivery } of outcome.events) {
      const frame = frames.get(event) ?? encodeFrame(event)
      frames.set(event, frame)
      fanout.publish({ ...delivery, frame })
    }
  }
}
