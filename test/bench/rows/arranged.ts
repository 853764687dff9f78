import { Throng } from '../client/throng.ts'
import type { Row } from '../result.ts'
import { type Contender, compete } from '../rounds.ts'
import { roomOf, type Scene, userName } from '../scene.ts'
import { scratch, startServer } from '../server-process.ts'

/**
 * What it costs to come for somebody in a thousand rooms who pinned a hundred of the oldest, muted fifty and archived as
 * many; against somebody in the same rooms who arranged nothing.
 */
export const arranged: Row = async ({ rounds, isQuick }) => {
  const [rooms, visits] = isQuick ? [120, 2] : [1_000, 20]
  using folder = scratch()
  const [tidy, plain] = [userName(0), userName(1)]
  const scene: Scene = {
    folder: folder.path,
    rooms: Array.from({ length: rooms }, (_, index) => ({
      ...roomOf(3, { room: index + 1 }),
      talk: { messages: 5 },
    })),
    arranged: { user: tidy, pinned: Math.min(100, rooms / 4), muted: 50, archived: 50 },
  }
  await using server = await startServer('chatter', scene)
  const contender = (name: string, user: string): Contender => {
    const faults: string[] = []
    return {
      name,
      faults: () => faults,
      async measure() {
        const token = await server.token(user)
        using throng = new Throng(
          server,
          Array.from({ length: visits }, () => token),
        )
        await server.ask('memory')
        const before = await server.ask('cpu')
        await throng.arrive()
        const cpuUs = (await server.ask('cpu')) - before
        faults.push(...throng.tally.faults)
        return cpuUs / visits
      },
    }
  }
  return await compete(
    { what: 'hello of a user in 1,000 rooms, arranged', unit: 'µs of CPU', rounds },
    contender('Chatter', tidy),
    [{ ...contender('nothing arranged', plain), budget: { atMost: 1.3 } }],
  )
}
