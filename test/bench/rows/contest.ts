import { type Crowd, gather } from '../client/crowd.ts'
import { type Measure, measure, say } from '../load.ts'
import type { Budget, Result } from '../result.ts'
import { type Contender, compete } from '../rounds.ts'
import { type Scene, uuid } from '../scene.ts'
import { scratch, startServer } from '../server-process.ts'
import type { ServerName } from '../servers/child.ts'

const names: { [N in ServerName]?: string } = {
  bare: 'the practical limit',
  naive: 'a naive loop',
  'socket-io': 'Socket.IO 4',
}

export type Contest = {
  readonly what: string
  readonly unit: string
  readonly rounds: number
  readonly rivals: { readonly [N in ServerName]?: Budget }
  readonly speak: (crowd: Crowd) => Promise<unknown>
  readonly figure: (measure: Measure, crowd: Crowd) => number
}

/** The same scene and the same load on Chatter and its rivals, all of them running, one of them at work. */
export async function contest(scene: Omit<Scene, 'folder'>, row: Contest): Promise<Result[]> {
  using folder = scratch()
  await using stack = new AsyncDisposableStack()
  const enter = async (name: ServerName): Promise<Contender & { crowd: Crowd }> => {
    const here = { ...scene, folder: folder.path }
    const server = stack.use(await startServer(name, here))
    const crowd = stack.use(await gather(server, here))
    const faults = () => crowd.tally.faults
    const one = async () => row.figure(await measure(crowd, row.speak), crowd)
    return { name: names[name] ?? 'Chatter', crowd, faults, measure: one }
  }
  const chatter = await enter('chatter')
  const rivals = []
  for (const [name, budget] of Object.entries(row.rivals)) {
    rivals.push({ ...(await enter(name as ServerName)), budget })
  }
  await compareBytes([chatter, ...rivals].map(({ crowd }) => crowd))
  return await compete(row, chatter, rivals)
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
