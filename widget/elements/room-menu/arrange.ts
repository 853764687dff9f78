/** What a reader can do with a room in their own list, as words and as what the client is asked for. */

import type { RoomWords } from '../../locale/en-rooms.ts'
import type { RoomItem } from '../../state/room-list.ts'
import type { Arranging } from '../../state/state.ts'
import { faultOf } from '../../state/state.ts'
import type { PanelHost } from '../host.ts'
import type { MenuItem } from '../menu/popup.ts'
import { roomWords } from '../menu/room-words.ts'
import { roomIcons } from './icons.ts'

const hourMs = 3_600_000

export type Said = Exclude<keyof RoomWords['said'], 'left' | 'presence'>

/** Asks for it, and says what came of it: what was done, or why not. */
export type Arrange = (wish: Arranging, said: Said) => void

/** For how long a room is muted. */
export function muteItems(host: PanelHost, arrange: Arrange): readonly MenuItem[] {
  const words = roomWords(host)
  const now = host.format.now()
  // Midnight of the reader, where the next day begins.
  const tomorrow = new Date(now)
  tomorrow.setHours(24, 0, 0, 0)
  const mute = (label: string, until: number | 'forever'): MenuItem => ({
    icon: until === 'forever' ? roomIcons.mute : roomIcons.clock,
    label,
    run: () => arrange({ mutedUntil: until === 'forever' ? until : new Date(until).toISOString() }, 'muted'),
  })
  return [
    ...[1, 8].map((n) => mute(words.muteHours(n, host.format.number(n)), now + n * hourMs)),
    mute(words.muteDay, tomorrow.getTime()),
    mute(words.muteForever, 'forever'),
  ]
}

/** Why it was not done, in the reader's words. */
export function refusal(host: PanelHost, error: unknown, { pinned }: Arranging = {}): string {
  const words = roomWords(host)
  const { code } = faultOf(error)
  return words.refused(pinned && code === 'too_large' ? words.tooManyPinned : host.words.faults[code])
}

/** The place from which a room that was read is unread: its last message. */
export function unreadPlace({ state }: PanelHost['chat'], { id }: RoomItem): number {
  const room = state.rooms.get(id)
  const { log, lastMessage, viewer } = room ?? {}
  // My own messages are never unread: where the last ones are mine, the one before them.
  const last = [...(log && !log.newer ? log.messages : [])]
    .reverse()
    .find(({ authorId, kind, deletedAt }) => authorId !== viewer && kind === 'text' && !deletedAt)
  return last?.seq ?? lastMessage?.seq ?? 0
}
