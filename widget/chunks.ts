/** What the element loads when it is wanted, by the names under which elements of earlier builds look for it here. */
import { fit } from './load-chunk.ts'
import { localeChunks } from './locale/locales.ts'

const panel = () => import('./elements/panel/panel.ts')

/** By the panel, which they share code with: else that would be a chunk of its own, fetched with each panel. */
const names = ['people', 'emoji', 'actions', 'info', 'rooms', 'directory'] as const

export const chunks = {
  fit,
  // Of one build, both: the panel knows the insides of the chat.
  chat: () => import('./chat-events.ts'),
  panel,
  ...Object.fromEntries(names.map((name) => [name, async () => (await panel()).own[name]()])),
  ...localeChunks,
}
