import type { MessageRow } from '../../state/timeline.ts'
import type { Host } from '../host.ts'
import { roomWords } from '../menu/room-words.ts'
import type { Action } from './actions.ts'

/** What an action on a message is called. */
export function wordOf(action: Action, { message }: MessageRow, host: Pick<Host, 'words'>): string {
  const { words } = host
  if (action === 'markUnread') return roomWords(host).markUnreadFrom
  if (action === 'pin' && message?.pinned) return words.unpin
  return action === 'delete' ? words.discard : words[action]
}
