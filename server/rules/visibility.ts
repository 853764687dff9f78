/**
 * What a member sees of a room: all of it, or, where its history is `since-joined`, what has its place from the message
 * on that says that they came. That place is called `from`, and is 0 for all. Who came back sees from their last coming on;
 * who was there when the room was made sees all.
 */
import type { MessageView } from '../protocol/views.ts'

/** Whether the message stands where a reader sees it. */
export const isShown = (from: number, { seq }: Pick<MessageView, 'seq'>): boolean => seq >= from

/** A message that stands there, without the quote of one that does not. */
export function shownFrom(from: number, message: MessageView): MessageView {
  const { replyTo, ...others } = message
  return !replyTo || isShown(from, replyTo) ? message : { ...others, replyHidden: true }
}
