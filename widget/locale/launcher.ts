/** What the button and its frame say before anything else is loaded, in English. */
export const launcherWords = {
  chat: 'Chat',
  open: 'Open chat',
  openUnread: (_n: number, shown: string) => `Open chat, ${shown} unread`,
  close: 'Close chat',
  loading: 'Loading…',
  connectionFailed: 'Chat is not available right now',
  partMissing: 'It could not be loaded.',
  noConnection: 'There is no connection.',
  retry: 'Try again',
  reload: 'Reload the page',
  /** On a badge, of what is not counted any further. */
  moreThan: (_n: number, shown: string) => `${shown}+`,
}
