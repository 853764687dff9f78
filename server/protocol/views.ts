/**
 * What readers see: one shape of each thing, the same in history, live events, acknowledgements and catch-up.
 * Views are viewer-neutral, so a message is encoded once for everybody; only a `me` block is personal.
 */
import * as v from 'valibot'
import { limits } from './limits.ts'

const described = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text))

export const Uuid = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'expected a lower-case UUID'),
  v.title('UUID'),
)
export const UserId = v.pipe(
  v.string(),
  v.nonEmpty('expected a user id, got an empty string'),
  v.check(
    (id) => Buffer.byteLength(id) <= limits.userIdBytes,
    `expected at most ${limits.userIdBytes} bytes`,
  ),
  v.check(
    (id) => id.isWellFormed() && !/\p{Cc}/u.test(id),
    'expected no control characters or lone surrogates',
  ),
  v.title('user id'),
)
/** Of whom a view names: a user, or the site, or nobody (`UserView`). */
export const NamedId = v.pipe(v.string(), v.title('user id'))
/** RFC 3339, UTC, milliseconds. For display only: nothing is ordered by it but the room list. */
export const Time = v.pipe(v.string(), v.isoTimestamp(), v.title('time'))
export const Seq = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.title('whole number'))

export const UserView = v.object({
  id: described(
    NamedId,
    "the host's own id of the user, compared byte by byte; empty: the site itself, as the author of a message; the character U+007F: nobody, in the place of who was erased",
  ),
  name: v.string(),
  avatarUrl: v.exactOptional(v.string()),
  about: v.exactOptional(described(v.string(), 'what the host says about them, in one line')),
  guest: v.exactOptional(
    described(v.literal(true), 'a visitor who gave this name: nobody says that they are who they say'),
  ),
  mergedInto: v.exactOptional(
    described(UserId, 'it was a guest, who has signed in as that user since: name and picture are theirs'),
  ),
})
export const Users = described(v.record(v.string(), UserView), 'by id')

/** Settings of a group, as they were changed. */
export const SettingsView = v.object({
  post: v.exactOptional(described(v.picklist(['owners', 'all']), 'who sends messages')),
  slowMode: v.exactOptional(described(Seq, 'seconds between two messages of a member; 0: none')),
  history: v.exactOptional(
    described(v.picklist(['since-joined', 'all']), 'what members see of the time before they came'),
  ),
})

/** What a site keeps with its rooms, users and messages, for itself: any JSON object. */
const Data = described(
  v.record(v.string(), v.unknown()),
  `what the site keeps with it, as it was given: a JSON object of at most ${limits.dataBytes} bytes`,
)

/** What the site itself says, in its parts. */
export const SiteView = v.object({
  title: v.exactOptional(v.string()),
  text: described(v.string(), 'what stands between title and link'),
  link: v.exactOptional(
    v.object({
      url: described(v.string(), 'http or https'),
      label: v.exactOptional(described(v.string(), 'what it is called; absent: its address')),
    }),
  ),
  type: v.exactOptional(described(v.string(), 'what kind of message it is, for who draws it')),
  data: v.exactOptional(Data),
})

/** What a message of the kind `system` says. Its `text` says the same in English. */
export const SystemView = v.object({
  event: v.picklist([
    'renamed',
    'described',
    'added',
    'removed',
    'left',
    'promoted',
    'demoted',
    'configured',
    'joined',
  ]),
  userId: v.exactOptional(described(NamedId, 'who was added, removed, or given another role')),
  name: v.exactOptional(described(v.string(), "the group's new name; absent when it lost its name")),
  settings: v.exactOptional(
    described(SettingsView, 'what was configured: those that changed, as they are now'),
  ),
})

/** What a message answers, as far as a quote above it shows it: as of when the view of the answer was made. */
export const ReplyView = v.object({
  id: described(Uuid, 'of the message that is answered, in the same room'),
  seq: described(Seq, 'its place'),
  authorId: described(v.pipe(v.string(), v.title('user id')), 'of it; empty: the site'),
  text: described(v.string(), `its first ${limits.quoteChars} characters`),
  deleted: v.exactOptional(described(v.literal(true), 'it is a tombstone by now: `text` is empty')),
})

/** Of a message that says what another one says. From where it comes is told to nobody. */
export const ForwardView = v.object({ authorId: described(NamedId, 'who said it first') })

/** Whom a message mentions, and where in its text that stands: UTF-16 code units, as JavaScript counts. */
const place = { at: described(Seq, 'where it begins in the text'), length: described(Seq, 'how long it is') }
export const MentionView = v.object({ userId: described(UserId, 'who is mentioned'), ...place })
export const RoomMentionView = v.object(place)

export const PinView = v.object({ userId: described(NamedId, 'who pinned it'), at: Time })

/** Who reacted to a message with one emoji. */
export const ReactionView = v.object({
  emoji: v.string(),
  count: described(Seq, 'how many users did'),
  userIds: described(v.array(UserId), `the first ${limits.reactors} of them`),
})
/** What of a message is the reader's. */
export const MessageMe = v.object({
  reactions: described(v.array(v.string()), 'the emoji that I reacted with'),
})

export const MessageView = v.object({
  id: described(Uuid, 'chosen by the client that sent it'),
  roomId: Uuid,
  seq: described(Seq, 'its place in the room, for ever'),
  rev: described(Seq, "the room's number when it last changed; the higher one wins"),
  authorId: described(
    v.pipe(v.string(), v.title('user id')),
    'a user’s id; empty: the site itself, which every answer and event names among its users, as one with an empty id',
  ),
  kind: v.picklist(['text', 'system']),
  text: v.string(),
  site: v.exactOptional(
    described(
      SiteView,
      'on messages of the site, whose `text` says the same for who does not know this; absent on a tombstone',
    ),
  ),
  system: v.exactOptional(described(SystemView, 'on messages of the kind `system`')),
  replyTo: v.exactOptional(described(ReplyView, 'the message that it answers; absent on a tombstone')),
  replyHidden: v.exactOptional(
    described(
      v.literal(true),
      'it answers a message from before what the reader sees: in place of `replyTo`',
    ),
  ),
  forwarded: v.exactOptional(
    described(ForwardView, 'it says again what somebody said, here or elsewhere; absent on a tombstone'),
  ),
  mentions: v.exactOptional(
    described(v.array(MentionView), 'in the order of the text; absent where there are none'),
  ),
  mentionsRoom: v.exactOptional(described(RoomMentionView, 'it mentions everybody in the group')),
  pinned: v.exactOptional(described(PinView, 'a member pinned it for all; absent on a tombstone')),
  reactions: v.exactOptional(
    described(v.array(ReactionView), 'in the order of first use; absent where there are none'),
  ),
  me: v.exactOptional(
    described(MessageMe, 'in answers to one reader, where there are reactions; absent: keep what you have'),
  ),
  createdAt: Time,
  editedAt: v.exactOptional(Time),
  deletedAt: v.exactOptional(described(Time, 'then `text` is empty: a tombstone')),
})

/** How I keep a room in my list. */
export const ArrangementView = v.object({
  rev: described(Seq, 'how often it was changed: of two the higher one counts'),
  pinnedAt: v.exactOptional(
    described(Time, 'the room stands at the top of my list, the latest of these first'),
  ),
  mutedUntil: v.exactOptional(described(Time, 'while `muted`: it ends by itself then; absent: never')),
  muteMentions: v.exactOptional(
    described(v.literal(true), 'while the room is muted, what mentions me does not count either'),
  ),
  archivedSeq: v.exactOptional(
    described(
      Seq,
      'the room is archived while nobody said anything after this place (`saidSeq`), or while it is muted',
    ),
  ),
  unreadFrom: v.exactOptional(
    described(Seq, 'I marked it unread: messages of others from this place on count, read or not'),
  ),
})

export const RoomMe = v.object({
  role: v.exactOptional(
    described(
      v.picklist(['owner', 'member']),
      "what I am in a room whose view lists no members, as of the view's rev; absent: look for me among them, or keep what you have",
    ),
  ),
  readSeq: described(Seq, 'how far I have read'),
  unread: described(Seq, `messages of others after it, counted to ${limits.unread}`),
  mentions: v.exactOptional(
    described(Seq, `messages of others after it that mention me, counted to ${limits.unread}; absent: none`),
  ),
  muted: v.boolean(),
  visibleFrom: v.exactOptional(
    described(
      Seq,
      'the first place that I see: what is before it was said before I joined; absent: I see all',
    ),
  ),
  arranged: v.exactOptional(
    described(
      ArrangementView,
      'absent: I never changed anything, or the server is older; keep what you have',
    ),
  ),
})
export const MemberView = v.object({
  userId: UserId,
  role: v.picklist(['owner', 'member']),
  readSeq: Seq,
  readAt: v.exactOptional(
    described(Time, 'when they last read: in a page of members, of who shows the reader when they were here'),
  ),
})
export const RoomView = v.object({
  id: Uuid,
  kind: described(v.picklist(['self', 'direct', 'group']), 'one member (notes), two, or a group'),
  name: v.exactOptional(described(v.string(), 'groups only, and only where somebody gave one')),
  description: v.exactOptional(described(v.string(), 'what the group is for; only where somebody said it')),
  pictureUrl: v.exactOptional(described(v.string(), 'https; groups only, and only where the host gave one')),
  post: v.exactOptional(described(v.literal('owners'), 'only owners send messages; absent: all members do')),
  slowMode: v.exactOptional(
    described(Seq, 'so many seconds a member who is no owner waits between two messages; absent: none'),
  ),
  history: v.exactOptional(
    described(v.literal('since-joined'), 'members see only what came after they did; absent: they see all'),
  ),
  join: v.exactOptional(
    described(
      v.literal('open'),
      'any user may join it, and the directory has it; only where the host said so',
    ),
  ),
  data: v.exactOptional(Data),
  keepDays: v.exactOptional(
    described(
      Seq,
      'older messages go after so many days, or earlier where the site says so; absent: as the site says',
    ),
  ),
  rev: described(Seq, "the room's number when its name, description, settings or members last changed"),
  head: described(Seq, "the room's number: it rises by one with every change in the room"),
  memberCount: Seq,
  members: v.exactOptional(described(v.array(MemberView), `absent beyond ${limits.crowd} members`)),
  lastMessage: v.exactOptional(MessageView),
  saidSeq: v.exactOptional(
    described(Seq, 'the last place where somebody said something; absent: that of `lastMessage`'),
  ),
  lastAt: described(Time, 'time of the last message, or of the creation'),
  me: v.exactOptional(RoomMe),
})

/** A page of history. `head` is the room's number as of the page: below what a client knows, the page is old. */
export const Page = v.object({
  messages: described(v.array(MessageView), 'ascending by seq'),
  users: Users,
  head: Seq,
  epoch: v.string(),
  older: described(v.boolean(), 'there are messages before the first'),
  newer: described(v.boolean(), 'there are messages after the last'),
})

/** What changed in a room after a rev. Revs may be missing: an older version of a message was superseded. */
export const Changes = v.object({
  messages: described(v.array(MessageView), 'ascending by rev'),
  users: Users,
  room: v.exactOptional(described(RoomView, 'when its own rev is after `since`')),
  head: Seq,
  epoch: v.string(),
  more: described(v.boolean(), 'ask again from the last rev'),
  reset: v.exactOptional(described(v.literal(true), "drop this room's messages and load the last page")),
})

export const Limits = v.object({
  textChars: Seq,
  frameBytes: Seq,
  nameChars: Seq,
  descriptionChars: v.exactOptional(described(Seq, 'of what a group is for')),
  members: described(Seq, 'of a group'),
  memberIds: v.exactOptional(
    described(Seq, 'users that one request opens a room with; absent: as many as `members`'),
  ),
  page: Seq,
  rooms: Seq,
  crowd: Seq,
  editWindow: v.exactOptional(
    described(v.nullable(Seq), 'seconds for which a message may be edited and deleted; `null`: always'),
  ),
})

/** Parts of Chatter that a site may have turned off. One that is missing is none of that server's. */
export const Features = v.object({
  typing: described(v.boolean(), 'users see who is typing'),
  replies: v.exactOptional(described(v.boolean(), 'a message may answer another one')),
  reactions: v.exactOptional(described(v.boolean(), 'users react to messages with emoji')),
  pins: v.exactOptional(described(v.boolean(), 'members pin messages for all in the room')),
  forwards: v.exactOptional(described(v.boolean(), 'a message may say again what another one says')),
  mentions: v.exactOptional(described(v.boolean(), 'a message may mention members')),
  joinLinks: v.exactOptional(described(v.boolean(), 'owners make links by which users join their groups')),
  openRooms: v.exactOptional(described(v.boolean(), 'there is a directory of rooms that any user may join')),
  presence: v.exactOptional(described(v.boolean(), 'users see who is here, where these show it')),
  undoSend: v.exactOptional(
    described(
      v.boolean(),
      'a client holds each message that somebody writes for 6 seconds, in which it can be undone',
    ),
  ),
})

/** What a user decides of their own presence. */
export const PresenceView = v.object({
  show: described(
    v.picklist(['everybody', 'contacts', 'off']),
    'who sees whether I am here and when I was, as far as the site allows: the people of my small rooms, those of my direct rooms, or nobody. I see the same of nobody else than them',
  ),
  doNotDisturb: described(v.boolean(), 'they see that I do not want to be disturbed'),
})

/** The messages that are pinned in a room, `limits.pins` at most. */
export const Pins = v.object({
  messages: described(v.array(MessageView), 'the one pinned last comes first'),
  users: Users,
  head: described(Seq, "the room's number as of the answer"),
})

export const RoomsPage = v.object({
  rooms: described(v.array(RoomView), 'latest activity first; of `pinned` the newest pin first'),
  users: Users,
  more: v.boolean(),
  cursor: v.exactOptional(v.string()),
})
export const UsersPage = v.object({ users: v.array(UserView), cursor: v.exactOptional(v.string()) })
export const UserAnswer = v.object({
  ...UserView.entries,
  timeZone: v.exactOptional(
    described(v.string(), 'where they are, as the host says: a name of the IANA database, `Europe/Madrid`'),
  ),
  data: v.exactOptional(Data),
  lastSeenAt: v.exactOptional(
    described(
      Time,
      `when they were last here, for who shares a room of at most ${limits.crowd} members with them`,
    ),
  ),
})
export const MembersPage = v.object({
  members: v.array(MemberView),
  users: Users,
  lastSeen: v.exactOptional(
    described(
      v.record(v.string(), Time),
      `in rooms of at most ${limits.crowd} members: when each was last here, by user id`,
    ),
  ),
  cursor: v.exactOptional(v.string()),
})
/** A link by which users join a group. For its owners only. */
export const LinkView = v.object({
  id: Uuid,
  code: described(v.string(), 'what opens the room: 22 characters of base64url'),
  createdAt: Time,
  expiresAt: v.exactOptional(described(Time, 'it opens the room before that; absent: always')),
  maxUses: v.exactOptional(described(Seq, 'so many users join by it; absent: any number')),
  used: described(Seq, 'so many users joined by it'),
})
export const Links = v.object({
  links: described(v.array(LinkView), 'those that still open the room, newest first'),
})

/** What somebody sees of a group that they may join. */
export const OpenRoomView = v.object({
  id: Uuid,
  name: v.exactOptional(v.string()),
  description: v.exactOptional(v.string()),
  pictureUrl: v.exactOptional(v.string()),
  memberCount: Seq,
  joined: v.exactOptional(described(v.literal(true), 'I am a member')),
})
export const OpenRoomsPage = v.object({
  rooms: described(v.array(OpenRoomView), 'most members first, then by name, character by character'),
  cursor: v.exactOptional(v.string()),
})
/** A RoomView with the views of the users in it. */
export const RoomAnswer = v.object({ ...RoomView.entries, users: Users })
/** A MessageView with the views of the users in it. */
export const MessageAnswer = v.object({ ...MessageView.entries, users: Users })
export const Me = v.object({
  user: UserView,
  tenantId: v.string(),
  features: Features,
  limits: Limits,
  presence: v.exactOptional(described(PresenceView, 'absent: to everybody, and not to be left alone')),
})

export type UserView = v.InferOutput<typeof UserView>
export type PresenceView = v.InferOutput<typeof PresenceView>
export type Users = Record<string, UserView>
export type SettingsView = v.InferOutput<typeof SettingsView>
export type SystemView = v.InferOutput<typeof SystemView>
export type PinView = v.InferOutput<typeof PinView>
export type MentionView = v.InferOutput<typeof MentionView>
export type RoomMentionView = v.InferOutput<typeof RoomMentionView>
export type ReplyView = v.InferOutput<typeof ReplyView>
export type ReactionView = v.InferOutput<typeof ReactionView>
export type MessageView = v.InferOutput<typeof MessageView>
export type MemberView = v.InferOutput<typeof MemberView>
export type ArrangementView = v.InferOutput<typeof ArrangementView>
export type RoomMe = v.InferOutput<typeof RoomMe>
export type RoomView = v.InferOutput<typeof RoomView>
export type RoomKind = RoomView['kind']
export type SiteView = v.InferOutput<typeof SiteView>
export type Page = v.InferOutput<typeof Page>
export type Pins = v.InferOutput<typeof Pins>
export type Changes = v.InferOutput<typeof Changes>
export type Limits = v.InferOutput<typeof Limits>
export type Features = v.InferOutput<typeof Features>
export type RoomsPage = v.InferOutput<typeof RoomsPage>
export type LinkView = v.InferOutput<typeof LinkView>
export type Links = v.InferOutput<typeof Links>
export type OpenRoomView = v.InferOutput<typeof OpenRoomView>
export type OpenRoomsPage = v.InferOutput<typeof OpenRoomsPage>
export type UserAnswer = v.InferOutput<typeof UserAnswer>
export type UsersPage = v.InferOutput<typeof UsersPage>
export type MembersPage = v.InferOutput<typeof MembersPage>
export type RoomAnswer = v.InferOutput<typeof RoomAnswer>
export type MessageAnswer = v.InferOutput<typeof MessageAnswer>
export type Me = v.InferOutput<typeof Me>
