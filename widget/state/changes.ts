/** My changes of messages that wait in the outbox, as if they were done already. */
import type { MessageView, PinView } from '../../server/protocol/views.ts'
import { type Mentioned, mentionedAt, placesOf } from './mentions.ts'
import { isMyReaction } from './my-reactions.ts'
import type { Pending, State } from './state.ts'

/** A change of a message on its way. */
type PendingChange = Pending & Required<Pick<Pending, 'change'>>

/** The changes of a room's messages that wait, by message, oldest first. */
function changesIn(
  { outbox }: State,
  roomId: string,
): ReadonlyMap<string, readonly PendingChange[]> | undefined {
  const changes = outbox.filter(
    (pending): pending is PendingChange => !!pending.change && pending.roomId === roomId,
  )
  return changes.length > 0 ? Map.groupBy(changes, ({ change }) => change.messageId) : undefined
}

/** The messages as they will be. The same ones where nothing waits for them, and for the same changes the same again. */
export function changed(
  state: State,
  roomId: string,
  messages: readonly MessageView[],
): readonly MessageView[] {
  const byMessage = changesIn(state, roomId)
  return byMessage
    ? messages.map((message) => made(message, byMessage.get(message.id) ?? [], state.me ?? ''))
    : messages
}

/** What is to become of texts, by message. */
export function editsIn(state: State, roomId: string): ReadonlyMap<string, Pending> | undefined {
  const edits = state.outbox.filter(
    ({ change, ...pending }) => change?.kind === 'edit' && pending.roomId === roomId,
  )
  return edits.length > 0 ? new Map(edits.map((edit) => [edit.change?.messageId ?? '', edit])) : undefined
}

type Made = { readonly changes: readonly Pending[]; readonly message: MessageView }

const known = new WeakMap<MessageView, Made>()

function made(message: MessageView, changes: readonly PendingChange[], me: string): MessageView {
  if (changes.length === 0) return message
  const before = known.get(message)
  const isSame =
    before?.changes.length === changes.length && before.changes.every((one, at) => one === changes[at])
  if (isSame) return before.message
  const after = changes.reduce((held, pending) => withChange(held, pending, me), message)
  known.set(message, { changes, message: after })
  return after
}

function withChange(message: MessageView, pending: PendingChange, me: string): MessageView {
  const { change, text, at } = pending
  if (message.deletedAt) return message
  const time = new Date(at).toISOString()
  if (change.kind === 'edit') return { ...withMentions(message, pending), text, editedAt: time }
  if (change.kind === 'react') return withReaction(message, { me, ...change })
  if (change.kind === 'pin') return withPin(message, change.on ? { userId: me, at: time } : undefined)
  const { replyTo: _, forwarded: __, pinned: ___, reactions: ____, ...rest } = withMentions(message, {})
  return { ...rest, text: '', deletedAt: time }
}

function withMentions(
  { mentions: _, mentionsRoom: __, ...message }: MessageView,
  by: Mentioned,
): MessageView {
  return { ...message, ...mentionedAt(placesOf(by)) }
}

function withPin({ pinned, ...message }: MessageView, pin: PinView | undefined): MessageView {
  return pin ? { ...message, pinned: pinned ?? pin } : message
}

type MyReaction = { readonly me: string; readonly emoji: string; readonly on: boolean }

function withReaction(message: MessageView, { me, emoji, on }: MyReaction): MessageView {
  const { reactions: before = [], ...others } = message
  const held = before.find((reaction) => reaction.emoji === emoji)
  if (on === (!!held && isMyReaction(message, held, me))) return message
  const count = (held?.count ?? 0) + (on ? 1 : -1)
  const users = (held?.userIds ?? []).filter((user) => user !== me)
  const after = { emoji, count, userIds: on ? [...users, me] : users }
  const all = held ? before.map((one) => (one === held ? after : one)) : [...before, after]
  const reactions = all.filter((one) => one.count > 0)
  const mine = (message.me?.reactions ?? []).filter((one) => one !== emoji)
  return {
    ...others,
    ...(reactions.length > 0 && { reactions }),
    me: { reactions: on ? [...mine, emoji] : mine },
  }
}
