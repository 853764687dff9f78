/** What stands in a room, top to bottom, as a reader sees it. Structured data, never words. */
import type {
  MentionView,
  MessageView,
  ReplyView,
  RoomMentionView,
  UserView,
} from '../../server/protocol/views.ts'
import { changed, editsIn } from './changes.ts'
import { isMyReaction } from './my-reactions.ts'
import { isMe, type Seen, seenAmong, userOf } from './people.ts'
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
  /** The message that it answers, as it was then. */
  readonly replyTo: ReplyView | undefined
  /** It answers one from before I joined, which I do not see. */
  readonly replyHidden: boolean
  /** Who wrote that. */
  readonly answered: UserView | undefined
  /** Who said it first, where it is forwarded. */
  readonly forwarded: UserView | undefined
  /** Whom its text mentions, and where. */
  readonly mentions: readonly MentionView[] | undefined
  readonly mentionsRoom: RoomMentionView | undefined
  /** In order of first use. */
  readonly reactions: readonly Reaction[] | undefined
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
  /** It is mine, and not sent yet, so that it can be undone: `chat.discard`. */
  readonly undoable: boolean
  /** Where it is an edit of mine that `status` and `fault` are about: its id in the outbox, for `chat.retry` and `chat.discard`. */
  readonly change: string | undefined
  /** Why it failed, or, while it is `queued`, why the server did not take it yet. */
  readonly fault: Fault | undefined
  /** On my newest message that somebody has seen, in small rooms: who. */
  readonly seenBy: readonly Seen[] | undefined
}
/** How many have reacted with an emoji, and the first of them by name. */
export type Reaction = {
  readonly emoji: string
  readonly count: number
  readonly mine: boolean
  readonly users: readonly UserView[]
}
/** `seen`: by at least one other. Always `sent` for messages of others. */
export type MessageStatus = 'sent' | 'seen' | Pending['status']

/**
 * What stands in a room. Of a room that is not here: nothing, and not loaded. With `before`, an earlier answer, only what
 * changed since is made anew, and the answer is `before` itself where nothing did.
 */
export function timeline(state: State, room: string, before?: Timeline): Timeline {
  const held = state.rooms.get(room)
  const origin = before && origins.get(before)
  const divider = held && dividerIn(state, held)
  // Every row names people; those of another reader are other ones.
  const isSame = origin?.state.users === state.users && origin.divider === divider
  if (before && isSame && origin.room === held && origin.state.outbox === state.outbox) return before
  const { log, loads } = held ?? { log: undefined, loads: {} }
  const rest = {
    loaded: !!log,
    older: !!log?.older,
    newer: !!log?.newer,
    load: loads.page,
    loadOlder: loads.older,
    loadNewer: loads.newer,
  }
  if (!held) return { rows: [], ...rest }
  const made = originOf(state, held, { divider, before: isSame ? origin : undefined })
  const view = { rows: made.rows, ...rest }
  origins.set(view, made)
  return view
}

/** What a timeline was made from, and its rows. */
type Origin = {
  readonly state: State
  readonly room: Room
  /** The message that the unread divider stands before. */
  readonly divider: string | undefined
  readonly messages: readonly MessageView[]
  readonly pending: readonly Pending[]
  /** How far somebody else has read. */
  readonly furthest: number
  readonly rows: readonly Row[]
}
type Start = { readonly divider: string | undefined; readonly before: Origin | undefined }

const origins = new WeakMap<Timeline, Origin>()

/** All rows that were made before, up to the first that may be another one, and from there on new ones. */
function originOf(state: State, room: Room, { divider, before }: Start): Origin {
  const messages = changed(state, room.id, shown(state, room))
  const pending = !room.log || room.log.newer ? [] : pendingIn(state, room)
  const others = (room.members ?? []).filter(({ userId }) => userId !== state.me)
  const furthest = Math.max(0, ...others.map(({ readSeq }) => readSeq))
  const isSeen = ({ authorId, kind, deletedAt, seq }: MessageView) =>
    authorId === state.me && kind === 'text' && !deletedAt && seq <= furthest
  const from = before ? firstOther(before, { room, messages, pending, isSeen }) : 0
  const rows = before && from > 0 ? before.rows.slice(0, startOf(before.rows, messages[from])) : []
  const tail = messages.slice(from)
  const newest = tail.findLast(isSeen)
  const edits = editsIn(state, room.id)
  const drafts = tail.map((message) => {
    const seenBy = message === newest ? seenAmong(state, others, message.seq) : undefined
    const row = { ...messageRow(state, message), seenBy }
    const edit = edits?.get(message.id)
    if (edit) return { ...row, status: edit.status, change: edit.id, fault: edit.fault }
    return isSeen(message) ? { ...row, status: 'seen' as const } : row
  })
  for (const one of pending) insert(drafts, pendingRow(state, one, edits?.get(one.id)), one.after)
  append(rows, drafts, divider)
  return { state, room, divider, messages, pending, furthest, rows }
}

type Now = Pick<Origin, 'room' | 'messages' | 'pending'> & {
  readonly isSeen: (message: MessageView) => boolean
}

/** The place of the first message that may be drawn otherwise: it is itself the same, unless there is none before it. */
function firstOther(before: Origin, { room, messages, pending, isSeen }: Now): number {
  let same = 0
  while (same < messages.length && before.messages[same] === messages[same]) same++
  for (const { after } of [...before.pending, ...pending]) same = Math.min(same, placeAfter(messages, after))
  let from = Math.max(0, same - 1)
  const isMarked = before.room.members !== room.members
  if (isMarked) from = Math.min(from, placeAfter(messages, before.furthest))
  // Who has seen it stands under the newest of them only, which may be another one now.
  const seen = before.rows.findLast((row) => row.type === 'message' && row.seenBy) as MessageRow | undefined
  const newest = seen?.message?.seq ?? 0
  if (newest && (isMarked || messages.slice(from).some(isSeen)))
    from = Math.min(from, placeAfter(messages, newest - 1))
  return newest >= (messages[from]?.seq ?? 0) && !messages.slice(from).some(isSeen) ? 0 : from
}

/** How many messages there are up to a seq; without one, all. */
function placeAfter(messages: readonly MessageView[], seq = Number.POSITIVE_INFINITY): number {
  return messages.findLastIndex((message) => message.seq <= seq) + 1
}

/** Where a message stands among the rows, with what belongs to it before it. */
function startOf(rows: readonly Row[], message: MessageView | undefined): number {
  let start = rows.findLastIndex((row) => row.type === 'message' && row.message === message)
  while (start > 0 && rows[start - 1]?.type !== 'message') start--
  return start
}

type Draft = Omit<MessageRow, 'first' | 'last'>

/** My messages on their way, but for those that are here already: one message, one bubble, whatever came first. */
export function pendingIn(state: State, room: Room): Pending[] {
  return state.outbox.filter(
    (pending) => !pending.change && pending.roomId === room.id && !holds(room, pending.id),
  )
}

/** What arrived before the changes it follows waits for them: a hole is never shown (rule D42). My own is shown. */
function shown({ me }: State, { log, ahead, known }: Room): readonly MessageView[] {
  if (!log || ahead.length === 0) return log?.messages ?? []
  const early = new Set(ahead.map(({ message }) => message?.seq))
  return log.messages.filter(({ seq, authorId }) => authorId === me || seq <= known || !early.has(seq))
}

function messageRow(state: State, message: MessageView): Draft {
  const { id, authorId, kind, text, createdAt, editedAt, deletedAt, replyTo, mentions, mentionsRoom } =
    message
  return {
    type: 'message',
    key: id,
    message,
    author: userOf(state, authorId),
    mine: isMe(state, authorId),
    kind,
    text,
    system: systemMessageIn(state, message),
    replyTo,
    replyHidden: !!message.replyHidden,
    answered: replyTo && userOf(state, replyTo.authorId),
    forwarded: message.forwarded && userOf(state, message.forwarded.authorId),
    mentions,
    mentionsRoom,
    reactions: reactionsTo(state, message),
    at: createdAt,
    edited: deletedAt ? undefined : editedAt,
    deleted: !!deletedAt,
    status: 'sent',
    undoable: false,
    change: undefined,
    fault: undefined,
    seenBy: undefined,
  }
}

function reactionsTo(state: State, message: MessageView): readonly Reaction[] | undefined {
  if (!state.features.reactions) return undefined
  return message.reactions?.map((reaction) => ({
    emoji: reaction.emoji,
    count: reaction.count,
    mine: isMyReaction(message, reaction, state.me ?? ''),
    users: reaction.userIds.map((id) => userOf(state, id)),
  }))
}

function pendingRow(state: State, pending: Pending, edit: Pending | undefined): Draft {
  const { id, at, status, fault, replyTo, forward } = pending
  const { text, mentions, mentionsRoom } = edit ?? pending
  return {
    type: 'message',
    key: id,
    message: undefined,
    author: userOf(state, state.me ?? ''),
    mine: true,
    kind: 'text',
    text,
    system: undefined,
    replyTo,
    replyHidden: false,
    answered: replyTo && userOf(state, replyTo.authorId),
    forwarded: forward && userOf(state, forward.authorId),
    mentions,
    mentionsRoom,
    reactions: undefined,
    at: new Date(at).toISOString(),
    edited: undefined,
    deleted: false,
    status,
    undoable: !!pending.undoable,
    change: undefined,
    fault,
    seenBy: undefined,
  }
}

function insert(rows: Draft[], row: Draft, after = Number.POSITIVE_INFINITY): void {
  const next = rows.findIndex(({ message }) => message && message.seq > after)
  rows.splice(next < 0 ? rows.length : next, 0, row)
}

/** Where the unread divider stands: before this row. Nowhere while older unread messages may not be loaded. */
function dividerIn({ me, active }: State, { id, log }: Room): string | undefined {
  const divider = active?.roomId === id ? active.divider : undefined
  if (divider === undefined || !log || (log.older && (log.messages[0]?.seq ?? 0) > divider + 1))
    return undefined
  return log.messages.slice(placeAfter(log.messages, divider)).find((message) => counts(message, me))?.id
}

/** Adds messages to rows, with what stands between them. */
function append(rows: Row[], drafts: readonly Draft[], divider: string | undefined): void {
  const day = rows.findLast((row) => row.type === 'day')
  let end = day ? endOfDay(day.at) : ''
  let before = rows.at(-1) as { -readonly [K in keyof MessageRow]: MessageRow[K] } | undefined
  for (const draft of drafts) {
    // A device whose clock is behind opens no day of its own below the newest message, and nobody opens a day twice.
    const isNewDay = draft.at >= end
    if (isNewDay) {
      end = endOfDay(draft.at)
      rows.push({ type: 'day', key: `day ${dayOf(draft)}`, at: draft.at })
    }
    const isDivided = draft.key === divider
    if (isDivided) rows.push({ type: 'unread', key: 'unread' })
    const first = isNewDay || isDivided || !before || !isOneGroup(before, draft)
    if (before) before.last = first
    before = { ...draft, first, last: true }
    rows.push(before)
  }
}

function isOneGroup(before: Draft, row: Draft): boolean {
  // What stands above an answer would part it from the ones before.
  const isText = before.kind === 'text' && row.kind === 'text' && !row.replyTo && !row.replyHidden
  return isText && before.author.id === row.author.id && Date.parse(row.at) - Date.parse(before.at) <= groupMs
}

/** When the reader's own calendar day of `at` ends. RFC 3339 in UTC with milliseconds sorts as text. */
function endOfDay(at: string): string {
  const end = new Date(at)
  end.setHours(24, 0, 0, 0)
  return end.toISOString()
}

/** The reader's own calendar day. */
function dayOf({ at }: Draft): string {
  return new Date(at).toDateString()
}
