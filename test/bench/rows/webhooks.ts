import { startPostgres } from '../../support/postgres.ts'
import { gather } from '../client/crowd.ts'
import { closedLoop, type Measure, measure } from '../load.ts'
import type { Budget, Row } from '../result.ts'
import { type Contender, compete } from '../rounds.ts'
import { roomOf, type Scene } from '../scene.ts'
import { scratch, startServer } from '../server-process.ts'

/**
 * What it costs those who write that their site is told of it; against a tenant without a webhook. What happens is logged with
 * the message; what is made of it for each webhook comes afterwards, and is told apart from it.
 */
export const webhooks: Row = async ({ rounds, roundMs, isQuick }) => {
  const pairs = isQuick ? 10 : 250
  const rooms = Array.from({ length: pairs }, (_, pair) => roomOf(2, { room: pair + 1, from: pair * 2 }))
  await using stack = new AsyncDisposableStack()
  const database = stack.adopt(await startPostgres(), (server) => server.stop())
  type Figure = (measured: Measure) => number
  const enter = async (name: string, figure: Figure, parts: Partial<Scene> = {}): Promise<Contender> => {
    const folder = stack.use(scratch())
    const scene = { folder: folder.path, rooms, ...parts }
    const server = stack.use(await startServer('chatter', scene))
    const crowd = stack.use(await gather(server, scene))
    const speak = closedLoop(({ actors }) => actors, { window: 1, forMs: roundMs })
    return {
      name,
      faults: () => crowd.tally.faults,
      measure: async () => figure(await measure(crowd, speak)),
    }
  }
  const race = async (what: string, unit: string, figure: Figure, budget: Budget, parts: Partial<Scene>) => {
    const { webhook, ...place } = parts
    const postgres = async () =>
      place.postgres === undefined ? {} : { postgres: await database.newDatabase() }
    return await compete(
      // The noise of a machine is larger than what is looked for.
      { what, unit, rounds: isQuick ? rounds : 3 * rounds },
      await enter('Chatter', figure, { ...(webhook && { webhook }), ...(await postgres()) }),
      [{ ...(await enter('without one', figure, await postgres())), budget }],
    )
  }
  const cpu: Figure = ({ cpuUs, messages }) => cpuUs / messages
  const time: Figure = ({ seconds, messages }) => (seconds * 1e6) / messages
  const unit = 'µs of CPU a message'
  const onPostgres = { postgres: 'a new one' }
  return [
    ...(await race(
      '250 pairs, told to a webhook: sending',
      unit,
      cpu,
      { atMost: 1.05 },
      { webhook: 'logged' },
    )),
    ...(await race('the same, and sorted out', unit, cpu, 'none', { webhook: 'sorted out' })),
    ...(await race(
      'the same on Postgres: sending',
      'µs a message',
      time,
      { atMost: 1.05 },
      {
        ...{ webhook: 'logged', ...onPostgres },
      },
    )),
  ]
}
