/** Somebody at a device: the widget's own headless client on a real network, and a record of all it says and hears. */
import type { ClientFrame } from '../../server/protocol/commands.ts'
import type { MessageView } from '../../server/protocol/views.ts'
import { Chat } from '../../widget/chat.ts'
import type { Room } from '../../widget/state/state.ts'
import { tokenOf } from './api.ts'
import type { Happening, HeldRoom } from './history.ts'

export type PersonOptions = {
  readonly url: string
  readonly user: string
  /** Different for two devices of one user. */
  readonly device?: string
  readonly happenings: Happening[]
}

export class Person implements Disposable {
  readonly user: string
  readonly device: string
  readonly chat: Chat
  /** How often it was connected anew. */
  connections = 0
  readonly #happenings: Happening[]
  readonly #opening = new Set<string>()
  readonly #marks = new Map<string, number>()
  /** Marks that were set here and that the server does not have yet, by room. */
  readonly #unsaid = new Map<string, number>()

  constructor({ url, user, device = `${user} 1`, happenings }: PersonOptions) {
    this.user = user
    this.device = device
    this.#happenings = happenings
    this.chat = new Chat({
      server: url,
      auth: { provider: () => tokenOf(user) },
      WebSocket: this.#recordedSocket(),
      fetch: async (...request) => {
        const response = await fetch(...request)
        if (response.ok) this.#wasTold(await response.clone().json())
        return response
      },
    })
    this.chat.subscribe(({ rooms }) => {
      for (const room of rooms.values()) this.#look(room)
    })
    this.chat.connect()
  }

  get isConnected(): boolean {
    return this.chat.state.connection.status === 'open'
  }

  /** What the server has not acknowledged yet: messages, and read marks. */
  get waiting(): number {
    return this.chat.state.outbox.length + this.#unsaid.size
  }

  holds(room: string): boolean {
    return this.chat.state.rooms.get(room)?.log !== undefined
  }

  send(roomId: string, text: string): string {
    const id = this.chat.send(roomId, text)
    if (id === undefined) throw new Error('expected something to read')
    this.#happenings.push({ t: 'sent', id, roomId, authorId: this.user, text })
    return id
  }

  read(room: string, seq: number): void {
    const mark = () => this.chat.state.rooms.get(room)?.me.readSeq ?? 0
    const before = mark()
    this.chat.markRead(room, seq)
    if (mark() > before) this.#unsaid.set(room, mark())
  }

  /** Its rooms as they stand on the screen, each scrolled up to its first message. */
  held(): HeldRoom[] {
    const { device, user } = this
    return [...this.chat.state.rooms.values()].map(({ id, log, me }) => {
      if (log?.newer) void this.chat.jumpToLatest(id)
      else if (log?.older) void this.chat.loadOlder(id)
      return {
        device,
        user,
        roomId: id,
        messages: log?.messages ?? [],
        unread: me.unread,
        readSeq: me.readSeq,
        unreadFrom: me.arranged?.unreadFrom,
      }
    })
  }

  [Symbol.dispose](): void {
    this.chat.close()
  }

  /** Opens every room there is and stays in all of them: what comes is then added to each log. */
  #look({ id, log, me }: Room): void {
    if (this.#marks.get(id) !== me.readSeq) {
      this.#marks.set(id, me.readSeq)
      this.#happenings.push({ t: 'marked', device: this.device, roomId: id, seq: me.readSeq })
    }
    if (log || this.#opening.has(id) || !this.isConnected) return
    this.#opening.add(id)
    queueMicrotask(() => void this.chat.openRoom(id).finally(() => this.#opening.delete(id)))
  }

  #recordedSocket(): typeof WebSocket {
    const said = (ids: Map<string, ClientFrame>, text: string) => {
      const frame = JSON.parse(text) as ClientFrame
      if ('id' in frame) ids.set(frame.id, frame)
    }
    const heard = (ids: Map<string, ClientFrame>, text: string) => this.#heard(JSON.parse(text), ids)
    return class extends WebSocket {
      readonly #said = new Map<string, ClientFrame>()

      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols)
        this.addEventListener('message', ({ data }) => heard(this.#said, String(data)))
      }

      override send(data: string): void {
        said(this.#said, data)
        super.send(data)
      }
    }
  }

  #heard(frame: { t: string; id: string; message: MessageView }, said: Map<string, ClientFrame>): void {
    if (frame.t === 'ready') this.connections += 1
    const asked = frame.t === 'ok' ? said.get(frame.id) : undefined
    said.delete(frame.id)
    if (asked?.t === 'send') this.#happenings.push({ t: 'acknowledged', message: frame.message })
    else if (asked?.t === 'read') this.#wasRead(asked)
    else this.#wasTold(frame)
  }

  #wasRead({ roomId, seq }: { roomId: string; seq: number }): void {
    this.#happenings.push({ t: 'read', user: this.user, roomId, seq })
    if ((this.#unsaid.get(roomId) ?? 0) <= seq) this.#unsaid.delete(roomId)
  }

  /** Every message in it, wherever it stands. */
  #wasTold(thing: unknown): void {
    if (typeof thing !== 'object' || thing === null) return
    if (isMessage(thing)) this.#happenings.push({ t: 'delivered', user: this.user, message: thing })
    else for (const part of Object.values(thing)) this.#wasTold(part)
  }
}

function isMessage(thing: object): thing is MessageView {
  return 'seq' in thing && 'authorId' in thing && 'createdAt' in thing
}
