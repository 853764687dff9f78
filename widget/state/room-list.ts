/** The rooms as a reader sees them. Structured data, never words: elements put them into the reader's language. */
import { erasedId } from '../../server/protocol/erased.ts'
import { foldName } from '../../server/protocol/names.ts'
import type { MessageView, RoomKind, UserView } from '../../server/protocol/views.ts'
import { isArchived } from './arranging.ts'
import { changed, editsIn } from './changes.ts'
import { compare, isMe, userOf } from './people.ts'
import type { Pending, Room, State } from './state.ts'
import { type SystemMessage, systemMessageIn } from './system-message.ts'
import { pendingIn } from './timeline.ts'

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
  readonly system: SystemMessage | undefined
  readonly deleted: boolean
  readonly status: 'sent' | Pending['status']
}

/** A room as it stands in the list. */
export type RoomItem = {
  readonly id: string
  readonly kind: RoomKind
  readonly title: Title
  /** Of a group, where its host gave one. */
  readonly pictureUrl: string | undefined
  readonly memberCount: number
  readonly preview: Preview | undefined
  /** What is written and not sent. */
  readonly draft: string | undefined
  /** Of its last message, or its creation. RFC 3339. */
  readonly at: string
  /** At `unreadCap` or above: show 99+. */
  readonly unread: number
  /** How many of these mention me. */
  readonly mentions: number
  /** It is unread because I said so. */
  readonly marked: boolean
  readonly muted: boolean
  /** At the top of my list. */
  readonly pinned: boolean
  readonly archived: boolean
  /** It is the one that is open. */
  readonly active: boolean
  /** In a direct room: whether the other one is here. */
  readonly online: boolean
  /** And whether they do not want to be disturbed. */
  readonly busy: boolean
  /** Who else is typing. */
  readonly typing: readonly UserView[]
}

export function activeRoom(state: State): Room | undefined {
  return state.active && state.rooms.get(state.active.roomId)
}

/** What of the list is shown: `all` but what is archived, what of that is unread, or mentions me unread, or what is archived. */
export type RoomFilter = 'all' | 'unread' | 'mentions' | 'archived'

/** Below this many rooms nobody needs to choose among them. */
const filtersFrom = 6

/** Whether the list has something to choose among. */
export function hasFilters({ rooms, list }: State): boolean {
  return rooms.size >= filtersFrom || list.archived > 0 || [...rooms.values()].some(isArchived)
}

/**
 * The rooms, first those that are pinned, the newest pin at the top, then by their latest activity; with `query`, those
 * whose title has all its words (case and accents folded).
 */
export function roomList(state: State, query = '', filter: RoomFilter = 'all'): readonly RoomItem[] {
  const words = foldName(query).trim().split(/\s+/)
  const pinnedAt = ({ me }: Room) => me.arranged?.pinnedAt ?? ''
  return [...state.rooms.values()]
    .sort((a, b) => compare(pinnedAt(b), pinnedAt(a)) || compare(b.lastAt, a.lastAt) || compare(b.id, a.id))
    .filter((room) => isArchived(room) === (filter === 'archived'))
    .filter(({ me }) => filter !== 'unread' || me.unread > 0 || me.arranged?.unreadFrom !== undefined)
    .filter(({ me }) => filter !== 'mentions' || me.mentions)
    .filter((room) => !query || words.every((word) => foldName(namesOf(state, room)).includes(word)))
    .map((room) => itemOf(state, room))
}

/** One room as it stands in the list: for the header, for announcements. */
export function roomItem(state: State, room: string): RoomItem | undefined {
  const held = state.rooms.get(room)
  return held && itemOf(state, held)
}

/** The next unread room up or down the list from the active one, round its end (rule K51). */
export function nextUnread(state: State, by: 1 | -1): RoomItem | undefined {
  const items = by > 0 ? roomList(state) : roomList(state).toReversed()
  const at = items.findIndex(({ active }) => active)
  return [...items.slice(at + 1), ...items.slice(0, Math.max(at, 0))].find(({ unread }) => unread > 0)
}

function itemOf(state: State, room: Room): RoomItem {
  const { id, kind, memberCount, lastAt, me } = room
  const other = kind === 'direct' ? othersIn(state, room)[0] : undefined
  return {
    id,
    kind,
    title: titleOf(state, room),
    pictureUrl: room.pictureUrl,
    memberCount,
    preview: previewOf(state, room),
    // In the room that is open it is seen where it is written.
    draft: state.active?.roomId === id ? undefined : state.drafts.get(id)?.text,
    at: lastAt,
    unread: me.unread,
    mentions: me.mentions ?? 0,
    marked: me.arranged?.unreadFrom !== undefined,
    muted: me.muted,
    pinned: me.arranged?.pinnedAt !== undefined,
    archived: isArchived(room),
    active: state.active?.roomId === id,
    online: !!other && state.online.has(other),
    busy: !!other && state.busy.has(other),
    typing: typingIn(state, id),
  }
}

function titleOf(state: State, room: Room): Title {
  if (room.kind === 'self') return { kind: 'self', user: userOf(state, state.me ?? '') }
  if (room.name !== undefined) return { kind: 'name', name: room.name }
  const others = othersIn(state, room)
  const users = room.memberCount === 1 ? [leftIn(state, room)] : others.slice(0, titleNames)
  return {
    kind: 'people',
    users: users.map((id) => userOf(state, id)),
    more: room.memberCount - 1 - users.length,
  }
}

/** Whom a room is titled by in which I am alone. Nobody leaves a direct room: the other one was my own guest, or is erased. */
function leftIn(state: State, { kind }: Room): string {
  const me = state.me ?? ''
  const wasGuest = [...state.users.values()].some(({ mergedInto }) => mergedInto === me)
  return kind === 'direct' && !wasGuest ? erasedId : me
}

function othersIn(state: State, room: Room): string[] {
  return (room.members ?? []).map(({ userId }) => userId).filter((user) => user !== state.me)
}

function namesOf(state: State, room: Room): string {
  const people = room.kind === 'self' ? [state.me ?? ''] : othersIn(state, room)
  return room.name ?? people.map((id) => userOf(state, id).name).join(' ')
}

function previewOf(state: State, room: Room): Preview | undefined {
  const me = userOf(state, state.me ?? '')
  const pending = pendingIn(state, room).at(-1)
  if (pending)
    return {
      author: me,
      mine: true,
      kind: 'text',
      text: editsIn(state, room.id)?.get(pending.id)?.text ?? pending.text,
      system: undefined,
      deleted: false,
      status: pending.status,
    }
  if (!room.lastMessage) return undefined
  const [{ authorId, kind, text, deletedAt } = room.lastMessage] = changed(state, room.id, [room.lastMessage])
  return {
    author: userOf(state, authorId),
    mine: isMe(state, authorId),
    kind,
    text,
    system: systemMessageIn(state, room.lastMessage),
    deleted: !!deletedAt,
    status: 'sent',
  }
}

/** Who else is typing in a room. */
export function typingIn(state: State, room: string): readonly UserView[] {
  return [...(state.typing.get(room) ?? [])].map((id) => userOf(state, id))
}
