import type { ReplyView } from '../../server/protocol/views.ts'
import { type Mentioned, moved } from './mentions.ts'

/**
 * What somebody is writing in a room. It lies in their browser, where other versions of the widget find it: the fields
 * of a version are never renamed or removed, and what changes their meaning is a new version.
 */
export type Draft = Mentioned & {
  readonly v: 1
  readonly text: string
  /** The id of the message it answers. */
  readonly replyTo?: string
  /** What that message said when it was chosen. */
  readonly quote?: ReplyView
  /** The id of the message of mine that it is to become the text of. */
  readonly editing?: string
  /** What was being written before that, and will be afterwards. */
  readonly before?: DraftContent
  /** The ids of files that are to go with it. */
  readonly attachments?: readonly string[]
}

/** All of a draft but its version. */
export type DraftContent = Omit<Draft, 'v'>

/** A draft with another text: its mentions follow. */
export function rewritten({ mentions, mentionsRoom, ...draft }: DraftContent, text: string): DraftContent {
  return { ...draft, text, ...moved({ mentions, mentionsRoom }, draft.text, text) }
}

export function isEmpty({ text, replyTo, editing, attachments }: DraftContent): boolean {
  return !text && !replyTo && !editing && !attachments?.length
}
