/** The small working server, for the widget in a browser: on the real clock, in place of the network. */
import type { UserView } from '../../server/protocol/views.ts'
import { aUser } from './builders.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeServer } from './fake-server.ts'

class RealClock extends FakeClock {
  override now = (): number => Date.now()

  override after = (ms: number, run: () => void): (() => void) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  }
}

export class LiveServer extends FakeServer {
  override readonly clock = new RealClock()
  /** Who the picker finds. */
  people: UserView[] = ['ana', 'sam', 'mina', 'bo', 'zoe'].map((id) => aUser(id))
  readonly #real = { fetch: globalThis.fetch, WebSocket: globalThis.WebSocket }

  constructor() {
    super()
    this.signIn = (token) => JSON.parse(atob(token?.split('.')[1] ?? '')).sub
    globalThis.WebSocket = this.WebSocket
    globalThis.fetch = (input, init) => {
      const url = new URL(String(input), location.href)
      if (!url.href.startsWith(this.url)) return this.#real.fetch(input, init)
      return url.pathname === '/v1/users' && !url.searchParams.has('userId')
        ? this.#people(url.searchParams.get('q') ?? '')
        : this.fetch(input, init)
    }
  }

  /** The network is the browser's own again. */
  uninstall(): void {
    this.isDown = true
    this.cut()
    Object.assign(globalThis, this.#real)
  }

  async #people(query: string): Promise<Response> {
    if (this.isDown) throw new TypeError('fetch failed')
    const users = this.people.filter(({ name }) => name.toLowerCase().startsWith(query.toLowerCase()))
    return Response.json({ users })
  }
}
