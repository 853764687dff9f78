import type { Strings } from '../../locale/en.ts'
import type { MessageRow } from '../../state/timeline.ts'
import type { Action } from './actions.ts'

/** What an action on a message is called. */
export function wordOf(action: Action, { message }: MessageRow, words: Strings): string {
  if (action === 'pin' && message?.pinned) return words.unpin
  return action === 'delete' ? words.discard : words[action]
}
