/** What the button says before anything else is loaded, in English. */
export const launcherWords = {
  chat: 'Chat',
  open: 'Open chat',
  openUnread: (_n: number, shown: string) => `Open chat, ${shown} unread`,
  close: 'Close chat',
  loading: 'Loading…',
  /** On a badge, of what is not counted any further. */
  moreThan: (_n: number, shown: string) => `${shown}+`,
}
