import { gather } from '../client/crowd.ts'
import { closedLoop, measure } from '../load.ts'
import type { Row } from '../result.ts'
import { type Contender, compete } from '../rounds.ts'
import { roomOf } from '../scene.ts'
import { scratch, startServer } from '../server-process.ts'

/** What it costs those who write that their site is told of it; against a tenant without a webhook. */
export const webhooks: Row = async ({ rounds, roundMs, isQuick }) => {
  const pairs = isQuick ? 10 : 250
  const rooms = Array.from({ length: pairs }, (_, pair) => roomOf(2, { room: pair + 1, from: pair * 2 }))
  await using stack = new AsyncDisposableStack()
  const enter = async (name: string, webhook: boolean): Promise<Contender> => {
    const folder = stack.use(scratch())
    const scene = { folder: folder.path, rooms, webhook }
    const server = stack.use(await startServer('chatter', scene))
    const crowd = stack.use(await gather(server, scene))
    const speak = closedLoop(({ actors }) => actors, { window: 1, forMs: roundMs })
    return {
      name,
      faults: () => crowd.tally.faults,
      async measure() {
        const { messages, cpuUs } = await measure(crowd, speak)
        return cpuUs / messages
      },
    }
  }
  return await compete(
    { what: '250 pairs, kept for a webhook', unit: 'µs of CPU a message', rounds },
    await enter('Chatter', true),
    [{ ...(await enter('without one', false)), budget: { atMost: 1.05 } }],
  )
}
