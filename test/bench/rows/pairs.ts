import { closedLoop } from '../load.ts'
import type { Row } from '../result.ts'
import { roomOf } from '../scene.ts'
import { contest } from './contest.ts'

const pairCount = 250

/** Many small conversations at once: everybody sends the next message when the last one is acknowledged. */
export const pairs: Row = ({ rounds, roundMs }) =>
  contest(
    { rooms: Array.from({ length: pairCount }, (_, pair) => roomOf(2, { room: pair + 1, from: pair * 2 })) },
    {
      what: '250 pairs, closed loop',
      unit: 'messages/s',
      rounds,
      rivals: { bare: { atLeast: 0.6 }, 'socket-io': { atLeast: 2 } },
      speak: closedLoop(({ actors }) => actors, { window: 1, forMs: roundMs }),
      figure: ({ messages, seconds }) => messages / seconds,
    },
  )
