/** What each page of the benchmark offers to whoever measures it, as `window.contender`. */

/** One message, the same for everybody. */
export type Said = {
  readonly id: string
  /** By the reader. */
  readonly mine: boolean
  readonly author: string
  readonly text: string
  /** ISO 8601, UTC. */
  readonly at: string
}

export interface Contender {
  /** Shows a chat in the page's only element, with these messages, oldest first. */
  mount(box: HTMLElement, messages: readonly Said[]): Promise<void> | void
  /** A message arrives from somebody else. */
  receive(message: Said): void
  /** Loads these before the first message, as its own way of loading earlier messages does. */
  prepend(messages: readonly Said[]): Promise<void> | void
  /** The box that scrolls. */
  scroller(): HTMLElement | null
  /** Where the reader types. */
  input(): HTMLElement | null
  /** The text of the first and of the last message in the DOM. */
  first(): string | undefined
  last(): string | undefined
}

declare global {
  interface Window {
    contender: Contender
  }
}
