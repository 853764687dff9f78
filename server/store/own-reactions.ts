import type { MessageView } from '../protocol/views.ts'
import type { StoreReads } from './store.ts'

/**
 * Messages of one room for one reader: each that has reactions says which of them are the reader's. Only where a message
 * does not name all who reacted is the store asked.
 */
export async function withOwnReactions(
  store: StoreReads,
  user: string,
  messages: readonly MessageView[],
): Promise<MessageView[]> {
  const [{ roomId } = { roomId: '' }] = messages
  const hidden = messages.flatMap(({ seq, reactions = [] }) =>
    reactions.flatMap(({ emoji, count, userIds }) =>
      count > userIds.length && !userIds.includes(user) ? { seq, emoji } : [],
    ),
  )
  const found = hidden.length > 0 ? await store.filterReactions(roomId, user, hidden) : []
  const mine = new Set(found.map(({ seq, emoji }) => `${seq} ${emoji}`))
  return messages.map((message) => {
    const { seq, reactions } = message
    if (!reactions) return message
    const own = reactions.filter(
      ({ emoji, userIds }) => userIds.includes(user) || mine.has(`${seq} ${emoji}`),
    )
    return { ...message, me: { reactions: own.map(({ emoji }) => emoji) } }
  })
}
