/**
 * One room and its stream of numbers (design §4): what an event, a page, a view or an answer to `changes` does to it.
 *
 * Who moves what:
 * - Messages: one upsert for all, the higher rev wins. Outside the loaded interval only the preview sees them.
 * - `known` moves over unbroken revs, by events and `changes`. A page that makes the log sets it to the page's head,
 *   because the log is that page and nothing else; a page that extends the log lowers it to the page's head, because
 *   what overtook the page is missing in the new part. Either way `changes` since then brings what is missing.
 * - `counted` moves over each single rev with its exact effect on `unread` and `mentions`, over revs that only changed one
 *   message, and to the head of a view that carries `me`. Over another jump it stays behind, which says "ask the room
 *   again"; −1 says the same.
 */
import type {
  Changes,
  MemberView,
  MessageView,
  Page,
  Pins,
  RoomMe,
  RoomView,
} from '../../server/protocol/views.ts'
import { readMark, saidIn, unmarked } from './arranging.ts'
import { isMentionOf } from './mentions.ts'
import { type Log, type PinList, type Place, type Room, unreadCap, type Version } from './state.ts'

/** What a room needs from the server to be complete again. */
export function missing(room: Room): 'changes' | 'view' | undefined {
  if (room.log && room.head > room.known) return 'changes'
  return room.head > room.counted ? 'view' : undefined
}

/** What a view leaves out where there is none. */
const bare = {
  name: undefined,
  description: undefined,
  pictureUrl: undefined,
  post: undefined,
  slowMode: undefined,
  history: undefined,
  members: undefined,
}

/** A room never seen before, from its view with `me`. */
export function newRoom(view: RoomView, viewer: string): Room {
  return {
    ...bare,
    lastMessage: undefined,
    me: { readSeq: 0, unread: 0, muted: false },
    ...view,
    saidSeq: saidIn(view),
    viewer,
    known: view.head,
    counted: view.head,
    ahead: [],
    log: undefined,
    pins: undefined,
    loads: {},
  }
}

/** The room's view, from an event (without `me`) or an answer. */
export function mergeView(held: Room, view: RoomView): Room {
  // What I see of it is other messages now, of which only the server knows from where on.
  const isOther = view.rev > held.rev && view.history !== held.history
  const room = isOther ? forgetLog(held, held.head) : held
  const { me: _, lastMessage, lastAt, head, members, saidSeq: __, ...fields } = view
  const shape =
    view.rev < room.rev ? room : { ...room, ...bare, ...fields, members: laterMarks(members, room.members) }
  const merged = {
    ...(lastMessage ? hold(shape, lastMessage) : shape),
    lastAt: later(room.lastAt, lastAt),
    saidSeq: Math.max(room.saidSeq, saidIn(view)),
    head: Math.max(room.head, head),
  }
  if (view.me) return mergeMe(merged, { ...view.me, head })
  // Somebody may have given me another, unless they only came in.
  const { role, ...mine } = merged.me
  return role && view.rev > room.rev && view.memberCount <= room.memberCount
    ? { ...merged, me: mine }
    : merged
}

function mergeMe(room: Room, view: NonNullable<RoomView['me']> & { head: number }): Room {
  const { head, ...me } = view
  const arranged = holdArranged(room, view)
  if (head < room.counted) return readTo(arranged, me.readSeq)
  const { muted, arranged: kept } = arranged.me
  const counted = { ...room, counted: head, me: { ...me, muted, ...(kept && { arranged: kept }) } }
  const fresh = room.log ? counted : advance({ ...counted, known: Math.max(room.known, head) })
  return readTo(fresh, room.me.readSeq)
}

/** How I keep it in my list: of two the higher rev counts. */
export function holdArranged(room: Room, { muted, arranged }: Pick<RoomMe, 'muted' | 'arranged'>): Room {
  const held = room.me.arranged
  if (arranged ? arranged.rev < (held?.rev ?? 0) : held) return room
  const next = { ...room, me: { ...room.me, muted, ...(arranged && { arranged }) } }
  return arranged?.unreadFrom === held?.unreadFrom ? next : recounted(next)
}

/** What the server says of me in it, of an unknown moment. */
export function holdMine(room: Room, mine: RoomMe): Room {
  const moved = readTo(holdArranged(room, mine), mine.readSeq)
  // So only until the room itself was asked.
  return moved.counted < 0 ? withUnread(moved, mine.unread, mine.mentions ?? 0) : moved
}

/** A live event: a message's version, or a change of the room itself. Delivered again, it may follow an earlier rev. */
export function receive(room: Room, version: Version): Room {
  const held = version.message ? hold(room, version.message) : room
  if (held.ahead.some(({ rev, prev }) => rev === version.rev && prev <= version.prev)) return held
  // What stands between is missing, and may be an earlier version.
  const isExact = room.known === room.counted && version.prev <= room.known
  const next = isExact ? withBefore(room, version) : version
  return advance({ ...held, head: Math.max(held.head, version.rev), ahead: [...held.ahead, next] })
}

/** An answer to `changes` since a rev. */
export function catchUp(room: Room, since: number, changes: Changes): Room {
  if (changes.reset) return forgetLog(room, changes.head)
  const versions: { rev: number; message: MessageView | undefined }[] = changes.messages.map((message) => ({
    rev: message.rev,
    message,
  }))
  if (changes.room) versions.push({ rev: changes.room.rev, message: undefined })
  versions.sort((a, b) => a.rev - b.rev)
  let next = changes.room ? mergeView(room, changes.room) : room
  for (const one of versions) {
    const version = { ...one, prev: one.rev - 1 }
    const counted = room.known === room.counted ? withBefore(next, version) : version
    next = tally(one.message ? hold(next, one.message) : next, counted)
  }
  const to = changes.more ? (changes.messages.at(-1)?.rev ?? since) : changes.head
  const known = since <= room.known ? Math.max(room.known, to) : room.known
  return advance({ ...next, known, head: Math.max(next.head, changes.head) })
}

/** A version with what the one before it said of me: of a room in which that is the one that was counted. */
function withBefore(room: Room, version: Version): Version {
  const { message, rev } = version
  const before = message && messageIn({ ...room, pins: undefined }, message.id)
  if (!before || before.rev >= rev) return version
  return { ...version, mentionedMe: isMentionOf(room.viewer, before) }
}

/** Drops all that is held of the room's stream: its view is fetched next, then its last page. */
function forgetLog(room: Room, head: number): Room {
  return {
    ...room,
    head,
    rev: -1,
    known: -1,
    counted: -1,
    ahead: [],
    lastMessage: undefined,
    log: undefined,
    pins: undefined,
    loads: {},
  }
}

/** A page of history. One that no longer joins the log where it was asked for is dropped. */
export function joinPage(room: Room, place: Place, page: Page): Room {
  const head = Math.max(room.head, page.head)
  const newest = page.messages.at(-1)
  const { older, newer } = page
  if (place === 'only') {
    const held = newest ? hold({ ...room, log: undefined }, newest) : room
    const log = withMine(held, { messages: page.messages, older, newer })
    // What changed in between, and is not on this page, was never here.
    const isBehind = page.head > room.known
    const pins = held.pins && isBehind ? { ...held.pins, isBehind } : held.pins
    return { ...held, head, known: page.head, ahead: [], log, pins, loads: {} }
  }
  const { log } = room
  const isBefore = 'before' in place
  const edge = isBefore ? log?.messages[0] : log?.messages.at(-1)
  const loads = { ...room.loads, [isBefore ? 'older' : 'newer']: undefined }
  if (!log || edge?.seq !== (isBefore ? place.before : place.after)) return { ...room, loads }
  const messages = page.messages.reduce(put, log.messages)
  const joined = withMine(room, isBefore ? { ...log, messages, older } : { ...log, messages, newer })
  return { ...room, head, known: Math.min(room.known, page.head), ahead: [], log: joined, loads }
}

/** My own message may be newer than the page: it must not vanish until the changes are here. */
function withMine({ lastMessage, viewer }: Room, log: Log): Log {
  const isMine = !log.newer && lastMessage?.authorId === viewer
  return isMine ? { ...log, messages: put(log.messages, lastMessage) } : log
}

/** One message, from wherever, without moving `known`: into the log if it is in its interval, into the preview if newest. */
export function hold(known: Room, view: MessageView): Room {
  const room = view.deletedAt ? withoutQuotes(known, view.id) : known
  // The deletion of what it answers may have come before it.
  const isGone = known.log?.messages.some(({ id, deletedAt }) => deletedAt && id === view.replyTo?.id)
  const message = isGone ? withoutQuote(view) : view
  const { log, lastMessage } = room
  const isNewest = !lastMessage || isLater(message, lastMessage)
  return {
    ...room,
    head: Math.max(room.head, message.rev),
    lastMessage: isNewest ? withMe(message, lastMessage) : lastMessage,
    saidSeq: message.kind === 'text' ? Math.max(room.saidSeq, message.seq) : room.saidSeq,
    lastAt: later(room.lastAt, message.createdAt),
    log: log && isInside(log, message.seq) ? { ...log, messages: put(log.messages, message) } : log,
    pins: room.pins && withPin(room.pins, message),
  }
}

/** The pinned messages, as `GET …/pins` answers them. What changed after that comes by `changes`. */
export function holdPins(room: Room, { messages, head }: Pins): Room {
  if (!room.log) return room
  const later = (room.pins?.messages ?? []).filter(({ rev }) => rev > head)
  const pins = later.reduce(withPin, { messages })
  return { ...room, head: Math.max(room.head, head), known: Math.min(room.known, head), pins }
}

function withPin(pins: PinList, message: MessageView): PinList {
  const held = pins.messages.find(({ id }) => id === message.id)
  if (held ? held.rev >= message.rev : !message.pinned) return pins
  return { ...pins, messages: [...pins.messages.filter((one) => one !== held), message] }
}

/** I did it on another device: beyond the users that a view names, nothing else says so. */
export function holdReaction(
  room: Room,
  { messageId, emoji, on }: { messageId: string; emoji: string; on: boolean },
): Room {
  return eachMessage(room, (message) => {
    if (message.id !== messageId) return message
    const others = (message.me?.reactions ?? []).filter((one) => one !== emoji)
    return { ...message, me: { reactions: on ? [...others, emoji] : others } }
  })
}

/** Of a deleted message no quote says any more what it said. */
function withoutQuotes(room: Room, id: string): Room {
  return eachMessage(room, (message) => (message.replyTo?.id === id ? withoutQuote(message) : message))
}

function withoutQuote(message: MessageView): MessageView {
  const { replyTo } = message
  return !replyTo || replyTo.deleted
    ? message
    : { ...message, replyTo: { ...replyTo, text: '', deleted: true } }
}

/** The room itself where no message becomes another. */
function eachMessage(room: Room, change: (message: MessageView) => MessageView): Room {
  const { log, lastMessage } = room
  const last = lastMessage && change(lastMessage)
  const messages = log?.messages.map((message) => (message === lastMessage && last ? last : change(message)))
  const isSame = messages?.every((message, at) => message === log?.messages[at]) ?? true
  if (isSame && last === lastMessage) return room
  return { ...room, lastMessage: last, log: log && messages && !isSame ? { ...log, messages } : log }
}

/** What a view does not say of me is as it was before. */
function withMe(message: MessageView, before: MessageView | undefined): MessageView {
  return !message.me && before?.me && before.id === message.id ? { ...message, me: before.me } : message
}

/** Whether a message is here. */
export function holds(room: Room | undefined, id: string): boolean {
  return !!messageIn(room, id)
}

/** A message that is here. */
export function messageIn(room: Room | undefined, id: string): MessageView | undefined {
  const isIt = (message: MessageView | undefined) => message?.id === id
  return (
    room?.log?.messages.findLast(isIt) ??
    (isIt(room?.lastMessage) ? room?.lastMessage : room?.pins?.messages.find(isIt))
  )
}

/** My read mark moves to `seq`, never back. */
export function readTo(room: Room, seq: number): Room {
  if (seq <= room.me.readSeq) return room
  const moved = { ...room, me: { ...room.me, readSeq: seq } }
  if ((room.lastMessage?.seq ?? 0) > seq) return recounted(moved)
  return withUnread({ ...moved, me: unmarked(moved.me) }, 0, 0)
}

/** What is unread, counted anew where all that may be is here. */
function recounted(room: Room): Room {
  const { log, counted, known, ahead, me, viewer } = room
  const mark = readMark(me)
  const isCovered = log && !log.newer && (!log.older || (log.messages[0]?.seq ?? 0) <= mark + 1)
  if (!isCovered || counted !== known || ahead.length > 0) return { ...room, counted: -1 }
  const unread = log.messages.filter(
    (message) => message.seq > mark && message.seq <= counted && counts(message, viewer),
  )
  const mentions = unread.filter((message) => isMentionOf(viewer, message))
  return withUnread(room, unread.length, mentions.length)
}

/** Somebody else's read mark. When that was is asked for (people.ts): not everybody shows it. */
export function readBy(room: Room, user: string, seq: number): Room {
  const members = room.members?.map((member) => {
    if (member.userId !== user || member.readSeq >= seq) return member
    const { readAt: _, ...others } = member
    return { ...others, readSeq: seq }
  })
  return { ...room, members }
}

/** Whether a message is one that I may have to read. */
export function counts(message: MessageView, viewer: string | undefined): boolean {
  return message.kind === 'text' && message.authorId !== viewer && !message.deletedAt
}

/** Takes what follows `known` without a hole out of `ahead`. */
function advance(room: Room): Room {
  if (room.ahead.length === 0) return room
  let next = room
  const ahead = room.ahead
    .toSorted((a, b) => a.prev - b.prev)
    .filter((version) => {
      const { rev, prev } = version
      if (prev > next.known) return true
      next = tally({ ...next, known: Math.max(next.known, rev) }, version)
      return false
    })
  return { ...next, ahead }
}

/** The effect of the next rev on what is unread. A deleted message never changes again, so its deletion is counted once. */
function tally(room: Room, version: Version): Room {
  const { rev, prev, message, isSame } = version
  // Of nothing but changes of one message: however many there were, as much is unread as before.
  const isNext = rev === room.counted + 1 || (isSame && prev <= room.counted && rev > room.counted)
  if (!isNext) return room
  const counted = { ...room, counted: rev }
  const { unread, mentions = 0 } = room.me
  if (!message || message.seq <= readMark(room.me) || !counts({ ...message, deletedAt: '' }, room.viewer))
    return counted
  const isNew = message.seq === rev
  const by = isNew === !!message.deletedAt ? 0 : isNew ? 1 : -1
  const mentionsBy = mentionsAdded(room, message, version)
  // At the cap nobody knows how many there are.
  if (isLostIn(unread, by) || isLostIn(mentions, mentionsBy)) return { ...room, counted: -1 }
  return withUnread(counted, unread + by, mentions + mentionsBy)
}

const isLostIn = (count: number, by: number) => Number.isNaN(by) || (by < 0 && count >= unreadCap)

/** How many more messages mention me by this one; NaN where nobody knows whether it did before. */
function mentionsAdded({ me, viewer }: Room, message: MessageView, { rev, mentionedMe }: Version): number {
  // Where no message mentioned me, this one did not.
  const was = message.seq === rev || !me.mentions ? false : mentionedMe
  return was === undefined ? Number.NaN : Number(isMentionOf(viewer, message)) - Number(was)
}

/** With so much unread, up to the cap. */
function withUnread(room: Room, unread: number, mentioned: number): Room {
  const most = (count: number) => Math.min(Math.max(count, 0), unreadCap)
  const { mentions: _, ...me } = room.me
  const mentions = most(mentioned)
  return { ...room, me: { ...me, unread: most(unread), ...(mentions > 0 && { mentions }) } }
}

function put(messages: readonly MessageView[], message: MessageView): MessageView[] {
  const at = messages.findLastIndex((held) => held.seq <= message.seq)
  const held = messages[at]
  if (held?.seq !== message.seq) return messages.toSpliced(at + 1, 0, message)
  const isNews = held.rev < message.rev || (held.rev === message.rev && !held.me && message.me)
  return isNews ? messages.with(at, withMe(message, held)) : [...messages]
}

function isInside(log: Log, seq: number): boolean {
  const from = log.older ? (log.messages[0]?.seq ?? 0) : 0
  const to = log.newer ? (log.messages.at(-1)?.seq ?? 0) : Number.POSITIVE_INFINITY
  return from <= seq && seq <= to
}

function isLater(message: MessageView, than: MessageView): boolean {
  return message.seq > than.seq || (message.seq === than.seq && message.rev > than.rev)
}

/** RFC 3339 in UTC with milliseconds sorts as text. */
function later(a: string, b: string): string {
  return a > b ? a : b
}

function laterMarks(members: readonly MemberView[] | undefined, than: readonly MemberView[] | undefined) {
  const held = new Map(than?.map((member) => [member.userId, member]))
  return members?.map((member) => {
    const mark = held.get(member.userId)
    return mark && mark.readSeq > member.readSeq ? { ...mark, role: member.role } : member
  })
}
