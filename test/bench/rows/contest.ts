import type { PostgresServer } from '../../support/postgres.ts'
import { type Crowd, gather } from '../client/crowd.ts'
import { type Measure, measure, say } from '../load.ts'
import type { Budget, Result } from '../result.ts'
import { type Contender, compare, race } from '../rounds.ts'
import { type Scene, uuid } from '../scene.ts'
import { scratch, startServer } from '../server-process.ts'
import type { ServerName } from '../servers/child.ts'
import { titles } from './titles.ts'

export type Contest = {
  readonly rounds: number
  readonly speak: (crowd: Crowd) => Promise<unknown>
  /** What is looked at, and in comparison with whom. */
  readonly aspects: readonly Aspect[]
  /** Whether the delay of the event loop is measured. */
  readonly isWatched?: boolean
  /** How many nodes each contender has. */
  readonly nodes?: number
  /** Gives each contender a database of its own, in place of SQLite. */
  readonly postgres?: PostgresServer
}

export type Aspect = {
  readonly what: string
  readonly unit: string
  readonly figure: (measure: Measure) => number
  readonly rivals: { readonly [N in ServerName]?: Budget }
}

type Entrant = Contender<Measure> & { readonly crowd: Crowd }

/** The same scene and the same load on Chatter and its rivals, all of them running, one of them at work. */
export async function contest(scene: Omit<Scene, 'folder' | 'postgres'>, row: Contest): Promise<Result[]> {
  const { rounds, speak, aspects, isWatched = false, nodes = 1, postgres } = row
  using folder = scratch()
  await using stack = new AsyncDisposableStack()
  const enter = async (name: ServerName): Promise<Entrant> => {
    const database = postgres && { postgres: await postgres.newDatabase() }
    const here = { ...scene, folder: folder.path, ...database }
    const server = stack.use(await startServer(name, here, nodes))
    const crowd = stack.use(await gather(server, here))
    const { tally } = crowd
    return {
      name: titles[name],
      crowd,
      faults: () => tally.faults,
      note: () => (tally.repeated > 0 ? `${tally.repeated} deliveries twice` : ''),
      measure: () => measure(crowd, speak, { isWatched }),
    }
  }
  const names = new Set(['chatter', ...aspects.flatMap(({ rivals }) => Object.keys(rivals))])
  const entering = [...names].map(async (name) => [name, await enter(name as ServerName)] as const)
  const entrants = new Map(await Promise.all(entering))
  await compareBytes([...entrants.values()].map(({ crowd }) => crowd))

  const measured = await race<Measure, Entrant>({ rounds }, [...entrants.values()])
  const figures = (name: string, figure: Aspect['figure']) => {
    const entrant = entrants.get(name)
    if (!entrant) throw new Error(`${name} did not take part`)
    return { ...entrant, figures: (measured.get(entrant) ?? []).map(figure) }
  }
  return aspects.flatMap(({ figure, rivals, ...line }) =>
    Object.entries(rivals).map(([name, budget]) =>
      compare({ ...line, budget }, figures('chatter', figure), figures(name, figure)),
    ),
  )
}

/** Chatter and the bare servers deliver the same bytes, or the comparison is worth nothing. */
async function compareBytes(crowds: readonly Crowd[]): Promise<void> {
  const texts: string[] = []
  for (const crowd of crowds.filter(({ server }) => server.name !== 'socket-io')) {
    const [actor] = crowd.actors
    if (!actor) continue
    actor.peer.keepsText = true
    await measure(crowd, async () => say(crowd, actor, uuid(1)))
    actor.peer.keepsText = false
    texts.push(actor.peer.lastText.replace(/"createdAt":"[^"]{24}"/, '"createdAt":"now"'))
  }
  const [ours, ...others] = texts
  const other = others.find((text) => text !== ours)
  if (other !== undefined) throw new Error(`expected the same bytes, got\n${ours}\n${other}`)
}
