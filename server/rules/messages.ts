import { Problem } from '../protocol/problems.ts'
import type { MessageChange } from '../store/store.ts'
import { bodyHash } from './retries.ts'
import type { MessageRow } from './rows.ts'

/**
 * The message with its new text, or as a tombstone; the same row where nothing would change. Its rev is still to come.
 * @throws Problem `not_found`, `forbidden` for anybody but the author, `conflict` for the text of a tombstone
 */
export function amended(row: MessageRow | undefined, { by, text }: MessageChange, now: number): MessageRow {
  if (!row) throw new Problem('not_found', 'no such message')
  if (row.author !== by || row.kind !== 'text') {
    throw new Problem('forbidden', 'only the author of a message can change it')
  }
  // As with `createdAt`, a clock that went back shows nowhere.
  const at = Math.max(now, row.created_at, row.edited_at ?? 0)
  const hash = row.hash || bodyHash(row.text)
  if (text === undefined) return row.deleted_at === null ? { ...row, text: '', hash, deleted_at: at } : row
  if (row.deleted_at !== null) throw new Problem('conflict', 'the message was deleted')
  return text === row.text ? row : { ...row, text, hash, edited_at: at }
}
