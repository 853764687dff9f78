/** Notices that something may be set up wrong. What it is, and what helps, the diagnosis says: a chunk of its own. */
import type { ReactiveController } from 'lit'
import type { PanelHost } from '../host.ts'

/** Attributes that nobody has misspelt, and what they may be. */
const known =
  /^(mode=(inline|launcher)|theme=(auto|light|dark)|density=(compact|standard|comfortable)|placement=bottom-(end|start)|send-key=(mod-)?enter|hour-cycle=(auto|h12|h23)|layer=(top|page)|load=(idle|eager|interaction)|(server|open|(room|direct-user)-id|single-room|token(-url)?|keep-events|deep-links|history|lang|dir|id|class|style|slot|part|hidden|title|role|(aria|data)-.*|on[a-z]+|[^a-z].*)=.*)$/s

export class SetUp implements ReactiveController {
  readonly #host: PanelHost
  #stop: (() => void) | undefined

  constructor(host: PanelHost) {
    this.#host = host
    host.addController(this)
    const isKnown = ({ name, value }: Attr) => known.test(`${name}=${value}`)
    if (![...host.attributes].every(isKnown)) void this.#ask((diagnosis) => diagnosis.tellOfAttributes(host))
  }

  hostConnected(): void {
    const { chat } = this.#host
    this.#stop = chat.on('connection-change', () => this.#look())
    this.#look()
  }

  hostDisconnected(): void {
    this.#stop?.()
  }

  /** Where there never was a connection, or will not be again, the owner of the page may have something to mend. */
  #look(): void {
    const { chat } = this.#host
    const { connection, session } = chat.state
    if (!connection.fault || (connection.status !== 'failed' && session.status === 'signed-in')) return
    void this.#ask((diagnosis) => diagnosis.diagnose(chat))
  }

  /** Where nothing can be loaded, that is no matter of how it is set up. */
  #ask(what: (diagnosis: typeof import('../../diagnosis.ts')) => unknown): Promise<unknown> {
    return import('../../diagnosis.ts').then(what).catch(() => {})
  }
}
