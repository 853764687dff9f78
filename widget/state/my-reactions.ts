/** Which reactions to a message are somebody's own, and which are not. */
import type { MessageView, ReactionView } from '../../server/protocol/views.ts'

/** Whether it is mine: beyond the users that are named, only a personal answer says so. */
export function isMyReaction(
  { me }: Pick<MessageView, 'me'>,
  { emoji, count, userIds }: ReactionView,
  user: string,
) {
  return userIds.includes(user) || (count > userIds.length && !!me?.reactions.includes(emoji))
}

/** Whether somebody reads a message that they have reacted to like this. */
export function hasReaction(message: MessageView, emoji: string, user = ''): boolean {
  const held = message.reactions?.find((reaction) => reaction.emoji === emoji)
  return !!held && isMyReaction(message, held, user)
}

/** What others made of a message, and its edits: for comparing. What somebody's own reactions changed is no part of it. */
export function lookOf(message: MessageView, user = ''): string {
  const { editedAt, pinned, reactions = [] } = message
  const others = reactions.map((one) => [one.emoji, one.count - Number(isMyReaction(message, one, user))])
  return JSON.stringify([editedAt, pinned, others.filter(([, count]) => count)])
}
