/** How a retry differs from something else under the same id. */
import { hash } from 'node:crypto'
import { Problem } from '../protocol/problems.ts'
import type { MessageView } from '../protocol/views.ts'
import { trimmed } from '../protocol/visible.ts'
import type { MessageDraft, RoomDraft, SiteDraft } from '../store/store.ts'
import { mentionsColumn } from './mentions.ts'
import { roomKey } from './room-key.ts'
import { type MessageRow, messageView, quoteIn, type RoomRow } from './rows.ts'
import { inOneOrder, siteColumn, siteId, wholeText } from './site-message.ts'

/**
 * Of a message's first body. It is kept from the first change on: until then the body itself is compared. Both without
 * what is blank around it: earlier versions stored that too. `mentions`: their column; no text has a NUL.
 */
export const bodyHash = (text: string, mentions: string | null = null): string =>
  hash('sha256', mentions === null ? trimmed(text) : `${trimmed(text)}\0${mentions}`, 'base64url')

/**
 * The message as it is today. @throws Problem `conflict` when the draft is by another author, of another body, mentions
 * others or answers another message
 */
export function retriedMessage(
  known: MessageRow,
  draft: MessageDraft,
): { message: MessageView; created: false } {
  const { author, text, replyTo, forwarded } = draft
  const mentions = mentionsColumn(draft)
  const isSameText =
    known.hash === ''
      ? trimmed(known.text) === trimmed(text) && known.mentions === mentions
      : known.hash === bodyHash(text, mentions)
  // What was forwarded may say something else by now, or be out of reach.
  const isSame = forwarded === undefined ? known.forwarded === null && isSameText : known.forwarded !== null
  const answered = known.quote === null ? undefined : quoteIn(known.quote).id
  if (known.kind !== 'text' || known.author !== author || !isSame || answered !== replyTo) {
    throw new Problem('conflict', 'messageId: this id belongs to another message')
  }
  return { message: messageView(known), created: false }
}

/** The same of what the site says. */
export function retriedFromSite(
  known: MessageRow,
  { site }: SiteDraft,
): { message: MessageView; created: false } {
  const said = inOneOrder(siteColumn(site))
  const isSame =
    known.hash === ''
      ? known.site !== null && inOneOrder(known.site) === said
      : known.hash === bodyHash(wholeText(site), said)
  if (known.author !== siteId || !isSame)
    throw new Problem('conflict', 'messageId: this id belongs to another message')
  return { message: messageView(known), created: false }
}

/** Everybody who was ever in a room, the owner first. */
export type Joining = { readonly user: string; readonly joined_seq: number }

/** Whether the draft is that of the room which already has its id. */
export function isRetriedRoom(
  known: Pick<RoomRow, 'kind' | 'name' | 'rev'> & { readonly deleted_at: number | null },
  everybody: readonly Joining[],
  { key, kind, name, members }: RoomDraft,
): boolean {
  if (known.kind !== kind || known.deleted_at !== null) return false
  const founders = everybody.filter(({ joined_seq }) => joined_seq === 0).map(({ user }) => user)
  if (known.rev === 0) {
    // As it was made. With a key it would have been found by that: this one has other members.
    const isSame = key === undefined && known.name === (name ?? null)
    return isSame && founders[0] === members[0] && roomKey(founders) === roomKey(members)
  }
  // Its name, owners and members may be others now. Each founder was once in it, and one who still counts as a
  // founder, having never left and come back, is in the draft.
  const ever = new Set(everybody.map(({ user }) => user))
  return founders.every((user) => members.includes(user)) && members.every((user) => ever.has(user))
}

export const otherRoom = () => new Problem('conflict', 'id: another room has this id')
