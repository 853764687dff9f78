/** Between the element and its Chat: loads it, signs the user in, and keeps it alive while it is wanted. */
import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Chat, ChatOptions } from './chat.ts'
import type { chatEmittingOn } from './chat-events.ts'
import { Latest } from './latest.ts'

type Owner = ReactiveControllerHost &
  EventTarget &
  Parameters<typeof chatEmittingOn>[1] & {
    readonly isConnected: boolean
    /** Draws before the next paint, once. */
    draw(): void
  }

/** So long an element may be in no document before it counts as gone. */
const movingMs = 1_000

export class ChatController implements ReactiveController {
  readonly #owner: Owner
  readonly #options: () => ChatOptions
  readonly #loadMaker: () => Promise<typeof chatEmittingOn>
  #maker: typeof chatEmittingOn | undefined
  #chat: Chat | undefined
  #loading: Promise<Chat> | undefined
  /** Who waits for a chat that may be made anew meanwhile. */
  readonly #renewals = new Set<() => void>()
  /** The page handles the sign-in itself: it cancelled `chatter-auth-error`. */
  isAuthHandled = false
  unread = 0
  /** What was asked to be shown, also before there is a chat. */
  readonly latest = new Latest()

  /** `loadMaker` loads what makes the chat. */
  constructor(owner: Owner, options: () => ChatOptions, loadMaker: () => Promise<typeof chatEmittingOn>) {
    this.#owner = owner
    this.#options = options
    this.#loadMaker = loadMaker
    owner.addController(this)
  }

  get chat(): Chat | undefined {
    return this.#chat
  }

  /** The chat, loaded and connecting: on the first call, and on every later one the same. */
  load(): Promise<Chat> {
    this.#loading ??= this.#make()
    return this.#loading
  }

  /** The chat, once somebody is signed in. */
  async ready(): Promise<Chat> {
    const chat = await this.load()
    const { session } = chat.state
    if (session.status === 'signed-in') return chat
    if (session.status === 'signed-out') throw new Error('chatter-widget: nobody is signed in')
    return new Promise((resolve, reject) => {
      const stops = [
        chat.on('ready', () => settle(() => resolve(chat))),
        chat.on('auth-error', ({ fault }) => settle(() => reject(new Error(fault.detail)))),
      ]
      const settle = (how: () => void) => {
        this.#renewals.delete(again)
        for (const stop of stops) stop()
        how()
      }
      const again = () => settle(() => resolve(this.ready()))
      this.#renewals.add(again)
    })
  }

  /** Makes the chat anew where the panel is of a newer build: they know each other's insides. */
  async renew(): Promise<void> {
    const maker = await this.#loadMaker()
    const isNew = maker !== this.#maker
    if (isNew) {
      this.#maker = maker
      this.#chat?.close()
      this.#chat = undefined
      this.#loading = undefined
    }
    await this.load()
    if (isNew) for (const renewed of [...this.#renewals]) renewed()
  }

  /** Another user, or another source of tokens. */
  identify(): void {
    this.isAuthHandled = false
    this.#chat?.identify(this.#options().auth ?? {})
  }

  hostConnected(): void {
    addEventListener('online', this.#wake)
    document.addEventListener('visibilitychange', this.#wake)
    addEventListener('storage', this.#onStorage)
    this.#chat?.connect()
  }

  hostDisconnected(): void {
    removeEventListener('online', this.#wake)
    document.removeEventListener('visibilitychange', this.#wake)
    removeEventListener('storage', this.#onStorage)
    // Some sites take what they keep out of one page and put it into the next, with a few frames in between.
    setTimeout(() => {
      if (!this.#owner.isConnected) this.#chat?.close()
    }, movingMs)
  }

  async #make(): Promise<Chat> {
    try {
      const maker = await this.#loadMaker()
      const chat = maker({ ...this.#options(), latest: this.latest }, this.#owner, (name) => {
        if (name === 'auth-error') this.isAuthHandled = true
      })
      chat.on('unread-change', ({ total }) => {
        this.unread = total
        this.#owner.draw()
      })
      chat.subscribe(() => {
        // A closed panel shows nothing of it, and draws all of it when it is opened.
        if (this.#owner.isShown) this.#owner.draw()
      })
      chat.on('connection-change', () => this.#owner.requestUpdate())
      chat.on('ready', () => {
        this.isAuthHandled = false
      })
      this.#chat = chat
      this.#maker = maker
      if (this.#owner.isConnected) chat.connect()
      this.#owner.requestUpdate()
      return chat
    } catch (error) {
      // The network may be back when it is wanted again.
      this.#loading = undefined
      throw error
    }
  }

  readonly #onStorage = ({ key }: StorageEvent): void => {
    if (key !== null) this.#chat?.followStorage(key)
  }

  readonly #wake = (): void => {
    if (document.visibilityState === 'visible') this.#chat?.wake()
  }
}
