/** A message that the server refused because of whom it mentions. */
import type { MentionView } from '../../server/protocol/views.ts'
import { type Mentioned, mentionedAt, placesOf } from './mentions.ts'
import type { Fault, State } from './state.ts'

type Refused = Mentioned & { readonly fault: Fault | undefined }

/** Whether it would be taken without its mentions, or without some of them. */
export function isMentionRefused({ fault, ...of }: Refused): boolean {
  if (!fault || placesOf(of).length === 0) return false
  const { code, detail } = fault
  return (
    code === 'unsupported' || (code === 'forbidden' ? !!of.mentionsRoom : detail.includes(' in mentions'))
  )
}

/** The mentions that it would be taken with, as far as is known here. */
export function mentionsLeft(
  { rooms }: State,
  roomId: string,
  { fault, mentions = [], mentionsRoom }: Refused,
): Mentioned {
  if (fault?.code === 'forbidden') return mentionedAt(mentions)
  if (fault?.code === 'unsupported') return {}
  const members = rooms.get(roomId)?.members
  const isMember = ({ userId }: MentionView) =>
    !fault?.detail.includes(JSON.stringify(userId)) &&
    (members?.some((member) => member.userId === userId) ?? true)
  const left = mentions.filter(isMember)
  // Where nobody knows which of them it is, it is any.
  return mentionedAt(placesOf({ mentions: left.length < mentions.length ? left : [], mentionsRoom }))
}
