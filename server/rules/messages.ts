import { Problem } from '../protocol/problems.ts'
import type { MessageChange } from '../store/store.ts'
import { requirePermission } from './permissions.ts'
import { bodyHash } from './retries.ts'
import type { MessageRow } from './rows.ts'

/** @throws Problem `not_found` unless it is a user's message of the room, `conflict` for a tombstone */
export function requireAnswerable(row: Pick<MessageRow, 'kind' | 'deleted_at'> | undefined): void {
  if (row?.kind !== 'text') throw new Problem('not_found', 'replyTo: no such message to answer')
  if (row.deleted_at !== null) throw new Problem('conflict', 'replyTo: the message was deleted')
}

/**
 * The message with its new text, or as a tombstone; the same row where nothing would change. Its rev is still to come.
 * @throws Problem `not_found`, `forbidden` for anybody but the author and after its `editWindow`, `conflict` for the text of a tombstone
 */
export function amended(row: MessageRow | undefined, change: MessageChange, now: number): MessageRow {
  if (!row) throw new Problem('not_found', 'no such message')
  // Nobody wrote what the room itself says. That `by` is a member was part of finding the row.
  const isAuthor = row.author === change.by && row.kind === 'text'
  requirePermission(change.kind, { role: 'member', isAuthor })
  // As with `createdAt`, a clock that went back shows nowhere.
  const at = Math.max(now, row.created_at, row.edited_at ?? 0)
  const hash = row.hash || bodyHash(row.text)
  if (change.kind === 'delete') {
    if (row.deleted_at !== null) return row
    requireWithinWindow(row, change, now)
    return { ...row, text: '', hash, reactions: null, deleted_at: at }
  }
  if (row.deleted_at !== null) throw new Problem('conflict', 'the message was deleted')
  const { text } = change
  if (text === row.text) return row
  requireWithinWindow(row, change, now)
  return { ...row, text, hash, edited_at: at }
}

function requireWithinWindow(row: MessageRow, { editWindow }: MessageChange, now: number): void {
  if (editWindow === undefined || now - row.created_at <= editWindow * 1000) return
  const detail = `expected a message sent in the last ${editWindow} seconds: it can no longer be changed`
  throw new Problem('forbidden', detail)
}
