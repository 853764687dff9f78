import type { CSSResult, ReactiveControllerHost } from 'lit'
import type { Chat } from '../chat.ts'
import type { Strings } from '../locale/en.ts'
import type { Format } from './format.ts'

/** What the parts of the panel know of the element they are drawn into. */
export interface Host extends ReactiveControllerHost, HTMLElement {
  readonly root: ShadowRoot
  readonly chat: Chat
  readonly words: Strings
  readonly format: Format
  readonly isLauncher: boolean
  readonly isNarrow: boolean
  readonly isShown: boolean
  readonly singleRoom: boolean
  /** The page says which room to show. */
  readonly roomIsGiven: boolean
  readonly keepEvents: boolean
  readonly sendKey: 'enter' | 'mod-enter'
  /** The page took the sign-in into its own hands. */
  readonly isAuthHandled: boolean
  /** Tells the page; false when it said no. */
  emit(event: Event): boolean
  close(): Promise<void>
  /** Takes the style sheets of a part that was loaded just now. */
  adopt(styles: readonly CSSResult[]): void
  /** Sends what the user wrote, if the page lets it. */
  submit(room: string, text: string): boolean
}
