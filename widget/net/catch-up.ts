import { spans } from '../../server/protocol/limits.ts'
import { missing } from '../state/room.ts'
import { type Action, faultOf, type Room, type State } from '../state/state.ts'
import type { Api } from './api.ts'
import type { Connection } from './connection.ts'
import type { Timers } from './timers.ts'

export type CatchUpOptions = {
  readonly connection: Connection
  readonly api: Api
  readonly timers: Timers
  readonly state: () => State
  readonly dispatch: (action: Action) => void
  readonly onChanges: (action: Extract<Action, { t: 'changes' }>) => void
}

const longestMs = 30_000

/**
 * Fills holes in rooms. Whatever left one (a lost frame, an outage, a page that was overtaken), the room's numbers show
 * it, and this asks the server for what is missing. It first waits a moment: most holes are frames on their way.
 */
export class CatchUp {
  readonly #options: CatchUpOptions
  readonly #busy = new Set<string>()
  readonly #tries = new Map<string, number>()
  readonly #fetching = new Map<string, Promise<void>>()
  /** Rooms that may have changed since they were asked for. */
  readonly #suspects = new Set<string>()

  constructor(options: CatchUpOptions) {
    this.#options = options
  }

  /** To be called when rooms changed. `delayMs` 0: nothing that is missing is still on its way. */
  check(delayMs: number = spans.gapMs): void {
    const { connection, timers, state } = this.#options
    if (!connection.isOpen) return
    for (const room of state().rooms.values()) {
      const { id } = room
      if (!missing(room)) this.#tries.delete(id)
      else if (delayMs === 0) void this.#resync(id)
      else if (!this.#busy.has(id) && !timers.has(`resync ${id}`)) {
        const waitMs = Math.min(delayMs * 2 ** (this.#tries.get(id) ?? 0), longestMs)
        timers.set(`resync ${id}`, waitMs, () => void this.#resync(id))
      }
    }
  }

  /** Fetches a room; everybody who asks meanwhile gets the same answer. Rejects when it is not mine to see. */
  fetchRoom(id: string): Promise<void> {
    const fetching = this.#fetching.get(id) ?? this.#fetch(id).finally(() => this.#fetching.delete(id))
    this.#fetching.set(id, fetching)
    return fetching
  }

  /** Rooms, by default all, have changed: an answer on its way may be older than that, and is asked for again. */
  suspect(ids: Iterable<string> = this.#fetching.keys()): void {
    for (const id of ids) this.#suspects.add(id)
  }

  async #fetch(id: string): Promise<void> {
    const { api, dispatch } = this.#options
    this.#suspects.delete(id)
    try {
      const { users, ...room } = await api.room(id)
      dispatch({ t: 'room-view', room, users })
    } catch (error) {
      if (isNotFound(error)) dispatch({ t: 'gone', roomId: id })
      if (!this.#suspects.has(id)) throw error
    }
    if (this.#suspects.has(id)) await this.#fetch(id)
  }

  async #resync(id: string): Promise<void> {
    const { timers, state, dispatch } = this.#options
    if (this.#busy.has(id)) return
    timers.cancel(`resync ${id}`)
    this.#busy.add(id)
    this.#tries.set(id, (this.#tries.get(id) ?? 0) + 1)
    try {
      let room = state().rooms.get(id)
      while (room && (await this.#ask(room))) room = state().rooms.get(id)
    } catch (error) {
      if (isNotFound(error)) dispatch({ t: 'gone', roomId: id })
    } finally {
      this.#busy.delete(id)
      this.check()
    }
  }

  /** One question; whether there is another right away. */
  async #ask(room: Room): Promise<boolean> {
    const { connection, state, onChanges } = this.#options
    const { id, known } = room
    const what = missing(room)
    if (what === 'view') await this.fetchRoom(id)
    if (what !== 'changes') return false
    const changes = await connection.ask({ t: 'changes', roomId: id, since: known })
    if (changes.epoch !== state().epoch) {
      connection.restart()
      return false
    }
    onChanges({ t: 'changes', roomId: id, since: known, changes })
    return (state().rooms.get(id)?.known ?? 0) > known || !!changes.reset
  }
}

export function isNotFound(error: unknown): boolean {
  return faultOf(error).code === 'not_found'
}
