/** What the element loads when it is wanted, by the names under which elements of earlier builds look for it here. */
import { fit } from './load-chunk.ts'
import { localeChunks } from './locale/locales.ts'

const panel = () => import('./elements/panel/panel.ts')

/** By the panel, which it shares code with: else that would be a chunk of its own, fetched with each panel. */
const own =
  <T>(load: (from: Awaited<ReturnType<typeof panel>>) => T) =>
  async () =>
    load(await panel())

export const chunks = {
  fit,
  // Of one build, both: the panel knows the insides of the chat.
  chat: () => import('./chat-events.ts'),
  panel,
  people: own(({ ownPicker }) => ownPicker()),
  emoji: own(({ ownEmoji }) => ownEmoji()),
  actions: own(({ ownActions }) => ownActions()),
  info: own(({ ownInfo }) => ownInfo()),
  rooms: own(({ ownMenu }) => ownMenu()),
  directory: own(({ ownDirectory }) => ownDirectory()),
  ...localeChunks,
}
