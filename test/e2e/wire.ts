import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import type { Site } from './site.ts'

type Frame = { readonly t: string; readonly message?: unknown }
export type IsDeadly = (frame: Frame, from: 'page' | 'server') => boolean

/**
 * Between pages and a site, at an address of its own: lets everything through until `isDeadly` says that the connection
 * dies with this frame, which then does not arrive. `died` resolves at that moment. Connections made later are whole.
 */
export class Wire implements AsyncDisposable {
  readonly #site: Site
  readonly #isDeadly: IsDeadly
  readonly #server = createServer((asked, response) => {
    const { method, headers } = asked
    const passed = request(new URL(asked.url ?? '/', this.#site.url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    passed.once('error', () => response.destroy())
    asked.pipe(passed)
  })
  readonly #sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: ([offered]) => offered ?? false,
  })
  readonly #death = Promise.withResolvers<void>()
  #isOver = false

  private constructor(site: Site, isDeadly: IsDeadly) {
    this.#site = site
    this.#isDeadly = isDeadly
    this.#server.on('upgrade', (...upgrade) => this.#connect(...upgrade))
  }

  static async open(site: Site, isDeadly: IsDeadly): Promise<Wire> {
    const wire = new Wire(site, isDeadly)
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve))
    return wire
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  get died(): Promise<void> {
    return this.#death.promise
  }

  #connect(asked: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { host = '', origin = '', 'sec-websocket-protocol': protocol = '' } = asked.headers
    const address = new URL(asked.url ?? '/', this.#site.url.replace('http', 'ws'))
    const server = new WebSocket(address, protocol, { headers: { host, origin } })
    server.on('error', () => socket.destroy())
    server.once('open', () =>
      this.#sockets.handleUpgrade(asked, socket, head, (page) => this.#join(page, server)),
    )
  }

  #join(page: WebSocket, server: WebSocket): void {
    const wasOver = this.#isOver
    const pass = (from: 'page' | 'server', to: WebSocket) => (data: unknown) => {
      const text = String(data)
      if (!this.#isOver && this.#isDeadly(JSON.parse(text), from)) {
        this.#isOver = true
        this.#death.resolve()
      }
      // What was on its way when the wire was cut never arrives.
      else if (wasOver || !this.#isOver) to.send(text)
    }
    page.on('message', pass('page', server))
    server.on('message', pass('server', page))
    page.once('close', () => server.terminate())
    server.once('close', () => page.terminate())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const page of this.#sockets.clients) page.terminate()
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }
}
