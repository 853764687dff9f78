/** Whom a text mentions, and where in it. */
import type { MentionView, MessageView, RoomMentionView } from '../../server/protocol/views.ts'

/** Places are UTF-16 code units of the text that it is about, and none of them overlap. */
export type Mentioned = {
  readonly mentions?: readonly MentionView[] | undefined
  /** Where everybody in the group is mentioned. */
  readonly mentionsRoom?: RoomMentionView | undefined
}

/** Without `userId` it is everybody. */
export type Mention = RoomMentionView & { readonly userId?: string }

/** All of them, in the order of the text. */
export function placesOf({ mentions = [], mentionsRoom }: Mentioned): Mention[] {
  return [...mentions, ...(mentionsRoom ? [mentionsRoom] : [])].sort((a, b) => a.at - b.at)
}

/** The other way round. Fields that would be empty are absent. */
export function mentionedAt(places: readonly Mention[]): Pick<MessageView, 'mentions' | 'mentionsRoom'> {
  const mentions = places.filter((place): place is MentionView => place.userId !== undefined)
  const mentionsRoom = places.find(({ userId }) => userId === undefined)
  return { ...(mentions.length > 0 && { mentions }), ...(mentionsRoom && { mentionsRoom }) }
}

/**
 * The same mentions in another version of the text. What both begin and end with is the same; a mention that does not lie in
 * it as a whole was cut into, and is none any more.
 */
export function moved(mentioned: Mentioned, before: string, after: string): Mentioned {
  if (before === after) return mentioned
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start++
  let end = 0
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end++
  let from = 0
  const kept = placesOf(mentioned).flatMap((place) => {
    const isBefore = place.at + place.length <= start
    const isAfter = place.at >= before.length - end
    const at = isBefore ? place.at : place.at + after.length - before.length
    // Where the same text stands twice, one of the two is gone.
    if (!(isBefore || isAfter) || at < from) return []
    from = at + place.length
    return [{ ...place, at }]
  })
  return mentionedAt(kept)
}

/** Whether a message of somebody else mentions me, or everybody. */
export function isMentionOf(
  viewer: string | undefined,
  { authorId, mentions, mentionsRoom }: MessageView,
): boolean {
  return authorId !== viewer && (!!mentionsRoom || !!mentions?.some(({ userId }) => userId === viewer))
}
