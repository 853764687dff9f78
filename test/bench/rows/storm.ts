import { type Crowd, gather } from '../client/crowd.ts'
import { Throng } from '../client/throng.ts'
import { measure, say } from '../load.ts'
import type { Result, Row } from '../result.ts'
import { type Contender, compare, race } from '../rounds.ts'
import { roomOf, type Scene, userName } from '../scene.ts'
import { type BenchServer, scratch, startServer } from '../server-process.ts'
import type { ServerName } from '../servers/child.ts'
import { titles } from './titles.ts'

/** What one storm was like. */
type Storm = {
  /** Until the last one was welcome again. */
  readonly seconds: number
  readonly cpuUs: number
  /** In milliseconds: 99 of 100 messages sent meanwhile were acknowledged within it. */
  readonly ackMs: number
}
type Sea = Contender<Storm> & { faults(): readonly string[] }

const mostRounds = 3
const speakerCount = 10
const speakEveryMs = 50

/**
 * A server is replaced: SIGTERM, the next one starts on the same data, and everybody comes back at once, as fast as it
 * takes them. (Real clients spread over the ten seconds they are given.) A few who are first talk on meanwhile. Back is
 * who knows their rooms. Socket.IO reads a user's rooms and their heads from its SQLite and joins them, and then sends
 * all that Chatter's `ready` holds: names, members, last messages, unread counts. Once more it sends no more than the
 * heads: its clients then have to ask for the rest, which is not counted, so that ratio is only shown. The start of a
 * process is not what they are compared by, so the clock runs from there.
 */
export const storm: Row = async ({ rounds, isQuick }) => {
  const people = isQuick ? 100 : 5_000
  using folder = scratch()
  await using stack = new AsyncDisposableStack()
  const enter = async (name: ServerName): Promise<Sea> => {
    const scene: Scene = {
      folder: folder.path,
      rooms: [roomOf(speakerCount, { from: people }), ...roomsOf(people)],
    }
    const server = stack.use(await startServer(name, scene))
    const tokens = await Promise.all(
      Array.from({ length: people }, (_, user) => server.token(userName(user))),
    )
    const throng = stack.use(new Throng(server, tokens))
    await throng.arrive()
    const faults: string[] = []
    return {
      name: titles[name],
      faults: () => [...throng.tally.faults, ...faults],
      measure: () => comeBack(server, { ...scene, rooms: scene.rooms.slice(0, 1) }, throng, faults),
    }
  }
  const [chatter, equal, lean] = await Promise.all([
    enter('chatter'),
    enter('socket-io-ready'),
    enter('socket-io'),
  ])
  const measured = await race<Storm, Sea>({ rounds: Math.min(rounds, mostRounds) }, [chatter, equal, lean])
  const lines = (what: string, unit: string, figure: (storm: Storm) => number): Result[] => {
    const figures = (one: Sea) => ({ ...one, figures: (measured.get(one) ?? []).map(figure) })
    const line = { what: `storm of ${people}: ${what}`, unit }
    const ours = figures(chatter)
    return [
      compare({ ...line, budget: { atMost: 1 } }, ours, figures(equal)),
      compare({ ...line, budget: 'none' }, ours, figures(lean)),
    ]
  }
  return [
    ...lines('all are back', 's', ({ seconds }) => seconds),
    ...lines('server, for each', 'µs of CPU', ({ cpuUs }) => cpuUs / people),
    ...lines('messages meanwhile', 'ms, p99 until acknowledged', ({ ackMs }) => ackMs),
  ]
}

/** Everybody knows one person well, a few from work, and the crowd of their town. */
function roomsOf(people: number): Scene['rooms'] {
  let room = 1
  const ofSize = (size: number) =>
    Array.from({ length: Math.ceil(people / size) }, (_, index) => {
      room += 1
      return roomOf(Math.min(size, people - index * size), { room, from: index * size })
    })
  return [2, 20, 500].flatMap(ofSize)
}

async function comeBack(server: BenchServer, scene: Scene, throng: Throng, faults: string[]): Promise<Storm> {
  await Promise.all([throng.leave(), server.restart()])
  using speakers = await gather(server, scene)
  let seconds = Number.NaN
  const delays: number[] = []
  const { cpuUs } = await measure(speakers, async () => {
    const hush = talk(speakers, delays)
    const start = performance.now()
    await throng.arrive()
    seconds = (performance.now() - start) / 1000
    hush()
  })
  faults.push(...speakers.tally.faults)
  const ackMs = delays.toSorted((a, b) => a - b)[Math.floor(delays.length * 0.99)] ?? Number.NaN
  return { seconds, cpuUs, ackMs }
}

/** Everyone says something now and then, answered or not, until they are stopped. */
function talk(crowd: Crowd, delays: number[]): () => void {
  const timers = crowd.actors.map((actor) => {
    const sentAt: number[] = []
    actor.peer.onAck = () => delays.push(performance.now() - (sentAt.shift() ?? Number.NaN))
    const speak = () => {
      sentAt.push(performance.now())
      say(crowd, actor)
    }
    speak()
    return setInterval(speak, speakEveryMs)
  })
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}
