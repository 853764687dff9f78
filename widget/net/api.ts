/** The reads over HTTP, and the making of rooms: typed, with the token, every failure a Problem or an Error offline. */
import { isProblemCode, Problem, type ProblemCode } from '../../server/protocol/problems.ts'
import type {
  Links,
  MembersPage,
  MessageAnswer,
  OpenRoomsPage,
  OpenRoomView,
  Page,
  Pins,
  PresenceView,
  RoomAnswer,
  RoomKind,
  RoomsPage,
  UserAnswer,
  UsersPage,
} from '../../server/protocol/views.ts'
import { waitOf } from './retry-after.ts'
import type { Timers } from './timers.ts'
import type { Tokens } from './token.ts'

export type ApiOptions = {
  readonly server: string
  readonly fetch: typeof fetch
  readonly timers: Timers
  readonly tokens: () => Tokens
}

export type RoomDraft = { memberIds: readonly string[]; kind?: RoomKind; name?: string; id?: string }

type Query = Record<string, string | number | undefined>

const deadlineMs = 20_000

export class Api {
  readonly #options: ApiOptions
  #lifetime = new AbortController()
  #requests = 0

  constructor(options: ApiOptions) {
    this.#options = options
  }

  rooms = (cursor?: string, filter?: string) => this.#get<RoomsPage>('rooms', { filter, cursor })
  sharedRooms = (userId: string, cursor?: string) => this.#get<RoomsPage>('rooms/shared', { userId, cursor })
  room = (roomId: string) => this.#get<RoomAnswer>(roomPath(roomId))
  members = (roomId: string, at: Query) => this.#get<MembersPage>(`${roomPath(roomId)}/members`, at)
  /** As many messages as the server gives where nothing says how many. */
  page = (roomId: string, at: Query) => this.#get<Page>(`${roomPath(roomId)}/messages`, at)
  message = (roomId: string, messageId: string) =>
    this.#get<MessageAnswer>(`${roomPath(roomId)}/messages/${encodeURIComponent(messageId)}`)
  pins = (roomId: string) => this.#get<Pins>(`${roomPath(roomId)}/pins`)
  user = (userId: string) => this.#get<UserAnswer>('users', { userId })
  users = (q: string, cursor?: string) => this.#get<UsersPage>('users', { q, cursor })

  links = (roomId: string) => this.#get<Links>(`${roomPath(roomId)}/links`)
  openRooms = (at: Query) => this.#get<OpenRoomsPage>('directory', at)
  link = (code: string) => this.#get<OpenRoomView>(`links/${encodeURIComponent(code)}`)

  setPresence = (wish: Partial<PresenceView>) =>
    this.#request<PresenceView>('me/presence', { method: 'PUT', body: JSON.stringify(wish) })

  /** A command about a room, by its path below that. */
  change = <T>(method: string, roomId: string, path: string, body: object = {}) =>
    this.#request<T>(`${roomPath(roomId)}${path}`, { method, body: JSON.stringify(body) })

  /** Safe to repeat: a room without a name exists once, one with a name carries its id. */
  async openRoom(draft: RoomDraft): Promise<RoomAnswer> {
    const open = () => this.#request<RoomAnswer>('rooms', { method: 'POST', body: JSON.stringify(draft) })
    return open().catch((error) => {
      if (error instanceof Problem || isAbort(error)) throw error
      return open()
    })
  }

  /** Aborts every request: their promises reject. */
  abort(): void {
    this.#lifetime.abort()
    this.#lifetime = new AbortController()
  }

  #get<T>(path: string, query: Query = {}): Promise<T> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined)
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
    return this.#request<T>(given.length > 0 ? `${path}?${search}` : path)
  }

  /** An expired token is renewed once, silently. */
  async #request<T>(path: string, init: RequestInit = {}): Promise<T> {
    const { signal } = this.#lifetime
    const token = await this.#options.tokens().current()
    const ask = (bearer: string | undefined) => this.#ask<T>(path, { ...init, signal }, bearer)
    return ask(token).catch(async (error) => {
      if (!(error instanceof Problem) || error.code !== 'token_expired') throw error
      return ask(await this.#options.tokens().renew('rejected', token))
    })
  }

  async #ask<T>(
    path: string,
    { signal, ...init }: RequestInit & { signal: AbortSignal },
    token: string | undefined,
  ): Promise<T> {
    signal.throwIfAborted()
    const { server, fetch, timers } = this.#options
    const late = new AbortController()
    const deadline = `request ${++this.#requests}`
    timers.set(deadline, deadlineMs, () => late.abort())
    try {
      const answer = await fetch(new URL(`v1/${path}`, server), {
        ...init,
        signal: AbortSignal.any([signal, late.signal]),
        credentials: token ? 'omit' : 'same-origin',
        headers: {
          ...(init.body ? { 'content-type': 'application/json' } : {}),
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
      })
      if (!answer.ok) throw await problemOf(answer)
      return (answer.status === 204 ? {} : await answer.json()) as T
    } finally {
      timers.cancel(deadline)
    }
  }
}

function roomPath(roomId: string): string {
  return `rooms/${encodeURIComponent(roomId)}`
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** What the server says, or, where a proxy answered, what its status means. */
export async function problemOf(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => ({}))) as { code?: string; detail?: string }
  const code = body.code !== undefined && isProblemCode(body.code) ? body.code : codeOf(answer.status)
  const detail = body.detail ?? `the server answered ${answer.status}`
  return new Problem(code, detail, waitOf(answer.headers.get('retry-after') ?? undefined))
}

function codeOf(status: number): ProblemCode {
  if (status === 401) return 'unauthorized'
  return status === 429 || status >= 500 ? 'overloaded' : 'bad_request'
}
