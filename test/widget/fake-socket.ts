import type { ClientFrame } from '../../server/protocol/commands.ts'
import type { ServerFrame } from '../../server/protocol/events.ts'
import type { FakeClock } from './fake-clock.ts'

/** What the network does with a frame. `cut` loses it and the connection; `cut-after` only the connection. */
export type Fate = 'pass' | 'drop' | 'twice' | 'late' | 'cut' | 'cut-after'

export const latencyMs = 5
const lateMs = 120

/** What a socket needs of the server at its other end. */
export interface SocketServer {
  readonly clock: FakeClock
  readonly isDown: boolean
  readonly refusesSockets: string | undefined
  toClient(frame: ServerFrame): Fate
  toServer(frame: ClientFrame): Fate
  receive(socket: FakeSocket, frame: ClientFrame): void
}

/** The client's end of a connection; the other is the server. Frames arrive in order unless one is late. */
export class FakeSocket extends EventTarget {
  user = ''
  isFrozen = false
  readonly #server: SocketServer
  readonly #sockets: Set<FakeSocket>
  #isGone = false

  constructor(server: SocketServer, sockets: Set<FakeSocket>) {
    super()
    this.#server = server
    this.#sockets = sockets
    sockets.add(this)
    this.#later(() => {
      if (server.isDown || server.refusesSockets) this.drop(1006)
      else this.dispatchEvent(new Event('open'))
    })
  }

  send(data: string): void {
    const frame = JSON.parse(data) as ClientFrame
    this.#carry(this.#server.toServer(frame), () => this.#server.receive(this, frame))
  }

  push(frame: ServerFrame): void {
    const data = JSON.stringify(frame)
    this.#carry(this.#server.toClient(frame), () => this.dispatchEvent(new MessageEvent('message', { data })))
  }

  close(): void {
    this.#isGone = true
    this.#sockets.delete(this)
  }

  drop(code: number): void {
    if (this.#isGone) return
    this.close()
    this.dispatchEvent(Object.assign(new Event('close'), { code }))
  }

  #carry(fate: Fate, arrive: () => void): void {
    if (fate !== 'cut' && fate !== 'drop') this.#later(arrive, fate === 'late' ? lateMs : latencyMs)
    if (fate === 'twice') this.#later(arrive)
    if (fate === 'cut' || fate === 'cut-after') this.#later(() => this.drop(1006))
  }

  #later(act: () => void, ms = latencyMs): void {
    this.#server.clock.after(ms, () => {
      if (!this.#isGone && !this.isFrozen) act()
    })
  }
}
