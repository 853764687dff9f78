import { Throng } from '../client/throng.ts'
import type { Result, Row } from '../result.ts'
import { type Contender, compare, race } from '../rounds.ts'
import { roomOf, type Scene, userName } from '../scene.ts'
import { type BenchServer, scratch, startServer } from '../server-process.ts'
import type { ServerName } from '../servers/child.ts'
import { titles } from './titles.ts'

/** Sockets that were welcomed for each second: of the server's processor time, and of the clock. */
type Connects = { readonly perCpuSecond: number; readonly perSecond: number }
type Door = Contender<Connects>

/**
 * What it costs to come: an upgrade, a token that the server has never seen, and all that `ready` holds. Socket.IO checks
 * tokens with the same library and sends as much; once more it sends no more than the heads of the rooms, and that ratio
 * is only shown. Everybody knows one person well, and a few from work.
 */
export const connects: Row = async ({ rounds, isQuick }) => {
  const people = isQuick ? 100 : 2_000
  using folder = scratch()
  await using stack = new AsyncDisposableStack()
  const enter = async (name: ServerName): Promise<Door> => {
    const scene: Scene = { folder: folder.path, rooms: roomsOf(people) }
    const server = stack.use(await startServer(name, scene))
    const faults: string[] = []
    return {
      name: titles[name],
      faults: () => faults,
      measure: () => comeAndGo(server, people, faults),
    }
  }
  const [chatter, equal, lean] = await Promise.all([
    enter('chatter'),
    enter('socket-io-ready'),
    enter('socket-io'),
  ])
  const measured = await race<Connects, Door>({ rounds }, [chatter, equal, lean])
  const lines = (unit: string, figure: (connects: Connects) => number): Result[] => {
    const figures = (one: Door) => ({ ...one, figures: (measured.get(one) ?? []).map(figure) })
    const line = { what: 'connects', unit }
    const ours = figures(chatter)
    return [
      compare({ ...line, budget: { atLeast: 1 } }, ours, figures(equal)),
      compare({ ...line, budget: 'none' }, ours, figures(lean)),
    ]
  }
  return [
    ...lines('for each second of CPU', ({ perCpuSecond }) => perCpuSecond),
    ...lines('a second', ({ perSecond }) => perSecond),
  ]
}

function roomsOf(people: number): Scene['rooms'] {
  const ofSize = (size: number, first: number) =>
    Array.from({ length: people / size }, (_, index) =>
      roomOf(size, { room: first + index, from: index * size }),
    )
  return [...ofSize(2, 1), ...ofSize(20, people)]
}

/** Rounds so far: tokens that expire in other seconds are others. */
let fresh = 0

async function comeAndGo(server: BenchServer, people: number, faults: string[]): Promise<Connects> {
  const expiresInS = 3000 + fresh++
  const names = Array.from({ length: people }, (_, user) => userName(user))
  const tokens = await Promise.all(names.map((name) => server.token(name, expiresInS)))
  using throng = new Throng(server, tokens)
  // What the round before has left is collected, and not counted.
  await server.ask('memory')
  const cpu = await server.ask('cpu')
  const start = performance.now()
  await throng.arrive()
  const seconds = (performance.now() - start) / 1000
  const cpuUs = (await server.ask('cpu')) - cpu
  faults.push(...throng.tally.faults)
  return { perCpuSecond: people / (cpuUs / 1e6), perSecond: people / seconds }
}
