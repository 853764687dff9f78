/** Between the element and its Chat: loads it, signs the user in, and keeps it alive while it is wanted. */
import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Chat, ChatOptions } from './chat.ts'
import { Latest } from './latest.ts'

type Owner = ReactiveControllerHost &
  EventTarget & {
    readonly isConnected: boolean
    readonly isShown: boolean
    /** Draws before the next paint, once. */
    draw(): void
  }

export class ChatController implements ReactiveController {
  readonly #owner: Owner
  readonly #options: () => ChatOptions
  #chat: Chat | undefined
  #loading: Promise<Chat> | undefined
  /** The page handles the sign-in itself: it cancelled `chatter-auth-error`. */
  isAuthHandled = false
  unread = 0
  /** What was asked to be shown, also before there is a chat. */
  readonly latest = new Latest()

  constructor(owner: Owner, options: () => ChatOptions) {
    this.#owner = owner
    this.#options = options
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
        for (const stop of stops) stop()
        how()
      }
    })
  }

  /** Another user, or another source of tokens. */
  identify(): void {
    this.isAuthHandled = false
    this.#chat?.identify(this.#options().auth ?? {})
  }

  hostConnected(): void {
    addEventListener('online', this.#wake)
    document.addEventListener('visibilitychange', this.#wake)
    this.#chat?.connect()
  }

  hostDisconnected(): void {
    removeEventListener('online', this.#wake)
    document.removeEventListener('visibilitychange', this.#wake)
    // A move in the document is a removal and an insertion in one task.
    queueMicrotask(() => {
      if (!this.#owner.isConnected) this.#chat?.close()
    })
  }

  async #make(): Promise<Chat> {
    try {
      const { chatEmittingOn } = await import('./chat-events.ts')
      const chat = chatEmittingOn({ ...this.#options(), latest: this.latest }, this.#owner, (name) => {
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
      if (this.#owner.isConnected) chat.connect()
      this.#owner.requestUpdate()
      return chat
    } catch (error) {
      // The network may be back when it is wanted again.
      this.#loading = undefined
      throw error
    }
  }

  readonly #wake = (): void => {
    if (document.visibilityState === 'visible') this.#chat?.wake()
  }
}
