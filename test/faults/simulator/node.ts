import type { IncomingMessage } from 'node:http'
import { pino } from 'pino'
import { type Chatter, createChatter } from '../../../server/app.ts'
import type { Store, Stores } from '../../../server/store/store.ts'
import type { Bus, BusEnd } from './bus.ts'
import type { Chance } from './chance.ts'
import type { Line } from './line.ts'
import { type Host, userIn } from './network.ts'
import type { SimulatedTime } from './time.ts'

export const nameOf = (user: string): string => user.charAt(0).toUpperCase() + user.slice(1)

export type NodeTools = {
  readonly time: SimulatedTime
  readonly chance: Chance
  readonly bus: Bus
  readonly stores: () => Stores
  /** How long a question to the database may be on its way; 0 for one in the same process. */
  readonly databaseMs: number
  readonly newId: () => string
  /** What a living node logs as an error: a bug. */
  readonly onError: (line: string) => void
}

/** What is lost with a node that dies in the middle of it. */
type Life = { isOver: boolean; endsWithCommit: boolean }

const writes = new Set(['openRoom', 'append', 'amend', 'alterRoom', 'markRead', 'arrange'])

/** One of several servers on one database: it can die at any moment, and start again. */
export class SimulatedNode implements Host {
  readonly name: string
  chatter: Chatter | undefined
  bus: BusEnd | undefined
  boots = 0
  readonly #tools: NodeTools
  readonly #lines = new Set<Line>()
  #life: Life = { isOver: true, endsWithCommit: false }

  constructor(name: string, tools: NodeTools) {
    this.name = name
    this.#tools = tools
  }

  get isListening(): boolean {
    return !this.#life.isOver
  }

  async start(): Promise<void> {
    this.#life.endsWithCommit = false
    if (this.isListening) return
    const { time, bus, stores, newId, chance, onError } = this.#tools
    const life = { isOver: false, endsWithCommit: false }
    const end = bus.join(`${this.name}.${++this.boots}`)
    this.#life = life
    this.bus = end
    this.chatter = await createChatter({
      stores: this.#slow(stores(), life),
      fanout: end,
      authenticate: (request) => {
        const id = userIn(request)
        return id === undefined ? undefined : { id, name: nameOf(id) }
      },
      isLimited: false,
      log: pino({ level: 'error' }, { write: (line) => life.isOver || onError(line) }),
      now: time.now,
      newId,
      random: chance.next,
    })
  }

  /** kill -9: whatever it was doing, and whoever was connected. */
  crash(): void {
    if (!this.isListening) return
    this.#life.isOver = true
    this.bus?.die()
    for (const line of this.#lines) line.crash()
    this.#lines.clear()
    // Only to stop its timers: nobody hears it any more.
    void this.chatter?.close().catch(() => {})
  }

  /** It dies right after its next commit: nobody learns of it, neither who asked for it nor the other nodes. */
  crashAfterCommit(): void {
    this.#life.endsWithCommit = true
  }

  upgrade(request: IncomingMessage, line: Line): void {
    this.#lines.add(line)
    line.host.once('close', () => this.#lines.delete(line))
    this.chatter?.upgrade(request, line.host, Buffer.alloc(0))
  }

  async fetch(request: Request): Promise<Response> {
    return (await this.chatter?.fetch(request)) ?? new Response(null, { status: 503 })
  }

  /** The stores, as far away as a database is, and out of reach for the dead. */
  #slow(stores: Stores, life: Life): Stores {
    const opened = new Map<string, Store>()
    return {
      ...stores,
      // Nobody changes them here, and each node asks every second.
      tenants: { ...stores.tenants, readVersion: async () => 1 },
      forTenant: (tenant) => {
        const store = opened.get(tenant) ?? this.#slowStore(stores.forTenant(tenant), life)
        opened.set(tenant, store)
        return store
      },
    }
  }

  #slowStore(store: Store, life: Life): Store {
    const slow = Object.entries(store).map(([name, value]) =>
      typeof value === 'function' ? [name, this.#slowCall(name, value, life)] : [name, value],
    )
    return Object.fromEntries(slow) as Store
  }

  #slowCall(name: string, call: (...values: unknown[]) => Promise<unknown>, life: Life) {
    return async (...values: unknown[]) => {
      await this.#travel(life)
      const answer = await call(...values)
      if (life.endsWithCommit && writes.has(name)) this.crash()
      await this.#travel(life)
      return answer
    }
  }

  async #travel(life: Life): Promise<void> {
    const { time, chance, databaseMs } = this.#tools
    if (databaseMs > 0 && chance.happens(0.4)) await time.sleep(chance.between(0, databaseMs))
    if (life.isOver) throw new Error('this node is dead')
  }
}
