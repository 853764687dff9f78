import type { ServerFrame } from '../../../server/protocol/events.ts'
import { Chat } from '../../../widget/chat.ts'
import { FakeStorage } from '../../widget/a-chat.ts'
import type { Chance } from './chance.ts'
import { Access, type Host, origin } from './network.ts'
import type { SimulatedTime } from './time.ts'
import { watcher } from './watcher.ts'

export type DeviceTools = {
  readonly time: SimulatedTime
  readonly chance: Chance
  readonly route: () => Host | undefined
  readonly newId: () => string
  readonly note: (what: string) => void
  readonly complain: (what: string) => void
  /** A frame reached the page. */
  readonly onFrame: (device: Device, frame: ServerFrame) => void
  /** The server acknowledged a message. */
  readonly onSent: (message: { id: string; roomId: string; text: string }) => void
}

/** A page of the site on somebody's phone or laptop: the widget's real Chat, without its elements. */
export class Device {
  readonly name: string
  readonly user: string
  readonly access: Access
  chat: Chat
  /** What was sent from here. */
  readonly sent = new Map<string, string>()
  readonly #tools: DeviceTools
  readonly #storage = new FakeStorage()
  #asleep: (() => void)[] | undefined

  constructor(name: string, user: string, tools: DeviceTools) {
    const { onFrame } = tools
    this.name = name
    this.user = user
    this.#tools = tools
    this.access = new Access(name, user, {
      ...tools,
      onFrame: (frame) => onFrame(this, frame),
      atPage: (run) => this.#whenAwake(run),
    })
    this.chat = this.#newChat()
  }

  send(room: string, text: string): void {
    const id = this.chat.send(room, text)
    if (id !== undefined) this.sent.set(id, text)
  }

  /** The page is loaded anew: all that survives is what was saved. */
  reload(): void {
    this.chat.close()
    this.chat = this.#newChat()
    this.chat.connect()
  }

  /** The lid is closed: no timer runs, and what comes waits. */
  fallAsleep(): void {
    this.#asleep ??= []
  }

  wakeUp(): void {
    const waiting = this.#asleep ?? []
    this.#asleep = undefined
    for (const run of waiting) run()
    this.chat.wake()
  }

  #whenAwake(run: () => void): void {
    if (this.#asleep) this.#asleep.push(run)
    else run()
  }

  #newChat(): Chat {
    const { time, chance, newId, onSent, complain } = this.#tools
    const chat = new Chat({
      server: `${origin}/`,
      storage: this.#storage,
      fetch: this.access.fetch,
      WebSocket: this.access.WebSocket,
      clock: { now: time.now, after: (ms, run) => this.#timer(ms, run) },
      random: chance.next,
      newId,
    })
    chat.on('send', ({ message }) => onSent(message))
    chat.subscribe(watcher((what) => complain(`${this.name}: ${what}`)))
    return chat
  }

  #timer(ms: number, run: () => void): () => void {
    let isOff = false
    const cancel = this.#tools.time.after(ms, () => this.#whenAwake(() => isOff || run()))
    return () => {
      isOff = true
      cancel()
    }
  }
}
