import { startPostgres } from '../../support/postgres.ts'
import { startRedis } from '../../support/redis.ts'
import { closedLoop } from '../load.ts'
import type { Row } from '../result.ts'
import { roomOf } from '../scene.ts'
import { contest } from './contest.ts'

const senders = 5

/**
 * The burst on two nodes, everybody spread over both: they share a Postgres and hear each other through one Redis.
 * Socket.IO, with its Redis adapter, inserts into the same Postgres: one statement per message into a table without
 * anything else to keep, through as many connections as Chatter, every commit flushed as Chatter's are.
 */
export const nodes: Row = async ({ rounds, roundMs }) => {
  await using stack = new AsyncDisposableStack()
  const postgres = stack.adopt(await startPostgres({ isDurable: true }), (server) => server.stop())
  const redis = stack.adopt(await startRedis(), (server) => server.stop())
  return await contest(
    { rooms: [roomOf(200)], redis: redis.url },
    {
      rounds,
      nodes: 2,
      postgres,
      speak: closedLoop(({ actors }) => actors.slice(0, senders), { window: 10, forMs: roundMs }),
      aspects: [
        {
          what: 'the burst on two nodes',
          unit: 'deliveries/s',
          figure: ({ deliveries, seconds }) => deliveries / seconds,
          rivals: { 'socket-io': { atLeast: 8 } },
        },
      ],
    },
  )
}
