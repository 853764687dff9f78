/**
 * Everything the widget knows, as readonly data, and everything that can happen to it. No clock, no chance, no network:
 * those arrive inside actions. How it changes is reduce.ts; what a reader sees of it: timeline.ts,
 * room-list.ts, people.ts, unread.ts. What keeps it true but means nothing to a reader is tagged as internal: the built
 * types of chatter-widget/chat leave it out, so that it may change. (The tag itself must not stand up here: the compiler would
 * take it for the first import's, and leave that out.)
 *
 * Three numbers keep a room true (design §4). `head` is the highest rev ever heard of. `known` is the rev up to which
 * the room as it is held here, its loaded messages above all, has every change. `counted` is the rev as of which
 * `me.unread` is exact. A room is complete when the three are equal; otherwise net/catch-up.ts asks the server for what is
 * missing.
 */
import type { CommandInput } from '../../server/protocol/commands.ts'
import type { EventName, ServerFrame } from '../../server/protocol/events.ts'
import { limits } from '../../server/protocol/limits.ts'
import { Problem, type ProblemCode } from '../../server/protocol/problems.ts'
import type {
  Changes,
  Features,
  Limits,
  MemberView,
  MessageView,
  Page,
  Pins,
  PresenceView,
  ReplyView,
  RoomKind,
  RoomMe,
  RoomsPage,
  RoomView,
  Users,
  UserView,
} from '../../server/protocol/views.ts'
import type { Draft } from './draft.ts'
import type { Mentioned } from './mentions.ts'

/** All of it. Never changed: each change makes a new one, which shares what stayed the same. */
export type State = {
  readonly session: Session
  readonly connection: ConnectionState
  /** My user id, once the server said who I am. */
  readonly me: string | undefined
  /** Of the database that the rooms come from. @internal */
  readonly epoch: string | undefined
  /** What the site has turned off is false, and nothing of it is shown. */
  readonly features: Readonly<Features>
  /** What the server takes at most. */
  readonly limits: Readonly<Limits>
  /** Everybody heard of, by id. Maps, not records: user ids are the host's, and one of them may be `__proto__`. */
  readonly users: ReadonlyMap<string, UserView>
  /** The ids of those who are online, of the people of small rooms. */
  readonly online: ReadonlySet<string>
  /** The ids of those of them who do not want to be disturbed. */
  readonly busy: ReadonlySet<string>
  /** When people of small rooms were last here, of those who left since then. */
  readonly lastSeen: ReadonlyMap<string, string>
  /** What I decided of my own presence; undefined where I never changed it, or the server does not know it. */
  readonly presence: PresenceView | undefined
  /** The rooms that are held here, by id: the newest ones, and those that were opened or scrolled to. */
  readonly rooms: ReadonlyMap<string, Room>
  readonly list: RoomListState
  /**
   * Unread messages in rooms that are not held here: what the server counted in all, less what is counted here. Until
   * the next `ready` it can be off by what was read elsewhere in such a room; it is 0 once all rooms are here.
   * @internal
   */
  readonly elsewhere: Count
  /** How many of these came just now, by room: the room is being fetched. @internal */
  readonly early: ReadonlyMap<string, Count>
  /** The room that is open. */
  readonly active: Active | undefined
  /** Why none is, where the page asked for one. */
  readonly unopened: Fault | undefined
  /** Own messages, and changes of messages, that the server has not acknowledged, oldest first. */
  readonly outbox: readonly Pending[]
  /** By room; none of them is empty. */
  readonly drafts: ReadonlyMap<string, Draft>
  /** Who is typing, by room. */
  readonly typing: ReadonlyMap<string, ReadonlySet<string>>
}

/** Of who never decided otherwise. */
export const usualPresence: PresenceView = { show: 'everybody', doNotDisturb: false }

/** Unread messages, and how many of them mention me. Of muted rooms only these count. @internal */
export type Count = { readonly unread: number; readonly mentions: number }

/** `unknown` until the server answered; `signed-out` once the host said that nobody is signed in, or ended the session. */
export type Session =
  | { readonly status: 'unknown' | 'signed-in' }
  | { readonly status: 'signed-out'; readonly fault: Fault | undefined }

/** How the connection to the server is doing. */
export type ConnectionState = {
  /** `waiting`: will connect again by itself. `failed`: will not. `idle`: nobody asked to, or asked to stop. */
  readonly status: 'idle' | 'connecting' | 'open' | 'waiting' | 'failed'
  /** When it was last open, or first tried: the banner counts its two seconds from here. Milliseconds. */
  readonly since: number
  /** Why it failed, or could not be made so far. It stands until the connection is open. */
  readonly fault: Fault | undefined
}
/** The status alone, as events and the element give it. */
export type ConnectionStatus = ConnectionState['status']

/**
 * Why something did not work. `offline`: nothing answered. `no_token`: the page did not say who is signed in. `setup`: the
 * page or the server is set up wrong, and nothing helps until its owner has mended that. `detail` is for developers, not
 * for readers.
 */
export type Fault = {
  readonly code: ProblemCode | 'offline' | 'no_token' | 'setup'
  readonly detail: string
}

export function faultOf(error: unknown): Fault {
  if (error instanceof Problem) return { code: error.code, detail: error.message }
  return { code: 'offline', detail: error instanceof Error ? error.message : String(error) }
}

/** Something being loaded, or why it could not be; absent when neither. */
export type Load = 'loading' | Fault

/** How much of the room list is here. */
export type RoomListState = {
  /** False until the first page is here. */
  readonly loaded: boolean
  /** There are rooms that are not held here. */
  readonly more: boolean
  /** How many rooms were archived when the connection was made. */
  readonly archived: number
  /** @internal */
  readonly cursor: string | undefined
  readonly load: Load | undefined
}

/** The room that is open, which may not be here yet. */
export type Active = {
  readonly roomId: string
  /** The read mark when the room was opened with unread messages: the divider stands after it. */
  readonly divider: number | undefined
  /** It was marked unread since it was opened: being here does not read it (rule U18). */
  readonly isMarked?: boolean
  /**
   * The message that is to be looked at. Each time it is asked for it is another object. `top`: the reader was here before, and
   * it stood so many pixels below the top of the log.
   */
  readonly sought?: { readonly messageId: string; readonly top?: number | undefined }
  /** The room cannot be shown: `not_found` when it is gone or was never ours. */
  readonly fault: Fault | undefined
}

/** A room as it is held here. Its messages as a reader sees them: `timeline`. */
export type Room = {
  readonly id: string
  /** Whose view of the room this is: mine. @internal */
  readonly viewer: string
  readonly kind: RoomKind
  /** Groups only, and only where somebody gave one. */
  readonly name: string | undefined
  /** What the group is for, where somebody said it. */
  readonly description: string | undefined
  /** Its picture, where the host gave one. */
  readonly pictureUrl: string | undefined
  /** `owners`: nobody else sends messages. */
  readonly post: RoomView['post'] | undefined
  /** So many seconds a member who is no owner waits between two messages. */
  readonly slowMode: number | undefined
  /** `since-joined`: members see only what came after they joined; from where on I do, `me.visibleFrom` says. */
  readonly history: RoomView['history'] | undefined
  /** As of which change of the room the name and the members are. @internal */
  readonly rev: number
  readonly memberCount: number
  /** With their read marks; absent in large rooms. */
  readonly members: readonly MemberView[] | undefined
  readonly lastMessage: MessageView | undefined
  /** The last place where somebody said something. @internal */
  readonly saidSeq: number
  /** When the last message was written, or the room created. RFC 3339. */
  readonly lastAt: string
  /** How far I have read, and what is unread. */
  readonly me: Readonly<RoomMe>
  /** @internal */
  readonly head: number
  /** @internal */
  readonly known: number
  /** @internal */
  readonly counted: number
  /** Changes that arrived before the ones they follow. @internal */
  readonly ahead: readonly Version[]
  /** @internal */
  readonly log: Log | undefined
  /** Its pinned messages, see `pinned`. Absent until they are loaded. @internal */
  readonly pins: PinList | undefined
  /** @internal */
  readonly loads: { readonly [direction in Direction]?: Load | undefined }
}

/**
 * What is known of pinned messages, in no order; those that are pinned no more are kept, so that an older version does not
 * pin them again. `isBehind`: some of what changed was never here.
 */
export type PinList = { readonly messages: readonly MessageView[]; readonly isBehind?: boolean }

/** `page` is a fresh start: the newest messages, or the ones around a place. */
export type Direction = 'page' | 'older' | 'newer'

/** The one loaded interval of a room: ascending by seq, without holes once the room is complete. */
export type Log = {
  readonly messages: readonly MessageView[]
  /** There are messages before the first. */
  readonly older: boolean
  /** There are messages after the last: the log is detached from the live end. */
  readonly newer: boolean
}

/** One number of a room's stream: a message's version, or a change of the room itself. */
export type Version = {
  readonly rev: number
  readonly prev: number
  readonly message: MessageView | undefined
  /** Each rev after `prev` only changed the message, and none of them brought or deleted one. */
  readonly isSame?: boolean
  /** Whether the version before it did; unless that is known. */
  readonly mentionedMe?: boolean
}

/**
 * Which version of a message was known when a change of it was sent, and when its text was edited last. `look`: for a
 * reaction, what others had made of it; builds before it kept none.
 */
export type Basis = { readonly rev: number; readonly editedAt: string | undefined; readonly look?: string }

/** A message of mine on its way, or a change of a message. `mentions` are of its text. */
export type Pending = Mentioned & {
  /** Of a message, its own. */
  readonly id: string
  readonly roomId: string
  /** Of the message, or the new one; empty where there is none. */
  readonly text: string
  /** The message that this one answers. */
  readonly replyTo?: ReplyView
  /** The message that this one says again, and who said it first. */
  readonly forward?: { readonly roomId: string; readonly messageId: string; readonly authorId: string }
  /** Absent: it is a message. */
  readonly change?: Change
  /** Of a change that was sent, while nobody knows what came of it. @internal */
  readonly basis?: Basis | undefined
  /** It is not sent yet, so that it can be undone. */
  readonly undoable?: boolean
  /** When it was sent here, in milliseconds; each later than the one before. */
  readonly at: number
  /** `queued`: not sent yet. `unconfirmed`: sent, then the connection was lost; it is sent again. */
  readonly status: 'queued' | 'sending' | 'unconfirmed' | 'failed'
  /** Why it failed; while it is `queued`, why the server did not take it yet. */
  readonly fault: Fault | undefined
  /** Once it failed: its place, after the message with this seq. Until then it stands at the end. @internal */
  readonly after: number | undefined
}

/** What is to become of a message; `edit`: it gets another text. */
export type Change =
  | { readonly kind: 'edit' | 'delete'; readonly messageId: string }
  | { readonly kind: 'react'; readonly messageId: string; readonly emoji: string; readonly on: boolean }
  | { readonly kind: 'pin'; readonly messageId: string; readonly on: boolean }

/** What `arrange` changes of how I keep a room in my list; what it leaves out stays as it is. */
export type Arranging = Omit<CommandInput<'arrange'>, 'roomId'>

type EventFrame<N extends EventName> = Extract<ServerFrame, { t: N }>
type ServerEvent = EventFrame<
  | 'ready'
  | 'settings'
  | 'message'
  | 'skipped'
  | 'room'
  | 'mine'
  | 'reacted'
  | 'gone'
  | 'read'
  | 'typing'
  | 'presence'
  | 'myPresence'
  | 'user'
  | 'heads'
>

/** What can happen: the server's events as they came, and what Chat and its network did. */
export type Action =
  | ServerEvent
  | {
      readonly t: 'connection'
      readonly status: ConnectionStatus
      readonly at: number
      readonly fault?: Fault
    }
  | { readonly t: 'signed-out'; readonly fault?: Fault }
  /** Everything of this user is forgotten. */
  | { readonly t: 'cleared' }
  /** A room as `GET v1/rooms/:roomId` or `POST v1/rooms` answers it, with `me`. */
  | { readonly t: 'room-view'; readonly room: RoomView; readonly users: Users }
  | { readonly t: 'rooms-page'; readonly page: RoomsPage }
  | { readonly t: 'rooms-load'; readonly load: Load }
  | { readonly t: 'page'; readonly roomId: string; readonly place: Place; readonly page: Page }
  | {
      readonly t: 'load'
      readonly roomId: string
      readonly direction: Direction
      readonly load: Load | undefined
    }
  | { readonly t: 'changes'; readonly roomId: string; readonly since: number; readonly changes: Changes }
  | { readonly t: 'pins'; readonly roomId: string; readonly pins: Pins }
  | { readonly t: 'opened'; readonly roomId: string | undefined }
  | {
      readonly t: 'sought'
      readonly roomId: string
      readonly messageId: string
      readonly top?: number | undefined
    }
  | { readonly t: 'not-opened'; readonly roomId: string; readonly fault: Fault }
  /** What the page asked for has no room. */
  | { readonly t: 'unopened'; readonly fault: Fault }
  | { readonly t: 'marked'; readonly roomId: string; readonly seq: number }
  | { readonly t: 'arranged'; readonly roomId: string; readonly wish: Arranging; readonly at: number }
  /** Mutes that end by themselves have, by now. */
  | { readonly t: 'mutes-ended'; readonly at: number }
  | { readonly t: 'draft'; readonly roomId: string; readonly draft: Draft }
  | {
      readonly t: 'restored'
      readonly outbox: readonly Pending[]
      readonly drafts: ReadonlyMap<string, Draft>
    }
  | ({ readonly t: 'queued' } & Pick<
      Pending,
      | 'id'
      | 'roomId'
      | 'text'
      | 'at'
      | 'replyTo'
      | 'forward'
      | 'change'
      | 'mentions'
      | 'mentionsRoom'
      | 'undoable'
    >)
  | { readonly t: 'sending'; readonly id: string }
  /** `id`: of what waited, where that is not the message itself. */
  | { readonly t: 'acknowledged'; readonly message: MessageView; readonly id?: string }
  | { readonly t: 'failed'; readonly id: string; readonly fault: Fault; readonly basis?: Basis | undefined }
  | {
      readonly t: 'retried'
      readonly id: string
      readonly fault?: Fault
      readonly mentioned?: Mentioned
      /** Where the server has answered: the one before it was sent this time. */
      readonly basis?: Basis | undefined
    }
  | { readonly t: 'discarded'; readonly id: string }
  | { readonly t: 'typing-over'; readonly roomId: string; readonly userId: string }

/** Where a page belongs: it replaces the log, or joins it at the seq it was asked for. */
export type Place = 'only' | { readonly before: number } | { readonly after: number }

/** Up to here unread messages are counted. No server says another number. */
export const unreadCap = limits.unread

export const initialState: State = {
  session: { status: 'unknown' },
  connection: { status: 'idle', since: 0, fault: undefined },
  me: undefined,
  epoch: undefined,
  features: { typing: true },
  limits,
  users: new Map(),
  online: new Set(),
  busy: new Set(),
  lastSeen: new Map(),
  presence: undefined,
  rooms: new Map(),
  list: { loaded: false, more: false, archived: 0, cursor: undefined, load: undefined },
  elsewhere: { unread: 0, mentions: 0 },
  early: new Map(),
  active: undefined,
  unopened: undefined,
  outbox: [],
  drafts: new Map(),
  typing: new Map(),
}
