/**
 * How a connection to Redis is made, in place of ioredis' own connectors. Those hide what TLS said of a Sentinel, take
 * a port without TLS for a host that is away, and do not give TLS the name by which the host was asked for.
 */
import { isIP, connect as openTcp, type Socket, type TcpNetConnectOpts } from 'node:net'
import { connect as openTls } from 'node:tls'
import { AbstractConnector } from 'ioredis'
import { tlsReason } from '../../log/tls-reason.ts'

const usualPatienceMs = 3_000

type EmitError = (event: 'error', error: Error) => void

/** What ioredis hands on of its options. */
type Target = {
  readonly host: string
  readonly port: number
  readonly family?: number
  readonly tls?: object | boolean
  readonly disconnectTimeout: number
}

/** Where to connect to in place of the host of the options. It may give up when that is no longer wanted. */
export type Find = (isWanted: () => boolean) => Promise<{ host: string; port: number }>

type Connector = new (options: unknown) => AbstractConnector
type ConnectorOptions = { find?: Find; patienceMs?: number }

/** A class for ioredis' option `Connector`. What fails is an error whose message is one line. */
export const connectorTo = ({ find, patienceMs = usualPatienceMs }: ConnectorOptions = {}): Connector =>
  class extends AbstractConnector {
    readonly #target: Target
    #isOpen = false

    constructor(options: unknown) {
      const target = options as Target
      super(target.disconnectTimeout)
      this.#target = target
    }

    override async connect(emit: EmitError): Promise<Socket> {
      this.connecting = true
      const found = await find?.(() => this.connecting)
      if (!this.connecting) throw new Error('no longer wanted')
      const target = { ...this.#target, ...found }
      const socket = begin(target)
      this.stream = socket
      await opened(socket, Boolean(target.tls), patienceMs)
      this.#isOpen = true
      reportFailures(socket, Boolean(target.tls), emit)
      return socket
    }

    override disconnect(): void {
      super.disconnect()
      // To close it properly would wait for a peer that has not connected yet.
      if (!this.#isOpen) this.stream?.destroy()
    }
  }

function begin({ host, port, family, tls }: Target): Socket {
  const way: TcpNetConnectOpts = { host, port, ...(family !== undefined && { family }) }
  // An address is no name to ask for (RFC 6066).
  return tls ? openTls({ ...way, ...(isIP(host) === 0 && { servername: host }) }) : openTcp(way)
}

/** Resolves when it can be spoken to: with TLS, when the certificate was found good. */
async function opened(socket: Socket, isTls: boolean, patienceMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let isReached = false
  socket.once('connect', () => {
    isReached = true
  })
  socket.once(isTls ? 'secureConnect' : 'connect', resolve)
  // Stays for good, so that a late error is handled.
  socket.on('error', (error) => reject(inWords(error)))
  socket.once('close', () => reject(new Error('connection closed')))
  const deadline = setTimeout(() => {
    reject(isReached ? noTls() : new Error('connect ETIMEDOUT'))
    socket.destroy()
  }, patienceMs)
  await promise.finally(() => clearTimeout(deadline))
}

/** Emits first, and in words, what ioredis would only report as an end. */
function reportFailures(socket: Socket, isTls: boolean, emit: EmitError): void {
  const read = socket.bytesRead
  const isMute = () => socket.bytesRead === read
  const closing: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE'])
  socket.once('error', (error) => {
    const { code } = error as NodeJS.ErrnoException
    emit('error', isMute() && closing.has(code) ? mute(isTls) : inWords(error))
  })
  socket.once('close', () => isMute() && emit('error', mute(isTls)))
}

const noTls = () =>
  new Error('no TLS is spoken there: if that is right, the address begins with redis, not rediss')

// A server that wants a client's certificate says so only after the handshake, and often hangs up before it is heard.
const mute = (isTls: boolean) =>
  new Error(
    isTls
      ? 'closed without an answer: it must not ask for client certificates (tls-auth-clients no)'
      : 'closed without an answer: if TLS is spoken there, the address begins with rediss',
  )

const answersWithoutTls: ReadonlySet<unknown> = new Set(['wrong version number', 'packet length too long'])

function inWords(error: Error): Error {
  const reason = tlsReason(error)
  if (reason === undefined) return error
  return answersWithoutTls.has(reason) ? noTls() : new Error(`TLS failed: ${reason}`)
}
