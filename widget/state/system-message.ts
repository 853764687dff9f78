import type { MessageView, SystemView } from '../../server/protocol/views.ts'
import { userOf } from './people.ts'
import type { State } from './state.ts'

/** What happened to a room. `what`: to whom, or the new name. A person without a name is the reader. */
export type SystemMessage = {
  readonly event: SystemView['event']
  readonly who: string | undefined
  readonly what: string | undefined
}

/** Nothing of a message that is a text, or about somebody unknown: then its text has the name. */
export function systemMessageIn(state: State, { authorId, system }: MessageView): SystemMessage | undefined {
  const { event, userId, name } = system ?? {}
  if (!event || (userId !== undefined && !state.users.has(userId))) return undefined
  const nameOf = (id: string) => (id === state.me ? undefined : userOf(state, id).name)
  return { event, who: nameOf(authorId), what: userId === undefined ? name : nameOf(userId) }
}
