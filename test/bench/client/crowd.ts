import type { Scene } from '../scene.ts'
import type { BenchServer } from '../server-process.ts'
import { withDeadline } from './deadline.ts'
import { Peer, Tally } from './peer.ts'

/** Connections that are on their way at the same time. */
const atOnce = 100

/** A member of the scene with a live socket. */
export type Actor = { readonly peer: Peer; readonly room: string }

/** Everybody of a scene, connected to one server. */
export class Crowd implements Disposable {
  readonly actors: readonly Actor[]
  readonly tally: Tally
  /** Messages sent so far. */
  sent = 0
  /** Sockets that each message goes to. */
  readonly reach: number
  readonly server: BenchServer

  constructor(server: BenchServer, actors: readonly Actor[], tally: Tally) {
    this.server = server
    this.actors = actors
    this.tally = tally
    this.reach = actors.length / new Set(actors.map(({ room }) => room)).size
  }

  /** Resolves when everything sent so far has been acknowledged and delivered to everybody in its room. */
  allArrived(): Promise<void> {
    const { tally, sent, reach } = this
    return withDeadline(
      () =>
        `${tally.delivered} of ${sent * reach} deliveries, ${tally.acknowledged} of ${sent} acknowledgements; ${tally.faults}`,
      new Promise((resolve) => tally.waitFor(sent * reach, sent, resolve)),
    )
  }

  [Symbol.dispose](): void {
    for (const { peer } of this.actors) peer.end()
  }
}

type Gathering = {
  /** To which node the nth member goes. */
  readonly nodeOf?: (guest: number) => number
  /** Counts, in place of what counts every message once and in order. */
  readonly tally?: Tally
}

/** Connects every member of the scene's rooms, spread over the server's nodes. */
export async function gather(
  server: BenchServer,
  scene: Pick<Scene, 'rooms'>,
  {
    nodeOf = (guest) => guest,
    tally = new Tally({ isOrdered: server.keepsOrder, mayRepeat: server.mayRepeat }),
  }: Gathering = {},
): Promise<Crowd> {
  const seats = scene.rooms.flatMap(({ id: room, users }) => users.map((user) => ({ room, user })))
  const actors: Actor[] = []
  for (let next = 0; next < seats.length; next += atOnce) {
    const joining = seats.slice(next, next + atOnce).map(async ({ room, user }, index) => {
      const { dialect } = server
      const port = server.portFor(nodeOf(next + index))
      const peer = new Peer({ port, dialect, token: await server.token(user) }, tally)
      await peer.welcomed
      return { peer, room }
    })
    actors.push(...(await Promise.all(joining)))
  }
  return new Crowd(server, actors, tally)
}
