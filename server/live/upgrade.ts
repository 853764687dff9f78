import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import type { Authenticate } from '../http/identity.ts'
import { isAllowedOrigin, isOfAnotherSite, isOwnOrigin } from '../http/origin.ts'
import { hostname, requestHostOf } from '../http/tenant.ts'
import { limits } from '../protocol/limits.ts'
import { closeCodes, Problem } from '../protocol/problems.ts'
import { toProfile } from '../rules/profiles.ts'
import type { Tenant } from '../store/store.ts'
import { type Handshake, Session, type SessionServer } from './session.ts'

const subprotocol = 'chatter.v1'
const closeTimeoutMs = 2_000
/** So long another listener of the host's has to take an upgrade to another path. It may have to ask somebody first. */
const othersTakeWithinMs = 10_000

export type UpgradeServer = SessionServer & {
  /** Path of the socket, base included. */
  readonly path: string
  readonly authenticate: Authenticate | undefined
  readonly newId: () => string
  isClosing(): boolean
}

const options: ServerOptions & { closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: limits.frameBytes,
  maxFragments: 64,
  maxBufferedChunks: 1024,
  closeTimeout: closeTimeoutMs,
  // A client that speaks another version gets its own, and then a close code: browsers show no reason for a refusal.
  handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : ([...offered][0] ?? false)),
}

/** Listeners of every Chatter of this process: a server may carry several, under different paths. */
const ownListeners = new WeakSet<object>()

/**
 * Takes upgrades itself, beside Hono: tenant and Origin are checked before there is a WebSocket, with plain HTTP
 * answers. Nothing that a request says is thrown out of it: in a listener that would end the process.
 */
export class Upgrades {
  readonly #server: UpgradeServer
  readonly #sockets = new WebSocketServer(options)

  constructor(server: UpgradeServer) {
    this.#server = server
  }

  /**
   * Answers upgrades on an HTTP server; the function it returns stops that. An upgrade to another path is left to
   * whoever else listens, and answered 404 where nobody takes it: Node itself would keep it open for ever.
   */
  attach(http: Server): () => void {
    const take = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (pathOf(request) === this.#server.path) this.take(request, socket, head)
      else refuseUntaken(socket, hasOthers(http) ? othersTakeWithinMs : 0)
    }
    ownListeners.add(take)
    http.on('upgrade', take)
    return () => http.off('upgrade', take)
  }

  /** Answers one upgrade, if it is to Chatter's path. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (pathOf(request) !== this.#server.path) return
    try {
      this.#take(request, socket, head)
    } catch (error) {
      this.#server.log.error({ err: error }, 'an upgrade failed')
      socket.on('error', () => {})
      socket.destroy()
    }
  }

  #take(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const server = this.#server
    const { refusals, tenants } = server
    const who = { sender: tenants.senderOf(request), isUpgrade: true }
    if (server.isClosing()) {
      refusals.tell({ cause: 'closing' }, who)
      return answer(socket, '503 Service Unavailable', 'Retry-After: 5\r\n')
    }
    // Also where a proxy's X-Forwarded-Host counts: the host's sign-in is given a URL made of this one.
    if (request.headers.host !== undefined && hostname(request.headers.host) === undefined) {
      refusals.tell({ cause: 'host' }, who)
      return answer(socket, '400 Bad Request')
    }
    try {
      refusals.requireAddress(who)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return answer(socket, '429 Too Many Requests', `Retry-After: ${error.retryAfter}\r\n`)
    }
    const tenant = tenants.of(requestHostOf(request))
    const host = tenants.hostOf(requestHostOf(request))
    if (!tenant) {
      refusals.tell({ cause: 'host', host, expected: tenants.hosts() }, who)
      return answer(socket, '404 Not Found')
    }
    if (!isWelcome(request, tenant, server)) {
      const { origin = '' } = request.headers
      refusals.tell({ cause: 'origin', origin, host, tenant }, who)
      return answer(socket, '403 Forbidden')
    }
    const handshake = handshakeOf(request, tenant, server)
    this.#sockets.handleUpgrade(request, socket, head, (ws) => {
      if (ws.protocol !== subprotocol) return refuseVersion(ws, server)
      new Session(ws, handshake, server)
    })
  }
}

function refuseVersion(ws: WebSocket, { heartbeat }: UpgradeServer): void {
  heartbeat.closed.version += 1
  // Unheard, the error of a broken frame would end the process. A session hears it by itself.
  ws.on('error', () => {})
  ws.close(closeCodes.version, `expected the subprotocol ${subprotocol}`)
}

function isWelcome(request: IncomingMessage, tenant: Tenant, { tenants }: UpgradeServer): boolean {
  const { origin } = request.headers
  return origin === undefined || isAllowedOrigin(origin, tenants.siteOf(requestHostOf(request)), tenant)
}

function handshakeOf(request: IncomingMessage, tenant: Tenant, server: UpgradeServer): Handshake {
  const { authenticate, tenants } = server
  const { origin } = request.headers
  // A cookie travels with any page's request, so the host's session counts for the server's own pages only.
  const isOwn = origin !== undefined && isOwnOrigin(origin, tenants.siteOf(requestHostOf(request)))
  const isAsking = isOwn && !isOfAnotherSite(String(request.headers['sec-fetch-site']))
  const asked = isAsking && authenticate ? { authenticate, request: webRequest(request) } : undefined
  return {
    // A copy: the original is a tree of the pieces it was put together from, 800 bytes for each idle socket.
    id: Buffer.from(server.newId()).toString(),
    tenant: tenant.id,
    sender: tenants.senderOf(request),
    ...(asked && {
      async askHost() {
        const profile = await asked.authenticate(asked.request.clone(), tenant.id)
        return profile ? { profile: toProfile(profile) } : undefined
      },
    }),
  }
}

function webRequest(request: IncomingMessage): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one)
  }
  return new Request(new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`), {
    headers,
  })
}

/** The path that an upgrade asks for, without the query. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?')[0] ?? ''
}

/** Refuses an upgrade with plain HTTP. */
function answer(socket: Duplex, status: string, headers = ''): void {
  // Node leaves the errors of an upgraded connection to whoever took it: unheard they would end the process.
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`)
}

function hasOthers(http: Server): boolean {
  return http.listeners('upgrade').some((listener) => !ownListeners.has(listener))
}

/** Answers 404 after that many milliseconds, or once all listeners have run (0), unless one of them took it. */
function refuseUntaken(socket: Duplex, afterMs: number): void {
  // Until somebody takes it nobody hears its errors.
  socket.on('error', () => {})
  const timer = setTimeout(() => {
    socket.off('close', stop)
    if (!isTaken(socket)) answer(socket, '404 Not Found')
  }, afterMs)
  timer.unref()
  const stop = () => clearTimeout(timer)
  socket.once('close', stop)
}

/** A handler that takes an upgrade reads it, or has ended it. Node takes its own listeners away before. */
function isTaken(socket: Duplex): boolean {
  const isRead = socket.listenerCount('data') + socket.listenerCount('readable') > 0
  return isRead || socket.writableEnded || socket.destroyed
}
