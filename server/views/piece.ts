import { limits } from '../protocol/limits.ts'
import type { MessageView } from '../protocol/views.ts'
import type { StoredChanges, StoreReads } from '../store/store.ts'

/**
 * UTF-16 units of text at once: with more of it, a client that reads as it should would seem too slow
 * (socket-writer.ts).
 */
const mostText = 100_000
/** So many always fit. Only their lengths show whether more do: more long ones would be read in vain. */
const surelyFitting = Math.floor(mostText / limits.textChars)

type Asked = {
  readonly room: string
  readonly since: number
  readonly limit: number
  /** Where the reader begins to see. Absent: all is for them. */
  readonly from?: number
}

/** Of a room's changes after `since` as many as a reader can take at once, and no more than `limit`. */
export async function pieceOfChanges(
  store: StoreReads,
  { room, since, limit, from = 0 }: Asked,
): Promise<StoredChanges> {
  const some = await store.readChanges(room, since, Math.min(limit, surelyFitting), from)
  const last = some.messages.at(-1)
  const left = limit - some.messages.length
  const text = lengthOfAll(some.messages)
  if (!some.more || !last || left === 0 || text > mostText / 2) return some
  const others = await store.readChanges(room, last.rev, left, from)
  // So much was changed meanwhile: the reader comes back from here.
  if (others.reset) return some
  const messages = others.messages.slice(0, fitting(others.messages, mostText - text))
  return {
    ...others,
    messages: [...some.messages, ...messages],
    more: others.more || messages.length < others.messages.length,
    roomChanged: some.roomChanged || others.roomChanged,
  }
}

/** Of what may be long. */
function lengthOf({ text, mentions = [], reactions = [] }: MessageView): number {
  const ids = [...mentions.map(({ userId }) => userId), ...reactions.map(({ userIds }) => userIds.join())]
  return ids.reduce((sum, { length }) => sum + length, text.length)
}

function lengthOfAll(messages: readonly MessageView[]): number {
  return messages.reduce((sum, message) => sum + lengthOf(message), 0)
}

function fitting(messages: readonly MessageView[], most: number): number {
  let length = 0
  const end = messages.findIndex((message) => {
    length += lengthOf(message)
    return length > most
  })
  return end < 0 ? messages.length : end
}
