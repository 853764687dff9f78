import { closedLoop } from '../load.ts'
import type { Row } from '../result.ts'
import { roomOf } from '../scene.ts'
import { contest } from './contest.ts'

const senders = 5

/** Five people write without a pause into a room where two hundred read. */
export const burst: Row = ({ rounds, roundMs }) =>
  contest(
    { rooms: [roomOf(200)] },
    {
      rounds,
      speak: closedLoop(({ actors }) => actors.slice(0, senders), { window: 10, forMs: roundMs }),
      aspects: [
        {
          what: 'burst: 5 senders, 200 receivers',
          unit: 'deliveries/s',
          figure: ({ deliveries, seconds }) => deliveries / seconds,
          rivals: { bare: { atLeast: 0.6 }, 'socket-io': { atLeast: 10 } },
        },
      ],
    },
  )
