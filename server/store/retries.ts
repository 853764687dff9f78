/** What tells a retry from something else that is asked for under the same id. */
import { hash } from 'node:crypto'
import { Problem } from '../protocol/problems.ts'
import type { MessageView } from '../protocol/views.ts'
import { roomKey } from './room-key.ts'
import { type MessageRow, messageView, type RoomRow } from './rows.ts'
import type { MessageDraft, RoomDraft } from './store.ts'

/** Kept with a message for ever, of its first body. */
export const bodyHash = (text: string): string => hash('sha256', text, 'base64url')

/** The message as it is today. @throws Problem `conflict` when the draft is by another author or of another body */
export function retriedMessage(
  known: MessageRow,
  { author, text }: MessageDraft,
): { message: MessageView; created: false } {
  if (known.author !== author || known.hash !== bodyHash(text)) {
    throw new Problem('conflict', 'message: this id belongs to another message')
  }
  return { message: messageView(known), created: false }
}

/**
 * The room that already has the draft's id. `founders` are who was in it from the start, the owner first.
 * @throws Problem `conflict` when the draft means another room
 */
export function retriedRoom(
  known: Pick<RoomRow, 'id' | 'kind' | 'name'>,
  founders: readonly string[],
  { key, kind, name, members }: RoomDraft,
): { room: string; created: false } {
  // With a key it would have been found by that: this one has other members.
  const isSame = key === undefined && known.kind === kind && known.name === (name ?? null)
  if (isSame && founders[0] === members[0] && roomKey(founders) === roomKey(members)) {
    return { room: known.id, created: false }
  }
  throw new Problem('conflict', 'id: another room has this id')
}
