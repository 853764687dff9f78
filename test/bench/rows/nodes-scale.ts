import { setTimeout as delay } from 'node:timers/promises'
import { startPostgres } from '../../support/postgres.ts'
import { startRedis } from '../../support/redis.ts'
import { type Crowd, gather } from '../client/crowd.ts'
import { type Measure, measure, openLoop } from '../load.ts'
import type { Budget, Row } from '../result.ts'
import { type Contender, compare, race } from '../rounds.ts'
import { type Scene, userName, uuid } from '../scene.ts'
import { type BenchServer, scratch, startServer } from '../server-process.ts'

const membersEach = 10
const roomsEach = 20
/** Messages a second, of each node. */
const perS = 60
const quietMs = 500

/** Who meets whom: a group for each node, whose members share rooms with nobody else. */
type Plan = { readonly nodes: number; readonly usersEach: number; readonly isTogether: boolean }

/**
 * Whether nodes more are room for messages more. Each node has so many users, in 20 rooms of ten, and so many messages a
 * second: what one of them costs the processor where there are two nodes or four, against one alone. Members of a room
 * are on the same node; spread at random, every node needs every message, which is only shown.
 */
export const nodesScale: Row = async ({ rounds, roundMs, isQuick }) => {
  await using stack = new AsyncDisposableStack()
  using folder = scratch()
  const redis = stack.adopt(await startRedis(), (server) => server.stop())
  const usersEach = isQuick ? 50 : 500
  const enter = async (name: string, plan: Omit<Plan, 'usersEach'>): Promise<Entrant> => {
    const place = { redis: redis.url, folder: folder.path }
    const crowd = await open(stack, { ...plan, usersEach }, place)
    if (!isQuick) await toRest(crowd.server, plan.nodes)
    const speak = openLoop({ perS: perS * plan.nodes, forMs: roundMs })
    return { name, faults: () => crowd.tally.faults, measure: () => measure(crowd, speak) }
  }
  const alone = await enter('one node alone', { nodes: 1, isTogether: true })
  const two = await enter('two nodes', { nodes: 2, isTogether: true })
  // A quick run proves that it runs, and two nodes are enough for that.
  const four = isQuick ? undefined : await enter('four nodes', { nodes: 4, isTogether: true })
  const random = await enter('members anywhere', { nodes: isQuick ? 2 : 4, isTogether: false })

  const entrants = [alone, two, ...(four ? [four] : []), random]
  const measured = await race<Measure, Entrant>({ rounds }, entrants)
  const figures = (entrant: Entrant) => ({
    ...entrant,
    figures: (measured.get(entrant) ?? []).map(({ cpuUs, messages }) => cpuUs / messages),
  })
  const lineOf = (entrant: Entrant, budget: Budget) =>
    compare({ what: entrant.name, unit: 'µs of CPU per message', budget }, figures(entrant), figures(alone))
  return entrants.slice(1).map((entrant) => lineOf(entrant, entrant === random ? 'none' : { atMost: 1.3 }))
}

type Entrant = Contender<Measure>

async function open(
  stack: AsyncDisposableStack,
  plan: Plan,
  place: { redis: string; folder: string },
): Promise<Crowd> {
  const { nodes, usersEach, isTogether } = plan
  // One for each cluster: all their nodes together want more connections than one gives.
  const postgres = stack.adopt(await startPostgres(), (server) => server.stop())
  const [spoken = [], ...others] = Array.from({ length: roomsEach }, (_, layer) => layerOf(plan, layer))
  const scene = { ...place, postgres: await postgres.newDatabase(), rooms: [...spoken, ...others.flat()] }
  const server = stack.use(await startServer('chatter', scene, nodes))
  const nodeOf = (guest: number) => (isTogether ? Math.floor(guest / usersEach) : guest)
  return stack.use(await gather(server, { rooms: spoken }, { nodeOf }))
}

/** One room of each user: with their neighbours, or in a later layer with others of their group. */
function layerOf({ nodes, usersEach }: Plan, layer: number): Scene['rooms'] {
  const rooms = (nodes * usersEach) / membersEach
  return Array.from({ length: rooms }, (_, place) => ({
    id: uuid(layer * rooms + place + 1),
    users: Array.from({ length: membersEach }, (_, seat) => {
      const at = place * membersEach + seat
      const group = Math.floor(at / usersEach)
      // Odd and no multiple of five, so everybody of the group comes once.
      const inGroup = ((at % usersEach) * (2 * layer * membersEach + 1)) % usersEach
      return userName(group * usersEach + inGroup)
    }),
  }))
}

/** Until everybody has been shown who is online. */
async function toRest(server: BenchServer, nodes: number): Promise<void> {
  for (let looks = 60; looks > 0; looks -= 1) {
    const cpu = await server.ask('cpu')
    await delay(quietMs)
    if ((await server.ask('cpu')) - cpu < nodes * quietMs * 100) return
  }
}
