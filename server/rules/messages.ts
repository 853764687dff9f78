import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import type { MessageChange } from '../store/store.ts'
import { hasMentions, mentionsColumn, mentionsIn, refusal } from './mentions.ts'
import { requirePermission, type Situation } from './permissions.ts'
import type { PostingRules } from './posting.ts'
import { requireMatch, revTag } from './preconditions.ts'
import { bodyHash } from './retries.ts'
import type { MessageRow } from './rows.ts'
import { changedSite, inOneOrder, siteColumn, siteIn, wholeText } from './site-message.ts'

/** @throws Problem `not_found` unless it is a user's message of the room, `conflict` for a tombstone */
export function requireAnswerable(row: Pick<MessageRow, 'kind' | 'deleted_at'> | undefined): void {
  if (row?.kind !== 'text') throw new Problem('not_found', 'replyTo: no such message to answer')
  if (row.deleted_at !== null) throw new Problem('conflict', 'replyTo: the message was deleted')
}

/** Who pins: what the room says of who writes there, and what they are in it. */
export type Pinner = Pick<PostingRules, 'post'> & Pick<Situation, 'role'>

/**
 * The message with its new text, with a pin or without, or as a tombstone; the same row where nothing would change. Its rev
 * is still to come.
 * @throws Problem `not_found`, `forbidden` for anybody but the author, after its `editWindow`, for another text of what
 * somebody else said first, for the pin of a system message, and for one by a member where only owners write, `conflict` for the text or pin of a tombstone,
 * `bad_request` for mentions in a forwarded message
 */
export function amended(
  row: MessageRow | undefined,
  change: MessageChange,
  { now, pinner }: { readonly now: number; readonly pinner: Pinner | undefined },
): MessageRow {
  if (!row) throw new Problem('not_found', 'no such message')
  requireChange(row, change, pinner)
  requireMatch(change.ifMatch, revTag(row.rev))
  if (change.kind === 'delete' && row.deleted_at !== null) return row
  if (row.deleted_at !== null) throw new Problem('conflict', 'the message was deleted')
  // As with `createdAt`, a clock that went back shows nowhere.
  const at = Math.max(now, row.created_at, row.edited_at ?? 0)
  if (change.kind === 'pin') return withPin(row, change, at)
  const hash = row.hash || bodyHash(row.text, row.site === null ? row.mentions : inOneOrder(row.site))
  if (change.kind === 'edit-site') return withSite({ ...row, hash }, change, { row, at })
  if (change.kind === 'edit' && isSameBody(row, change)) return row
  if (change.kind === 'edit') requireOwnWords(row, change)
  requireWithinWindow(row, change, now)
  if (change.kind === 'edit')
    return { ...row, text: change.text, mentions: mentionsColumn(change, at), hash, edited_at: at }
  const nothing = { site: null, mentions: null, reactions: null, pinned_by: null, pinned_at: null }
  return { ...row, text: '', hash, ...nothing, deleted_at: at }
}

/** @throws Problem `forbidden` */
function requireChange(row: MessageRow, change: MessageChange, pinner: Pinner | undefined): void {
  // Nobody wrote what the room itself says. That `by` is a member, or the site, was part of finding the row.
  const isAuthor = row.author === change.by && row.kind === 'text'
  requirePermission(change.kind === 'edit-site' ? 'edit' : change.kind, { role: 'member', isAuthor })
  // All members read a pin, as a message.
  if (change.kind === 'pin' && pinner?.post === 'owners')
    requirePermission('announce', { role: pinner.role, kind: 'group' })
}

/** The row itself where it says that already. */
function withSite(
  hashed: MessageRow,
  { site: wanted }: Extract<MessageChange, { kind: 'edit-site' }>,
  { row, at }: { readonly row: MessageRow; readonly at: number },
): MessageRow {
  const next = changedSite(siteIn(row.site ?? '{}'), wanted)
  const site = siteColumn(next)
  return site === row.site ? row : { ...hashed, text: wholeText(next), site, edited_at: at }
}

type Edit = Extract<MessageChange, { kind: 'edit' }>

const isSameBody = (row: MessageRow, edit: Edit): boolean =>
  edit.text === row.text && mentionsColumn(edit) === mentionsColumn(mentionsIn(row))

/** Nobody puts words into the mouth of another, and what is said again mentions nobody. */
function requireOwnWords({ forwarded, author }: MessageRow, edit: Edit): void {
  if (forwarded === null) return
  if (hasMentions(edit)) throw refusal('expected none in a message that is forwarded')
  if (forwarded === author) return
  throw new Problem('forbidden', 'nobody changes what somebody else said: the message is a forwarded one')
}

type Pin = Extract<MessageChange, { kind: 'pin' }>

function withPin(row: MessageRow, { on, by }: Pin, at: number): MessageRow {
  if (row.kind !== 'text') throw new Problem('forbidden', 'nobody pins what the room itself says')
  if (on === (row.pinned_at !== null)) return row
  return { ...row, pinned_by: on ? by : null, pinned_at: on ? at : null }
}

/** Whether the room has a pin more after the change: then it must have room for it. */
export const isPinned = (before: MessageRow | undefined, after: MessageRow): boolean =>
  before?.pinned_at === null && after.pinned_at !== null

/** @param count the room's pins before. @throws Problem `too_large` */
export function requirePinLeft(count: number): void {
  if (count >= limits.pins) throw new Problem('too_large', `expected at most ${limits.pins} pinned messages`)
}

function requireWithinWindow(row: MessageRow, { editWindow }: MessageChange, now: number): void {
  if (editWindow === undefined || now - row.created_at <= editWindow * 1000) return
  const detail = `expected a message sent in the last ${editWindow} seconds: it can no longer be changed`
  throw new Problem('forbidden', detail)
}
