import type { MessageView, ReplyView } from '../../server/protocol/views.ts'
import { wellFormed } from '../../server/protocol/visible.ts'

/** As much of a message as a quote shows. */
const quoteChars = 200

/** What stands above an answer to a message. */
export function quoteOf({ id, seq, authorId, text, deletedAt }: MessageView): ReplyView {
  const start = wellFormed(text.slice(0, quoteChars))
  return { id, seq, authorId, text: start, ...(deletedAt && { deleted: true as const }) }
}
