/**
 * A small working server for tests of the widget: its rooms stand behind a network of sockets and requests that a test
 * can cut, delay, repeat or starve. It runs on a fake clock, so nothing here takes time.
 */
import type { ClientFrame } from '../../server/protocol/commands.ts'
import type { Event, ServerFrame } from '../../server/protocol/events.ts'
import { limits } from '../../server/protocol/limits.ts'
import { Problem, type ProblemCode, problemCodes } from '../../server/protocol/problems.ts'
import type {
  Features,
  OpenRoomView,
  PresenceView,
  RoomAnswer,
  RoomsPage,
  UserAnswer,
} from '../../server/protocol/views.ts'
import { aReady, aUser } from './builders.ts'
import { type FakeRoom, FakeRooms, type Mentioned } from './fake-rooms.ts'
import { FakeSocket, type Fate, latencyMs, type SocketServer } from './fake-socket.ts'

const headsEveryMs = 30_000

type Body = {
  id?: string
  expiresAt?: string
  maxUses?: number
  name?: string | null
  description?: string | null
  role?: 'owner' | 'member'
  post?: 'owners' | 'all'
  slowMode?: number
  history?: 'since-joined' | 'all'
}

type Asked = {
  user: string
  part: string | undefined
  messageId: string | undefined
  number: (name: string) => number | undefined
  q: string | undefined
}

export class FakeServer extends FakeRooms implements SocketServer {
  readonly url = 'https://chat.example/'
  readonly requests: string[] = []
  /** What only the answer about a user says of them. */
  readonly facts = new Map<string, Omit<UserAnswer, 'id' | 'name'>>()
  /** Every frame that reached the server. */
  readonly heard: ClientFrame[] = []
  isDown = false
  /** It opens no sockets, and `v1/check` says this word for it. */
  refusesSockets: string | undefined
  /** What `ready` says of them. */
  limits = aReady().limits
  /** What `ready` says is there. */
  features: Features = aReady().features
  /** What users have decided of their presence. */
  readonly presences = new Map<string, PresenceView>()
  /** Why nobody may change that. */
  refusePresence: Problem | undefined
  /** So many requests are performed, but their answers never arrive. */
  lostAnswers = 0
  /** How much longer than others a request takes. */
  delayMs: (path: string) => number = () => 0
  /** Decides what becomes of each frame, by direction. */
  toClient: (frame: ServerFrame) => Fate = () => 'pass'
  toServer: (frame: ClientFrame) => Fate = () => 'pass'
  /** Refuses a command, once or always, with a Problem. */
  refuse: (frame: ClientFrame) => Problem | undefined = () => undefined
  /** The same of what is changed about a room over HTTP: `PUT members` and whom it is about, `PATCH ` for the name. */
  refuseChange: (what: string, named: string) => Problem | undefined = () => undefined
  /** Whose token it is; throws a Problem when it does not do. */
  signIn: (token: string | undefined) => string = (token) => {
    const { sub, exp } = JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString())
    if (exp !== undefined && exp * 1000 <= this.clock.now()) throw new Problem('token_expired', 'expired')
    return sub
  }
  readonly #sockets = new Set<FakeSocket>()

  constructor() {
    super()
    const tick = () => {
      this.#sendHeads()
      this.clock.after(headsEveryMs, tick)
    }
    this.clock.after(headsEveryMs, tick)
  }

  /** Every socket is gone, as when the Wi-Fi is. */
  cut(code = 1006): void {
    for (const socket of [...this.#sockets]) socket.drop(code)
  }

  /** Half-open: frames go nowhere, and neither end learns of it. */
  freeze(): void {
    for (const socket of [...this.#sockets]) socket.isFrozen = true
  }

  /** The server closes every socket, after `bye`. */
  bye(code: number, retryAfter: number): void {
    for (const socket of [...this.#sockets]) {
      socket.push({ t: 'bye', code, retryAfter })
      this.clock.after(latencyMs, () => socket.drop(code))
    }
  }

  /** A frame that nothing in the rooms has caused. */
  send(user: string, frame: ServerFrame): void {
    this.deliver(user, frame)
  }

  protected deliver(user: string, frame: ServerFrame, except?: object): void {
    for (const socket of this.#sockets) if (socket.user === user && socket !== except) socket.push(frame)
  }

  get connections(): number {
    return this.#sockets.size
  }

  readonly WebSocket = this.#socketClass()

  readonly fetch: typeof fetch = (input, init) =>
    new Promise((resolve, reject) => {
      const url = new URL(String(input))
      this.requests.push(`${init?.method ?? 'GET'} ${url.pathname}${url.search}`)
      const abort = () => reject(new DOMException('aborted', 'AbortError'))
      if (init?.signal?.aborted) return abort()
      init?.signal?.addEventListener('abort', abort, { once: true })
      this.clock.after(latencyMs, () => {
        if (this.isDown) return reject(new TypeError('fetch failed'))
        const answer = this.#answer(url, init)
        const isLost = this.lostAnswers-- > 0
        const extraMs = this.delayMs(url.pathname + url.search)
        this.clock.after(latencyMs + extraMs, () =>
          isLost ? reject(new TypeError('fetch failed')) : resolve(answer),
        )
      })
    })

  #answer(url: URL, init: RequestInit | undefined): Response {
    if (url.pathname === '/v1/check') return Response.json({ code: this.refusesSockets ?? 'ok' })
    try {
      const bearer = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '')
      const user = this.signIn(bearer)
      const isPresence = url.pathname === '/v1/me/presence'
      const body = isPresence
        ? this.#setPresence(user, JSON.parse(String(init?.body)))
        : this.#route(user, url, init)
      return Response.json(body)
    } catch (error) {
      const { code, message } = error instanceof Problem ? error : new Problem('internal', String(error))
      return Response.json(
        { code, temporary: problemCodes[code].temporary, detail: message },
        { status: statusOf(code) },
      )
    }
  }

  #route(user: string, url: URL, init: RequestInit | undefined): object {
    const { pathname, searchParams } = url
    const [, , kind, id = ''] = pathname.split('/')
    if (kind === 'rooms' && init?.method === 'POST' && pathname.endsWith('/join'))
      return this.#join(user, id, JSON.parse(String(init.body ?? '{}')))
    if (kind === 'rooms' && !id && init?.method === 'POST')
      return this.openFor(user, JSON.parse(String(init.body)))
    const person = this.#routeToPerson(user, url)
    if (person) return person
    if (kind === 'rooms' && !id)
      return this.list(user, Number(searchParams.get('cursor') ?? 0), searchParams.get('filter') ?? undefined)
    if (kind === 'links') return this.#preview(user, id)
    if (kind === 'directory')
      return this.directory(user, searchParams.get('q') ?? '', Number(searchParams.get('cursor') ?? 0))
    if (kind !== 'rooms') throw new Problem('not_found', 'no such thing')
    return this.#routeInRoom(user, url, init)
  }

  /** What is asked about one user. */
  #routeToPerson(user: string, { pathname, searchParams }: URL): UserAnswer | RoomsPage | undefined {
    const id = searchParams.get('userId')
    if (id === null) return undefined
    if (pathname === '/v1/users') return { ...aUser(id), ...this.facts.get(id) }
    if (pathname !== '/v1/rooms/shared') return undefined
    return this.shared(user, id, Number(searchParams.get('cursor') ?? 0))
  }

  #preview(user: string, code: string): OpenRoomView {
    const room = [...this.rooms.values()].find((one) => this.linkOf(one, code))
    if (!room) throw new Problem('not_found', 'no such link')
    return this.openView(room, user)
  }

  #join(user: string, id: string, { code }: { code?: string }): RoomAnswer {
    const problem = this.refuseChange('POST join', id)
    if (problem) throw problem
    this.joinOpen(id, user, code)
    return this.#roomAnswer(this.room(id), user)
  }

  /** All sockets of the user learn of it. */
  #setPresence(user: string, wish: Partial<PresenceView>): PresenceView {
    if (this.refusePresence) throw this.refusePresence
    const next = { ...this.presenceOf(user), ...wish }
    this.presences.set(user, next)
    this.deliver(user, { t: 'myPresence', ...next })
    return next
  }

  presenceOf(user: string): PresenceView {
    return this.presences.get(user) ?? { show: 'everybody', doNotDisturb: false }
  }

  #routeInRoom(user: string, { pathname, searchParams }: URL, init: RequestInit | undefined): object {
    const [, , , id = '', part, messageId] = pathname.split('/')
    const number = (name: string) => (searchParams.has(name) ? Number(searchParams.get(name)) : undefined)
    const room = this.mine(id, user)
    const { method = 'GET' } = init ?? {}
    if (method !== 'GET')
      return this.#change(room, user, {
        what: `${method} ${part ?? ''}`,
        named: decodeURIComponent(messageId ?? ''),
        body: JSON.parse(String(init?.body ?? '{}')),
      })
    return this.#read(room, { user, part, messageId, number, q: searchParams.get('q') ?? undefined })
  }

  /** The commands that come over HTTP alone. */
  #change(
    room: FakeRoom,
    user: string,
    { what, named, body }: { what: string; named: string; body: Body },
  ): object {
    const { id, members } = room
    this.#requireOwner(room, user, { what, named, body })
    const problem = this.refuseChange(what, named)
    if (problem) throw problem
    const known = members.get(named)
    const commands: Record<string, () => unknown> = {
      'DELETE members': () => this.leave(id, named),
      'DELETE ': () => this.end(id),
      'DELETE links': () => {
        room.links = (room.links ?? []).filter((link) => link.id !== named)
      },
      'POST links': () => this.#makeLink(id, body),
      'PUT members': () => (known ? this.setRole(id, named, body.role ?? known.role) : this.#add(id, named)),
      'PUT description': () => this.describe(id, body.description ?? undefined),
      'PATCH ': () => this.rename(id, body.name ?? undefined),
      'PATCH settings': () => this.configure(id, body, user),
    }
    const run = commands[what]
    if (!run) throw new Problem('not_found', 'no such command')
    const answer = run()
    if (what === 'POST links') return answer as object
    return what.startsWith('DELETE') ? {} : this.#roomAnswer(room, user)
  }

  #makeLink(roomId: string, { id = '', expiresAt, maxUses }: Body): object {
    return this.makeLink(roomId, { id, ...(expiresAt && { expiresAt }), ...(maxUses && { maxUses }) })
  }

  #add(id: string, user: string): void {
    if (this.refuseMember) throw this.refuseMember
    this.join(id, user)
  }

  #requireOwner(
    { members }: FakeRoom,
    user: string,
    { what, named, body }: { what: string; named: string; body: Body },
  ): void {
    const isTaking =
      what === 'DELETE ' ||
      what === 'PATCH settings' ||
      what.endsWith('links') ||
      (what === 'DELETE members' && named !== user)
    if ((isTaking || body.role !== undefined) && members.get(user)?.role !== 'owner')
      throw new Problem('forbidden', 'only an owner may do this')
  }

  #read(room: FakeRoom, { user, part, messageId, number, q }: Asked): object {
    const { id } = room
    if (part === 'messages' && messageId) {
      const message = room.messages.find((one) => one.id === messageId)
      if (!message) throw new Problem('not_found', 'no such message')
      return message
    }
    if (part === 'messages')
      return this.page(
        id,
        {
          before: number('before'),
          after: number('after'),
          around: number('around'),
          limit: number('limit') ?? limits.pageDefault,
        },
        this.meIn(room, user).visibleFrom,
      )
    if (part === 'links') return { links: this.opening(room.links ?? []) }
    if (part === 'pins') return this.pins(id)
    if (part === 'members')
      return this.membersPage(id, { q, from: number('cursor') ?? 0, limit: number('limit') ?? 50 })
    return this.#roomAnswer(room, user)
  }

  #roomAnswer(room: FakeRoom, user: string): RoomAnswer {
    return { ...this.view(room, user), users: this.users([...room.members.keys()]) }
  }

  receive(socket: FakeSocket, frame: ClientFrame): void {
    this.heard.push(frame)
    const id = 'id' in frame ? frame.id : ''
    try {
      const problem = this.refuse(frame)
      if (problem) throw problem
      this.#take(socket, frame, id)
    } catch (error) {
      const { code, temporary, message, retryAfter } =
        error instanceof Problem ? error : new Problem('internal', String(error))
      if (code === 'site_disabled') {
        this.bye(4021, retryAfter ?? 0)
        return
      }
      socket.push({
        t: 'err',
        id,
        code,
        temporary,
        detail: message,
        ...(retryAfter !== undefined && { retryAfter }),
      })
      if (frame.t === 'hello')
        this.clock.after(latencyMs, () => socket.drop(code === 'token_expired' ? 4005 : 4500))
    }
  }

  #take(socket: FakeSocket, frame: ClientFrame, id: string): void {
    const ok = (more: object = {}) => socket.push({ t: 'ok', id, ...more } as Event<'ok'>)
    if (frame.t === 'hello') {
      socket.user = this.signIn(frame.token)
      socket.push(this.#ready(id, socket.user))
    } else if (frame.t === 'auth') {
      if (this.signIn(frame.token) !== socket.user) throw new Problem('forbidden', 'somebody else')
      ok()
    } else if (frame.t === 'send') this.#takeSend(socket, frame, ok)
    else if (frame.t === 'edit' || frame.t === 'delete' || frame.t === 'react' || frame.t === 'pin')
      this.#takeChange(socket, frame, ok)
    else if (frame.t === 'read') {
      this.mine(frame.roomId, socket.user)
      this.read(frame.roomId, socket.user, frame.seq, socket)
      ok()
    } else if (frame.t === 'arrange') {
      this.mine(frame.roomId, socket.user)
      const { t: _, id: __, roomId, ...wish } = frame
      ok({ me: this.arrange(roomId, socket.user, wish, socket) })
    } else if (frame.t === 'changes') ok(this.changes(frame.roomId, frame.since, socket.user))
    else if (frame.t === 'typing') this.type(frame.roomId, socket.user, frame.over)
    else ok()
  }

  #takeSend(
    socket: FakeSocket,
    { roomId, messageId, text, replyTo, forward, ...frame }: Extract<ClientFrame, { t: 'send' }>,
    ok: (more: object) => void,
  ) {
    const held = this.mine(roomId, socket.user).messages.find((one) => one.id === messageId)
    if (!held) this.requireWriting(this.room(roomId), socket.user)
    // The sending socket receives its `ok` before the event.
    const from = forward && this.mine(forward.roomId, socket.user)
    const original = from?.messages.find((one) => one.id === forward?.messageId)
    if (forward && !original) throw new Problem('not_found', 'no such message to forward')
    const shown = original?.text ?? text ?? ''
    const said =
      held ??
      this.#quietly(() =>
        this.say(roomId, socket.user, shown, messageId, replyTo, original, mentionedIn(frame)),
      )
    ok({ message: said })
    if (!held) this.publishMessage(this.room(roomId), said)
  }

  #takeChange(
    socket: FakeSocket,
    frame: Extract<ClientFrame, { t: 'edit' | 'delete' | 'react' | 'pin' }>,
    ok: (more: object) => void,
  ) {
    const { roomId, messageId } = frame
    const find = () => this.mine(roomId, socket.user).messages.find((one) => one.id === messageId)
    const held = find()
    if (!held) throw new Problem('not_found', 'no such message')
    const isOfAuthor = frame.t === 'edit' || frame.t === 'delete'
    if (isOfAuthor && held.authorId !== socket.user) throw new Problem('forbidden', 'not the author')
    if (frame.t !== 'delete' && held.deletedAt) throw new Problem('conflict', 'the message was deleted')
    this.#quietly(() => {
      if (frame.t === 'edit') this.edit(roomId, held.seq, frame.text, mentionedIn(frame))
      else if (frame.t === 'delete') this.remove(roomId, held.seq)
      else if (frame.t === 'pin') this.pin(roomId, held.seq, { by: socket.user, on: frame.on })
      else this.react(roomId, held.seq, { by: socket.user, emoji: frame.emoji, on: frame.on })
    })
    const message = find() ?? held
    const reactions = (message.reactions ?? []).filter(({ userIds }) => userIds.includes(socket.user))
    ok({ message: { ...message, me: { reactions: reactions.map(({ emoji }) => emoji) } } })
    if (message !== held) this.publishMessage(this.room(roomId), message)
  }

  #quietly<T>(act: () => T): T {
    this.isQuiet = true
    const result = act()
    this.isQuiet = false
    return result
  }

  #ready(id: string, user: string): Event<'ready'> {
    const all = this.roomsOf(user)
    const listed = this.keptBy(user, undefined)
    const pinned = this.keptBy(user, 'pinned')
    const first = new Set([...listed.slice(0, this.listed), ...pinned.slice(0, this.listed)])
    const counted = listed.filter((room) => !this.meIn(room, user).muted)
    const mentioning = listed.filter((room) => {
      const { muted, arranged } = this.meIn(room, user)
      return !muted || !arranged?.muteMentions
    })
    return aReady({
      id,
      me: aUser(user),
      epoch: this.epoch,
      limits: this.limits,
      features: this.features,
      ...(this.presences.has(user) && { presence: this.presenceOf(user) }),
      unread: counted.reduce((sum, room) => sum + this.unread(room.id, user), 0),
      mentions: mentioning.reduce((sum, room) => sum + this.mentions(room.id, user), 0),
      rooms: [...first].map((room) => this.view(room, user)),
      pinned: pinned.map((room) => room.id),
      archived: all.length - listed.length,
      users: this.users(all.flatMap((room) => [...room.members.keys()])),
      heads: Object.fromEntries(all.map((room) => [room.id, room.head])),
    })
  }

  #sendHeads(): void {
    for (const socket of this.#sockets) {
      const { user } = socket
      if (!user) continue
      const heads = this.roomsOf(user).map((room): [string, [number, number, ...number[]]] => {
        const { readSeq = 0, arranged } = room.members.get(user) ?? {}
        return [room.id, [room.head, readSeq, ...(arranged ? [arranged.rev] : [])]]
      })
      socket.push({ t: 'heads', heads: Object.fromEntries(heads) })
    }
  }

  #socketClass(): typeof WebSocket {
    const server = this
    const sockets = this.#sockets
    return class extends FakeSocket {
      constructor() {
        super(server, sockets)
      }
    } as unknown as typeof WebSocket
  }
}

function mentionedIn({ mentions, mentionsRoom }: Mentioned): Mentioned {
  return { ...(mentions && { mentions }), ...(mentionsRoom && { mentionsRoom }) }
}

function statusOf(code: ProblemCode): number {
  const statuses: Partial<Record<ProblemCode, number>> = {
    unauthorized: 401,
    token_expired: 401,
    forbidden: 403,
    not_found: 404,
    rate_limited: 429,
    overloaded: 503,
    internal: 500,
  }
  return statuses[code] ?? 400
}
