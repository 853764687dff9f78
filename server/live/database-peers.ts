/**
 * The other servers on the same database, as they see each other in it, whatever bus each of them has: it notices that
 * there are some which this one does not hear, because one of them has no Redis, or another one.
 */

import type { Fanout } from '../fanout/fanout.ts'
import type { Logger } from '../log/logger.ts'
import type { ServerStore } from '../store/store.ts'

const lookEveryMs = 2_000
/** Looks: a server that has just come is not heard yet, and one that died is still seen. */
const looksUntilLogged = 4

export type DatabasePeersServer = {
  /** Undefined where no other server can be. */
  readonly servers: ServerStore | undefined
  readonly fanout: Fanout
  readonly log: Logger
  /** The id of this node, different from all others. */
  readonly node: string
}

export class DatabasePeers {
  readonly #server: DatabasePeersServer
  #others = 0
  #looks = 0
  #isLogged = false
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined

  constructor(server: DatabasePeersServer) {
    this.#server = server
  }

  /** Other servers that use the database, and are not heard through the bus. */
  get unheard(): number {
    const hearing = this.#server.fanout.hearing()
    return Math.max(0, this.#others - (hearing?.peers ?? 0))
  }

  /** Resolves when the others can see this server. */
  async start(): Promise<void> {
    if (!this.#server.servers) return
    await this.#look()
    this.#timer = setInterval(() => void this.look(), lookEveryMs)
    this.#timer.unref()
  }

  /** Two seconds have passed. */
  look(): Promise<void> {
    // While the database is away nobody writes what could be missed: what was known counts until it answers.
    this.#looking ??= this.#look()
      .catch((error) => this.#server.log.debug({ err: error }, 'the servers on the database were not read'))
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }

  /** The others need not wait until this server is taken for dead. */
  async stop(): Promise<void> {
    const { servers, log, node } = this.#server
    if (!servers) return
    clearInterval(this.#timer)
    await this.#looking
    await servers
      .leave(node)
      .catch((error) => log.debug({ err: error }, 'the servers on the database were not written'))
  }

  async #look(): Promise<void> {
    const { servers, node } = this.#server
    this.#others = (await servers?.heartbeat(node)) ?? 0
    this.#looks = this.unheard > 0 ? this.#looks + 1 : 0
    if (this.unheard === 0) this.#noteHeard()
    else if (this.#looks >= looksUntilLogged) this.#warn()
  }

  #noteHeard(): void {
    if (this.#isLogged) this.#server.log.info('all servers that use this database are heard')
    this.#isLogged = false
  }

  #warn(): void {
    const hearing = this.#server.fanout.hearing()
    const why = hearing ? 'they have no REDIS_URL, or another one' : 'this one has no REDIS_URL'
    // That a bus is down has been logged.
    if (this.#isLogged || hearing?.isUp === false) return
    this.#isLogged = true
    this.#server.log.warn(
      { unheard: this.unheard },
      `other servers use this database and are not heard: ${why}. Messages of theirs come up to a second late`,
    )
  }
}
