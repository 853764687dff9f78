import type { PostgresServer } from '../../support/postgres.ts'
import { closedLoop } from '../load.ts'
import type { Pace, Result, Row } from '../result.ts'
import { roomOf } from '../scene.ts'
import { type Aspect, contest } from './contest.ts'

const pairCount = 250

/** Many small conversations at once: everybody sends the next message when the last one is acknowledged. */
export const pairs: Row = (pace) => {
  const rivals = { bare: { atLeast: 0.6 }, 'socket-io': { atLeast: 2 } }
  return inPairs('250 pairs, closed loop', rivals, pace)
}

/** The same on whichever database. */
export function inPairs(
  what: string,
  rivals: Aspect['rivals'],
  { rounds, roundMs }: Pace,
  postgres?: PostgresServer,
): Promise<Result[]> {
  return contest(
    { rooms: Array.from({ length: pairCount }, (_, pair) => roomOf(2, { room: pair + 1, from: pair * 2 })) },
    {
      rounds,
      ...(postgres && { postgres }),
      speak: closedLoop(({ actors }) => actors, { window: 1, forMs: roundMs }),
      aspects: [{ what, unit: 'messages/s', figure: ({ messages, seconds }) => messages / seconds, rivals }],
    },
  )
}
