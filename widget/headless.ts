/**
 * What `import … from 'chatter-widget/chat'` gives: the headless client, what it makes of its state for readers, and their
 * types. This is all of its public face. Fields that are tagged as internal are left out of the built types.
 *
 * A file of its own, because the widget loads its client before the selectors.
 */

// biome-ignore lint/performance/noBarrelFile: it is the entry of a package.
export { Problem, type ProblemCode } from '../server/protocol/problems.ts'
export type {
  ArrangementView,
  Features,
  Limits,
  LinkView,
  MembersPage,
  MemberView,
  MentionView,
  MessageView,
  OpenRoomsPage,
  OpenRoomView,
  PinView,
  PresenceView,
  ReactionView,
  ReplyView,
  RoomKind,
  RoomMe,
  RoomMentionView,
  RoomsPage,
  RoomView,
  SiteView,
  SystemView,
  UserAnswer,
  UsersPage,
  UserView,
} from '../server/protocol/views.ts'
export { Chat, type ChatOptions, type Sending, type SendOptions } from './chat.ts'
export type { Connection, ConnectionContext, Question, Replies, ServerEvent } from './net/connection.ts'
export type { ChatEvents } from './net/emitter.ts'
export type { SavedIn } from './net/saved.ts'
export type { Clock } from './net/timers.ts'
export type { TokenReason, TokenSource, Tokens } from './net/token.ts'
export type { Draft, DraftContent } from './state/draft.ts'
export type { Mentioned } from './state/mentions.ts'
export type { Seen } from './state/people.ts'
export { pinnedIn as pinned } from './state/pins.ts'
export {
  type Preview,
  type RoomFilter,
  type RoomItem,
  roomList,
  type Title,
  typingIn as typing,
} from './state/room-list.ts'
export type {
  Active,
  Arranging,
  Change,
  ConnectionState,
  ConnectionStatus,
  Fault,
  Load,
  Pending,
  Room,
  RoomListState,
  Session,
  State,
} from './state/state.ts'
export type { SystemMessage } from './state/system-message.ts'
export {
  type DayRow,
  type MessageRow,
  type MessageStatus,
  type Reaction,
  type Row,
  type Timeline,
  timeline,
  type UnreadRow,
} from './state/timeline.ts'
export { type Unread, unread } from './state/unread.ts'
