import type { CSSResult, ReactiveControllerHost } from 'lit'
import type { Chat } from '../chat.ts'
import type { Strings } from '../locale/en.ts'
import type { MessageRenderers } from '../message-renderers.ts'
import type { Format } from './format.ts'

/** What every part knows of the element it is drawn into: no more than an element that holds only that part has. */
export interface Host extends ReactiveControllerHost, HTMLElement {
  readonly root: ShadowRoot
  readonly chat: Chat
  readonly words: Strings
  readonly format: Format
  /** It can be seen. */
  readonly isShown: boolean
  readonly sendKey: 'enter' | 'mod-enter'
  readonly messageRenderers: MessageRenderers | undefined
  /** Draws before the next paint, once. */
  draw(): void
  /** Dispatches an event of the element; false when the page cancelled it. */
  emit(event: Event): boolean
  /** Takes the style sheets of a part that was loaded just now; those it has already, once. */
  adopt(styles: readonly CSSResult[]): void
}

/** What only the panel knows: how it is framed, and what the page asked of it. */
export interface PanelHost extends Host {
  /** The box the panel is drawn into, while it is shown. */
  readonly frame: HTMLElement | null
  readonly isLauncher: boolean
  readonly mode: 'inline' | 'launcher'
  /** Where the open panel of a launcher lies. */
  readonly layer: 'top' | 'page'
  readonly isNarrow: boolean
  readonly singleRoom: boolean
  readonly roomId: string | null | undefined
  readonly directUserId: string | null | undefined
  /** Resolves when somebody is signed in. */
  readonly ready: Promise<void>
  /** The page says which room to show. */
  readonly roomIsGiven: boolean
  readonly keepEvents: boolean
  /** The page lets Back close what is open here. */
  readonly history: boolean | undefined
  /** The page lets its address lead into the chat. */
  readonly deepLinks: boolean | undefined
  /** The page handles the sign-in itself: it cancelled `chatter-auth-error`. */
  readonly isAuthHandled: boolean
  close(): Promise<void>
  openRoom(roomId: string, at: { messageId?: string }): Promise<void>
}
