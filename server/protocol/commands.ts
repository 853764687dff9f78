/**
 * What a client may say: the socket's frames and the HTTP bodies, each with its schema. This is the only door:
 * what passed here is trusted inside. Unknown fields are dropped, so an old server takes a new client's frames.
 */
import * as v from 'valibot'
import { limits } from './limits.ts'
import { Seq, UserId, Uuid } from './views.ts'

const described = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text))

// What a reader would see as nothing: white space, controls, format characters and the fillers of Braille and Hangul.
const somethingVisible = /[^\s\p{Cc}\p{Cf}\u115f\u1160\u2800\u3164\uffa0]/u

const wellFormed = (text: string) => text.isWellFormed() && !text.includes('\0')

const Text = v.pipe(
  v.string(),
  v.maxLength(
    limits.textChars,
    ({ received }) => `expected at most ${limits.textChars} characters, got ${received}`,
  ),
  v.check(wellFormed, 'expected text without NUL and lone surrogates'),
  v.check((text) => somethingVisible.test(text), 'expected something to read, got only white space'),
  v.title('text'),
)
const RoomName = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty('expected a name, got only white space'),
  v.maxLength(
    limits.nameChars,
    ({ received }) => `expected at most ${limits.nameChars} characters, got ${received}`,
  ),
  v.check((name) => name.isWellFormed() && !/\p{Cc}/u.test(name), 'expected no control characters'),
  v.title('name'),
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

/** A message as its author sends it, on the socket as in the body of `PUT …/messages/:messageId`. */
const Draft = v.object({
  text: described(Text, `at most ${limits.textChars} characters, something visible`),
  replyTo: v.exactOptional(described(v.unknown(), 'not built yet: `unsupported`')),
  attachments: v.exactOptional(described(v.unknown(), 'not built yet: `unsupported`')),
})

/** The commands: what may change something, or tell others. `run` takes these and nothing else. */
export const commands = {
  open: v.object({
    memberIds: described(
      v.pipe(
        v.array(UserId),
        v.maxLength(
          limits.members,
          ({ received }) => `expected at most ${limits.members} members, got ${received}`,
        ),
      ),
      'user ids; the caller is always a member, doubles are dropped',
    ),
    kind: v.exactOptional(
      described(v.picklist(['self', 'direct', 'group']), '`group` always makes a new room'),
    ),
    name: v.exactOptional(described(RoomName, 'a room with a name is always a new one')),
    id: v.exactOptional(described(Uuid, "the new room's id, so that a retry makes no second one")),
  }),
  send: v.object({
    roomId,
    messageId: described(Uuid, "the new message's id, a UUIDv7"),
    ...Draft.entries,
  }),
  edit: v.object({ roomId, messageId, text: described(Text, 'the new text, as with `send`') }),
  delete: v.object({ roomId, messageId }),
  read: v.object({ roomId, seq: described(Seq, 'read up to here; never goes back') }),
  typing: v.object({ roomId }),
  rename: v.object({ roomId, name: described(v.nullable(RoomName), '`null` takes the name away') }),
  setMember: v.object({
    roomId,
    userId: described(UserId, 'becomes a member, if not one already'),
    role: v.exactOptional(described(v.picklist(['owner', 'member']), 'only owners give roles')),
  }),
  removeMember: v.object({ roomId, userId: described(UserId, 'myself: I leave') }),
} as const

export type CommandName = keyof typeof commands
export type CommandInput<N extends CommandName> = v.InferOutput<(typeof commands)[N]>

/** The frames of a client, by their `t`. */
export const frames = {
  hello: v.object({
    id,
    token: v.exactOptional(
      described(Token, "signed by the host; absent when the host's session authenticates"),
    ),
    client: described(v.pipe(v.string(), v.maxLength(100)), 'name and version of the client, for the log'),
    epoch: v.exactOptional(described(v.pipe(v.string(), v.maxLength(64)), 'of the last `ready`')),
  }),
  auth: v.object({ id, token: described(Token, 'a newer one, same user and tenant') }),
  send: v.object({ id, ...commands.send.entries }),
  edit: v.object({ id, ...commands.edit.entries }),
  delete: v.object({ id, ...commands.delete.entries }),
  read: v.object({ id, ...commands.read.entries }),
  typing: commands.typing,
  changes: v.object({
    id,
    roomId,
    since: described(Seq, 'the last rev known'),
    limit: v.exactOptional(Limit),
  }),
  ping: v.object({ id }),
} as const

/** Frames of this version of the wire that this server does not know yet: answered `unsupported`. */
export const unbuiltFrames: readonly string[] = ['react']

export type FrameName = keyof typeof frames
export type Frame<N extends FrameName> = v.InferOutput<(typeof frames)[N]>
/** A whole frame as it travels. */
export type ClientFrame = { [N in FrameName]: { t: N } & Frame<N> }[FrameName]
