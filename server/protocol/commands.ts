/**
 * What a client may ask for, and what it is answered: commands and frames, one row each, with their schemas. What comes
 * in is parsed by them, once, and trusted inside; unknown fields are dropped, so an old server takes a new client's
 * frames. The socket, HTTP, the client's types and docs/protocol.md follow from these rows.
 */
import * as v from 'valibot'
import { cleanLine, cleanLines } from './clean.ts'
import { events } from './events.ts'
import { limits } from './limits.ts'
import type { ProblemCode } from './problems.ts'
import {
  Changes,
  LinkView,
  MentionView,
  MessageView,
  PresenceView,
  RoomAnswer,
  RoomMe,
  RoomMentionView,
  Seq,
  UserId,
  Uuid,
} from './views.ts'
import { isVisible, isWellFormed, trimmed } from './visible.ts'

const described = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text))

/** Of a message. */
export const Text = v.pipe(
  v.string(),
  v.transform(trimmed),
  v.maxLength(
    limits.textChars,
    ({ received }) => `expected at most ${limits.textChars} characters, got ${received}`,
  ),
  v.check(isWellFormed, 'expected text without NUL and lone surrogates'),
  v.check(isVisible, 'expected something to read, got nothing visible'),
  v.title('text'),
)
/** Of a room, as a user or a host gives it. */
export const RoomName = v.pipe(
  v.string(),
  v.transform(trimmed),
  v.check(isVisible, 'expected a name, got nothing visible'),
  v.maxLength(
    limits.nameChars,
    ({ received }) => `expected at most ${limits.nameChars} characters, got ${received}`,
  ),
  v.check((name) => name.isWellFormed() && !/\p{Cc}/u.test(name), 'expected no control characters'),
  v.transform(cleanLine),
  v.title('name'),
)
/** The same. */
export const Description = v.pipe(
  v.string(),
  v.transform(trimmed),
  v.check(isVisible, 'expected something to read, got nothing visible'),
  v.maxLength(
    limits.descriptionChars,
    ({ received }) => `expected at most ${limits.descriptionChars} characters, got ${received}`,
  ),
  v.check(
    (text) => text.isWellFormed() && !/[^\P{Cc}\n]/u.test(text),
    'expected no control characters but line ends',
  ),
  v.transform(cleanLines),
  v.title('text'),
)
/** Seconds; 0: none. */
export const SlowMode = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(limits.slowMode),
  v.title(`0–${limits.slowMode}`),
)
const LinkEnd = v.pipe(
  v.string(),
  v.isoTimestamp('expected a time (RFC 3339)'),
  v.check((text) => Date.parse(text) >= 0, 'expected a time (RFC 3339)'),
  v.title('time'),
)
const LinkUses = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(1),
  v.maxValue(limits.linkUses),
  v.title(`1–${limits.linkUses}`),
)
const rgiEmoji = /^\p{RGI_Emoji}$/v
const Emoji = v.pipe(
  v.string(),
  v.check((emoji) => rgiEmoji.test(emoji), 'expected exactly one emoji, fully qualified (RGI)'),
  v.title('emoji'),
)
const Until = v.pipe(
  v.string(),
  v.check(
    (text) =>
      text === 'forever' || (v.is(v.pipe(v.string(), v.isoTimestamp()), text) && Date.parse(text) >= 0),
    'expected a time (RFC 3339) or `forever`',
  ),
  v.title('time or `forever`'),
)
const Token = v.pipe(v.string(), v.nonEmpty(), v.title('JWT'))
const FrameId = v.pipe(v.string(), v.minLength(1), v.maxLength(64), v.title('string'))
const Limit = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(1),
  v.maxValue(limits.page),
  v.title(`1–${limits.page}`),
)

const id = described(FrameId, 'names the frame in its answer')
const roomId = described(Uuid, "the room's id")
const messageId = described(Uuid, "the message's id")

/** Whom a text mentions. Which of them are members only the store can say. */
const Mentions = {
  mentions: v.exactOptional(
    described(
      v.pipe(
        v.array(MentionView),
        v.maxLength(
          limits.mentions,
          ({ received }) => `expected at most ${limits.mentions} mentions, got ${received}`,
        ),
      ),
      'whom the text mentions, each a member, and where: inside the text as it is stored, none over another',
    ),
  ),
  mentionsRoom: v.exactOptional(
    described(RoomMentionView, 'where the text mentions everybody in the group; for its owners'),
  ),
}

/** A message as its author sends it, on the socket as in the body of `PUT …/messages/:messageId`. */
const Draft = v.object({
  text: v.exactOptional(
    described(
      Text,
      `at most ${limits.textChars} characters, something visible; blanks and line ends around it are dropped, U+0085 and zero-width spaces among them. Absent with \`forward\` only`,
    ),
  ),
  forward: v.exactOptional(
    described(
      v.object({ roomId, messageId }),
      'the message whose text it is to have, of a room that I am in; in place of `text`',
    ),
  ),
  replyTo: v.exactOptional(described(Uuid, 'the id of the message of this room that it answers')),
  ...Mentions,
  attachments: v.exactOptional(described(v.unknown(), 'not built yet: `unsupported`')),
})

/** An answer that says no more than that it is done. */
const Done = v.object({})
const Message = v.object({ message: MessageView })

/** The request that asks for a command. What of the input does not stand in the path is the body. */
export type Route = {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/v1`. */
  readonly path: string
  /** What it does, in a few words: for `v1/openapi.json` and docs/http-api.md. */
  readonly summary: string
  /** The answer is this field of the reply, and not the whole of it. */
  readonly shows?: string
  /** What may go wrong beside what may with every command. */
  readonly problems?: readonly ProblemCode[]
}

type Row = {
  readonly input: v.ObjectSchema<v.ObjectEntries, undefined>
  readonly reply: v.ObjectSchema<v.ObjectEntries, undefined>
  readonly http?: Route
}

const message = '/rooms/:roomId/messages/:messageId'
const member = '/rooms/:roomId/members/:userId'

/** The commands: what may change something, or show it to others. Clients may ask for these and no others. */
export const commands = {
  open: {
    input: v.object({
      memberIds: described(
        v.pipe(
          v.array(UserId),
          v.maxLength(
            limits.memberIds,
            ({ received }) => `expected at most ${limits.memberIds} members, got ${received}`,
          ),
        ),
        `at most ${limits.memberIds} user ids; the caller is always a member, doubles are dropped`,
      ),
      kind: v.exactOptional(
        described(v.picklist(['self', 'direct', 'group']), '`group` always makes a new room'),
      ),
      name: v.exactOptional(described(RoomName, 'a room with a name is always a new one')),
      id: v.exactOptional(described(Uuid, "the new room's id, so that a retry makes no second one")),
    }),
    reply: RoomAnswer,
    http: { method: 'POST', path: '/rooms', summary: 'Open a room with users: a direct one or a group' },
  },
  send: {
    input: v.object({
      roomId,
      messageId: described(Uuid, "the new message's id, a UUIDv7"),
      ...Draft.entries,
    }),
    reply: Message,
    http: {
      method: 'PUT',
      path: message,
      summary: 'Send a message under an id of your own',
      problems: ['unsupported'],
      shows: 'message',
    },
  },
  edit: {
    input: v.object({
      roomId,
      messageId,
      text: described(Text, 'the new text, as with `send`'),
      ...Mentions,
    }),
    reply: Message,
    http: { method: 'PATCH', path: message, summary: 'Edit a message', shows: 'message' },
  },
  delete: {
    input: v.object({ roomId, messageId }),
    reply: Message,
    http: { method: 'DELETE', path: message, summary: 'Delete a message', shows: 'message' },
  },
  react: {
    input: v.object({
      roomId,
      messageId,
      emoji: described(Emoji, 'one sequence that Unicode recommends for interchange (RGI)'),
      on: described(v.boolean(), '`false` takes the reaction back'),
    }),
    reply: Message,
    http: {
      method: 'PUT',
      path: `${message}/reactions/:emoji`,
      summary: 'React to a message, or take the reaction back',
      shows: 'message',
    },
  },
  pin: {
    input: v.object({ roomId, messageId, on: described(v.boolean(), '`false` takes the pin away') }),
    reply: Message,
    http: {
      method: 'PUT',
      path: `${message}/pin`,
      summary: 'Pin a message for all, or take the pin away',
      shows: 'message',
    },
  },
  read: {
    input: v.object({ roomId, seq: described(Seq, 'read up to here; never goes back') }),
    reply: Done,
    http: { method: 'PUT', path: '/rooms/:roomId/read', summary: 'Mark a room as read up to a place' },
  },
  arrange: {
    input: v.object({
      roomId,
      pinned: v.exactOptional(described(v.boolean(), 'at the top of my list, or no longer')),
      archived: v.exactOptional(described(v.boolean(), 'out of my list until a new message comes, or back')),
      mutedUntil: v.exactOptional(
        described(v.nullable(Until), 'muted until then; `null`, as a time that has passed: not muted'),
      ),
      muteMentions: v.exactOptional(
        described(v.boolean(), 'while it is muted, mentions do not count either'),
      ),
      unreadFrom: v.exactOptional(
        described(v.nullable(Seq), 'unread from the message in this place on; `null` or 0: as it was read'),
      ),
    }),
    reply: v.object({ me: RoomMe }),
    http: {
      method: 'PATCH',
      path: '/rooms/:roomId/me',
      summary: 'Pin, mute or archive a room in the own list, or mark it unread',
      shows: 'me',
    },
  },
  setPresence: {
    input: v.object({
      show: v.exactOptional(
        described(PresenceView.entries.show, 'who sees whether I am here and when I was, and whom I see'),
      ),
      doNotDisturb: v.exactOptional(described(v.boolean(), 'they see that I do not want to be disturbed')),
    }),
    reply: PresenceView,
    http: {
      method: 'PUT',
      path: '/me/presence',
      summary: 'Say who sees whether one is here',
      problems: ['unsupported'],
    },
  },
  typing: {
    input: v.object({
      roomId,
      over: v.exactOptional(
        described(v.literal(true), 'what was being typed is gone; absent: somebody types'),
      ),
    }),
    reply: Done,
  },
  rename: {
    input: v.object({ roomId, name: described(v.nullable(RoomName), '`null` takes the name away') }),
    reply: RoomAnswer,
    http: { method: 'PATCH', path: '/rooms/:roomId', summary: 'Rename a group' },
  },
  describe: {
    input: v.object({
      roomId,
      description: described(
        v.nullable(Description),
        `at most ${limits.descriptionChars} characters; \`null\` takes it away`,
      ),
    }),
    reply: RoomAnswer,
    http: { method: 'PUT', path: '/rooms/:roomId/description', summary: 'Say what a group is for' },
  },
  configure: {
    input: v.object({
      roomId,
      post: v.exactOptional(described(v.picklist(['owners', 'all']), 'who sends messages')),
      slowMode: v.exactOptional(
        described(SlowMode, 'so many seconds a member who is no owner waits between two messages; 0: none'),
      ),
      history: v.exactOptional(
        described(
          v.picklist(['since-joined', 'all']),
          'what members see: all, or what came after they joined',
        ),
      ),
    }),
    reply: RoomAnswer,
    http: {
      method: 'PATCH',
      path: '/rooms/:roomId/settings',
      summary: 'Say who writes in a group, how often, and what members see',
    },
  },
  deleteRoom: {
    input: v.object({ roomId }),
    reply: Done,
    http: {
      method: 'DELETE',
      path: '/rooms/:roomId',
      summary: 'Delete a group and its history, for everybody',
    },
  },
  createLink: {
    input: v.object({
      roomId,
      id: described(Uuid, "the new link's id, so that a retry makes no second one"),
      expiresAt: v.exactOptional(described(LinkEnd, 'it opens the room before that; absent: always')),
      maxUses: v.exactOptional(described(LinkUses, 'so many users join by it; absent: any number')),
    }),
    reply: LinkView,
    http: { method: 'POST', path: '/rooms/:roomId/links', summary: 'Make a link by which users join' },
  },
  deleteLink: {
    input: v.object({ roomId, linkId: described(Uuid, "the link's id") }),
    reply: Done,
    http: {
      method: 'DELETE',
      path: '/rooms/:roomId/links/:linkId',
      summary: 'End a link by which users join',
    },
  },
  join: {
    input: v.object({
      roomId,
      code: v.exactOptional(
        described(v.pipe(v.string(), v.maxLength(64)), 'of a join link; absent: the room is open'),
      ),
    }),
    reply: RoomAnswer,
    http: { method: 'POST', path: '/rooms/:roomId/join', summary: 'Join a group that is open, or by a link' },
  },
  setMember: {
    input: v.object({
      roomId,
      userId: described(UserId, 'becomes a member, if not one already'),
      role: v.exactOptional(described(v.picklist(['owner', 'member']), 'only owners give roles')),
    }),
    reply: RoomAnswer,
    http: {
      method: 'PUT',
      path: member,
      summary: 'Bring a user into a group, or give a member another role',
    },
  },
  removeMember: {
    input: v.object({ roomId, userId: described(UserId, 'myself: I leave') }),
    reply: Done,
    http: { method: 'DELETE', path: member, summary: 'Take a member out of a group, or leave it' },
  },
} as const satisfies Record<string, Row>

export type CommandName = keyof typeof commands
export type CommandInput<N extends CommandName> = v.InferOutput<(typeof commands)[N]['input']>
export type CommandReply<N extends CommandName> = v.InferOutput<(typeof commands)[N]['reply']>

/** A command as a frame: with an `id`, that its answer carries too. */
const answered = <I extends v.ObjectEntries, R>(row: { input: v.ObjectSchema<I, undefined>; reply: R }) => ({
  input: v.object({ id, ...row.input.entries }),
  reply: row.reply,
})

/** The frames of a client, by their `t`. One without `id` is not answered. */
export const frames = {
  hello: {
    input: v.object({
      id,
      token: v.exactOptional(
        described(Token, "signed by the host; absent when the host's session authenticates"),
      ),
      client: described(v.pipe(v.string(), v.maxLength(100)), 'name and version of the client, for the log'),
      epoch: v.exactOptional(described(v.pipe(v.string(), v.maxLength(64)), 'of the last `ready`')),
    }),
    reply: events.ready,
  },
  auth: {
    input: v.object({ id, token: described(Token, 'a newer one, same user and tenant') }),
    reply: Done,
  },
  send: answered(commands.send),
  edit: answered(commands.edit),
  delete: answered(commands.delete),
  react: answered(commands.react),
  pin: answered(commands.pin),
  read: answered(commands.read),
  arrange: answered(commands.arrange),
  typing: commands.typing,
  changes: {
    input: v.object({
      id,
      roomId,
      since: described(Seq, 'the last rev known'),
      limit: v.exactOptional(Limit),
    }),
    reply: Changes,
  },
  ping: { input: v.object({ id }), reply: Done },
} as const

export type FrameName = keyof typeof frames
export type Frame<N extends FrameName> = v.InferOutput<(typeof frames)[N]['input']>
/** A whole frame as it travels. */
export type ClientFrame = { [N in FrameName]: { t: N } & Frame<N> }[FrameName]
/** The frames that are answered: those with an `id`. */
export type AnsweredFrame = { [N in FrameName]: 'id' extends keyof Frame<N> ? N : never }[FrameName]
/** What a frame is answered, beside `t` and `id`. */
export type FrameReply<N extends FrameName> = v.InferOutput<(typeof frames)[N]['reply']>
