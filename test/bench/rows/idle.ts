import { gather } from '../client/crowd.ts'
import { median, type Result, type Row } from '../result.ts'
import { roomOf, type Scene } from '../scene.ts'
import { scratch, startServer } from '../server-process.ts'
import type { Questions, ServerName } from '../servers/child.ts'
import { rounded } from '../table.ts'

type Memory = Questions['memory']

const mostRounds = 3
const budget = { atMost: 1.4 }

/** What a socket costs that is signed in and says nothing: in the process, and in what JavaScript holds of it. */
export const idle: Row = async ({ rounds, isQuick }) => {
  const sockets = isQuick ? 200 : 3_000
  const ours: Memory[] = []
  const theirs: Memory[] = []
  for (let round = 0; round < Math.min(rounds, mostRounds); round += 1) {
    ours.push(await perSocket('chatter', sockets))
    theirs.push(await perSocket('bare', sockets))
  }
  const compare = (what: string, size: keyof Memory): Result => {
    const figures = ours.map((memory) => memory[size])
    const others = theirs.map((memory) => memory[size])
    return {
      what: `idle socket, ${what}`,
      against: 'a bare ws server',
      ratios: figures.map((figure, round) => figure / (others[round] ?? Number.NaN)),
      budget,
      measured: `${rounded(median(figures))} · ${rounded(median(others))} bytes`,
      faults: [],
    }
  }
  return [compare('resident memory', 'rss'), compare('JavaScript heap', 'held')]
}

/** A third of the sockets come first and make the server warm, so that its code is not counted as theirs. */
async function perSocket(name: ServerName, sockets: number): Promise<Memory> {
  using folder = scratch()
  const few = Math.ceil(sockets / 3)
  const first = roomOf(few)
  const others = roomOf(sockets - few, { room: 2, from: few })
  const scene: Scene = { folder: folder.path, rooms: [first, others] }
  await using server = await startServer(name, scene)
  const empty = await server.ask('memory')
  using warm = await gather(server, { ...scene, rooms: [first] })
  const before = await server.ask('memory')
  using idlers = await gather(server, { ...scene, rooms: [others] })
  const after = await server.ask('memory')
  const faults = [...warm.tally.faults, ...idlers.tally.faults]
  if (faults.length > 0) throw new Error(faults.join('; '))
  return { rss: (after.rss - empty.rss) / sockets, held: (after.held - before.held) / (sockets - few) }
}
