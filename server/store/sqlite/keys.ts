/**
 * How SQLite finds messages. A message's key is its room's number and its place there: number << 32 | seq. It is put
 * together in SQL only, because JavaScript's numbers end at 2^53. The number is always asked for by tenant and id, and
 * comes from no caller.
 */
import { limits } from '../../protocol/limits.ts'
import type { MemberView } from '../../protocol/views.ts'
import { type MessageRow, messageColumns } from '../../rules/rows.ts'

/** A message without the id of its room. */
export type KeyedRow = Omit<MessageRow, 'room'>

/** Both halves of a key stay below 2^31. */
const most = 2 ** 31 - 1

/** The number of the room @room. */
export const roomNumber = '(SELECT no FROM rooms WHERE tenant = @tenant AND id = @room)'

/**
 * A place that no message can have becomes the nearest that one can: never that of another room.
 * Not with `+`: the driver binds every number as floating point, and such a sum is rounded.
 */
export const keyAt = (number: string, place: string): string =>
  `(${number} << 32 | max(0, min(${place}, ${most})))`

export const firstKey = (number: string): string => `${number} << 32`

export const lastKey = (number: string): string => `(${number} << 32 | ${most})`

/** The members of the room @room who have that role, those who joined first before the others. */
export const membersByRole = (role: MemberView['role']): string =>
  `members INDEXED BY members_by_role
   WHERE tenant = @tenant AND room = @room AND role = '${role}' AND left_seq IS NULL`

/** Whether the user is in the room now. */
export const hasMember = (tenant: string, room: string, user: string): string =>
  `EXISTS (SELECT 1 FROM members m
           WHERE m.tenant = ${tenant} AND m.room = ${room} AND m.user = ${user} AND m.left_seq IS NULL)`

/** The same, and the room shows them that place (rules/visibility.ts). */
export const hasReader = (tenant: string, room: string, user: string, seq: string): string =>
  `EXISTS (SELECT 1 FROM members m
           WHERE m.tenant = ${tenant} AND m.room = ${room} AND m.user = ${user} AND m.left_seq IS NULL
             AND (m.joined_seq <= ${seq} OR (SELECT r.history FROM rooms r WHERE r.tenant = ${tenant} AND r.id = ${room}) IS NULL))`

/** The message `of` as a quote (`StoredQuote`). */
const quoteOf = (of: string) =>
  `json_object('id', ${of}.id, 'seq', ${of}.seq, 'author', ${of}.author,
    'text', substr(${of}.text, 1, ${limits.quoteChars}), 'deleted', ${of}.deleted_at IS NOT NULL)`

/** Of a `KeyedRow`: those of `messages`, by its own name, and what the message answers. */
export const keyedColumns = [
  ...messageColumns.filter((name) => name !== 'room').map((name) => `messages.${name}`),
  `iif(messages.reply_to IS NULL, NULL, (
     SELECT ${quoteOf('q')} FROM messages q WHERE q.key = (messages.key >> 32 << 32 | messages.reply_to))) AS quote`,
].join(', ')

export const rowIn = (room: string, row: KeyedRow): MessageRow => ({ ...row, room })
