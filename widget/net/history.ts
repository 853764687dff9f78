import type { Page } from '../../server/protocol/views.ts'
import { type Action, type Direction, faultOf, type Place, type Room, type State } from '../state/state.ts'
import type { Api } from './api.ts'
import { type CatchUp, isNotFound } from './catch-up.ts'
import type { Connection } from './connection.ts'

export type HistoryOptions = {
  readonly api: Api
  readonly catchUp: CatchUp
  readonly connection: Connection
  readonly state: () => State
  readonly dispatch: (action: Action) => void
}

type Want = { direction: Direction; place: Place; at: { before?: number; after?: number; around?: number } }

/** A room with more unread messages than this opens around its divider, others at their newest page. */
const unreadOnOnePage = 40

/** Loads pages. No method rejects: what went wrong stands in the state, where the reader sees it and can try again. */
export class History {
  readonly #options: HistoryOptions
  /** The last request for a log that replaces what is loaded, by room: an older one's answer is dropped. */
  readonly #turns = new Map<string, object>()

  constructor(options: HistoryOptions) {
    this.#options = options
  }

  /** Makes sure that a room is here and has messages: those around `seq`, where one is named. */
  async show(id: string, seq?: number): Promise<void> {
    const { catchUp, dispatch, state } = this.#options
    // The first `ready` says who I am and drops what was loaded before it; then Chat calls this again.
    if (!state().me) return
    try {
      if (!this.#room(id)) await catchUp.fetchRoom(id)
    } catch (error) {
      dispatch({ t: 'not-opened', roomId: id, fault: faultOf(error) })
    }
    const room = this.#room(id)
    // What is on its way gives way to it, so that the end is not seen before.
    if (room && seq !== undefined) return this.around(id, seq)
    if (!room || room.loads.page === 'loading') return
    const { unread, readSeq } = room.me
    if (unread > unreadOnOnePage && !room.log) await this.#loadPage(id, { around: readSeq })
    else await this.latest(id)
  }

  async latest(id: string): Promise<void> {
    const log = this.#room(id)?.log
    if (!log || log.newer) await this.#loadPage(id, {})
  }

  async around(id: string, seq: number): Promise<void> {
    const isHeld = this.#room(id)?.log?.messages.some((message) => message.seq === seq)
    if (!isHeld) await this.#loadPage(id, { around: seq })
  }

  older(id: string): Promise<void> {
    return this.#more(id, 'older')
  }

  newer(id: string): Promise<void> {
    return this.#more(id, 'newer')
  }

  async #more(id: string, direction: 'older' | 'newer'): Promise<void> {
    const { log, loads } = this.#room(id) ?? {}
    const edge = direction === 'older' ? log?.messages[0] : log?.messages.at(-1)
    if (!edge || !log?.[direction] || loads?.[direction] === 'loading') return
    const at = direction === 'older' ? { before: edge.seq } : { after: edge.seq }
    await this.#load(id, { direction, place: at, at })
  }

  #room(id: string): Room | undefined {
    return this.#options.state().rooms.get(id)
  }

  async #loadPage(roomId: string, at: Want['at']): Promise<void> {
    const turn = {}
    this.#turns.set(roomId, turn)
    await this.#load(roomId, { direction: 'page', place: 'only', at }, () => this.#turns.get(roomId) === turn)
  }

  async #load(roomId: string, { direction, place, at }: Want, isWanted = () => true): Promise<void> {
    const { api, catchUp, dispatch } = this.#options
    dispatch({ t: 'load', roomId, direction, load: 'loading' })
    try {
      const page = await api.page(roomId, at)
      if (isWanted()) this.#take(roomId, place, page)
    } catch (error) {
      if (isWanted()) dispatch({ t: 'load', roomId, direction, load: faultOf(error) })
      // No `gone` came: the server did not know that the room is held here, or the event got lost.
      if (isNotFound(error)) await catchUp.fetchRoom(roomId).catch(() => {})
    }
  }

  #take(roomId: string, place: Place, page: Page): void {
    const { dispatch, connection, state } = this.#options
    const { epoch = page.epoch } = state()
    if (page.epoch === epoch) dispatch({ t: 'page', roomId, place, page })
    // The database was restored: the next `ready` says so, and everything starts over.
    else connection.restart()
  }
}
