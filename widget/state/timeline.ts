/** What stands in a room, top to bottom, as a reader sees it. Structured data, never words. */
import type { MessageView, UserView } from '../../server/protocol/views.ts'
import { type Seen, seenAmong, userOf } from './people.ts'
import { counts, holds } from './room.ts'
import type { Fault, Load, Pending, Room, State } from './state.ts'
import { type SystemMessage, systemMessageIn } from './system-message.ts'

/** A group of messages ends after five silent minutes (rule M21). */
const groupMs = 5 * 60_000

/** A room's messages with what stands between them. */
export type Timeline = {
  /** Top to bottom. */
  readonly rows: readonly Row[]
  /** False until a first page is here: then `load` says loading, or why not. */
  readonly loaded: boolean
  /** There are messages before the first: `chat.loadOlder`. */
  readonly older: boolean
  /** There are messages after the last: `chat.loadNewer`, `chat.jumpToLatest`. */
  readonly newer: boolean
  readonly load: Load | undefined
  readonly loadOlder: Load | undefined
  readonly loadNewer: Load | undefined
}

/** Keys are stable and unique in a timeline; a message's is its id, so a bubble stays itself from pending to seen. */
export type Row = DayRow | UnreadRow | MessageRow
/** A new day begins: the reader's own calendar day of `at`, which is RFC 3339. */
export type DayRow = { readonly type: 'day'; readonly key: string; readonly at: string }
/** What follows was unread when the room was opened. */
export type UnreadRow = { readonly type: 'unread'; readonly key: string }
/** A message, mine or another's, on its way or stored. */
export type MessageRow = {
  readonly type: 'message'
  readonly key: string
  /** All that the server says of it. Absent while pending. */
  readonly message: MessageView | undefined
  readonly author: UserView
  readonly mine: boolean
  readonly kind: MessageView['kind']
  readonly text: string
  /** On system messages about something known. */
  readonly system: SystemMessage | undefined
  /** RFC 3339: the server's time, or this device's while it is pending. */
  readonly at: string
  /** When, if it was. RFC 3339. */
  readonly edited: string | undefined
  /** It keeps its place, and has no text. */
  readonly deleted: boolean
  /** First and last of its group: same author, same day, within five minutes, nothing between. */
  readonly first: boolean
  readonly last: boolean
  readonly status: MessageStatus
  /** Why it failed. */
  readonly fault: Fault | undefined
  /** On my newest message that somebody has seen, in small rooms: who. */
  readonly seenBy: readonly Seen[] | undefined
}
/** `seen`: by at least one other. Always `sent` for messages of others. */
export type MessageStatus = 'sent' | 'seen' | Pending['status']

/** What stands in a room. Of a room that is not here: nothing, and not loaded. */
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

/** My messages on their way, but for those that are here already: one message, one bubble, whatever came first. */
export function pendingIn(state: State, room: Room): Pending[] {
  return state.outbox.filter((pending) => pending.roomId === room.id && !holds(room, pending.id))
}

/** Messages by place, and my pending ones: at the end, or where they failed. */
function messageRows(state: State, room: Room): Draft[] {
  if (!room.log) return []
  // What arrived before the changes it follows waits for them: a hole is never shown (rule D42). My own is shown.
  const early = new Set(room.ahead.map(({ message }) => message?.seq))
  const rows = room.log.messages
    .filter(({ seq, authorId }) => authorId === state.me || seq <= room.known || !early.has(seq))
    .map((message) => messageRow(state, message))
  if (!room.log.newer)
    for (const pending of pendingIn(state, room)) insert(rows, pendingRow(state, pending), pending.after)
  return withReceipts(state, room, rows)
}

function messageRow(state: State, message: MessageView): Draft {
  const { id, authorId, kind, text, createdAt, editedAt, deletedAt } = message
  return {
    type: 'message',
    key: id,
    message,
    author: userOf(state, authorId),
    mine: authorId === state.me,
    kind,
    text,
    system: systemMessageIn(state, message),
    at: createdAt,
    edited: deletedAt ? undefined : editedAt,
    deleted: !!deletedAt,
    status: 'sent',
    fault: undefined,
    seenBy: undefined,
  }
}

function pendingRow(state: State, { id, text, at, status, fault }: Pending): Draft {
  return {
    type: 'message',
    key: id,
    message: undefined,
    author: userOf(state, state.me ?? ''),
    mine: true,
    kind: 'text',
    text,
    system: undefined,
    at: new Date(at).toISOString(),
    edited: undefined,
    deleted: false,
    status,
    fault,
    seenBy: undefined,
  }
}

function insert(rows: Draft[], row: Draft, after = Number.POSITIVE_INFINITY): void {
  const next = rows.findIndex(({ message }) => message && message.seq > after)
  rows.splice(next < 0 ? rows.length : next, 0, row)
}

/** Which of my messages were seen; the newest of them says by whom. */
function withReceipts(state: State, room: Room, rows: Draft[]): Draft[] {
  const marks = (room.members ?? []).filter(({ userId }) => userId !== state.me).map(({ readSeq }) => readSeq)
  const furthest = Math.max(0, ...marks)
  const isSeen = ({ mine, kind, deleted, message }: Draft) =>
    mine && kind === 'text' && !deleted && !!message && message.seq <= furthest
  const newest = rows.findLast(isSeen)
  return rows.map((row) => {
    if (!isSeen(row)) return row
    return {
      ...row,
      status: 'seen',
      seenBy: row === newest ? seenAmong(state, room.members ?? [], row.message?.seq ?? 0) : undefined,
    }
  })
}

/** Where the unread divider stands: before this row. Nowhere while older unread messages may not be loaded. */
function dividerIn(state: State, { id, log }: Room): string | undefined {
  const divider = state.active?.roomId === id ? state.active.divider : undefined
  if (divider === undefined || !log || (log.older && (log.messages[0]?.seq ?? 0) > divider + 1))
    return undefined
  return log.messages.find((message) => message.seq > divider && counts(message, state.me))?.id
}

function withSeparators(rows: readonly Draft[], divider: string | undefined): Row[] {
  let opener: Draft | undefined
  const steps = rows.map((row, at) => {
    const before = rows[at - 1]
    // A device whose clock is behind opens no day of its own below the newest message, and nobody opens a day twice.
    const isNewDay = !opener || (dayOf(row) !== dayOf(opener) && row.at > opener.at)
    if (isNewDay) opener = row
    const isDivided = row.key === divider
    return { row, isNewDay, isDivided, first: isNewDay || isDivided || !before || !isOneGroup(before, row) }
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
