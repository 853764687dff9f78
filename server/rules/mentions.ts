/** Whom a message mentions: what a text may say, how its row keeps it, and who is told. */
import { Problem } from '../protocol/problems.ts'
import type { MentionView, MessageView } from '../protocol/views.ts'
import { requirePermission, type Situation } from './permissions.ts'

/** In the order of the text; absent, not empty, where there are none. */
export type Mentions = Pick<MessageView, 'mentions' | 'mentionsRoom'>

/**
 * As the column of a message's row holds them. `editedAt` is that of the text they belong to: where the row has another one,
 * a server of an earlier build gave it a new text and left them behind.
 */
type StoredMentions = Mentions & { readonly editedAt?: number }

/** The user of the one row that a mention of the whole room has. No user's id is empty. */
const everybody = ''

/** @param text as it is stored. @throws Problem `bad_request` for places outside of it, over each other, or within a character */
export function mentionsOf({ mentions = [], mentionsRoom }: Mentions, text: string): Mentions {
  const places = [...mentions, ...(mentionsRoom ? [mentionsRoom] : [])].sort((a, b) => a.at - b.at)
  let end = 0
  for (const { at, length } of places) {
    if (length === 0 || at + length > text.length)
      throw refusal(
        `expected places inside the text, which has ${text.length} characters, got ${at} + ${length}`,
      )
    if (at < end) throw refusal(`expected places that do not overlap, got ${at} before ${end}`)
    end = at + length
    if (!text.slice(at, end).isWellFormed())
      throw refusal(`expected whole characters, got half of a surrogate pair in ${at} + ${length}`)
  }
  return {
    ...(mentions.length > 0 && { mentions: mentions.toSorted((a, b) => a.at - b.at).map(mentionView) }),
    ...(mentionsRoom && { mentionsRoom: { at: mentionsRoom.at, length: mentionsRoom.length } }),
  }
}

export function refusal(detail: string): Problem {
  return new Problem('bad_request', `mentions: ${detail}`, { errors: [{ path: 'mentions', detail }] })
}

// The fields in one order: the same mentions are the same text.
const mentionView = ({ userId, at, length }: MentionView): MentionView => ({ userId, at, length })

export const hasMentions = ({ mentions, mentionsRoom }: Mentions): boolean =>
  mentions !== undefined || mentionsRoom !== undefined

/** @param editedAt when the text became what it is; null while it is the first one */
export function mentionsColumn(of: Mentions, editedAt: number | null = null): string | null {
  if (!hasMentions(of)) return null
  const { mentions, mentionsRoom } = of
  const stored: StoredMentions = {
    ...(mentions && { mentions }),
    ...(mentionsRoom && { mentionsRoom }),
    ...(editedAt !== null && { editedAt }),
  }
  return JSON.stringify(stored)
}

/** What a row holds of its mentions, and what decides whether they are still those of its text. */
type Mentioning = {
  readonly author: string
  readonly mentions: string | null
  readonly edited_at: number | null
}

/** Those of the text that the row has now. */
export function mentionsIn({ mentions: column, edited_at }: Omit<Mentioning, 'author'>): Mentions {
  if (column === null) return {}
  const { editedAt = null, ...mentions } = JSON.parse(column) as StoredMentions
  return editedAt === edited_at ? mentions : {}
}

/**
 * The users for whom the message has a row in the table of mentions: one for everybody, or one for each, and none for its
 * author. Also where a server of an earlier build gave it another text: that left the rows, too.
 */
export function mentionedBy({ author, mentions: column }: Omit<Mentioning, 'edited_at'>): string[] {
  if (column === null) return []
  const { mentions = [], mentionsRoom } = JSON.parse(column) as StoredMentions
  if (mentionsRoom) return [everybody]
  return [...new Set(mentions.map(({ userId }) => userId))].filter((id) => id !== author)
}

/**
 * Whom a new text mentions that the one before did not: only of these it is asked whether they are in the room. Who
 * corrects a word need not take out the name of somebody who has left since.
 */
export function newlyMentioned(now: Mentions, before: Mentions = {}): string[] {
  const known = new Set(before.mentions?.map(({ userId }) => userId))
  return [...new Set(now.mentions?.map(({ userId }) => userId))].filter((id) => !known.has(id))
}

export const newlyMentionsRoom = (now: Mentions, before: Mentions = {}): boolean =>
  now.mentionsRoom !== undefined && before.mentionsRoom === undefined

/** @param strangers of those whom the text newly mentions. @throws Problem `bad_request` where there are any */
export function requireNoStrangers(strangers: readonly string[]): void {
  if (strangers.length === 0) return
  throw refusal(
    `expected members of the room in mentions, got ${strangers.map((id) => JSON.stringify(id)).join(', ')}`,
  )
}

/** @throws Problem `forbidden` for anybody but an owner of a group */
export function requireMentionsRoom(situation: Situation): void {
  requirePermission('mentionRoom', situation)
}
