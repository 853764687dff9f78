import type { MessageChange, Store } from '../store/store.ts'
import { type Caller, requireFitting, requireMember } from './caller.ts'
import type { Command, Outcome, Publication, Reply } from './command.ts'

/** Gives a message of one's own a new text. */
export const edit: Command<'edit'> = (caller, { roomId, messageId, text }, { store }) =>
  amend(caller, { room: roomId, id: messageId, text }, store)

/** Takes a message of one's own back: a tombstone stays in its place. Again, it is deleted already. */
export const remove: Command<'delete'> = (caller, { roomId, messageId }, { store }) =>
  amend(caller, { room: roomId, id: messageId }, store)

async function amend<N extends 'edit' | 'delete'>(
  caller: Caller,
  change: Omit<MessageChange, 'by'>,
  store: Store,
): Promise<Outcome<N>> {
  const { me, topics } = caller
  await requireMember(caller, change.room)
  if (change.text !== undefined) requireFitting(caller, change.text)
  const { message, changed, membershipRev } = await store.amend({ ...change, by: me.id })
  const topic = topics.room(change.room)
  const event = { t: 'message', message, user: me } as const
  const news: Publication = { topic, changed: topic, rev: message.rev, membershipRev, event }
  const reply = { message } as Reply<N>
  return { reply, created: changed, events: changed ? [news] : [] }
}
