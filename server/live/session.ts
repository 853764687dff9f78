import type { RawData, WebSocket } from 'ws'
import { type Caller, callerFor } from '../commands/caller.ts'
import type { Run } from '../commands/run.ts'
import { saveProfile } from '../commands/save-profile.ts'
import { encodeFrame, frameJson } from '../fanout/frame.ts'
import { requireAllowed } from '../http/guests.ts'
import { type Identity, readToken } from '../http/identity.ts'
import { asProblem } from '../http/problem-answers.ts'
import type { RateLimit } from '../http/rate-limits.ts'
import type { Reads } from '../http/reads.ts'
import type { Refusals } from '../http/refusals.ts'
import type { SignOuts } from '../http/sign-outs.ts'
import { type KeySets, signersOf } from '../http/signers.ts'
import type { Sender, TenantDirectory } from '../http/tenant.ts'
import type { Logger } from '../log/logger.ts'
import { type Frame, frames } from '../protocol/commands.ts'
import type { ServerFrame } from '../protocol/events.ts'
import { limits, spans } from '../protocol/limits.ts'
import { parse } from '../protocol/parse.ts'
import { type CloseReason, closeCodes, expectedToken, Problem } from '../protocol/problems.ts'
import type { UserView } from '../protocol/views.ts'
import { requireEnabled } from '../rules/disabling.ts'
import type { EnteredRoom, StoreReads } from '../store/store.ts'
import { readyFor } from '../views/ready.ts'
import { decode, idOf, nameOf, type RawFrame } from './frames.ts'
import { type FrameSession, handle } from './handlers.ts'
import type { Healing } from './healing.ts'
import type { EndReason, Heartbeat } from './heartbeat.ts'
import type { Hub } from './hub.ts'
import type { Listener } from './listener.ts'
import type { Presence } from './presence/presence.ts'
import type { SilentSockets } from './silent.ts'
import { SocketWriter } from './socket-writer.ts'
import type { RoomTopic, UserTopic } from './topic.ts'
import type { Turns } from './turns.ts'

const askAgainMs = 5 * 60_000
/** A user who has too many sockets may try again then. */
const waitForSocketS = 60
/** After so many frames that came too fast, patience ends. */
const mostLimited = 50
/** A close frame holds no more (RFC 6455 §5.5), and ws throws. */
const mostReasonBytes = 123
const expired = 'the token has expired'
const helloFirst = 'expected hello as the first frame'

/** What a session needs of the server it lives in. */
export type SessionServer = {
  readonly hub: Hub
  readonly heartbeat: Heartbeat
  readonly random: () => number
  readonly tenants: TenantDirectory
  readonly refusals: Refusals
  readonly presence: Presence
  readonly healing: Healing
  /** In which those who say hello are served. */
  readonly hellos: Turns
  readonly run: Run
  readonly rateLimit: RateLimit | undefined
  readonly reads: Reads | undefined
  readonly silent: SilentSockets
  readonly keySets: KeySets
  readonly signOuts: SignOuts
  readonly now: () => number
  readonly log: Logger
  forTenant(tenant: string): StoreReads
}

/** What the upgrade found out about who connects. */
export type Handshake = {
  readonly id: string
  readonly tenant: string
  /** Whom a failed hello counts against; forgotten when there was a good one. */
  sender: Sender
  /** Asks the host's own session, where it may be asked. */
  askHost?: () => Promise<Identity | undefined>
}

const sessionKey = Symbol('session')
type SessionSocket = WebSocket & { [sessionKey]?: Session }

/** One socket: a user's live connection, from `hello` to its close. */
export class Session implements Listener, FrameSession {
  readonly id: string
  readonly tenant: string
  readonly writer: SocketWriter
  isWaiting = false
  /** The user's id, empty before `hello`. */
  user = ''
  readonly #ws: WebSocket
  readonly #askHostSession: Handshake['askHost']
  readonly #server: SessionServer
  #deadline: NodeJS.Timeout | undefined
  readonly #rooms = new Map<string, RoomTopic>()
  #state: 'silent' | 'greeting' | 'live' | 'closed' = 'silent'
  #profile: UserView | undefined
  #userTopic: UserTopic | undefined
  /** Bytes its peer had sent when it was pinged last. */
  #heard = -1
  readonly #bucket: number
  #expiresAt = Number.POSITIVE_INFINITY
  #askAt: number | undefined
  /** That signed its token, if it came by one. */
  /** Who signed the token: see `signersOf`. */
  #signer: string | undefined
  /** Whom a failed hello counts against; forgotten when there was a good one. */
  #sender: Sender
  #headsSince = 0
  #limited = 0
  #saidAt: Map<string, number> | undefined
  #lag: { taken: number; since: number } | undefined

  constructor(ws: SessionSocket, { id, tenant, sender, askHost }: Handshake, server: SessionServer) {
    this.id = id
    this.tenant = tenant
    this.#ws = ws
    this.#askHostSession = askHost
    this.#sender = sender
    this.#server = server
    this.writer = new SocketWriter(ws)
    this.#deadline = setTimeout(() => this.#late(), spans.helloMs)
    ws[sessionKey] = this
    ws.on('message', onMessage)
    ws.on('error', onError)
    ws.on('close', onClose)
    this.#bucket = server.heartbeat.add(this)
    server.silent.add(this)
  }

  /** Starts listening to a room, where it stands as of the moment at which the user was a member for sure. */
  enterRoom(room: string, versions: EnteredRoom): void {
    if (this.#state === 'closed') return
    const known = this.#rooms.get(room)
    if (known) {
      known.enter(this, versions)
      return
    }
    this.#rooms.set(room, this.#server.hub.joinRoom(this, room, versions))
    if (this.#state === 'live') this.#server.presence.entered(this, room)
  }

  leaveRoom(room: string): void {
    const topic = this.#rooms.get(room)
    if (!topic) return
    this.#rooms.delete(room)
    this.#server.hub.leave(this, topic)
  }

  /** Leaves a room of which it missed that the user is a member no longer. */
  removedFrom(roomId: string): void {
    if (!this.#rooms.has(roomId)) return
    this.leaveRoom(roomId)
    this.#server.hub.write(this, encodeFrame({ t: 'gone', roomId }))
  }

  /** The rooms it listens to. */
  rooms(): Iterable<string> {
    return this.#rooms.keys()
  }

  /** Its marks may have moved unheard: the next heads are those of all its rooms. */
  sendAllHeads(): void {
    this.#headsSince = -1
  }

  /** Writes what waits; a peer that does not keep up is closed, to come back and catch up. */
  flush(): void {
    if (this.writer.isTooSlow) this.close('tooSlow', 'too slow: come back and catch up')
    else this.writer.flush()
  }

  /** Its turn of the heartbeat: every 25 s. */
  async onHeartbeat(): Promise<void> {
    try {
      const { heard } = this.writer
      if (heard === this.#heard) {
        this.close('noPong', 'no answer to a ping')
        return this.terminate()
      }
      this.#heard = heard
      this.#ws.ping()
      const now = this.#server.now()
      if (now >= this.#expiresAt) return this.close('tokenExpired', expired)
      if (this.#askAt !== undefined && now >= this.#askAt) await this.#askHostAgain(now)
      await this.#sendHeads()
    } catch (error) {
      this.#fail(undefined, error)
    }
  }

  /** Whether it has waited for `ms` without its peer taking a single byte. */
  isStuck(now: number, ms: number): boolean {
    const { backlog, taken } = this.writer
    if (backlog === 0) this.#lag = undefined
    else if (this.#lag?.taken !== taken) this.#lag = { taken, since: now }
    return this.#lag !== undefined && now - this.#lag.since >= ms
  }

  /** Says why, and closes. `retryAfter` in seconds: when it is good to come back. */
  close(reason: CloseReason, detail: string, retryAfter = 0): void {
    if (this.#state === 'closed') return
    const code = closeCodes[reason]
    if (!this.writer.isTooSlow) this.writer.push(encodeFrame({ t: 'bye', code, retryAfter }))
    this.writer.flush({ isLast: true })
    this.#end(reason)
    this.#ws.close(code, Buffer.byteLength(detail) > mostReasonBytes ? '' : detail)
  }

  /** Ends it without waiting for the peer. */
  terminate(): void {
    this.#ws.terminate()
  }

  /** ws closes by itself after an error (a frame too large, bytes that are no WebSocket). */
  onError(error: Error): void {
    this.#log.debug({ err: error }, 'socket error')
  }

  /** Its socket is closed, by whomever. */
  onClose(): void {
    this.#end('peer')
    this.#server.heartbeat.remove(this, this.#bucket)
  }

  /** The one place where frames come in, and where everything that goes wrong with them ends. */
  async receive(data: RawData, isBinary: boolean): Promise<void> {
    if (this.#state === 'closed') return
    let id: string | undefined
    try {
      if (isBinary) return this.close('badFrame', 'expected text frames')
      const frame = this.#read(data as Buffer)
      if (!frame) return
      id = idOf(frame)
      if (this.#server.rateLimit) await this.#server.rateLimit.take('frame', this.id)
      await this.#dispatch(frame, id)
      this.#limited = 0
    } catch (error) {
      this.#fail(id, error)
    }
  }

  #read(bytes: Buffer): RawFrame | undefined {
    if (this.#state === 'silent' && bytes.length > limits.helloBytes) {
      this.#end('badFrame')
      this.#ws.close(1009, `expected a hello of at most ${limits.helloBytes} bytes`)
      return undefined
    }
    const frame = decode(bytes)
    if (!frame) this.close('badFrame', 'expected a JSON object')
    return frame
  }

  async #dispatch(frame: RawFrame, id: string | undefined): Promise<void> {
    if (this.#state === 'silent' && frame.t !== 'hello') throw new Problem('unauthorized', helloFirst)
    const name = nameOf(frame)
    if (name === 'hello' && this.#state !== 'silent') throw new Problem('bad_request', 'hello: already said')
    if (this.#state === 'greeting') throw new Problem('bad_request', 'expected to wait for ready')
    if (name !== 'hello' && name !== 'auth' && this.#server.now() >= this.#expiresAt) return this.#expire(id)
    if (name !== 'hello') return handle(this, name, frame, id)
    const hello = parse(frames.hello.input, frame)
    await this.#hello(hello).catch((error) => this.#refuse(hello, error))
  }

  /** Refuses a frame that came after the token's end. Only a newer token is still taken. */
  #expire(id: string | undefined): void {
    this.#replyProblem(id, new Problem('token_expired', 'token: expired'))
    this.close('tokenExpired', expired)
  }

  onSigners(signers: readonly string[]): void {
    if (this.#signer !== undefined && !signers.includes(this.#signer))
      this.close('tokenExpired', "the token's secret was replaced")
  }

  get run(): Run {
    return this.#server.run
  }

  get reads(): Reads | undefined {
    return this.#server.reads
  }

  isDue(said: string, room: string, everyMs: number): boolean {
    const saidAt = this.#saidAt?.get(`${said} ${room}`) ?? Number.NEGATIVE_INFINITY
    return this.#server.now() - saidAt >= everyMs
  }

  noteSaid(said: string, room: string): void {
    this.#saidAt ??= new Map()
    this.#saidAt.set(`${said} ${room}`, this.#server.now())
  }

  suspect(room: string): void {
    const topic = this.#rooms.get(room)
    if (topic) this.#server.healing.suspect(topic)
  }

  async renew(token: string): Promise<void> {
    const identity = await this.#readToken(token)
    if (identity.profile.id !== this.user) throw new Problem('forbidden', 'token: expected the same user')
    await this.#saveMe(identity)
  }

  /** Made when there is something to say. */
  get #log(): Logger {
    return this.#server.log.child({ session: this.id })
  }

  /** Made for each frame and kept by none: sockets are idle nearly all of the time. */
  caller(): Caller {
    const me = this.#profile
    if (!me) throw new Problem('unauthorized', 'expected hello first')
    const { forTenant, tenants } = this.#server
    const tenant = tenants.byId(this.tenant)
    // About to be closed.
    if (!tenant) throw new Problem('unauthorized', 'no such tenant')
    requireEnabled(tenant, this.#server.random)
    const isMember = (room: string) =>
      this.#rooms.has(room) || this.#becameMember(room).then((from) => from !== undefined)
    const store = forTenant(tenant.id)
    const readsFrom = (room: string) =>
      this.#rooms.has(room) ? store.visibleFrom(room, this.user) : this.#becameMember(room)
    return callerFor({ me, tenant, store, session: this.id, isMember, readsFrom })
  }

  /** What the fan-out should have said may have been lost on the way: the database knows. */
  async #becameMember(room: string): Promise<number | undefined> {
    const store = this.#server.forTenant(this.tenant)
    const versions = (await store.readVersions([room])).get(room)
    if (!versions) return undefined
    const from = await store.visibleFrom(room, this.user)
    if (from !== undefined) this.enterRoom(room, { ...versions, from })
    return from
  }

  async #hello(frame: Frame<'hello'>): Promise<void> {
    this.#state = 'greeting'
    this.#server.silent.delete(this)
    // Where thousands come at once the wait is ours, not theirs; the host's sign-in has a deadline of its own.
    clearTimeout(this.#deadline)
    this.#deadline = undefined
    const { hub, hellos, log, rateLimit, presence } = this.#server
    await hellos.take()
    if (this.#isOver()) return
    const tenant = this.#server.tenants.byId(this.tenant)
    if (tenant) requireEnabled(tenant, this.#server.random)
    const identity = frame.token === undefined ? await this.#askHost() : await this.#readToken(frame.token)
    if (this.#isOver()) return
    this.user = identity.profile.id
    this.#profile = { id: this.user, name: '' }
    const { store, topics } = this.caller()
    if (rateLimit) await rateLimit.take('hello', topics.user(this.user))
    await this.#saveMe(identity)
    // Listening first and reading after: nothing falls between. What comes meanwhile is held behind `ready`. What other
    // nodes publish before the bus hears this user and these rooms, healing fetches when it does.
    if (this.#isOver()) return
    if (rateLimit) requireRoomFor(hub.listenersOf(topics.user(this.user)).size)
    this.#userTopic = hub.joinUser(this)
    const memberships = await store.listMemberships(this.user)
    this.#userTopic.beginArranged(memberships)
    for (const { room, ...versions } of memberships) this.enterRoom(room, versions)
    const ready = await readyFor(frame.id, this.caller(), memberships)
    // Who comes back may hold rooms that `ready` does not show, as they were kept before.
    const arranged = frame.epoch === ready.epoch ? await store.readArrangedHeads(this.user) : {}
    if (this.#isOver()) return
    this.#state = 'live'
    this.#sender = undefined
    this.#headsSince = hub.tick
    this.writer.release(encodeFrame(ready))
    const shown = new Set(ready.rooms.map(({ id }) => id))
    const others = Object.entries(arranged).filter(([room]) => !shown.has(room))
    if (others.length > 0) this.#push({ t: 'heads', heads: Object.fromEntries(others) })
    hub.flushFirst(this)
    presence.came(this, this.#userTopic.name)
    const { id: session, user } = this
    log.debug({ session, user, tenant: this.tenant, client: frame.client }, 'hello')
  }

  /** No hello came in time. */
  #late(): void {
    this.#server.refusals.tell({ cause: 'hello' }, { sender: this.#sender })
    this.close('noHello', 'expected hello within 5 s')
  }

  /** By the tenant as it is now: its secret may have been replaced since the upgrade. */
  #readToken(token: string): Promise<Identity> {
    const { tenants, now, keySets } = this.#server
    const tenant = tenants.byId(this.tenant)
    if (!tenant) throw new Problem('unauthorized', 'token: no such tenant')
    return readToken(token, tenant, { now: now(), keySets })
  }

  async #askHost(): Promise<Identity> {
    const identity = await this.#askHostSession?.()
    if (!identity)
      throw new Problem('unauthorized', this.#askHostSession ? 'nobody is signed in' : expectedToken)
    this.#askAt = this.#server.now() + askAgainMs
    return identity
  }

  async #askHostAgain(now: number): Promise<void> {
    const identity = await this.#askHostSession?.()
    if (identity?.profile.id !== this.user) return this.close('badToken', 'signed out')
    this.#askAt = now + askAgainMs
    await this.#saveMe(identity)
  }

  async #saveMe(identity: Identity): Promise<void> {
    const { profile, expiresAt, signer } = identity
    this.#server.signOuts.require(this.tenant, identity)
    this.#signer = signer
    const tenant = this.#server.tenants.byId(this.tenant)
    // It may have been replaced while the token was read.
    if (signer !== undefined && !(tenant && signersOf(tenant).includes(signer)))
      throw new Problem('unauthorized', 'token: its secret was replaced')
    const caller = this.caller()
    if (tenant) await requireAllowed(identity, tenant, caller.store)
    const me = await saveProfile(this.run, caller, profile)
    this.#profile = me
    // The same text as in the token, and then kept once.
    this.user = me.id
    if (expiresAt === undefined) return
    this.#expiresAt = expiresAt
    // A token outlives the host's session that may have opened this socket.
    this.#askAt = undefined
  }

  async #sendHeads(): Promise<void> {
    const turn = this.#headsSince
    this.#headsSince = this.#server.hub.tick
    const moved = [...this.#rooms].filter(([, topic]) => topic.movedAt >= turn).map(([room]) => room)
    if (this.#state !== 'live' || moved.length === 0) return
    const heads = await this.caller().store.readHeads(this.user, moved)
    this.#push({ t: 'heads', heads })
  }

  #push(event: ServerFrame): void {
    this.#server.hub.writeFirst(this, encodeFrame(event))
  }

  reply(id: string | undefined, reply: object): number {
    if (this.#state === 'closed' || id === undefined) return 0
    const frame = frameJson(JSON.stringify({ t: 'ok', id, ...reply }))
    this.#server.hub.writeFirst(this, frame)
    return frame.length
  }

  #replyProblem(id: string | undefined, { code, temporary, message: detail, retryAfter }: Problem): void {
    if (this.#state === 'closed') return
    this.#push({
      t: 'err',
      ...(id !== undefined && { id }),
      code,
      temporary,
      detail,
      ...(retryAfter !== undefined && { retryAfter }),
    })
  }

  #fail(id: string | undefined, error: unknown): void {
    const problem = asProblem(error, this.#log, { user: this.user })
    this.#replyProblem(id, problem)
    if (this.#state === 'silent') this.close('noHello', helloFirst)
    else if (problem.code === 'rate_limited' && ++this.#limited > mostLimited)
      this.close('tooFast', 'too fast')
  }

  /** A hello that failed is the end of the socket. */
  #refuse({ id, token }: Frame<'hello'>, error: unknown): void {
    const problem = asProblem(error, this.#log, { user: this.user })
    const refused = { tenant: this.tenant, sender: this.#sender, hasToken: token !== undefined }
    this.#server.refusals.tellSignIn(problem, refused)
    // No `err`: the widget of 2026-11-29 comes to a stop at a code that it does not know, and knows to come back after the close.
    if (problem.code === 'site_disabled') this.close('siteDisabled', problem.message, problem.retryAfter)
    else this.#replyProblem(id, problem)
    // Closed already, it stays so.
    if (problem.code === 'token_expired') this.close('tokenExpired', problem.message)
    else if (problem.code === 'rate_limited') this.close('tooFast', problem.message, problem.retryAfter)
    else if (problem.code === 'internal' || problem.code === 'overloaded')
      this.close('overloaded', problem.message, 5)
    else this.close('badToken', problem.message)
  }

  #isOver(): boolean {
    return this.#state === 'closed'
  }

  #end(reason: EndReason): void {
    if (this.#state === 'closed') return
    if (this.#state === 'silent') this.#server.silent.delete(this)
    this.#state = 'closed'
    this.#server.heartbeat.closed[reason] += 1
    clearTimeout(this.#deadline)
    for (const room of [...this.#rooms.keys()]) this.leaveRoom(room)
    if (!this.#userTopic) return
    this.#server.hub.leave(this, this.#userTopic)
    this.#server.presence.gone(this.#userTopic.name)
  }
}

// One function each for all sockets: with closures of its own each idle session would hold 200 bytes more.
function onMessage(this: SessionSocket, data: RawData, isBinary: boolean): void {
  void this[sessionKey]?.receive(data, isBinary)
}

function onError(this: SessionSocket, error: Error): void {
  this[sessionKey]?.onError(error)
}

function onClose(this: SessionSocket): void {
  this[sessionKey]?.onClose()
}

/** @throws Problem `rate_limited` where a user has as many sockets as there may be */
function requireRoomFor(sockets: number): void {
  if (sockets < limits.sockets) return
  throw new Problem('rate_limited', `expected at most ${limits.sockets} sockets of a user`, {
    retryAfter: waitForSocketS,
  })
}
