/**
 * What the server says. Every event carries the whole new thing, never a difference: applying one twice, late or
 * out of order changes nothing, because the higher rev wins.
 */
import * as v from 'valibot'
import { problemCodes } from './problems.ts'
import {
  Features,
  Limits,
  MessageView,
  PresenceView,
  RoomMe,
  RoomView,
  Seq,
  Time,
  UserId,
  Users,
  UserView,
  Uuid,
} from './views.ts'

const described = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text))

/** The frames of the server, by their `t`. */
export const events = {
  ready: v.object({
    id: described(v.string(), 'of the `hello`'),
    me: UserView,
    presence: v.exactOptional(
      described(PresenceView, 'of mine; absent: to everybody, and not to be left alone'),
    ),
    unread: described(Seq, 'over all rooms that are neither muted nor archived'),
    mentions: v.exactOptional(
      described(Seq, 'unread messages that mention me, over all rooms but archived ones; absent: none'),
    ),
    epoch: described(v.string(), 'when it differs from the one a client holds, its cache is void'),
    features: Features,
    limits: Limits,
    rooms: described(
      v.array(RoomView),
      'the first page of the room list, and then what it does not have of the first pinned rooms',
    ),
    pinned: v.exactOptional(
      described(v.array(Uuid), 'all rooms at the top of my list, the newest pin first'),
    ),
    archived: v.exactOptional(described(Seq, 'how many rooms are archived: `rooms` has none of these')),
    users: Users,
    heads: described(v.record(v.string(), Seq), 'the numbers of all my rooms, by id'),
    more: described(v.boolean(), 'there are rooms beyond `heads`; when false, a room missing there is gone'),
  }),
  settings: v.object({ features: Features, limits: Limits }),
  ok: v.looseObject({ id: v.string() }),
  err: v.object({
    id: v.exactOptional(v.string()),
    code: v.picklist(Object.keys(problemCodes) as (keyof typeof problemCodes)[]),
    temporary: v.boolean(),
    detail: v.string(),
    retryAfter: v.exactOptional(described(v.number(), 'seconds')),
  }),
  message: v.object({
    message: MessageView,
    user: described(UserView, 'its author'),
    users: v.exactOptional(described(Users, 'others whom it names, as far as they may be new to a reader')),
    prev: v.exactOptional(described(Seq, 'the rev before it in this stream, when that is not rev − 1')),
    same: v.exactOptional(
      described(
        v.literal(true),
        'each rev after `prev` only changed this message, and none of them brought or deleted one',
      ),
    ),
  }),
  skipped: v.object({
    roomId: Uuid,
    rev: described(Seq, 'of the change of a message that I do not see, from before I joined'),
    prev: v.exactOptional(described(Seq, 'as in `message`')),
    same: v.exactOptional(described(v.literal(true), 'as in `message`')),
  }),
  room: v.object({
    room: described(RoomView, 'new or changed, without `me`'),
    users: Users,
    prev: v.exactOptional(described(Seq, 'as in `message`, of the room’s own rev')),
  }),
  mine: v.object({ roomId: Uuid, ...RoomMe.entries }),
  reacted: v.object({
    roomId: Uuid,
    messageId: Uuid,
    emoji: v.string(),
    on: described(v.boolean(), 'whether my reaction is there from now on'),
    rev: described(Seq, 'of the message by it: the higher one wins'),
  }),
  gone: v.object({ roomId: Uuid }),
  read: v.object({ roomId: Uuid, userId: UserId, seq: Seq }),
  typing: v.object({ roomId: Uuid, userId: UserId, over: v.exactOptional(v.literal(true)) }),
  presence: v.object({
    userId: UserId,
    online: v.boolean(),
    lastSeenAt: v.exactOptional(Time),
    doNotDisturb: v.exactOptional(
      described(v.literal(true), 'while online: they do not want to be disturbed'),
    ),
  }),
  myPresence: PresenceView,
  user: v.object({ user: described(UserView, 'a name, a picture or what is said about them changed') }),
  heads: v.object({
    heads: described(
      v.record(v.string(), v.tupleWithRest([Seq, Seq], Seq)),
      'rooms that changed lately: [head, my readSeq] and, where I arranged it, the rev of that, so that a lost end is noticed',
    ),
  }),
  bye: v.object({
    code: described(Seq, 'of the close that follows'),
    retryAfter: described(v.number(), 'seconds'),
  }),
} as const

export type EventName = keyof typeof events
/** A whole frame as it travels. */
export type ServerFrame = { [N in EventName]: { t: N } & v.InferOutput<(typeof events)[N]> }[EventName]
export type Event<N extends EventName> = Extract<ServerFrame, { t: N }>
