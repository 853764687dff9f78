import type { StoredChanges } from '../store/store.ts'

/** UTF-16 units of text at once: with more of it, whoever reads at all would seem too slow (socket-writer.ts). */
const mostText = 100_000

/** As many of the changes, from the first one on, as a reader can take at once: one message at least. */
export function pieceOf(changes: StoredChanges): StoredChanges {
  const messages = changes.messages.slice(0, fitting(changes.messages))
  return { ...changes, messages, more: changes.more || messages.length < changes.messages.length }
}

function fitting(messages: StoredChanges['messages']): number {
  let text = 0
  const end = messages.findIndex((message, index) => {
    text += message.text.length
    return index > 0 && text > mostText
  })
  return end < 0 ? messages.length : end
}
