import type { Strings } from '../../locale/en.ts'
import type { Action } from './actions.ts'

/** What an action is called. */
export function wordOf(action: Action, words: Strings): string {
  return action === 'delete' ? words.discard : words[action]
}
