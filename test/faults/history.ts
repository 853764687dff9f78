/**
 * What clients received while servers failed, compared with what a newcomer finds afterwards. Pure: it runs nothing,
 * and finds what a client should never have seen.
 */
import { limits } from '../../server/protocol/limits.ts'
import type { MessageView, RoomView } from '../../server/protocol/views.ts'
import { trimmed } from '../../server/protocol/visible.ts'

/** One thing that a client said or heard, in the order in which it did. */
export type Happening =
  /** A message was sent for the first time. */
  | {
      readonly t: 'sent'
      readonly id: string
      readonly roomId: string
      readonly authorId: string
      readonly text: string
    }
  /** The server said that it has it: a message, an edit or a deletion; or again, after a retry. */
  | { readonly t: 'acknowledged'; readonly message: MessageView }
  /** Somebody was shown a message: by an event, a page, a preview, or by `changes`. */
  | { readonly t: 'delivered'; readonly user: string; readonly message: MessageView }
  /** The server said that it has the read mark. */
  | { readonly t: 'read'; readonly user: string; readonly roomId: string; readonly seq: number }
  /** A device shows that everything up to here is read. */
  | { readonly t: 'marked'; readonly device: string; readonly roomId: string; readonly seq: number }

/** A room as a newcomer finds it at the end. */
export type FreshRoom = {
  /** With its members. */
  readonly room: RoomView
  /** Who was in it from the start. */
  readonly founders: readonly string[]
  readonly messages: readonly MessageView[]
  /** What the server counts, by user. */
  readonly unread: Readonly<Record<string, number>>
  /** The same of those that mention the user. */
  readonly mentions: Readonly<Record<string, number>>
  /** From which place on users marked it unread, for those who did. */
  readonly unreadFrom: Readonly<Record<string, number>>
}

/** A room as a device that was there all the time holds it at the end. */
export type HeldRoom = {
  readonly device: string
  readonly user: string
  readonly roomId: string
  readonly messages: readonly MessageView[]
  readonly unread: number
  readonly readSeq: number
  /** From which place on its user marked it unread. */
  readonly unreadFrom?: number | undefined
}

export type Ending = {
  readonly fresh: readonly FreshRoom[]
  readonly held: readonly HeldRoom[]
  /** Rooms that were deleted: none of them is in `fresh`, and their messages went with them. */
  readonly ended?: readonly string[]
}

export type History = Ending & { readonly happenings: readonly Happening[] }

/** Everything that is wrong, a line each. None: whatever happened, every promise was kept. */
export function faultsIn(history: History): string[] {
  return [
    ...history.fresh.flatMap((fresh) => [
      ...faultyNumbers(fresh, history),
      ...wrongMembers(fresh),
      ...wrongUnread(fresh),
      ...wrongMentions(fresh),
    ]),
    ...lostMessages(history),
    ...wrongSends(history),
    ...wrongVersions(history),
    ...differencesIn(history),
    ...differentMarks(history),
    ...marksThatWentBack(history),
    ...leaks(history),
    ...earlierMessages(history),
  ]
}

/** Where devices do not show what a newcomer finds: for a while there may be some. */
export function differencesIn(ending: Ending): string[] {
  return [...differentLogs(ending), ...wrongBadges(ending)]
}

/** Where a device does not know how far its user has read on another. */
export function differentMarks({ fresh, held }: Ending): string[] {
  return held.flatMap(({ device, user, roomId, readSeq, unreadFrom }) => {
    const mark = markOf(fresh, roomId, user)
    if (mark === undefined) return []
    const from = fresh.find(({ room }) => room.id === roomId)?.unreadFrom[user]
    return [
      ...(mark === readSeq
        ? []
        : [`${device} has read room ${roomId} up to ${readSeq}, the server knows ${mark}`]),
      ...(from === unreadFrom
        ? []
        : [`${device} marked room ${roomId} unread from ${unreadFrom}, the server knows ${from}`]),
    ]
  })
}

/** Revs are 1…head, each once: of a message as it is, of its versions before, or of a change of the room. */
function faultyNumbers({ room, messages }: FreshRoom, { happenings }: History): string[] {
  const faults: string[] = []
  const used = new Map<number, string>()
  const use = (number: number, what: string) => {
    const other = used.get(number)
    if (other !== undefined)
      faults.push(`room ${room.id}: ${number} is the number of ${other} and of ${what}`)
    if (number > room.head)
      faults.push(`room ${room.id}: ${what} has the number ${number}, beyond ${room.head}`)
    used.set(number, what)
  }
  let last = 0
  let roomRev = 0
  for (const { id, kind, seq, rev } of messages) {
    if (seq <= last) faults.push(`room ${room.id}: message ${id} at ${seq} comes after ${last}`)
    last = seq
    use(seq, `message ${id}`)
    if (rev !== seq) use(rev, `the last change of message ${id}`)
    if (rev < seq) faults.push(`room ${room.id}: message ${id} changed at ${rev}, before its place ${seq}`)
    if (kind !== 'system') continue
    roomRev = seq - 1
    use(roomRev, `the change of which ${id} is the message`)
  }
  if (room.rev !== roomRev) faults.push(`room ${room.id}: its rev is ${room.rev}, expected ${roomRev}`)
  const seen = new Set(versionsIn(happenings, room.id).map(({ rev }) => rev))
  for (let number = 1; number <= room.head; number++) {
    if (!used.has(number) && !seen.has(number))
      faults.push(`room ${room.id}: nothing has the number ${number}`)
  }
  return faults
}

/** What was acknowledged or shown is there, once. */
function lostMessages({ happenings, fresh, ended }: History): string[] {
  const copies = new Map<string, number>()
  for (const { id } of fresh.flatMap(({ messages }) => messages)) copies.set(id, (copies.get(id) ?? 0) + 1)
  const faults = [...copies].flatMap(([id, count]) =>
    count > 1 ? [`message ${id}: it is there ${count} times`] : [],
  )
  for (const happening of happenings) {
    if (!('message' in happening) || copies.has(happening.message.id)) continue
    if (ended?.includes(happening.message.roomId)) continue
    faults.push(`message ${happening.message.id}: it was ${happening.t}, and is not there`)
  }
  return [...new Set(faults)]
}

/** What was sent was acknowledged in the end, and is what is there. */
function wrongSends({ happenings, fresh, ended }: History): string[] {
  const acknowledged = new Set(
    happenings.flatMap((one) => (one.t === 'acknowledged' ? [one.message.id] : [])),
  )
  const kept = new Map(fresh.flatMap(({ messages }) => messages.map((message) => [message.id, message])))
  return happenings.flatMap((happening) => {
    if (happening.t !== 'sent') return []
    const { id } = happening
    // What comes too late for its room is refused.
    if (ended?.includes(happening.roomId)) return []
    const faults = acknowledged.has(id) ? [] : [`message ${id}: it was never acknowledged`]
    return isAsSent(happening, kept.get(id))
      ? faults
      : [...faults, `message ${id}: it is not the one that was sent`]
  })
}

function isAsSent({ roomId, authorId, text }: Sent, message: MessageView | undefined): boolean {
  if (!message) return true
  const isChanged = message.editedAt !== undefined || message.deletedAt !== undefined
  // The server drops what is blank around a text, and those of earlier builds kept it.
  const isSameText = message.text === text || message.text === trimmed(text)
  return message.roomId === roomId && message.authorId === authorId && (isChanged || isSameText)
}

type Sent = Extract<Happening, { t: 'sent' }>

/**
 * One number, one version, whoever shows it; one id, one place, for ever; and nothing is newer than what is there now.
 */
function wrongVersions({ happenings, fresh, held }: History): string[] {
  const faults = new Set<string>()
  const versions = new Map<string, string>()
  const births = new Map<string, string>()
  const now = new Map<string, number>()
  const look = (message: MessageView) => {
    const { id, roomId, seq, rev, authorId, createdAt } = message
    // What it answers is shown as it was when the answer was made, and what is the reader's only to them.
    const { replyTo: _, me: __, ...own } = message
    const version = JSON.stringify(Object.entries(own).sort())
    const known = versions.get(`${roomId} ${rev}`) ?? version
    if (known !== version) faults.add(`room ${roomId}: two versions have the number ${rev}`)
    versions.set(`${roomId} ${rev}`, version)
    const birth = JSON.stringify([roomId, seq, authorId, createdAt])
    if ((births.get(id) ?? birth) !== birth) faults.add(`message ${id}: it has two places, authors or times`)
    births.set(id, birth)
    if (rev > (now.get(id) ?? rev)) faults.add(`message ${id}: version ${rev} was seen, and is not there`)
  }
  for (const message of fresh.flatMap(({ messages }) => messages)) {
    look(message)
    now.set(message.id, message.rev)
  }
  for (const happening of happenings) if ('message' in happening) look(happening.message)
  for (const { messages } of held) messages.forEach(look)
  return [...faults]
}

/** Who was there all the time sees what a newcomer sees. */
function differentLogs({ fresh, held }: Ending): string[] {
  const rooms = new Map(fresh.map((one) => [one.room.id, one]))
  return held.flatMap(({ device, user, roomId, messages }) => {
    const one = rooms.get(roomId)
    const expected = one ? shownTo(one, user).map(line) : []
    const lines = messages.map(line)
    const at = expected.findIndex((one, index) => one !== lines[index])
    if (at < 0 && lines.length === expected.length) return []
    const place = at < 0 ? expected.length : at
    const [is, should] = [lines[place] ?? 'nothing', expected[place] ?? 'nothing']
    return [
      `${device} shows ${lines.length} of ${expected.length} messages in room ${roomId}: ${is}, expected ${should}`,
    ]
  })
}

function line({ seq, authorId, text, replyTo, forwarded, ...more }: MessageView): string {
  const { mentions = [], mentionsRoom = [], reactions = [] } = more
  const answered = [...(replyTo ? [replyTo.id] : []), ...(forwarded ? [forwarded.authorId] : [])]
  const of = [...answered, ...mentions, mentionsRoom].flat()
  return JSON.stringify([seq, authorId, text, ...of, ...reactions])
}

/** The list of members is what follows from the room's system messages. */
function wrongMembers(fresh: FreshRoom): string[] {
  const { room, messages, founders } = fresh
  const among = new Set(founders)
  for (const { authorId, system } of messages) {
    const entrant = entrantOf({ authorId, system })
    if (entrant !== undefined) among.add(entrant)
    else if (system?.event === 'removed') among.delete(system.userId ?? '')
    else if (system?.event === 'left') among.delete(authorId)
  }
  const [expected, listed] = [[...among].sort(), (room.members ?? []).map(({ userId }) => userId).sort()]
  return expected.join() === listed.join()
    ? []
    : [`room ${room.id}: its members are ${listed}, expected ${expected}`]
}

/** Who comes in by a system message: added by somebody, or by themselves, through a link or into an open room. */
function entrantOf({
  authorId,
  system,
}: Pick<MessageView, 'authorId'> & { system: MessageView['system'] | undefined }) {
  if (system?.event === 'joined') return authorId
  return system?.event === 'added' ? system.userId : undefined
}

/** What the server counts as unread is what is unread. */
function wrongUnread(fresh: FreshRoom): string[] {
  return Object.entries(fresh.unread).flatMap(([user, unread]) => {
    const readSeq = fresh.room.members?.find((member) => member.userId === user)?.readSeq ?? 0
    const expected = recount(fresh, user, { readSeq, unreadFrom: fresh.unreadFrom[user] })
    return unread === expected
      ? []
      : [`${user} has ${unread} unread in room ${fresh.room.id}, expected ${expected}`]
  })
}

/** And what it counts as mentions are those of the messages. */
function wrongMentions(fresh: FreshRoom): string[] {
  return Object.entries(fresh.mentions).flatMap(([user, count]) => {
    const readSeq = fresh.room.members?.find((member) => member.userId === user)?.readSeq ?? 0
    const mark = { readSeq, unreadFrom: fresh.unreadFrom[user] }
    const expected = recount(fresh, user, mark, (message) => isMentioned(message, user))
    return count === expected
      ? []
      : [`${user} has ${count} mentions in room ${fresh.room.id}, expected ${expected}`]
  })
}

const isMentioned = ({ mentions = [], mentionsRoom }: MessageView, user: string): boolean =>
  mentionsRoom !== undefined || mentions.some(({ userId }) => userId === user)

/** So does each device, by its own mark. */
function wrongBadges({ fresh, held }: Ending): string[] {
  return held.flatMap(({ device, user, roomId: id, unread, ...mark }) => {
    const room = fresh.find((one) => one.room.id === id)
    if (!room || markOf(fresh, id, user) === undefined)
      return [`${device} holds room ${id}, of which ${user} is no member`]
    const expected = recount(room, user, mark)
    return unread === expected ? [] : [`${device} shows ${unread} unread in room ${id}, expected ${expected}`]
  })
}

function markOf(fresh: readonly FreshRoom[], room: string, user: string): number | undefined {
  const members = fresh.find((one) => one.room.id === room)?.room.members
  return members?.find((member) => member.userId === user)?.readSeq
}

function recount(
  { messages, founders }: FreshRoom,
  user: string,
  { readSeq, unreadFrom = Number.POSITIVE_INFINITY }: Pick<HeldRoom, 'readSeq' | 'unreadFrom'>,
  counts = (_: MessageView) => true,
): number {
  const entrances = messages.filter(({ authorId, system }) => entrantOf({ authorId, system }) === user)
  const joinedSeq = entrances.at(-1)?.seq ?? (founders.includes(user) ? 0 : Number.POSITIVE_INFINITY)
  const from = Math.max(Math.min(readSeq, unreadFrom - 1), joinedSeq)
  const unread = messages.filter(
    ({ seq, kind, authorId, deletedAt }) => seq > from && kind === 'text' && authorId !== user && !deletedAt,
  )
  return Math.min(unread.filter(counts).length, limits.unread)
}

function marksThatWentBack({ happenings, fresh }: History): string[] {
  const faults: string[] = []
  const shown = new Map<string, number>()
  for (const happening of happenings) {
    if (happening.t === 'marked') {
      const { device, roomId, seq } = happening
      const before = shown.get(`${device} ${roomId}`) ?? 0
      if (seq < before)
        faults.push(`${device}: its mark in room ${roomId} went back from ${before} to ${seq}`)
      shown.set(`${device} ${roomId}`, seq)
    }
    if (happening.t !== 'read') continue
    const { user, roomId: id, seq } = happening
    const head = fresh.find((one) => one.room.id === id)?.room.head ?? seq
    const mark = markOf(fresh, id, user) ?? seq
    if (mark < Math.min(seq, head)) faults.push(`${user}: had read room ${id} up to ${seq}, now ${mark}`)
  }
  return faults
}

/** Who is out receives nothing that was said since; being added again shows it after all. */
function leaks({ happenings, fresh }: History): string[] {
  const ends = new Map<string, number>()
  for (const { room, messages } of fresh) {
    for (const { seq, authorId, system } of messages) {
      const entrant = entrantOf({ authorId, system })
      if (system?.event === 'removed') ends.set(`${system.userId} ${room.id}`, seq)
      else if (system?.event === 'left') ends.set(`${authorId} ${room.id}`, seq)
      else if (entrant !== undefined) ends.delete(`${entrant} ${room.id}`)
    }
  }
  return happenings.flatMap((happening) => {
    if (happening.t !== 'delivered') return []
    const { user, message } = happening
    const end = ends.get(`${user} ${message.roomId}`) ?? Number.POSITIVE_INFINITY
    return message.rev > end
      ? [`${user}, out of room ${message.roomId} since ${end}, was delivered ${message.rev}`]
      : []
  })
}

/** What a user sees of a room: where history is hidden, what has its place after they came, and quotes of nothing else. */
function shownTo(fresh: FreshRoom, user: string): MessageView[] {
  const { room, messages } = fresh
  const from = room.history === 'since-joined' ? (placesOf(fresh, user).at(-1) ?? 0) : 0
  return messages
    .filter(({ seq }) => seq >= from)
    .map(({ replyTo, ...message }) => ({ ...message, ...(replyTo && replyTo.seq >= from && { replyTo }) }))
}

/** Where a user came into a room, each time: founders at 0. */
function placesOf({ messages, founders }: FreshRoom, user: string): number[] {
  const entrances = messages.filter(({ authorId, system }) => entrantOf({ authorId, system }) === user)
  return [...(founders.includes(user) ? [0] : []), ...entrances.map(({ seq }) => seq)]
}

/** Of rooms whose history was hidden from the start, what was before a user came for the first time. */
function earlierMessages({ happenings, fresh }: History): string[] {
  const hidden = fresh.filter(
    ({ room, messages }) =>
      room.history === 'since-joined' && !messages.some(({ system }) => system?.settings?.history),
  )
  const rooms = new Map(hidden.map((one) => [one.room.id, one]))
  return happenings.flatMap((happening) => {
    const room = happening.t === 'delivered' ? rooms.get(happening.message.roomId) : undefined
    if (happening.t !== 'delivered' || !room) return []
    const { user, message } = happening
    const [from = Number.POSITIVE_INFINITY] = placesOf(room, user)
    return [message.seq, message.replyTo?.seq ?? from]
      .filter((seq) => seq < from)
      .map((seq) => `${user}, in room ${message.roomId} from ${from} on, was shown ${seq}`)
  })
}

function versionsIn(happenings: readonly Happening[], room: string): MessageView[] {
  return happenings.flatMap((happening) =>
    'message' in happening && happening.message.roomId === room ? [happening.message] : [],
  )
}
