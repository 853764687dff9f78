/** What the button says before anything else is loaded. */
export const launcherWords = {
  chat: 'Chat',
  open: 'Open chat',
  openUnread: (count: string) => `Open chat, ${count} unread`,
  close: 'Close chat',
  loading: 'Loading…',
}
