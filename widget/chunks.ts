/** What the element loads when it is wanted, by the names under which elements of earlier builds look for it here. */
import { fit } from './load-chunk.ts'
import { localeChunks } from './locale/locales.ts'

export const chunks = {
  fit,
  // Of one build, both: the panel knows the insides of the chat.
  chat: () => import('./chat-events.ts'),
  panel: () => import('./elements/panel/panel.ts'),
  // By the panel, which it shares code with: else that would be a chunk of its own, fetched with each panel.
  people: async () => (await chunks.panel()).ownPicker(),
  emoji: async () => (await chunks.panel()).ownEmoji(),
  actions: async () => (await chunks.panel()).ownActions(),
  info: async () => (await chunks.panel()).ownInfo(),
  rooms: async () => (await chunks.panel()).ownMenu(),
  ...localeChunks,
}
