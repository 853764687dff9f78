import type { AnsweredFrame, ClientFrame, Frame } from '../../server/protocol/commands.ts'
import type { Event, ServerFrame } from '../../server/protocol/events.ts'
import {
  closeCodes,
  comesBack,
  expectedToken,
  isProblemCode,
  Problem,
} from '../../server/protocol/problems.ts'
import type { Connection, ConnectionContext, Question, Replies } from './connection.ts'
import { clampWait, waitOf } from './retry-after.ts'
import { type Clock, Timers } from './timers.ts'
import type { TokenReason } from './token.ts'

export type SocketOptions = ConnectionContext & {
  readonly server: string
  /** Name and version, for the server's log. */
  readonly client: string
  readonly WebSocket: typeof WebSocket
  readonly clock: Clock
  readonly random: () => number
}

type Ask<N extends AnsweredFrame = AnsweredFrame> = { [T in N]: { t: T } & Omit<Frame<T>, 'id'> }[N]
type Asked = { resolve(answer: unknown): void; reject(error: Error): void }

const answerMs = 20_000
/** Shorter than for other questions: where a page woke up, somebody is waiting. */
const probeMs = 5_000
/** After this long without a frame a ping is sent: the server's own pings are invisible to a page. */
const quietMs = 60_000
const firstWaitMs = 1_000
const longestWaitMs = 30_000
/** A connection that held this long was stable: after it, waits and renewals start afresh. */
const stableMs = 10_000
const refreshAgainMs = 10_000

/**
 * The connection over a WebSocket: says hello, answers questions with promises, renews the token while connected, and
 * comes back by itself until it is closed or refused. It knows nothing of rooms or messages.
 */
export class Socket implements Connection {
  readonly #options: SocketOptions
  readonly #timers: Timers
  readonly #asked = new Map<string, Asked>()
  #ws: WebSocket | undefined
  #listening = new AbortController()
  #isRunning = false
  /** Counts the attempts: what an older one was waiting for is ignored. */
  #turn = 0
  #questions = 0
  #tries = 0
  #openedAt: number | undefined
  /** One rejected token is renewed silently; a second in a row is a refusal (rule D44). */
  #wasRenewed = false
  #waitMs: number | undefined
  /** The last hello had one. */
  #hasToken = false

  constructor(options: SocketOptions) {
    this.#options = options
    this.#timers = new Timers(options.clock)
  }

  get isOpen(): boolean {
    return this.#openedAt !== undefined
  }

  open(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#tries = 0
    this.#wasRenewed = false
    void this.#connect()
  }

  close(): void {
    if (this.#end()) this.#options.onStatus('idle')
  }

  restart(): void {
    if (this.#isRunning) this.#lost(1000)
  }

  wake(): void {
    if (this.#timers.cancel('retry')) void this.#connect()
    else if (this.isOpen) this.#probe()
  }

  ask<Q extends Question>(question: Q): Promise<Replies[Q['t']]> {
    if (!this.isOpen) return Promise.reject(new Error('not connected'))
    return this.#ask(question, answerMs) as Promise<Replies[Q['t']]>
  }

  notify(frame: Extract<ClientFrame, { t: 'typing' }>): void {
    if (this.isOpen) this.#ws?.send(JSON.stringify(frame))
  }

  async refresh(token?: string): Promise<void> {
    const turn = this.#turn
    let isShown = false
    try {
      const fresh = token ?? (await this.#options.tokens().renew('expiring'))
      if (turn !== this.#turn || !this.isOpen || fresh === undefined) return
      isShown = true
      await this.#ask({ t: 'auth', token: fresh }, answerMs)
      this.#refreshLater()
    } catch (error) {
      if (turn === this.#turn && this.isOpen) this.#notRefreshed(error, isShown)
      throw error
    }
  }

  #notRefreshed(error: unknown, isShown: boolean): void {
    const isNobody = error instanceof Problem && error.code === 'unauthorized'
    // The old one lives on for a while, also where the server does not take the new one.
    if (!(error instanceof Problem) || error.temporary || (isNobody && isShown))
      this.#refreshLater(refreshAgainMs)
    else if (isNobody) this.#refuse(error)
    // Somebody else's token: the next hello says whose.
    else this.restart()
  }

  #refreshLater(ms = this.#options.tokens().renewInMs(this.#options.clock.now())): void {
    // What goes wrong was handled where it happened.
    if (ms !== undefined) this.#timers.set('refresh', ms, () => void this.refresh().catch(() => {}))
  }

  async #connect(reason?: TokenReason): Promise<void> {
    const turn = ++this.#turn
    const tokens = this.#options.tokens()
    this.#options.onStatus('connecting')
    this.#timers.set('token', answerMs, () => {
      tokens.giveUp()
      this.#lost(1006)
    })
    try {
      const token = await (reason ? tokens.renew(reason) : tokens.current())
      if (turn !== this.#turn) return
      this.#timers.cancel('token')
      this.#dial(token)
    } catch (error) {
      if (turn !== this.#turn) return
      this.#timers.cancel('token')
      if (error instanceof Problem) this.#refuse(error)
      else this.#retry()
    }
  }

  #dial(token: string | undefined): void {
    const { WebSocket, server } = this.#options
    const ws = new WebSocket(new URL('v1/socket', server).href.replace(/^http/, 'ws'), 'chatter.v1')
    this.#ws = ws
    this.#listening = new AbortController()
    const { signal } = this.#listening
    ws.addEventListener('open', () => this.#hello(token), { signal })
    ws.addEventListener('message', ({ data }) => this.#onMessage(String(data)), { signal })
    ws.addEventListener('close', ({ code }) => this.#lost(code), { signal })
    this.#timers.set('dial', answerMs, () => this.#lost(1006))
  }

  #hello(token: string | undefined): void {
    const { client, epoch } = this.#options
    const hello: Ask<'hello'> = { t: 'hello', client }
    this.#hasToken = token !== undefined
    if (token !== undefined) hello.token = token
    const held = epoch()
    if (held !== undefined) hello.epoch = held
    this.#ask(hello, answerMs).catch((error) => {
      if (error instanceof Problem) this.#lost(closeCodes.badToken, error)
    })
  }

  #onMessage(data: string): void {
    const frame = parsed(data)
    if (!frame) return
    this.#timers.set('quiet', quietMs, () => this.#probe())
    if (frame.t === 'bye') this.#waitMs = clampWait(frame.retryAfter) * 1_000
    else if (frame.t === 'ok') this.#settle(frame.id)?.resolve(frame)
    else if (frame.t === 'err') this.#settle(frame.id)?.reject(problemOf(frame))
    else if (frame.t === 'ready') this.#opened(frame)
    else this.#options.onFrame(frame)
  }

  #opened(ready: Event<'ready'>): void {
    this.#settle(ready.id)
    this.#timers.cancel('dial')
    this.#openedAt = this.#options.clock.now()
    this.#refreshLater()
    this.#options.onFrame(ready)
    if (this.isOpen) this.#options.onStatus('open')
  }

  #ask(frame: Ask, ms: number): Promise<unknown> {
    const id = String(++this.#questions)
    // No answer means a dead connection, whatever the socket says of itself.
    this.#timers.set(id, ms, () => this.#lost(1006))
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject })
      this.#ws?.send(JSON.stringify({ ...frame, id }))
    })
  }

  #settle(id: string | undefined): Asked | undefined {
    if (id === undefined) return undefined
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    this.#timers.cancel(id)
    return asked
  }

  #probe(): void {
    this.#ask({ t: 'ping' }, probeMs).catch(() => {})
  }

  /** The connection is lost, by a close, a failed hello or no answer: what comes next depends on why. */
  #lost(code: number, problem?: Problem): void {
    const wasOpen = this.isOpen
    if (wasOpen && this.#options.clock.now() - (this.#openedAt ?? 0) >= stableMs) {
      this.#tries = 0
      this.#wasRenewed = false
    }
    this.#hangUp()
    if (problem?.retryAfter !== undefined) this.#waitMs = problem.retryAfter * 1_000
    if (isTokenFault(code, problem)) this.#renew(wasOpen, problem)
    else if (code === closeCodes.removed || problem?.code === 'forbidden')
      this.#refuse(problem ?? new Problem('forbidden', 'the host ended the session'))
    // The hello was sent, but it got lost or took too long.
    else if (problem ? problem.temporary : comesBack(code) || code === closeCodes.noHello)
      this.#retry(problem ?? whyClosed(code))
    else this.#fail(problem ?? new Problem('unsupported', `the server closed with ${code}`))
  }

  /** Only the host says that nobody is signed in. Where the server wants another token, something is set up wrong. */
  #renew(wasOpen: boolean, problem = new Problem('unauthorized', 'the token was refused')): void {
    const { isFixed } = this.#options.tokens()
    if (!this.#wasRenewed && (wasOpen || !isFixed)) {
      this.#wasRenewed = true
      void this.#connect(wasOpen ? 'expiring' : 'rejected')
    } else if (wasOpen) this.#retry()
    else if (this.#hasToken || problem.message === expectedToken) this.#fail(problem)
    else this.#refuse(problem)
  }

  #retry(problem?: Problem): void {
    const longest = Math.min(longestWaitMs, firstWaitMs * 2 ** this.#tries++)
    const ms = this.#waitMs ?? longest * (0.5 + this.#options.random() / 2)
    this.#waitMs = undefined
    this.#timers.set('retry', ms, () => void this.#connect())
    this.#options.onStatus('waiting', problem)
  }

  #refuse(problem: Problem): void {
    this.#end()
    this.#options.onRefused(problem)
  }

  #fail(problem: Problem): void {
    this.#end()
    this.#options.onStatus('failed', problem)
  }

  /** Whether there was anything to end. */
  #end(): boolean {
    const wasRunning = this.#isRunning
    this.#isRunning = false
    this.#hangUp()
    return wasRunning
  }

  #hangUp(): void {
    this.#turn++
    this.#listening.abort()
    this.#ws?.close()
    this.#ws = undefined
    this.#openedAt = undefined
    this.#timers.clear()
    for (const { reject } of this.#asked.values()) reject(new Error('not connected'))
    this.#asked.clear()
  }
}

/** By its number: named, all codes would come into the launcher. */
const whyClosed = (code: number) => (code === 4021 ? new Problem('site_disabled', '') : undefined)

function parsed(data: string): ServerFrame | undefined {
  try {
    return JSON.parse(data) as ServerFrame
  } catch {
    return undefined
  }
}

/** A code of a later version means what its frame says of it: to try again, or not. */
function problemOf({ code, temporary, detail, retryAfter }: Event<'err'>): Problem {
  const known = isProblemCode(code) ? code : temporary ? 'overloaded' : 'bad_request'
  return new Problem(known, detail, waitOf(retryAfter))
}

function isTokenFault(code: number, problem: Problem | undefined): boolean {
  if (problem) return problem.code === 'token_expired' || problem.code === 'unauthorized'
  return code === closeCodes.tokenExpired || code === closeCodes.badToken
}
