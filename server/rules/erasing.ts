/**
 * How a user is erased. From the moment it is asked for, nobody is this user or becomes them: their row is gone, and a hash
 * of their id refuses every token that is still good. Then, room by room and in slices, they leave their rooms, and after
 * that everything that was said is looked at once: what they wrote becomes a tombstone of nobody, or goes, and where others
 * were named with them stands nobody. What others typed stays as it is.
 *
 * Each slice is one transaction, and says where the next one begins: whoever is killed in between, the next one goes on.
 */
import { createHmac } from 'node:crypto'
import { erasedId } from '../protocol/erased.ts'
import type { SystemView, UserView } from '../protocol/views.ts'
import { type MessageRow, quoteIn, systemColumn, systemIn } from './rows.ts'
import { systemText } from './system-text.ts'
import { longestTokenMs } from './token-times.ts'

/** In place of a user who was erased. Widgets have a name for them in each language. */
export const nobody: UserView = { id: erasedId, name: 'Deleted user' }

/** A day beyond the longest token: a host may sign with a clock that is wrong. */
export const hashKeptMs = longestTokenMs + 24 * 3_600_000

/** Messages that one slice looks at. On SQLite nobody else is served meanwhile. */
export const messagesOfSlice = 500

/** Under which the key of the hashes lies in `meta`. */
export const hashKeyName = 'erasures'

/** By which an erased user is known again, and nobody else can tell who it was. */
export const userHash = (key: string, tenant: string, user: string): string =>
  createHmac('sha256', key).update(`${tenant}\0${user}`).digest('base64url')

/** What of a message's row erasing writes, beside its rev. */
export const erasedColumns = [
  'author',
  'text',
  'system',
  'hash',
  'edited_at',
  'deleted_at',
  'reply_to',
  'forwarded',
  'pinned_by',
  'pinned_at',
  'mentions',
  'reactions',
] as const satisfies (keyof MessageRow)[]

/** What depends on others than the message. */
type Situation = {
  readonly user: string
  readonly now: number
  /** Of the others whom a system message names. */
  nameOf(id: string): string
}

/** Whether the whole message goes, and not only their name from it. */
export const isTheirs = ({ author, kind }: MessageRow, user: string): boolean =>
  author === user && kind === 'text'

/** Without them; `reactions` are taken back before. */
export function withoutUser(row: MessageRow, situation: Situation): MessageRow {
  const { user, now } = situation
  const quote = row.quote === null ? null : quoteWithout(row.quote, user)
  if (isTheirs(row, user)) {
    const nothing = { mentions: null, reactions: null, pinned_by: null, pinned_at: null }
    const origin = { reply_to: null, quote: null, forwarded: null, edited_at: null }
    const deleted_at = row.deleted_at ?? Math.max(now, row.created_at)
    // No retry has this hash.
    return { ...row, author: nobody.id, text: '', hash: '-', ...nothing, ...origin, deleted_at }
  }
  return {
    ...row,
    ...(row.system !== null && systemWithout(row, row.system, situation)),
    forwarded: row.forwarded === user ? nobody.id : row.forwarded,
    pinned_by: row.pinned_by === user ? nobody.id : row.pinned_by,
    mentions: row.mentions === null ? null : mentionsWithout(row.mentions, user),
    quote,
  }
}

function systemWithout(row: MessageRow, column: string, { user, nameOf }: Situation) {
  const system = systemIn(column)
  if (row.author !== user && system.userId !== user) return {}
  const shown = (id: string) => (id === user || id === nobody.id ? nobody.name : nameOf(id))
  const author = row.author === user ? nobody.id : row.author
  const { userId } = system
  const named: SystemView = { ...system, ...(userId === user && { userId: nobody.id }) }
  const about = system.event === 'described' ? describedBy(row.text) : shown(userId ?? '')
  const isSelf = userId !== undefined && userId === row.author
  return {
    author,
    system: systemColumn(named),
    text: systemText(named, shown(row.author), { about, isSelf }),
  }
}

/** What it says of a description is in no other column. */
const describedBy = (text: string) =>
  /(?:took the description away|changed the description)$/.exec(text)?.[0] ?? ''

function mentionsWithout(column: string, user: string): string | null {
  const { mentions = [], ...others } = JSON.parse(column) as { mentions?: { userId: string }[] }
  const left = mentions.filter(({ userId }) => userId !== user)
  if (left.length === mentions.length) return column
  const isAny = left.length > 0 || 'mentionsRoom' in others
  return isAny ? JSON.stringify({ ...(left.length > 0 && { mentions: left }), ...others }) : null
}

function quoteWithout(column: string, user: string): string {
  const quote = quoteIn(column)
  return quote.author === user
    ? JSON.stringify({ ...quote, author: nobody.id, text: '', deleted: true })
    : column
}

/** How a column of JSON holds the id, so that a database finds it there. */
export const idInJson = (user: string): string => JSON.stringify(user)
