import type { MessageView, SettingsView, SystemView, UserView } from '../../server/protocol/views.ts'
import { userOf } from './people.ts'
import type { State } from './state.ts'

/** A setting of a group that was changed, and to what: that only owners write, or all; slow mode on or off; what of the time before they came members see. */
export type SettingChange = 'owners' | 'all' | 'slow' | 'fast' | 'since-joined' | 'from-start'

/** What happened to a room. `what`: to whom, or the new name. `settings`: what was configured. A person without a name is the reader. */
export type SystemMessage = {
  readonly event: SystemView['event']
  readonly who: UserView | undefined
  readonly what: UserView | string | undefined
  /** They did it to themselves. */
  readonly isOwn: boolean
  readonly settings: readonly SettingChange[]
}

/** Nothing of a message that is a text, or about somebody unknown: then its text has the name. */
export function systemMessageIn(state: State, { authorId, system }: MessageView): SystemMessage | undefined {
  const { event, userId, name, settings = {} } = system ?? {}
  if (!event || (userId !== undefined && !state.users.has(userId))) return undefined
  const other = (id: string) => (id === state.me ? undefined : userOf(state, id))
  const what = userId === undefined ? name : other(userId)
  const isOwn = userId === authorId
  return { event, isOwn, who: other(authorId), what, settings: changesOf(settings) }
}

function changesOf({ post, slowMode, history }: SettingsView): readonly SettingChange[] {
  const slow = slowMode ? 'slow' : 'fast'
  return [
    ...(post ? [post] : []),
    ...(slowMode === undefined ? [] : ([slow] as const)),
    ...(history ? ([history === 'all' ? 'from-start' : history] as const) : []),
  ]
}
