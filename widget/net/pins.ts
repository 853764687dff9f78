import type { Action, State } from '../state/state.ts'
import type { Api } from './api.ts'
import type { Connection } from './connection.ts'

export type PinListsOptions = {
  readonly api: Api
  readonly connection: Connection
  readonly state: () => State
  readonly dispatch: (action: Action) => void
}

/**
 * Asks for the pinned messages of the room that is open, once; events and `changes` keep them from then on. Views of rooms do
 * not say whether there are any: a number there would be written and sent with each list of rooms, for the few that are opened.
 */
export class PinLists {
  readonly #options: PinListsOptions
  /** Rooms whose lists are on their way, or could not be loaded. */
  readonly #asked = new Set<string>()

  constructor(options: PinListsOptions) {
    this.#options = options
  }

  /** What could not be loaded is asked for again. */
  again(): void {
    this.#asked.clear()
  }

  check(): void {
    const { state, connection } = this.#options
    const { active, features, rooms } = state()
    const room = rooms.get(active?.roomId ?? '')
    const isThere = room?.pins && !room.pins.isBehind
    if (!features.pins || !room?.log || isThere || this.#asked.has(room.id) || !connection.isOpen) return
    this.#asked.add(room.id)
    // Nobody asked for them, so nobody misses them: the next time the room is opened they are asked for again.
    void this.#load(room.id).catch(() => {})
  }

  async #load(roomId: string): Promise<void> {
    const { api, dispatch } = this.#options
    const pins = await api.pins(roomId)
    this.#asked.delete(roomId)
    dispatch({ t: 'pins', roomId, pins })
  }
}
