/** What Chatter promises, held against a world in which everything has come to rest. Each line is a broken promise. */
import { isDeepStrictEqual } from 'node:util'
import { limits } from '../../../server/protocol/limits.ts'
import type { ArrangementView, MessageView } from '../../../server/protocol/views.ts'
import { type Mentions, mentionedBy, mentionsIn } from '../../../server/rules/mentions.ts'
import { roomList } from '../../../widget/state/room-list.ts'
import type { Room } from '../../../widget/state/state.ts'
import { unread } from '../../../widget/state/unread.ts'
import type { Device } from './device.ts'
import type { World } from './world.ts'

/** All of them: what was noticed on the way, what stands in the database, and what every device shows of it. */
export async function brokenPromises(world: World): Promise<string[]> {
  const users = [...new Set(world.devices.map((device) => device.user))]
  const fresh = new Map(users.map((user) => [user, world.newDevice(`${user}’s new phone`, user)]))
  for (const { chat } of fresh.values()) chat.connect()
  await world.pass(2_000)
  for (const { chat } of fresh.values()) for (const id of chat.state.rooms.keys()) void chat.openRoom(id)
  await world.pass(2_000)
  const broken = [...wrongHistory(world)]
  for (const device of [...world.devices, ...fresh.values()]) {
    broken.push(...wrongConnection(device), ...wrongOutbox(world, device), ...wrongRooms(world, device))
    broken.push(...wrongList(device, fresh.get(device.user) ?? device))
  }
  for (const { chat } of fresh.values()) chat.close()
  return [...world.complaints, ...broken]
}

// ── The database ─────────────────────────────────────────────────────────────────────────────────────────────────

function* wrongHistory({ ledger, acknowledged, database }: World): Iterable<string> {
  for (const [room, revs] of ledger.revs) {
    const [{ head = -1 } = {}] = database.ask('SELECT head FROM rooms WHERE id = ?', room)
    const expected = Array.from({ length: Number(head) }, (_, at) => at + 1)
    const given = revs.toSorted((a, b) => a - b)
    if (!isDeepStrictEqual(given, expected)) yield `${room} gave the numbers ${given}, its head is ${head}`
    yield* wrongMentions({ database }, room)
  }
  for (const [id, { room, text }] of acknowledged) {
    if (isDeleted(database, room)) continue
    const rows = database.ask(
      `SELECT r.id AS room, m.text, m.edited_at, m.deleted_at FROM messages m JOIN rooms r ON r.no = m.room WHERE m.id = ?`,
      id,
    )
    const [row] = rows
    const isSame = row?.text === text || !!row?.edited_at || !!row?.deleted_at
    if (rows.length !== 1 || row?.room !== room || !isSame)
      yield `“${text}” was acknowledged and is in history as ${JSON.stringify(rows)}`
  }
}

/** Its messages go with it, now or in a moment. */
function isDeleted(database: World['database'], room: string): boolean {
  return database.ask('SELECT 1 FROM rooms WHERE id = ? AND deleted_at IS NOT NULL', room).length > 0
}

type Row = Pick<MessageView, 'seq' | 'rev' | 'authorId' | 'text' | 'kind'> & {
  isEdited: boolean
  isDeleted: boolean
  /** The place of what it answers. */
  answers: number | null
  /** Who said first what it says again. */
  saidBy: string | null
  isPinned: boolean
  mentions: Mentions
  /** Who reacted, by emoji, in the order in which they did. */
  reactions: Readonly<Record<string, readonly string[]>>
}

/** The log, as it stands in the database: the reactions by their own table, the mentions by their column. */
function logOf({ database }: World, room: string): Row[] {
  const reactions = new Map<number, Record<string, string[]>>()
  for (const row of database.ask('SELECT * FROM reactions WHERE room = ? ORDER BY rev', room)) {
    const message = reactions.get(Number(row.seq)) ?? {}
    reactions.set(Number(row.seq), message)
    message[String(row.emoji)] = [...(message[String(row.emoji)] ?? []), String(row.user)]
  }
  const log = 'SELECT * FROM messages WHERE room = (SELECT no FROM rooms WHERE id = ?) ORDER BY key'
  return database.ask(log, room).map((row) => ({
    seq: Number(row.seq),
    rev: Number(row.rev),
    authorId: String(row.author),
    text: String(row.text),
    kind: row.kind === 'system' ? 'system' : 'text',
    isEdited: row.edited_at !== null,
    isDeleted: row.deleted_at !== null,
    answers: row.reply_to === null || row.deleted_at !== null ? null : Number(row.reply_to),
    saidBy: row.forwarded === null || row.deleted_at !== null ? null : String(row.forwarded),
    isPinned: row.pinned_at !== null,
    mentions: mentionsIn(mentioningIn(row)),
    reactions: reactions.get(Number(row.seq)) ?? {},
  }))
}

function mentioningIn({ author, mentions, edited_at: at }: Record<string, unknown>) {
  const column = typeof mentions === 'string' ? mentions : null
  return { author: String(author), mentions: column, edited_at: at === null ? null : Number(at) }
}

/** Whom a message mentions has a row in the table of mentions, by which the server counts, and nobody else has. */
function* wrongMentions({ database }: Pick<World, 'database'>, room: string): Iterable<string> {
  const rows = database.ask('SELECT user, seq FROM mentions WHERE room = ? ORDER BY seq, user', room)
  const kept = rows.map(({ user, seq }) => `${seq} ${user}`)
  const log = 'SELECT * FROM messages WHERE room = (SELECT no FROM rooms WHERE id = ?) ORDER BY key'
  const expected = database.ask(log, room).flatMap((row) =>
    // A tombstone mentions nobody.
    mentionedBy({ ...mentioningIn(row), ...(row.deleted_at !== null && { mentions: null }) })
      .sort()
      .map((user) => `${row.seq} ${user}`),
  )
  if (!isDeepStrictEqual(kept, expected))
    yield `${room} counts the mentions ${kept}, its messages say ${expected}`
}

type Mark = {
  readonly room: string
  readonly readSeq: number
  readonly joinedSeq: number
  /** The first place that the user sees. */
  readonly from: number
  readonly muted: boolean
  readonly isArchived: boolean
  /** How the user keeps the room in their list. */
  readonly arranged: ArrangementView
}

/** The user's rooms, how far they have read there, and how they keep them. */
function marksOf({ database, time }: World, user: string): Mark[] {
  const rows = database.ask(
    `SELECT m.*, r.history, coalesce(iif(r.quiet_to = r.last_seq, r.quiet_from, NULL), r.last_seq) AS said FROM members m JOIN rooms r ON r.id = m.room
     WHERE user = ? AND left_seq IS NULL ORDER BY room`,
    user,
  )
  const number = (value: unknown) => (value === null ? undefined : Number(value))
  return rows.map((row) => {
    const [mutedUntil, archivedSeq] = [number(row.muted_until), number(row.archived_seq)]
    const muted = row.muted === 1 && (mutedUntil ?? Number.POSITIVE_INFINITY) > time.now()
    return {
      room: String(row.room),
      readSeq: Number(row.read_seq),
      joinedSeq: Number(row.joined_seq),
      from: row.history === 'since-joined' ? Number(row.joined_seq) : 0,
      muted,
      isArchived: archivedSeq !== undefined && (muted || Number(row.said) <= archivedSeq),
      arranged: arrangementOf({
        rev: Number(row.arranged_rev),
        pinnedAt: timeOf(number(row.pinned_at)),
        mutedUntil: muted ? timeOf(mutedUntil) : undefined,
        muteMentions: row.mute_mentions === 1 || undefined,
        archivedSeq,
        unreadFrom: number(row.unread_from),
      }),
    }
  })
}

const timeOf = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())

/** Only what is there, in one order. */
function arrangementOf(fields: { [K in keyof ArrangementView]?: ArrangementView[K] | undefined }) {
  const { rev = 0, ...others } = fields
  const there = Object.entries(others).filter(([, value]) => value !== undefined)
  return { rev, ...Object.fromEntries(there.sort()) } as ArrangementView
}

// ── The devices ──────────────────────────────────────────────────────────────────────────────────────────────────

function* wrongConnection({ name, chat }: Device): Iterable<string> {
  const { status } = chat.state.connection
  if (status !== 'open') yield `${name} is ${status}`
}

/** What was written is in history, or was written in a room one was removed from: then it failed, and says so. */
function* wrongOutbox({ database, ledger }: World, { name, chat, sent }: Device): Iterable<string> {
  const { outbox } = chat.state
  for (const { text, status, fault } of outbox) {
    if (status !== 'failed' || fault?.code !== 'not_found')
      yield `${name} has not sent “${text}”: ${status} ${fault?.code ?? ''}`
  }
  for (const [id, text] of sent) {
    const isPending = outbox.some((pending) => pending.id === id)
    const isStored = database.ask('SELECT 1 FROM messages WHERE id = ?', id).length > 0
    if (isDeleted(database, ledger.messages.get(id)?.room ?? '')) continue
    if (!isPending && !isStored) yield `“${text}” of ${name} is nowhere`
  }
}

/** What a device does not show as it is now: its rooms, their messages, what is read and what is not. */
export function* wrongRooms(world: World, { name, user, chat }: Device): Iterable<string> {
  const marks = marksOf(world, user)
  // What is archived a device holds where it had it before.
  const archived = new Set(marks.flatMap(({ room, isArchived }) => (isArchived ? room : [])))
  const theirs = marks.map(({ room }) => room).filter((room) => !archived.has(room))
  const shown = [...chat.state.rooms.keys()].filter((room) => !archived.has(room)).sort()
  if (!isDeepStrictEqual(shown, theirs)) yield `${name} shows the rooms ${shown}, its user is in ${theirs}`
  let total = 0
  for (const mark of marks) {
    const log = logOf(world, mark.room)
    const count = countUnread(log, user, mark)
    if (!mark.muted && !mark.isArchived) total += count
    const room = chat.state.rooms.get(mark.room)
    if (!room) continue
    yield* wrongMark(name, room, { ...mark, count })
    yield* wrongLog(name, room, shownFrom(mark.from, log))
  }
  const badge = unread(chat.state).total
  if (badge !== total) yield `${name} has ${badge} on its badge, not ${total}`
}

/** How far its user has read, what is unread, and how they keep the room. */
function* wrongMark(name: string, { id, me }: Room, mark: Mark & { count: number }): Iterable<string> {
  if (me.readSeq !== mark.readSeq)
    yield `${name} has read ${id} up to ${me.readSeq}, its user up to ${mark.readSeq}`
  if (me.unread !== mark.count) yield `${name} counts ${me.unread} unread in ${id}, not ${mark.count}`
  if ((me.visibleFrom ?? 0) !== mark.from)
    yield `${name} believes to see ${id} from ${me.visibleFrom}, its user does from ${mark.from}`
  if (me.muted !== mark.muted) yield `${name} shows ${id} muted: ${me.muted}, for its user: ${mark.muted}`
  const arranged = arrangementOf(me.arranged ?? {})
  if (!isDeepStrictEqual(arranged, mark.arranged))
    yield `${name} keeps ${id} as ${JSON.stringify(arranged)}, its user as ${JSON.stringify(mark.arranged)}`
}

/** What is there for who sees nothing before a place, not even a quote. */
function shownFrom(from: number, log: readonly Row[]): Row[] {
  const shown = log.filter(({ seq }) => seq >= from)
  return shown.map((row) => ({ ...row, answers: (row.answers ?? 0) < from ? null : row.answers }))
}

/** The naive recount. */
function countUnread(log: readonly Row[], user: string, { joinedSeq, ...mark }: Mark): number {
  const readSeq = Math.min(mark.readSeq, (mark.arranged.unreadFrom ?? Number.POSITIVE_INFINITY) - 1)
  const isUnread = ({ kind, authorId, isDeleted, seq }: Row) =>
    kind === 'text' && authorId !== user && !isDeleted && seq > readSeq && seq > joinedSeq
  return Math.min(log.filter(isUnread).length, limits.unread)
}

/** The loaded interval has no hole, and everything in it is as it is now. */
function* wrongLog(name: string, { id, log }: Room, truth: readonly Row[]): Iterable<string> {
  if (!log) return
  const rows = log.messages.map(
    ({
      seq,
      rev,
      authorId,
      text,
      kind,
      editedAt,
      deletedAt,
      replyTo,
      forwarded,
      pinned,
      mentions,
      mentionsRoom,
      reactions = [],
    }): Row => ({
      seq,
      rev,
      authorId,
      text,
      kind,
      isEdited: editedAt !== undefined,
      isDeleted: deletedAt !== undefined,
      answers: replyTo?.seq ?? null,
      saidBy: forwarded?.authorId ?? null,
      isPinned: pinned !== undefined,
      mentions: { ...(mentions && { mentions }), ...(mentionsRoom && { mentionsRoom }) },
      reactions: Object.fromEntries(reactions.map(({ emoji, userIds }) => [emoji, userIds])),
    }),
  )
  const first = log.older ? (rows[0]?.seq ?? 0) : 0
  const last = log.newer ? (rows.at(-1)?.seq ?? 0) : Number.POSITIVE_INFINITY
  const expected = truth.filter(({ seq }) => first <= seq && seq <= last)
  for (let at = 0; at < Math.max(rows.length, expected.length); at++) {
    const [is, should] = [rows[at], expected[at]]
    if (isDeepStrictEqual(is, should)) continue
    yield `${name} shows ${JSON.stringify(is)} in ${id}, where there is ${JSON.stringify(should)}`
    return
  }
}

function* wrongList(device: Device, fresh: Device): Iterable<string> {
  // What could not be sent is the last word here, and nowhere else.
  const unsent = new Set(device.chat.state.outbox.map((pending) => pending.roomId))
  const [shown = [], expected = []] = [device, fresh].map(({ chat }) =>
    roomList(chat.state).map(({ id, title, memberCount, preview, at, unread: count, muted }) => {
      const said = unsent.has(id) ? undefined : preview
      return JSON.stringify({ id, title, memberCount, said, at, count, muted })
    }),
  )
  for (const [at, room] of shown.entries())
    if (room !== expected[at]) yield `${device.name} lists ${room}, a new one ${expected[at]}`
}
