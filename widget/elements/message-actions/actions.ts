import type { MessageRow } from '../../state/timeline.ts'
import type { PanelHost } from '../host.ts'
import { isClosed } from '../menu/my-role.ts'

/** What can be done with a message, as the menu lists it. */
export const actions = [
  'undo',
  'react',
  'reply',
  'edit',
  'forward',
  'pin',
  'markUnread',
  'copyText',
  'copyLink',
  'delete',
] as const
export type Action = (typeof actions)[number]

/** What this reader can do with it now. */
export function actionsOf(
  row: MessageRow,
  host: Pick<PanelHost, 'chat' | 'draw' | 'format' | 'deepLinks'>,
): readonly Action[] {
  const { chat, format, deepLinks } = host
  const { features, limits, rooms } = chat.state
  if (row.kind === 'system' || row.deleted) return []
  const isStored = row.message !== undefined
  const ageMs = format.now() - Date.parse(row.at)
  // The server has the last word; its clock may be another one.
  const isInTime = typeof limits.editWindow !== 'number' || ageMs < limits.editWindow * 1_000
  // What I wrote as a guest stays the guest's.
  const isMine = row.message?.authorId === chat.state.me && isInTime
  const { forwarded } = row.message ?? {}
  // What somebody else said first keeps their words.
  const isOwnText = !forwarded || forwarded.authorId === chat.state.me
  const mayWrite = !isClosed(host, rooms.get(row.message?.roomId ?? ''))
  const can: Record<Action, boolean> = {
    undo: row.undoable,
    react: isStored && !!features.reactions,
    reply: isStored && !!features.replies && mayWrite,
    edit: isMine && isOwnText,
    // It stays where the site said it.
    forward: isStored && !!features.forwards && !row.message?.site,
    pin: isStored && !!features.pins && mayWrite,
    // From my own nothing is unread to me.
    markUnread: isStored && !row.mine,
    copyText: true,
    // Elsewhere it would lead nowhere.
    copyLink: isStored && !!deepLinks,
    delete: isMine,
  }
  return actions.filter((action) => can[action])
}
