import type { CommandName } from '../protocol/commands.ts'
import type { MessageChange } from '../store/store.ts'
import { type Caller, expecting, permit, requireFitting, shownTo } from './caller.ts'
import type { Command, Outcome, Reply, Tools } from './command.ts'
import { mentionsFor } from './mentions.ts'
import { messageNews } from './message-news.ts'

/** Gives a message of one's own a new text. */
export const edit: Command<'edit'> = (caller, input, tools) => {
  const { roomId, messageId, text } = input
  requireFitting(caller, text)
  const { textBytesPerDay: mostTextBytes } = caller.tenant.settings.limits
  const change = {
    kind: 'edit',
    room: roomId,
    id: messageId,
    by: caller.me.id,
    text,
    ...mentionsFor(caller, input),
    ...windowOf(caller),
  } as const
  return amend(caller, tools.isLimited ? { ...change, mostTextBytes } : change, tools)
}

/** Deletes a message of one's own: a tombstone stays in its place. Again, it is deleted already. */
export const remove: Command<'delete'> = (caller, { roomId, messageId }, tools) =>
  amend(caller, { kind: 'delete', room: roomId, id: messageId, by: caller.me.id, ...windowOf(caller) }, tools)

/** Pins a message for all in its room, or takes its pin away. */
export const pin: Command<'pin'> = async (caller, { roomId, messageId, on }, tools) => {
  const change = { kind: 'pin', room: roomId, id: messageId, by: caller.me.id, on } as const
  const outcome = await amend<'pin'>(caller, change, tools)
  return { ...outcome, created: outcome.created && on }
}

function windowOf({ tenant }: Caller): { editWindow?: number } {
  const { editWindow } = tenant.settings.limits
  return editWindow === null ? {} : { editWindow }
}

/**
 * Changes a message, and says to its room what it is now. In the event stands the message's author, who need not be the
 * caller.
 */
export async function amend<N extends CommandName>(
  caller: Caller,
  change: Exclude<MessageChange, { readonly kind: 'edit-site' }>,
  { store }: Tools,
): Promise<Outcome<N>> {
  await permit(caller, change.kind, change.room)
  const { message, changed, membershipRev } = await store.amend({ ...change, ...expecting(caller) })
  const shown = shownTo(caller, message)
  const reply = { message: shown instanceof Promise ? await shown : shown } as object as Reply<N>
  if (!changed) return { reply, created: false, events: [] }
  const news = messageNews(caller, { message, membershipRev })
  return { reply, created: true, events: [news instanceof Promise ? await news : news] }
}
