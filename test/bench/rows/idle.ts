import { gather } from '../client/crowd.ts'
import type { Budget, Result, Row } from '../result.ts'
import { type Contender, compare, race } from '../rounds.ts'
import { roomOf, type Scene } from '../scene.ts'
import { scratch, startServer } from '../server-process.ts'
import type { Answers, ServerName } from '../servers/child.ts'
import { titles } from './titles.ts'

type Memory = Answers['memory']
type Idlers = Contender<Memory>

const mostRounds = 3
const sizes: readonly [keyof Memory, string][] = [
  ['rss', 'resident memory'],
  ['held', 'JavaScript heap'],
]

/** What a socket costs that is signed in and says nothing: in the process, and in what JavaScript holds of it. */
export const idle: Row = async ({ rounds, isQuick }) => {
  const sockets = isQuick ? 300 : 5_000
  const idlers = (name: ServerName, title = titles[name]): Idlers => ({
    name: title,
    measure: () => perSocket(name, sockets),
  })
  const chatter = idlers('chatter')
  const rivals: [Idlers, Budget][] = [
    [idlers('bare', 'a bare ws server'), { atMost: 1.4 }],
    [idlers('socket-io'), { atMost: 1 }],
  ]
  // Each round starts new processes: there is nothing to warm up.
  const pace = { rounds: Math.min(rounds, mostRounds), warmsUp: false }
  const measured = await race<Memory, Idlers>(pace, [chatter, ...rivals.map(([rival]) => rival)])
  const figures = (one: Idlers, size: keyof Memory) => ({
    name: one.name,
    figures: (measured.get(one) ?? []).map((memory) => memory[size]),
  })
  return sizes.flatMap(([size, meaning]): Result[] =>
    rivals.map(([rival, budget]) => {
      const line = { what: `idle socket, ${meaning}`, unit: 'bytes', budget }
      return compare(line, figures(chatter, size), figures(rival, size))
    }),
  )
}

/** A third of the sockets come first: what their coming makes the process take is not counted as the others'. */
async function perSocket(name: ServerName, sockets: number): Promise<Memory> {
  using folder = scratch()
  const few = Math.ceil(sockets / 3)
  const first = roomOf(few)
  const others = roomOf(sockets - few, { room: 2, from: few })
  const scene: Scene = { folder: folder.path, rooms: [first, others] }
  await using server = await startServer(name, scene)
  using warm = await gather(server, { ...scene, rooms: [first] })
  const before = await server.ask('memory')
  using idlers = await gather(server, { ...scene, rooms: [others] })
  const after = await server.ask('memory')
  const faults = [...warm.tally.faults, ...idlers.tally.faults]
  if (faults.length > 0) throw new Error(faults.join('; '))
  const each = (size: keyof Memory) => (after[size] - before[size]) / (sockets - few)
  return { rss: each('rss'), held: each('held') }
}
