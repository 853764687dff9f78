/** The rows as both databases hold them, and the one place where they become views. */
import { isGuestId } from '../protocol/guests.ts'
import { limits } from '../protocol/limits.ts'
import type {
  ArrangementView,
  MemberView,
  MessageView,
  ReplyView,
  RoomMe,
  RoomView,
  SystemView,
  UserView,
} from '../protocol/views.ts'
import type { ArrangedRoom, Heads, Profile, RoomVersions, UserDetails } from '../store/store.ts'
import { mentionsIn } from './mentions.ts'
import { userTag } from './preconditions.ts'
import { reactionViews } from './reactions.ts'
import { dataColumn, dataIn, siteIn } from './site-message.ts'
import { shownFrom } from './visibility.ts'

export type UserRow = {
  id: string
  name: string
  avatar_url: string | null
  about: string | null
  /** Of a guest: as whom they have signed in since. */
  merged_into: string | null
}

/** With what only their card shows. */
export type ProfileRow = UserRow & { time_zone: string | null; data: string | null }

/** Of somebody who was here. */
export type SeenRow = { id: string; last_seen_at: number }

export type RoomRow = {
  id: string
  kind: RoomView['kind']
  name: string | null
  description: string | null
  picture_url: string | null
  post: 'owners' | null
  slow_mode: number | null
  joining: 'open' | null
  history: 'since-joined' | null
  /** What the site keeps with it, as JSON. */
  data: string | null
  keep_days: number | null
  head: number
  rev: number
  last_seq: number
  quiet_from: number | null
  quiet_to: number | null
  last_at: number
  member_count: number
}

/** Of a room right after a change. */
export type AlteredRow = Pick<RoomRow, 'head' | 'last_at'> & { membershipRev: number }

export type MemberRow = { user: string; role: MemberView['role']; read_seq: number; read_at: number | null }

/** With the rest as of now: a mute that has ended is none. */
export type MeRow = {
  role: MemberView['role']
  read_seq: number
  /** The first place that they see. */
  visible_from: number
  unread: number
  mentions: number
  muted: number
  muted_until: number | null
  mute_mentions: number
  pinned_at: number | null
  archived_seq: number | null
  unread_from: number | null
  arranged_rev: number
}

export type MessageRow = {
  id: string
  room: string
  seq: number
  rev: number
  author: string
  kind: MessageView['kind']
  text: string
  system: string | null
  hash: string
  created_at: number
  edited_at: number | null
  deleted_at: number | null
  /** The seq of the message that it answers. */
  reply_to: number | null
  /** Who said first what it says again. */
  forwarded: string | null
  /** Who pinned it, and when; both null where nobody did. */
  pinned_by: string | null
  pinned_at: number | null
  /** What the site itself says, in its parts (site-message.ts); null where a user wrote it. */
  site: string | null
  /** Whom it mentions (mentions.ts); null where it mentions nobody. */
  mentions: string | null
  /** The summary of its reactions (reactions.ts); null where there are none. */
  reactions: string | null
  /** That message as it is now (`StoredQuote`), which every read joins. */
  quote: string | null
}

/** Of each column what it holds, so that a page can count its bytes: `short` is at most an id, a number or a time. */
const messageColumnHolds = {
  id: 'short',
  room: 'short',
  seq: 'short',
  rev: 'short',
  author: 'short',
  kind: 'short',
  text: 'text',
  system: 'json',
  hash: 'short',
  created_at: 'short',
  edited_at: 'short',
  deleted_at: 'short',
  reply_to: 'short',
  forwarded: 'short',
  pinned_by: 'short',
  pinned_at: 'short',
  site: 'json',
  mentions: 'json',
  reactions: 'json',
  quote: 'json',
} as const satisfies Record<keyof MessageRow, 'short' | 'text' | 'json'>

const messageFields = Object.keys(messageColumnHolds) as readonly (keyof MessageRow)[]

/** What both databases read of `messages`: each column of a `MessageRow`, none forgotten. The quote is another row's. */
export const messageColumns = messageFields.filter((name) => name !== 'quote')

type JsonColumn = {
  [N in keyof MessageRow]: (typeof messageColumnHolds)[N] extends 'json' ? N : never
}[keyof MessageRow]

/** Those of any length beside the text. */
export const jsonColumns = messageFields.filter(
  (name): name is JsonColumn => messageColumnHolds[name] === 'json',
)

/** What a change of a message writes, beside its rev. */
export const amendedColumns = [
  'text',
  'hash',
  'edited_at',
  'deleted_at',
  'site',
  'mentions',
  'reactions',
  'pinned_by',
  'pinned_at',
] as const satisfies (keyof MessageRow)[]

/** Whether saving the profile would change nothing. */
export const isUpToDate = (row: ProfileRow, profile: Profile): boolean =>
  isSeenAs(row, profile) &&
  (profile.timeZone ?? row.time_zone ?? '') === (row.time_zone ?? '') &&
  (profile.data === undefined || dataColumn(profile.data) === row.data)

/** Whether others see the user as the profile says. */
export const isSeenAs = (row: UserRow, { name = row.name, avatarUrl, about }: Profile): boolean =>
  name === row.name &&
  (avatarUrl ?? row.avatar_url) === row.avatar_url &&
  (about ?? row.about ?? '') === (row.about ?? '')

type NewMessage = Pick<MessageRow, 'room' | 'id' | 'author' | 'text'> &
  Partial<Pick<MessageRow, 'kind' | 'system' | 'site' | 'quote' | 'forwarded' | 'mentions'>>

/** A message as it is first written, in the place that its room gave it. A user's, unless another kind is said. */
export function firstRow(
  { room, id, author, text, kind = 'text', ...more }: NewMessage,
  { seq, created_at }: Pick<MessageRow, 'seq' | 'created_at'>,
): MessageRow {
  const { system = null, site = null, quote = null, forwarded = null, mentions = null } = more
  const never = { edited_at: null, deleted_at: null, reactions: null, pinned_by: null, pinned_at: null }
  const other = { site, forwarded, mentions, reply_to: quote === null ? null : quoteIn(quote).seq, quote }
  return { id, room, seq, rev: seq, author, kind, text, system, hash: '', created_at, ...never, ...other }
}

/** An answered message as both databases join it to its answer. Of its text they take as many code points. */
export type StoredQuote = { id: string; seq: number; author: string; text: string; deleted: boolean | 0 | 1 }

export const quoteOf = ({ id, seq, author, text, deleted_at }: Omit<MessageRow, 'room'>): string =>
  JSON.stringify({ id, seq, author, text: beginningOf(text), deleted: deleted_at !== null })

export const quoteIn = (column: string): StoredQuote => JSON.parse(column) as StoredQuote

function replyView(column: string): ReplyView {
  const { id, seq, author: authorId, text, deleted } = quoteIn(column)
  const view: ReplyView = { id, seq, authorId, text: beginningOf(text) }
  if (deleted) view.deleted = true
  return view
}

/** Not half of a surrogate pair. */
function beginningOf(text: string): string {
  const beginning = text.slice(0, limits.quoteChars)
  return beginning.isWellFormed() ? beginning : beginning.slice(0, -1)
}

const time = (ms: number) => new Date(ms).toISOString()

export function userView(row: UserRow): UserView {
  const view: UserView = { id: row.id, name: row.name }
  if (row.avatar_url !== null) view.avatarUrl = row.avatar_url
  if (row.about !== null) view.about = row.about
  if (row.merged_into !== null) view.mergedInto = row.merged_into
  else if (isGuestId(row.id)) view.guest = true
  return view
}

/** What only their card shows. */
export const detailsOf = (row: ProfileRow | undefined): UserDetails => ({
  ...(typeof row?.time_zone === 'string' && { timeZone: row.time_zone }),
  ...(typeof row?.data === 'string' && { data: dataIn(row.data) }),
})

export const tagOf = (row: ProfileRow | undefined): string | undefined =>
  row && userTag({ ...userView(row), ...detailsOf(row) })

/** RFC 3339, by user id. */
export function lastSeenIn(rows: readonly SeenRow[]): Record<string, string> {
  const seen: Record<string, string> = Object.create(null)
  for (const { id, last_seen_at } of rows) seen[id] = time(last_seen_at)
  return seen
}

/** A tombstone shows nothing of what a server of an earlier build left beside it. */
export function messageView(row: MessageRow): MessageView {
  const view: MessageView = {
    id: row.id,
    roomId: row.room,
    seq: row.seq,
    rev: row.rev,
    authorId: row.author,
    kind: row.kind,
    text: row.text,
    createdAt: time(row.created_at),
  }
  if (row.system !== null) view.system = systemIn(row.system)
  if (row.edited_at !== null) view.editedAt = time(row.edited_at)
  if (row.deleted_at !== null) return { ...view, deletedAt: time(row.deleted_at) }
  if (row.site !== null) view.site = siteIn(row.site)
  if (row.quote !== null) view.replyTo = replyView(row.quote)
  if (row.forwarded !== null) view.forwarded = { authorId: row.forwarded }
  if (row.pinned_by !== null && row.pinned_at !== null)
    view.pinned = { userId: row.pinned_by, at: time(row.pinned_at) }
  if (row.mentions !== null) Object.assign(view, mentionsIn(row))
  if (row.reactions !== null) view.reactions = reactionViews(row.reactions)
  return view
}

/** What the column holds; there the user's id has the name that it had on the first wire. */
type StoredSystem = Omit<SystemView, 'userId'> & { user?: string }

export function systemColumn({ event, userId, name, settings }: SystemView): string {
  const stored: StoredSystem = { event }
  if (userId !== undefined) stored.user = userId
  if (name !== undefined) stored.name = name
  if (settings !== undefined) stored.settings = settings
  return JSON.stringify(stored)
}

export function systemIn(column: string): SystemView {
  const { user, ...stored } = JSON.parse(column) as StoredSystem
  return { ...stored, ...(user !== undefined && { userId: user }) }
}

/** Without when they read, which not everybody may know. */
const neutralMemberView = (row: MemberRow): MemberView => ({
  userId: row.user,
  role: row.role,
  readSeq: row.read_seq,
})

export function memberView(row: MemberRow): MemberView {
  const view = neutralMemberView(row)
  if (row.read_at !== null) view.readAt = time(row.read_at)
  return view
}

export function meView(row: MeRow): RoomMe {
  const view: RoomMe = { readSeq: row.read_seq, unread: row.unread, muted: row.muted !== 0 }
  if (row.mentions > 0) view.mentions = row.mentions
  if (row.visible_from > 0) view.visibleFrom = row.visible_from
  if (row.arranged_rev > 0) view.arranged = arrangementView(row)
  return view
}

function arrangementView(row: MeRow): ArrangementView {
  const view: ArrangementView = { rev: row.arranged_rev }
  if (row.pinned_at !== null) view.pinnedAt = time(row.pinned_at)
  if (row.muted_until !== null) view.mutedUntil = time(row.muted_until)
  if (row.mute_mentions !== 0) view.muteMentions = true
  if (row.archived_seq !== null) view.archivedSeq = row.archived_seq
  if (row.unread_from !== null) view.unreadFrom = row.unread_from
  return view
}

/** A room that somebody is in. */
export type JoinedRow = RoomVersions & { room: string; visible_from: number; arranged_rev: number }

/** What was never arranged has no rev. */
export const joinedRoom = ({
  room,
  head,
  membershipRev,
  visible_from: from,
  arranged_rev,
}: JoinedRow): ArrangedRoom => ({
  ...{ room, head, membershipRev },
  ...(from > 0 && { from }),
  ...(arranged_rev > 0 && { arrangedRev: arranged_rev }),
})

/** Who of these is a member, from the first place that each sees; undefined for who is none. */
export function membersIn(
  places: readonly (readonly [user: string, from: number | null | undefined])[],
  membershipRev: number,
): { members: ReadonlySet<string>; membershipRev: number; from?: ReadonlyMap<string, number> } {
  const found = places.filter((place): place is readonly [string, number] => typeof place[1] === 'number')
  const from = new Map(found.filter(([, place]) => place > 0))
  const members = new Set(found.map(([user]) => user))
  return { members, membershipRev, ...(from.size > 0 && { from }) }
}

export const headsOf = (row: { head: number; read_seq: number; arranged_rev: number }): Heads => [
  row.head,
  row.read_seq,
  ...(row.arranged_rev > 0 ? [row.arranged_rev] : []),
]

/** The last place of a room where somebody said something: what is after it, the room itself says. */
export const saidSeq = ({
  last_seq,
  quiet_from,
  quiet_to,
}: Pick<RoomRow, 'last_seq' | 'quiet_from' | 'quiet_to'>): number =>
  quiet_to === last_seq && quiet_from !== null ? quiet_from : last_seq

/** What is said of it, and what only the site says. */
function nameRoom(view: RoomView, { name, description, picture_url, data, keep_days }: RoomRow): void {
  if (name !== null) view.name = name
  if (description !== null) view.description = description
  if (picture_url !== null) view.pictureUrl = picture_url
  if (data !== null) view.data = dataIn(data)
  if (keep_days !== null) view.keepDays = keep_days
}

export function roomView(
  row: RoomRow,
  parts: { members: MemberRow[] | undefined; last: MessageRow | undefined; me: MeRow | undefined },
): RoomView {
  const view: RoomView = {
    id: row.id,
    kind: row.kind,
    rev: row.rev,
    head: row.head,
    memberCount: row.member_count,
    lastAt: time(row.last_at),
  }
  nameRoom(view, row)
  if (row.post !== null) view.post = row.post
  if (row.slow_mode !== null) view.slowMode = row.slow_mode
  if (row.joining !== null) view.join = row.joining
  if (row.history !== null) view.history = row.history
  if (parts.members) view.members = parts.members.map(neutralMemberView)
  // Never before what they see: that they came is a message itself.
  if (parts.last) view.lastMessage = shownFrom(parts.me?.visible_from ?? 0, messageView(parts.last))
  const said = saidSeq(row)
  if (parts.last && said < row.last_seq) view.saidSeq = said
  if (parts.me) view.me = meView(parts.me)
  // Else it stands among the members.
  if (parts.me && view.me && !parts.members) view.me.role = parts.me.role
  return view
}
