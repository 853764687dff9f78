/**
 * What a reader sees of the state: rows, titles, counts. Structured data, never words: elements put them into the
 * reader's language.
 */
import type { MemberView, MessageView, RoomKind, UserView } from '../../server/protocol/views.ts'
import { counts } from './room.ts'
import type { Fault, Load, Pending, Room, State } from './state.ts'

/** A group of messages ends after five silent minutes (rule M21). */
const groupMs = 5 * 60_000
/** As many names as a title shows before "and n more". */
const titleNames = 4

/** A room's name in parts: its own, "notes", or the people in it without me and how many more there are. */
export type Title =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'self'; readonly user: UserView }
  | { readonly kind: 'people'; readonly users: readonly UserView[]; readonly more: number }

/** "who: text" under a room's title. A deleted message has no text. */
export type Preview = {
  readonly author: UserView
  readonly mine: boolean
  readonly kind: MessageView['kind']
  readonly text: string
  readonly deleted: boolean
  readonly status: 'sent' | Pending['status']
}

export type RoomItem = {
  readonly id: string
  readonly kind: RoomKind
  readonly title: Title
  readonly memberCount: number
  readonly preview: Preview | undefined
  readonly draft: string | undefined
  /** RFC 3339. */
  readonly at: string
  /** At `limits.unread` or above: show 99+. */
  readonly unread: number
  readonly muted: boolean
  readonly active: boolean
  /** In a direct room: whether the other one is here. */
  readonly online: boolean
  readonly typing: readonly UserView[]
}

export type Timeline = {
  readonly rows: readonly Row[]
  /** False until a first page is here: then `load` says loading, or why not. */
  readonly loaded: boolean
  readonly older: boolean
  readonly newer: boolean
  readonly load: Load | undefined
  readonly loadOlder: Load | undefined
  readonly loadNewer: Load | undefined
}

export type Row = DayRow | UnreadRow | MessageRow
/** Keys are stable and unique in a timeline; a message's is its id, so a bubble stays itself from pending to seen. */
export type DayRow = { readonly type: 'day'; readonly key: string; readonly at: string }
export type UnreadRow = { readonly type: 'unread'; readonly key: string }
export type MessageRow = {
  readonly type: 'message'
  readonly key: string
  readonly author: UserView
  readonly mine: boolean
  readonly kind: MessageView['kind']
  readonly text: string
  /** RFC 3339: the server's time, or this device's while it is pending. */
  readonly at: string
  readonly edited: string | undefined
  readonly deleted: boolean
  /** First and last of its group: same author, same day, within five minutes, nothing between. */
  readonly first: boolean
  readonly last: boolean
  readonly status: MessageStatus
  readonly fault: Fault | undefined
  /** Absent while pending. */
  readonly seq: number | undefined
  /** On my newest message that somebody has seen, in small rooms: who. */
  readonly seenBy: readonly Seen[] | undefined
}
/** `seen`: by at least one other. Always `sent` for messages of others. */
export type MessageStatus = 'sent' | 'seen' | Pending['status']

/** Somebody who has read a message, and when they last read in this room. */
export type Seen = { readonly user: UserView; readonly at: string | undefined }

export type Member = {
  readonly user: UserView
  readonly owner: boolean
  readonly me: boolean
  readonly online: boolean
  readonly readSeq: number
}

export type Unread = { readonly total: number; readonly byRoom: ReadonlyMap<string, number> }

/** A user's view; of somebody never heard of, the id as the name. */
export function userOf(state: State, id: string): UserView {
  return state.users.get(id) ?? { id, name: id }
}

export function activeRoom(state: State): Room | undefined {
  return state.active && state.rooms.get(state.active.room)
}

/** The rooms, latest activity first; with `query`, those whose title has all its words (case and accents folded). */
export function roomList(state: State, query = ''): readonly RoomItem[] {
  const words = folded(query).split(/\s+/)
  return [...state.rooms.values()]
    .sort((a, b) => compare(b.lastAt, a.lastAt) || compare(b.id, a.id))
    .filter((room) => !query || words.every((word) => folded(namesOf(state, room)).includes(word)))
    .map((room) => itemOf(state, room))
}

/** One room as it stands in the list: for the header, for announcements. */
export function roomItem(state: State, room: string): RoomItem | undefined {
  const held = state.rooms.get(room)
  return held && itemOf(state, held)
}

function itemOf(state: State, room: Room): RoomItem {
  const { id, kind, memberCount, lastAt, me } = room
  const other = kind === 'direct' ? othersIn(state, room)[0] : undefined
  return {
    id,
    kind,
    title: titleOf(state, room),
    memberCount,
    preview: previewOf(state, room),
    draft: state.drafts.get(id),
    at: lastAt,
    unread: me.unread,
    muted: me.muted,
    active: state.active?.room === id,
    online: !!other && state.online.has(other),
    typing: typingIn(state, id),
  }
}

function titleOf(state: State, room: Room): Title {
  if (room.kind === 'self') return { kind: 'self', user: userOf(state, state.me ?? '') }
  if (room.name !== undefined) return { kind: 'name', name: room.name }
  const users = othersIn(state, room).slice(0, titleNames)
  return {
    kind: 'people',
    users: users.map((id) => userOf(state, id)),
    more: room.memberCount - 1 - users.length,
  }
}

function othersIn(state: State, room: Room): string[] {
  return (room.members ?? []).map(({ user }) => user).filter((user) => user !== state.me)
}

function namesOf(state: State, room: Room): string {
  const people = room.kind === 'self' ? [state.me ?? ''] : othersIn(state, room)
  return room.name ?? people.map((id) => userOf(state, id).name).join(' ')
}

function previewOf(state: State, { id, lastMessage }: Room): Preview | undefined {
  const me = userOf(state, state.me ?? '')
  const pending = state.outbox.findLast(({ room }) => room === id)
  if (pending)
    return {
      author: me,
      mine: true,
      kind: 'text',
      text: pending.text,
      deleted: false,
      status: pending.status,
    }
  if (!lastMessage) return undefined
  const { author, kind, text, deletedAt } = lastMessage
  return {
    author: userOf(state, author),
    mine: author === state.me,
    kind,
    text,
    deleted: !!deletedAt,
    status: 'sent',
  }
}

/** What stands in a room, top to bottom. */
export function timeline(state: State, room: string): Timeline {
  const held = state.rooms.get(room)
  const { log, loads } = held ?? { log: undefined, loads: {} }
  return {
    rows: held ? withSeparators(messageRows(state, held), dividerIn(state, held)) : [],
    loaded: !!log,
    older: !!log?.older,
    newer: !!log?.newer,
    load: loads.page,
    loadOlder: loads.older,
    loadNewer: loads.newer,
  }
}

type Draft = Omit<MessageRow, 'first' | 'last'>

/** Messages by place, and my pending ones: at the end, or where they failed. */
function messageRows(state: State, room: Room): Draft[] {
  if (!room.log) return []
  // What arrived before the changes it follows waits for them: a hole is never shown (rule D42). My own is shown.
  const early = new Set(room.ahead.map(({ message }) => message?.seq))
  const rows = room.log.messages
    .filter(({ seq, author }) => author === state.me || seq <= room.known || !early.has(seq))
    .map((message) => messageRow(state, message))
  if (!room.log.newer)
    for (const pending of state.outbox.filter((one) => one.room === room.id))
      insert(rows, pendingRow(state, pending), pending.after)
  return withReceipts(state, room, rows)
}

function messageRow(state: State, message: MessageView): Draft {
  const { id, author, kind, text, createdAt, editedAt, deletedAt, seq } = message
  return {
    type: 'message',
    key: id,
    author: userOf(state, author),
    mine: author === state.me,
    kind,
    text,
    at: createdAt,
    edited: editedAt,
    deleted: !!deletedAt,
    status: 'sent',
    fault: undefined,
    seq,
    seenBy: undefined,
  }
}

function pendingRow(state: State, { id, text, at, status, fault }: Pending): Draft {
  return {
    type: 'message',
    key: id,
    author: userOf(state, state.me ?? ''),
    mine: true,
    kind: 'text',
    text,
    at: new Date(at).toISOString(),
    edited: undefined,
    deleted: false,
    status,
    fault,
    seq: undefined,
    seenBy: undefined,
  }
}

function insert(rows: Draft[], row: Draft, after = Number.POSITIVE_INFINITY): void {
  const next = rows.findIndex(({ seq }) => seq !== undefined && seq > after)
  rows.splice(next < 0 ? rows.length : next, 0, row)
}

/** Which of my messages were seen; the newest of them says by whom. */
function withReceipts(state: State, room: Room, rows: Draft[]): Draft[] {
  const marks = (room.members ?? []).filter(({ user }) => user !== state.me).map(({ readSeq }) => readSeq)
  const furthest = Math.max(0, ...marks)
  const isSeen = ({ mine, kind, seq }: Draft) =>
    mine && kind === 'text' && seq !== undefined && seq <= furthest
  const newest = rows.findLast(isSeen)
  return rows.map((row) => {
    if (!isSeen(row)) return row
    return {
      ...row,
      status: 'seen',
      seenBy: row === newest ? seenBy(state, room.id, row.seq ?? 0) : undefined,
    }
  })
}

/** Where the unread divider stands: before this row. Nowhere while older unread messages may not be loaded. */
function dividerIn(state: State, { id, log }: Room): string | undefined {
  const divider = state.active?.room === id ? state.active.divider : undefined
  if (divider === undefined || !log || (log.older && (log.messages[0]?.seq ?? 0) > divider + 1))
    return undefined
  return log.messages.find((message) => message.seq > divider && counts(message, state.me))?.id
}

function withSeparators(rows: readonly Draft[], divider: string | undefined): Row[] {
  const steps = rows.map((row, at) => {
    const before = rows[at - 1]
    // A device whose clock is behind opens no day of its own below the newest message.
    const isNewDay = !before || (dayOf(row) !== dayOf(before) && row.at > before.at)
    const isDivided = row.key === divider
    return { row, isNewDay, isDivided, first: isNewDay || isDivided || !isOneGroup(before, row) }
  })
  return steps.flatMap(({ row, isNewDay, isDivided, first }, at): Row[] => [
    ...(isNewDay ? [{ type: 'day', key: `day ${dayOf(row)}`, at: row.at } as const] : []),
    ...(isDivided ? [{ type: 'unread', key: 'unread' } as const] : []),
    { ...row, first, last: steps[at + 1]?.first ?? true },
  ])
}

function isOneGroup(before: Draft, row: Draft): boolean {
  const isText = before.kind === 'text' && row.kind === 'text'
  return isText && before.author.id === row.author.id && Date.parse(row.at) - Date.parse(before.at) <= groupMs
}

/** The reader's own calendar day. */
function dayOf({ at }: Draft): string {
  return new Date(at).toDateString()
}

/** Members of a small room, me last; empty for large ones (`chat.listMembers`). */
export function members(state: State, room: string): readonly Member[] {
  const all = (state.rooms.get(room)?.members ?? []).map(({ user, role, readSeq }) => ({
    user: userOf(state, user),
    owner: role === 'owner',
    me: user === state.me,
    online: state.online.has(user),
    readSeq,
  }))
  return all.sort((a, b) => Number(a.me) - Number(b.me))
}

/** Who else is typing in a room. */
export function typingIn(state: State, room: string): readonly UserView[] {
  return [...(state.typing.get(room) ?? [])].map((id) => userOf(state, id))
}

/** Who has seen a message of a small room, latest reader first. Nobody in one's own notes. */
function seenBy(state: State, room: string, seq: number): readonly Seen[] {
  const { members = [] } = state.rooms.get(room) ?? {}
  return seenAmong(members, (id) => userOf(state, id), { seq, me: state.me })
}

/** The same, from any list of members. */
export function seenAmong(
  members: readonly MemberView[],
  userOf: (id: string) => UserView,
  { seq, me }: { seq: number; me: string | undefined },
): readonly Seen[] {
  return members
    .filter(({ user, readSeq }) => user !== me && readSeq >= seq)
    .map(({ user, readAt }) => ({ user: userOf(user), at: readAt }))
    .sort((a, b) => compare(b.at ?? '', a.at ?? ''))
}

/** Unread messages: the badge (rooms that are not muted), and each room's own. */
export function unread(state: State): Unread {
  const rooms = [...state.rooms.values()].filter(({ me }) => me.unread > 0)
  const total = rooms.reduce((sum, { me }) => (me.muted ? sum : sum + me.unread), state.elsewhere)
  return { total, byRoom: new Map(rooms.map(({ id, me }) => [id, me.unread])) }
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim()
}
