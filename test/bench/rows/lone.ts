import { oneByOne } from '../load.ts'
import type { Result, Row } from '../result.ts'
import { roomOf } from '../scene.ts'
import { contest } from './contest.ts'

/** About the time of one delivery: so many messages fill a round. */
const deliveriesPerMs = 40

/** One message at a time into a larger and larger room: nothing to batch, so every delivery shows its price. */
export const lone: Row = async ({ rounds, roundMs, isQuick }) => {
  const results: Result[] = []
  for (const receivers of isQuick ? [200] : [200, 1_000]) {
    const messages = Math.ceil((roundMs * deliveriesPerMs) / receivers)
    const found = await contest(
      { rooms: [roomOf(receivers)] },
      {
        rounds,
        speak: oneByOne(messages),
        aspects: [
          {
            what: `lone message to ${receivers}`,
            unit: 'µs of CPU per delivery',
            figure: ({ cpuUs, deliveries }) => cpuUs / deliveries,
            rivals: { bare: { atMost: 1.3 } },
          },
        ],
      },
    )
    results.push(...found)
  }
  return results
}
